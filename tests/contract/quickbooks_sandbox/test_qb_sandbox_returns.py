"""Credit memos and refund receipts: what comes back, over HTTP."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.contract.quickbooks_sandbox.books_client import Books, line, sale


async def _customer(books: Books) -> dict[str, Any]:
    return (await books.get("customer/1")).of("Customer")


async def _stock(books: Books) -> Any:
    return (await books.get("item/3")).of("Item")["QtyOnHand"]


async def test_a_credit_memo_lowers_what_the_customer_owes_and_brings_goods_back(books: Books) -> None:
    await books.post("invoice", sale(line(60, item="3", qty=2, price=30, tax="TAX")))
    memo = (await books.post("creditmemo", sale(line(30, item="3", qty=1, price=30), DocNumber="CM-1"))).of(
        "CreditMemo"
    )
    assert (memo["TotalAmt"], memo["RemainingCredit"], memo["Balance"]) == (30, 30, 30)
    assert memo["ARAccountRef"] == {"value": "8", "name": "Accounts Receivable (A/R)"}
    assert (await _customer(books))["Balance"] == Decimal("34.95")  # 60 + 8.25 % less 30
    assert await _stock(books) == 10 - 2 + 1
    assert (await books.post("creditmemo", {"Id": memo["Id"], "SyncToken": "0"}, operation="delete")).status == 200
    assert (await _customer(books))["Balance"] == Decimal("64.95") and await _stock(books) == 8
    assert (await books.get(f"creditmemo/{memo['Id']}")).codes == ["610"]


async def test_lines_of_a_credit_memo_are_replaced_by_a_sparse_update(books: Books) -> None:
    memo = (await books.post("creditmemo", sale(line(5), line(7)))).of("CreditMemo")
    kept = memo["Line"][1]
    body = {"Id": memo["Id"], "SyncToken": "0", "sparse": True, "Line": [kept, line(4)]}
    changed = (await books.post("creditmemo", body)).of("CreditMemo")
    items = [one for one in changed["Line"] if one["DetailType"] == "SalesItemLineDetail"]
    assert [(one["Id"], one["Amount"]) for one in items] == [("2", 7), ("3", 4)]
    assert (changed["RemainingCredit"], changed["TotalAmt"], changed["SyncToken"]) == (11, 11, "1")
    assert (await _customer(books))["Balance"] == -11


async def test_a_refund_leaves_a_bank_account_and_brings_goods_back(books: Books) -> None:
    bare = sale(line(30, item="3", qty=1, price=30))
    assert (await books.post("refundreceipt", bare)).codes == ["2020"]
    assert (await books.post("refundreceipt", bare | {"DepositToAccountRef": {"value": "1"}})).codes == ["6430"]
    made = (await books.post("refundreceipt", bare | {"DepositToAccountRef": {"value": "5"}})).of("RefundReceipt")
    assert (made["Balance"], made["DepositToAccountRef"]["name"]) == (0, "Checking")
    assert "ARAccountRef" not in made and await _stock(books) == 11
    ledger = await books.sandbox.ledger()
    assert (ledger["count"], ledger["total"]) == (1, "-30.00")


async def test_a_printed_refund_needs_the_number_of_its_cheque(books: Books) -> None:
    printed = sale(line(1), DepositToAccountRef={"value": "5"}, PrintStatus="PrintComplete")
    refused = await books.post("refundreceipt", printed)
    assert refused.codes == ["2020"] and "PaymentRefNum" in refused.detail
    assert (await books.post("refundreceipt", printed | {"PaymentRefNum": "1001"})).status == 200


@pytest.mark.parametrize("entity", ["creditmemo", "refundreceipt"])
async def test_returns_cannot_be_voided(books: Books, entity: str) -> None:
    body = sale(line(1), DepositToAccountRef={"value": "5"})
    made = next(iter((await books.post(entity, body)).json.values()))
    who = {"Id": made["Id"], "SyncToken": "0", "sparse": True}
    assert (await books.post(entity, who, operation="void")).codes == ["500"]
    assert (await books.post(entity, who, operation="update", include="void")).codes == ["500"]
