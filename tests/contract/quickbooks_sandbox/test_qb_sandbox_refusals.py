"""Each fault of the reference's table that these entities can meet: its code, its status, its shape."""

from __future__ import annotations

import io
from typing import Any

import pytest

from tests.contract.quickbooks_sandbox.books_client import Books, discount, line, sale
from tests.support.quickbooks_sandbox import QuickBooksSandbox

_INVENTORY = {
    "Name": "Desk",
    "Type": "Inventory",
    "TrackQtyOnHand": True,
    "QtyOnHand": 1,
    "InvStartDate": "2026-01-01",
    "IncomeAccountRef": {"value": "1"},
    "ExpenseAccountRef": {"value": "6"},
    "AssetAccountRef": {"value": "7"},
}
_LONG_ADDRESS = {f"Line{number}": "x" * (401 if number == 1 else 400) for number in range(1, 6)}


@pytest.mark.parametrize(
    ("why", "entity", "body", "code"),
    [
        ("unknown property", "salesreceipt", sale(line(1), Colour="red"), "2010"),
        ("unknown property of a line", "salesreceipt", sale({**line(1), "Colour": "red"}), "2010"),
        ("wrong type", "salesreceipt", sale(line(1), TxnTaxDetail="none"), "2010"),
        ("an amount as text", "salesreceipt", sale(line("1.00")), "2090"),
        ("an amount of 16 digits", "salesreceipt", sale(line(10**15)), "2090"),
        ("no line", "salesreceipt", sale(), "2020"),
        ("no customer", "salesreceipt", {"Line": [line(1)]}, "2020"),
        ("no amount", "salesreceipt", sale({k: v for k, v in line(1).items() if k != "Amount"}), "2020"),
        ("no detail", "salesreceipt", sale({"Amount": 1, "DetailType": "SalesItemLineDetail"}), "2020"),
        ("a reference without value", "salesreceipt", sale(line(1), CustomerRef={"name": "Ann"}), "2020"),
        ("a number of 22 characters", "salesreceipt", sale(line(1), DocNumber="M" * 22), "2050"),
        ("a note of 4001 characters", "salesreceipt", sale(line(1), PrivateNote="n" * 4001), "2050"),
        ("a date that isn't one", "salesreceipt", sale(line(1), TxnDate="2026-02-30"), "2060"),
        ("an unknown print status", "salesreceipt", sale(line(1), PrintStatus="Maybe"), "2170"),
        ("an unknown kind of line", "salesreceipt", sale({"Amount": 1, "DetailType": "Gift"}), "2170"),
        ("a bad e-mail", "salesreceipt", sale(line(1), BillEmail={"Address": "ann at home"}), "2210"),
        ("mail without an address", "salesreceipt", sale(line(1), EmailStatus="NeedToSend"), "2020"),
        ("a negative line", "salesreceipt", sale(line(-1)), "2290"),
        ("an unknown item", "salesreceipt", sale(line(1, item="99")), "2500"),
        ("an unknown customer", "salesreceipt", sale(line(1), CustomerRef={"value": "99"}), "2500"),
        ("an unknown account", "salesreceipt", sale(line(1), DepositToAccountRef={"value": "99"}), "2500"),
        ("an account that holds no money", "salesreceipt", sale(line(1), DepositToAccountRef={"value": "1"}), "6430"),
        ("amount not Qty x UnitPrice", "salesreceipt", sale(line(20, qty=3, price=7)), "6070"),
        ("a tax code of its own on a line", "salesreceipt", sale(line(1, tax="2")), "6100"),
        ("tax included in the US", "salesreceipt", sale(line(1), GlobalTaxCalculation="TaxInclusive"), "6000"),
        ("a discount of nothing", "salesreceipt", sale(line(5), discount()), "6090"),
        ("two discounts", "salesreceipt", sale(line(5), discount(1), discount(1)), "6000"),
        ("a discount above the subtotal", "salesreceipt", sale(line(5), discount(6)), "6000"),
        ("a negative discount", "salesreceipt", sale(line(5), discount(-1)), "2290"),
        ("a foreign currency", "salesreceipt", sale(line(1), CurrencyRef={"value": "EUR"}), "6000"),
        ("only remarks", "salesreceipt", sale({"DetailType": "DescriptionOnly", "Description": "hello"}), "6000"),
        ("stock without a quantity", "salesreceipt", sale(line(5, item="3")), "6520"),
        ("stock before its start", "salesreceipt", sale(line(5, item="3", qty=1), TxnDate="2026-01-14"), "6270"),
        (
            "a tax code that is no group",
            "invoice",
            sale(line(1), TxnTaxDetail={"TxnTaxCodeRef": {"value": "TAX"}}),
            "6000",
        ),
        ("negative tax", "invoice", sale(line(1), TxnTaxDetail={"TotalTax": -2}), "6000"),
        ("a customer without a name", "customer", {"Notes": "who?"}, "6080"),
        ("a colon in a name", "customer", {"DisplayName": "A:B"}, "2040"),
        ("a tab in a name", "customer", {"GivenName": "A\tB"}, "2040"),
        ("a name of 501 characters", "customer", {"DisplayName": "x" * 501}, "2050"),
        ("a phone of 31 characters", "customer", {"DisplayName": "P", "Mobile": {"FreeFormNumber": "1" * 31}}, "2050"),
        ("an address of 2001 characters", "customer", {"DisplayName": "L", "BillAddr": _LONG_ADDRESS}, "2050"),
        ("a vendor's name", "customer", {"DisplayName": "acme SUPPLIES"}, "6240"),
        ("an employee's name", "customer", {"GivenName": "Tom", "FamilyName": "Worker"}, "6240"),
        ("a name in use, other case", "customer", {"DisplayName": "ANN o'neil"}, "6240"),
        ("a job without a parent", "customer", {"DisplayName": "J", "Job": True}, "2020"),
        ("a foreign customer", "customer", {"DisplayName": "E", "CurrencyRef": {"value": "EUR"}}, "6000"),
        ("an item without a type", "item", {"Name": "Cup", "IncomeAccountRef": {"value": "1"}}, "2020"),
        ("an item without an account", "item", {"Name": "Cup", "Type": "Service"}, "2020"),
        ("an item of an unknown type", "item", {"Name": "Cup", "Type": "Thing"}, "2170"),
        ("a bundle", "item", {"Name": "Set", "Type": "Group"}, "6000"),
        ("an item name in use", "item", {"Name": "mug", "Type": "Service", "IncomeAccountRef": {"value": "1"}}, "6240"),
        (
            "an item on a bank account",
            "item",
            {"Name": "C", "Type": "Service", "IncomeAccountRef": {"value": "5"}},
            "6430",
        ),
        ("stock on the wrong account", "item", _INVENTORY | {"AssetAccountRef": {"value": "4"}}, "6430"),
        ("stock without a start", "item", {k: v for k, v in _INVENTORY.items() if k != "InvStartDate"}, "2020"),
        ("a tax code made by hand", "taxcode", {"Name": "Mine"}, "500"),
        ("an unknown entity", "spaceship", {"Name": "Mine"}, "500"),
        ("an update of nothing", "salesreceipt", {**sale(line(1)), "Id": "99", "SyncToken": "0"}, "610"),
        ("an account without a type", "account", {"Name": "Odd"}, "6010"),
        ("a term without days", "term", {"Name": "Odd"}, "2020"),
    ],
)
async def test_what_breaks_a_rule_is_refused_with_its_code(
    books: Books, why: str, entity: str, body: dict[str, Any], code: str
) -> None:
    reply = await books.post(entity, body)
    assert (reply.status, code in reply.codes) == (400, True), f"{why}: {reply.status} {reply.raw.decode()}"
    assert reply.json["Fault"]["type"] == "ValidationFault"
    assert reply.json["Fault"]["Error"][0].keys() == {"Message", "Detail", "code", "element"}
    assert reply.json["time"].endswith("-08:00")
    ledger = await books.sandbox.ledger()
    assert ledger["count"] == 0, "a refused document is in the books"


async def test_a_duplicate_name_tells_no_id(books: Books) -> None:
    reply = await books.post("customer", {"DisplayName": " ann O'neil "})
    assert reply.codes == ["6240"]
    assert "Id=" not in reply.detail and "customer, vendor or employee" in reply.detail


async def test_the_name_of_an_inactive_customer_stays_taken(books: Books) -> None:
    await books.post("customer", {"Id": "1", "SyncToken": "0", "sparse": True, "Active": False})
    assert (await books.post("customer", {"DisplayName": "Ann O'Neil"})).codes == ["6240"]


async def test_an_inactive_item_or_customer_is_610_without_a_hint(books: Books) -> None:
    await books.post("item", {"Id": "1", "SyncToken": "0", "sparse": True, "Active": False})
    reply = await books.post("salesreceipt", sale(line(1)))
    assert reply.codes == ["610"]
    assert "made inactive" in reply.detail and "Mug" not in reply.detail


async def test_the_length_fault_tells_the_bounds(books: Books) -> None:
    reply = await books.post("salesreceipt", sale(line(1), DocNumber="M" * 25))
    assert "Min:0, Max:21, Supplied:25" in reply.detail


async def test_several_errors_come_in_one_fault(books: Books) -> None:
    reply = await books.post("salesreceipt", sale(line(1), DocNumber="M" * 25, PrintStatus="No", TxnDate="x"))
    assert sorted(reply.codes) == ["2050", "2060", "2170"]


@pytest.mark.parametrize("password", [False, True])
async def test_closed_books_take_nothing_on_or_before_the_closing_date(books: Books, password: bool) -> None:
    old = (await books.post("salesreceipt", sale(line(1), TxnDate="2026-03-01"))).of("SalesReceipt")
    await books.sandbox.settings(book_close_date="2026-03-31", book_close_password=password)
    code = "6210" if password else "6200"
    assert (await books.post("salesreceipt", sale(line(1), TxnDate="2026-03-31"))).codes == [code]
    change = {"Id": old["Id"], "SyncToken": "0", "sparse": True, "PrivateNote": "late"}
    assert (await books.post("salesreceipt", change)).codes == [code]
    assert (await books.post("salesreceipt", change, operation="update", include="void")).codes == [code]
    assert (await books.post("salesreceipt", change, operation="delete")).codes == [code]
    assert (await books.post("salesreceipt", sale(line(1), TxnDate="2026-04-01"))).status == 200
    preferences = (await books.get("preferences")).of("Preferences")
    assert preferences["AccountingInfoPrefs"]["BookCloseDate"] == "2026-03-31"


@pytest.mark.parametrize(
    ("switch", "body"),
    [
        ("allow_discount", sale(line(5), discount(1))),
        ("allow_shipping", sale(line(5), line(2, item="SHIPPING_ITEM_ID"))),
        ("allow_deposit", sale(line(5), Deposit=1)),
    ],
)
async def test_what_the_preferences_turn_off_is_refused(books: Books, switch: str, body: dict[str, Any]) -> None:
    assert (await books.post("invoice", body)).status == 200
    switches: dict[str, Any] = {switch: False}
    await books.sandbox.settings(**switches)
    assert (await books.post("invoice", body)).codes == ["6000"]


@pytest.mark.parametrize(
    ("data", "content_type", "status", "code"),
    [
        (b'{"Line": [', "application/json", 400, "2010"),
        (b"[]", "application/json", 400, "2010"),
        (b'{"DisplayName": NaN}', "application/json", 400, "2010"),
        (b'{"DisplayName": "\\ud800"}', "application/json", 400, "2010"),
        (b'{"DisplayName": "caf\xe9"}', "application/json", 400, "500"),
        (b'{"DisplayName": "B"}', "text/plain", 415, "500"),
        (b'{"Line": ' + b"[" * 400 + b"]" * 400 + b"}", "application/json", 400, "2010"),
        (b'{"Notes": 1e999999999}', "application/json", 400, "2090"),
        (b'{"CreditLimit": 1e-999999}', "application/json", 400, "2090"),
    ],
)
async def test_what_cannot_be_read_is_refused_never_a_500(
    books: Books, data: bytes, content_type: str, status: int, code: str
) -> None:
    reply = await books.call("POST", "customer", data=data, headers={"Content-Type": content_type})
    assert (reply.status, reply.codes) == (status, [code]), reply.raw.decode()


async def test_a_body_above_the_bound_is_413_in_html(sandbox: QuickBooksSandbox, books: Books) -> None:
    body = io.BytesIO(b" " * (5 * 1024 * 1024))
    url, headers = (
        f"{books.base}/customer",
        {"Authorization": f"Bearer {books.token}", "Content-Type": "application/json"},
    )
    async with sandbox.session.post(url, data=body, headers=headers) as answer:
        assert (answer.status, answer.content_type) == (413, "text/html") and "413" in await answer.text()
    assert (await sandbox.usage())["unmetered"] == 0


async def test_without_json_in_accept_the_answer_is_xml(books: Books) -> None:
    reply = await books.call("GET", "customer/1", headers={"Accept": "*/*"})
    assert reply.content_type == "application/xml"
    assert b"<DisplayName>Ann O'Neil</DisplayName>" in reply.raw
