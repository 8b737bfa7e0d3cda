"""Random calls over HTTP: whatever was answered, the trial balance is even and open balances are what payments left."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.contract.quickbooks_sandbox.accounting_rules import REPORTED_AT_ONCE
from tests.contract.quickbooks_sandbox.books_client import Books, connect, line, sale
from tests.contract.quickbooks_sandbox.conftest import SEED
from tests.support.quickbooks_sandbox import running

_CALLS = st.tuples(
    st.sampled_from(["invoice", "pay", "pay", "deposit", "void", "delete"]),
    st.integers(0, 100),  # which of the documents
    st.integers(1, 9_999).map(lambda cents: Decimal(cents) / 100),
)


@settings(max_examples=8, deadline=None, phases=REPORTED_AT_ONCE)
@given(calls=st.lists(_CALLS, min_size=3, max_size=12))
def test_random_calls_leave_even_books_and_right_open_balances(calls: list[tuple[str, int, Decimal]]) -> None:
    async def play() -> None:
        async with running() as sandbox:
            await sandbox.seed(SEED)
            books = await connect(sandbox)
            await books.post("invoice", sale(line(50, item="3", qty=2)))
            for kind, place, amount in calls:
                await _call(books, kind, place, amount)
                await _check(books)

    asyncio.run(play())


async def _call(books: Books, kind: str, place: int, amount: Decimal) -> None:
    objects = {name: await books.sandbox.objects(name) for name in ("Invoice", "Payment")}
    chosen = {name: rows[place % len(rows)] for name, rows in objects.items() if rows}
    victim = chosen.get("Payment" if place % 2 else "Invoice")
    if kind == "invoice":
        await books.post("invoice", sale(line(amount, item="3", qty=1)))
    elif kind == "pay" and "Invoice" in chosen:
        paid = {"Amount": amount, "LinkedTxn": [{"TxnId": chosen["Invoice"]["Id"], "TxnType": "Invoice"}]}
        await books.post("payment", {"CustomerRef": {"value": "1"}, "TotalAmt": amount, "Line": [paid]})
    elif kind == "deposit" and "Payment" in chosen:
        link = {"TxnId": chosen["Payment"]["Id"], "TxnType": "Payment", "TxnLineId": "0"}
        await books.post("deposit", {"DepositToAccountRef": {"value": "5"}, "Line": [{"LinkedTxn": [link]}]})
    elif kind in ("void", "delete") and victim is not None:
        path = "payment" if place % 2 else "invoice"
        how = {"operation": "update", "include": "void"} if (kind, path) == ("void", "payment") else {"operation": kind}
        await books.post(path, {"Id": victim["Id"], "SyncToken": victim["SyncToken"], "sparse": True}, **how)


async def _check(books: Books) -> None:
    assert (await books.sandbox.control("GET", "trial-balance"))["total"] == "0.00"
    payments = await books.sandbox.objects("Payment")
    applied: dict[str, Any] = {}
    for row in (entry for payment in payments for entry in payment["Line"]):
        invoice_id = row["LinkedTxn"][0]["TxnId"]
        applied[invoice_id] = applied.get(invoice_id, 0) + row["Amount"]
    invoices = await books.sandbox.objects("Invoice")
    for invoice in invoices:
        assert invoice["Balance"] == invoice["TotalAmt"] - applied.get(invoice["Id"], 0) >= 0
    owed = sum(row["Balance"] for row in invoices) - sum(row["UnappliedAmt"] for row in payments)
    assert (await books.get("customer/1")).of("Customer")["Balance"] == owed
    sold = sum(one["SalesItemLineDetail"]["Qty"] for row in invoices for one in row["Line"] if "LineNum" in one)
    assert (await books.get("item/3")).of("Item")["QtyOnHand"] == 10 - sold
