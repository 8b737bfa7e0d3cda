"""The sandbox's own interface, and the sandbox as a process of its own."""

from __future__ import annotations

from decimal import Decimal

import pytest

from sandbox.quickbooks import SandboxConfig
from tests.contract.quickbooks_sandbox.books_client import REALM, Books, connect, discount, line, sale
from tests.support.quickbooks_sandbox import QuickBooksSandbox, running, running_process


async def test_the_ledger_lists_documents_in_plain_words(books: Books) -> None:
    row = line(Decimal("19.90"), qty=2, price=Decimal("9.95"), tax="TAX") | {"Description": "Blue"}
    body = sale(
        row,
        line(4, item="SHIPPING_ITEM_ID"),
        discount(1),
        DocNumber="M1",
        TxnDate="2026-05-01",
        PrivateNote="order 7",
        TxnTaxDetail={"TotalTax": Decimal("1.6")},
    )
    await books.post("salesreceipt", body)
    await books.post("invoice", sale(line(1), TxnDate="2026-05-02"))
    ledger = await books.sandbox.ledger()
    assert (ledger["count"], ledger["total"]) == (2, "25.50")
    assert ledger["documents"][0] == {
        "realm": REALM,
        "type": "SalesReceipt",
        "id": "1",
        "doc_number": "M1",
        "txn_date": "2026-05-01",
        "total": "24.50",
        "tax": "1.60",
        "discount": "1.00",
        "currency": "USD",
        "status": "live",
        "sync_token": "0",
        "private_note": "order 7",
        "customer": "Ann O'Neil",
        "customer_id": "1",
        "lines": [
            {
                "item": "Mug",
                "item_id": "1",
                "sku": "MUG-1",
                "description": "Blue",
                "qty": "2",
                "amount": "19.90",
                "taxable": True,
            },
            {
                "item": "Shipping",
                "item_id": "SHIPPING_ITEM_ID",
                "sku": None,
                "description": None,
                "qty": None,
                "amount": "4.00",
                "taxable": False,
            },
        ],
    }


async def test_reset_empties_the_books_and_leaves_callers_connected(books: Books) -> None:
    await books.post("salesreceipt", sale(line(5)), requestid="r1")
    await books.sandbox.settings(arithmetic="recompute")
    await books.sandbox.reset()
    assert (await books.sandbox.ledger())["count"] == 0
    assert (await books.sandbox.usage())["unmetered"] == 0
    assert await books.sandbox.objects("Customer") == []
    assert len(await books.sandbox.objects("Account")) == 14
    assert (await books.get("preferences")).status == 200
    assert (await books.post("salesreceipt", sale(line(5)), requestid="r1")).codes == ["2500"]
    assert (await books.sandbox.settings())["arithmetic"] == "refuse"


@pytest.mark.parametrize(
    ("path", "body", "reason"),
    [
        ("settings", {"arithmetic": "guess"}, "arithmetic"),
        ("settings", {"colour": "red"}, "colour"),
        ("settings", {"requestid_memory": -1}, "requestid_memory"),
        ("seed", {"Spaceship": []}, "entities are"),
        ("seed", {"TaxCode": [{"Name": "X"}]}, "TaxCode"),
        ("seed", {"Item": [{"Name": "X"}]}, "2020"),
        ("grant", {"realm": "5"}, "realm must be one of"),
        ("clock", {"advance_seconds": -1}, "advance_seconds"),
        ("clock", {"advance_seconds": "soon"}, "advance_seconds"),
        ("faults/99/release", {}, "no fault rule 99"),
        ("faults", {"effect": "delay", "match": {"colour": "red"}}, "colour"),
    ],
)
async def test_what_the_control_interface_cannot_do_is_told(
    sandbox: QuickBooksSandbox, path: str, body: dict[str, object], reason: str
) -> None:
    with pytest.raises(AssertionError, match=reason):
        await sandbox.control("POST", path, body)


async def test_a_bad_setting_changes_none(sandbox: QuickBooksSandbox) -> None:
    with pytest.raises(AssertionError):
        await sandbox.settings(multicurrency=True, arithmetic="guess")
    assert (await sandbox.settings())["multicurrency"] is False


async def test_realms_are_separate_companies() -> None:
    async with running(SandboxConfig(realms=("1", "2"))) as sandbox:
        await sandbox.seed({"Customer": [{"DisplayName": "Ann"}]}, realm="2")
        await sandbox.settings("2", custom_txn_numbers=False)
        assert await sandbox.objects("Customer", "1") == []
        assert len(await sandbox.objects("Customer", "2")) == 1
        first, second = await connect(sandbox, "1"), await connect(sandbox, "2")
        numbers = [
            (await caller.get("preferences")).of("Preferences")["SalesFormsPrefs"]["CustomTxnNumbers"]
            for caller in (first, second)
        ]
        assert numbers == [True, False]


async def test_every_answer_has_an_intuit_tid(books: Books) -> None:
    tids = {(await books.get(path)).headers["intuit_tid"] for path in ("customer/1", "customer/99", "spaceship/1")}
    assert len(tids) == 3


async def test_the_sandbox_runs_as_a_process_of_its_own() -> None:
    async with running_process(("42",)) as sandbox:
        await sandbox.seed({"Customer": [{"DisplayName": "Ann"}]})
        books = await connect(sandbox, "42")
        assert (await books.get("customer/1")).of("Customer")["DisplayName"] == "Ann"
