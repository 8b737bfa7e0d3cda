"""Payments, deposits, journals and the trial balance over HTTP."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.contract.quickbooks_sandbox.books_client import Books, line, sale
from tests.contract.quickbooks_sandbox.company import booked, fee
from tests.contract.quickbooks_sandbox.test_qb_sandbox_samples import _missing, _sample

ANN = {"CustomerRef": {"value": "1"}}


def _settles(kind: str, object_id: str, amount: Any, **link: str) -> dict[str, Any]:
    return {"Amount": amount, "LinkedTxn": [{"TxnId": object_id, "TxnType": kind, **link}]}


async def _balance(books: Books) -> dict[str, tuple[str, str]]:
    """Debit and credit by account; the total is always nothing."""
    answer = await books.sandbox.control("GET", "trial-balance", realm=books.sandbox.realm)
    assert answer["total"] == "0.00"
    assert answer["debit"] == answer["credit"]
    return {row["name"]: (row["debit"], row["credit"]) for row in answer["accounts"]}


async def test_a_sale_paid_and_banked_shows_in_the_trial_balance_and_in_the_accounts(books: Books) -> None:
    invoice = (await books.post("invoice", sale(line(100)))).of("Invoice")
    body = ANN | {"TotalAmt": 100, "Line": [_settles("Invoice", invoice["Id"], 100)]}
    payment = (await books.post("payment", body)).of("Payment")
    lines = [_settles("Payment", payment["Id"], 100, TxnLineId="0"), fee(-3.2)]
    await books.post("deposit", {"DepositToAccountRef": {"value": "5"}, "Line": lines})
    balance = await _balance(books)
    assert balance["Checking"] == ("96.80", "0.00")
    assert balance["Merchant Fees"] == ("3.20", "0.00")
    assert balance["Sales of Product Income"] == ("0.00", "100.00")
    assert balance["Accounts Receivable (A/R)"] == ("0.00", "0.00")
    accounts = {row["Name"]: row["CurrentBalance"] for row in await books.rows("SELECT * FROM Account")}
    assert float(accounts["Checking"]) == 96.8
    assert (await books.get(f"invoice/{invoice['Id']}")).of("Invoice")["Balance"] == 0


async def test_the_trial_balance_of_a_realm_that_is_not_there_is_a_bad_request(books: Books) -> None:
    url = f"{books.sandbox.base_url}/_sandbox/trial-balance"
    async with books.sandbox.session.get(url, params={"realm": "77"}) as answer:
        assert (answer.status, json.loads(await answer.read())["error"][:17]) == (400, "realm must be one")


@pytest.mark.parametrize(("call", "update", "operation"), [("update", 200, 400), ("operation", 400, 200)])
async def test_a_payment_is_voided_by_the_call_of_the_setting(
    books: Books, call: str, update: int, operation: int
) -> None:
    calls = [{"operation": "update", "include": "void"}, {"operation": "void"}]
    for setting, statuses in ((call, [update, operation]), ("both", [200, 200])):
        await books.sandbox.settings(payment_void_call=setting)
        for status, parameters in zip(statuses, calls, strict=True):
            made = (await books.post("payment", ANN | {"TotalAmt": 5})).of("Payment")
            body = {"Id": made["Id"], "SyncToken": "0", "sparse": True}
            assert (await books.post("payment", body, **parameters)).status == status


async def test_a_journal_entry_gets_a_number_only_when_asked(books: Books) -> None:
    body = {"Line": [booked("Debit", "12", 7), booked("Credit", "13", 7)]}
    assert "DocNumber" not in (await books.post("journalentry", body)).of("JournalEntry")
    assert "DocNumber" in (await books.post("journalentry", body, include="allowautodocnum")).of("JournalEntry")


async def test_the_ledger_tells_transactions_that_sell_nothing_without_counting_them(books: Books) -> None:
    receipt = (await books.post("salesreceipt", sale(line(10)))).of("SalesReceipt")
    await books.post("payment", ANN | {"TotalAmt": 99})
    lines = [_settles("SalesReceipt", receipt["Id"], 10, TxnLineId="0")]
    await books.post("deposit", {"DepositToAccountRef": {"value": "5"}, "Line": lines})
    ledger = await books.sandbox.ledger()
    assert [(row["type"], row["total"], len(row["lines"])) for row in ledger["documents"]] == [
        ("SalesReceipt", "10.00", 1),
        ("Payment", "99.00", 0),
        ("Deposit", "10.00", 0),
    ]
    assert ledger["total"] == "10.00"


async def test_an_adjustment_comes_out_in_the_shape_of_the_published_one(books: Books) -> None:
    sample = _sample("doc-inventoryadjustment.json")["InventoryAdjustment"]
    account = {"Name": "Inventory Shrinkage", "AccountType": "Cost of Goods Sold"}
    shrinkage = (await books.post("account", account)).of("Account")
    sample["AdjustAccountRef"]["value"] = shrinkage["Id"]
    sample["Line"][0]["ItemAdjustmentLineDetail"]["ItemRef"]["value"] = "3"
    sample["Line"][0]["DetailType"] = "ItemAdjustmentLineDetail"
    body = {name: value for name, value in sample.items() if name not in ("Id", "SyncToken", "MetaData")}
    assert (await books.post("inventoryadjustment", body)).codes == ["6270"]  # the item here begins later
    made = await books.post("inventoryadjustment", body | {"TxnDate": "2026-05-02"})
    assert _missing(sample, json.loads(made.raw)["InventoryAdjustment"]) == [".PrivateNote is missing"]  # it was empty
    assert (await books.get("item/3")).of("Item")["QtyOnHand"] == 8
