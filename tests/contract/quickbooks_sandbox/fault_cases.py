"""The fault codes of the reference (section 7): how a caller meets each, and in which form."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from tests.contract.quickbooks_sandbox.books_client import Books, Reply, discount, line, sale

Provoke = Callable[[Books], Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class Case:
    """A code and what its answer looks like. body: json, xml, or the gateway's lower-case JSON."""

    code: str
    status: int
    kind: str
    how: str
    provoke: Provoke
    body: str = "json"
    has_element: bool = True

    @property
    def id(self) -> str:
        return f"{self.code} {self.how}"


def _post(entity: str, body: Any, **parameters: str) -> Provoke:
    return lambda books: books.post(entity, body, **parameters)


def _get(path: str) -> Provoke:
    return lambda books: books.get(path)


def _query(statement: str) -> Provoke:
    return lambda books: books.query(statement)


def _after(settings: dict[str, Any], then: Provoke) -> Provoke:
    async def provoke(books: Books) -> Reply:
        await books.sandbox.settings(**settings)
        return await then(books)

    return provoke


def _state(state: str, then: Provoke | None = None) -> Provoke:
    return _after({"company_state": state}, then or _get("customer/1"))


def _as(token: str | None) -> Provoke:
    async def provoke(books: Books) -> Reply:
        headers = {"Authorization": f"Bearer {token}" if token is not None else ""}
        return await books.call("GET", "customer/1", headers=headers)

    return provoke


def _planned(code: str, status: int, kind: str = "ValidationFault", body: str = "fault") -> Provoke:
    async def provoke(books: Books) -> Reply:
        await books.sandbox.add_fault("status", status=status, code=code, kind=kind, body=body, times=1)
        return await books.get("customer/1")

    return provoke


async def _stale(books: Books) -> Reply:
    body = {"Id": "1", "SyncToken": "0", "sparse": True, "Notes": "one"}
    await books.post("customer", body)
    return await books.post("customer", body | {"Notes": "two"})


async def _duplicate_number(books: Books) -> Reply:
    await books.post("invoice", sale(line(1), DocNumber="D-1"))
    return await books.post("invoice", sale(line(1), DocNumber="D-1"))


async def _throttled(books: Books) -> Reply:
    await books.sandbox.settings(calls_per_minute=1)
    await books.get("customer/1")
    return await books.get("customer/1")


async def _inactive_customer_with_a_balance(books: Books) -> Reply:
    await books.post("invoice", sale(line(5)))
    return await books.post("customer", {"Id": "1", "SyncToken": "0", "sparse": True, "Active": False})


async def _inactive_item(books: Books) -> Reply:
    await books.post("item", {"Id": "1", "SyncToken": "0", "sparse": True, "Active": False})
    return await books.post("salesreceipt", sale(line(1)))


async def _other_company(books: Books) -> Reply:
    return await Books(books.sandbox, books.token, "4711").get("customer/1")


async def _malformed_utf8(books: Books) -> Reply:
    headers = {"Content-Type": "application/json"}
    return await books.call("POST", "customer", data=b'{"DisplayName": "caf\xe9"}', headers=headers)


async def _same_requestid_at_once(books: Books) -> Reply:
    rule = await books.sandbox.add_fault("hold_before_commit", match={"operation": "create"}, times=1)
    first = asyncio.create_task(books.post("customer", {"DisplayName": "Gus"}, requestid="r1"))
    await books.sandbox.wait_held(rule)
    second = await books.post("customer", {"DisplayName": "Gus"}, requestid="r1")
    await books.sandbox.release(rule)
    assert (await first).status == 200
    return second


_CUSTOM_CODE = _post("invoice", sale(line(1), TxnTaxDetail={"TxnTaxCodeRef": {"value": "CustomSalesTax"}}))
_OTHER_CUSTOM = {"custom_tax_code_fault": "6230"}
_CLOSED = {"book_close_date": "2026-03-31"}
_OLD = _post("salesreceipt", sale(line(1), TxnDate="2026-03-31"))


async def _too_deep(books: Books) -> Reply:
    parent: dict[str, Any] = {}
    for level in range(1, 6):
        made = (await books.post("class", {"Name": f"L{level}"} | parent)).of("Class")
        parent = {"ParentRef": {"value": made["Id"]}}
    return await books.post("class", {"Name": "L6"} | parent)


_CATEGORY_BELOW_AN_ITEM = {"Name": "C", "Type": "Category", "SubItem": True, "ParentRef": {"value": "1"}}


async def _own_parent(books: Books) -> Reply:
    body = {"Id": "1", "SyncToken": "0", "sparse": True, "Job": True, "ParentRef": {"value": "1"}}
    return await books.post("customer", body)


async def _too_many_lines(books: Books) -> Reply:
    await books.sandbox.settings(query_lines=3)
    for _ in range(2):
        await books.post("invoice", sale(line(1)))
    assert (await books.query("select * from Invoice maxresults 1")).status == 200
    return await books.query("select * from Invoice")


def _payment(invoice: dict[str, Any], amount: int) -> dict[str, Any]:
    linked = [{"TxnId": invoice["Id"], "TxnType": "Invoice"}]
    return {"CustomerRef": {"value": "1"}, "TotalAmt": amount, "Line": [{"Amount": amount, "LinkedTxn": linked}]}


async def _overpaid(books: Books) -> Reply:
    invoice = (await books.post("invoice", sale(line(5)))).of("Invoice")
    return await books.post("payment", _payment(invoice, 6))


async def _paid_and_deleted(books: Books) -> Reply:
    await books.sandbox.settings(delete_linked="refuse")
    invoice = (await books.post("invoice", sale(line(5)))).of("Invoice")
    await books.post("payment", _payment(invoice, 5))
    paid = (await books.get(f"invoice/{invoice['Id']}")).of("Invoice")
    return await books.post("invoice", {"Id": paid["Id"], "SyncToken": paid["SyncToken"]}, operation="delete")


async def _deposited_and_voided(books: Books) -> Reply:
    invoice = (await books.post("invoice", sale(line(5)))).of("Invoice")
    payment = (await books.post("payment", _payment(invoice, 5))).of("Payment")
    linked = [{"TxnId": payment["Id"], "TxnType": "Payment", "TxnLineId": "0"}]
    deposit = {"DepositToAccountRef": {"value": "5"}, "Line": [{"Amount": 5, "LinkedTxn": linked}]}
    await books.post("deposit", deposit)
    payment = (await books.get(f"payment/{payment['Id']}")).of("Payment")
    body = {"Id": payment["Id"], "SyncToken": payment["SyncToken"], "sparse": True}
    return await books.post("payment", body, operation="update", include="void")


_ADJUSTED = {"ItemRef": {"value": "3"}, "QtyDiff": 1}
_ADJUSTMENT = {
    "AdjustAccountRef": {"value": "6"},
    "TxnDate": "2026-06-01",
    "Line": [{"DetailType": "ItemAdjustmentLineDetail", "ItemAdjustmentLineDetail": _ADJUSTED}],
}
_NO_TAX_WITH_TAX = sale(line(1), GlobalTaxCalculation="NotApplicable", TxnTaxDetail={"TotalTax": 1})
_V = "ValidationFault"
CASES = [
    Case("100", 401, "AuthenticationFault", "company_state bad_oauth", _state("bad_oauth"), "xml", has_element=False),
    Case("120", 403, "AuthorizatonFault", "company_state user_removed", _state("user_removed")),
    Case(
        "130",
        401,
        "AuthenticationFault",
        "company_state wrong_cluster",
        _state("wrong_cluster"),
        "xml",
        has_element=False,
    ),
    Case("140", 403, "AuthorizatonFault", "company_state locked", _state("locked")),
    Case("150", 503, "SystemFault", "company_state maintenance", _state("maintenance")),
    Case("500", 400, _V, "an entity that isn't there", _post("spaceship", {"Name": "x"})),
    Case("500", 400, _V, "a body that isn't UTF-8", _malformed_utf8),
    Case("600", 400, _V, "a requestid whose first call still runs", _same_requestid_at_once),
    Case("610", 400, _V, "an id that isn't there", _get("customer/999")),
    Case("610", 400, _V, "a reference to an inactive item", _inactive_item),
    Case("620", 400, _V, "a payment above the balance", _overpaid),
    Case("700", 400, _V, "a category below an item", _post("item", _CATEGORY_BELOW_AN_ITEM)),
    Case("800", 400, _V, "the deletion of a paid invoice, with delete_linked refuse", _paid_and_deleted),
    Case("900", 400, _V, "a parent that is its own child", _own_parent),
    Case("1040", 400, _V, "a batch of 31", _post("batch", {"BatchItemRequest": [{"bId": "b"}] * 31})),
    Case("2010", 400, _V, "an unknown property", _post("customer", {"Colour": "red"})),
    Case("2020", 400, _V, "a sales form without lines", _post("salesreceipt", sale())),
    Case("2030", 400, _V, "an id that is no number", _get("customer/abc")),
    Case("2040", 400, _V, "a colon in a name", _post("customer", {"DisplayName": "a:b"})),
    Case("2050", 400, _V, "a text that is too long", _post("customer", {"Suffix": "x" * 17})),
    Case("2060", 400, _V, "a day that isn't one", _post("invoice", sale(line(1), TxnDate="31.1."))),
    Case("2090", 400, _V, "an amount as text", _post("invoice", sale(line("1.00")))),
    Case("2170", 400, _V, "an unknown value", _post("invoice", sale(line(1), PrintStatus="?"))),
    Case("2210", 400, _V, "a bad e-mail", _post("invoice", sale(line(1), BillEmail={"Address": "x"}))),
    Case("2290", 400, _V, "a negative line", _post("invoice", sale(line(-1)))),
    Case("2500", 400, _V, "an unknown reference", _post("invoice", sale(line(1, item="99")))),
    Case("3001", 429, "SERVICE", "more calls than allowed", _throttled, "xml", has_element=False),
    Case(
        "3001",
        403,
        "SERVICE",
        "the same, with throttle_status 403",
        _after({"throttle_status": 403}, _throttled),
        "xml",
        has_element=False,
    ),
    Case("3100", 403, "SERVICE", "a token for another company", _other_company, "gateway"),
    Case("3200", 401, "AUTHENTICATION", "a token that is no longer good", _as("nonsense"), "gateway"),
    Case("3202", 401, "AUTHENTICATION", "no token", _as(""), "gateway"),
    Case("4000", 400, _V, "a statement that can't be parsed", _query("select * from"), has_element=False),
    Case(
        "4001",
        400,
        _V,
        "a property that can't be filtered",
        _query("select * from Customer where Notes = 'x'"),
        has_element=False,
    ),
    Case("5010", 400, _V, "a SyncToken of before", _stale),
    Case(
        "5020",
        400,
        _V,
        "inventory_adjustments 5020",
        _after({"inventory_adjustments": "5020"}, _post("inventoryadjustment", _ADJUSTMENT)),
    ),
    Case(
        "5030",
        400,
        _V,
        "inventory_adjustments 5030",
        _after({"inventory_adjustments": "5030"}, _post("inventoryadjustment", _ADJUSTMENT)),
    ),
    Case("6000", 400, _V, "a foreign currency at home", _post("invoice", sale(line(1), CurrencyRef={"value": "EUR"}))),
    Case("6010", 400, _V, "an account without a type", _post("account", {"Name": "Odd"})),
    Case("6070", 400, _V, "Amount that isn't Qty x UnitPrice", _post("invoice", sale(line(20, qty=3, price=7)))),
    Case("6080", 400, _V, "a customer without a name", _post("customer", {"Notes": "who?"})),
    Case("6090", 400, _V, "a discount of nothing", _post("invoice", sale(line(5), discount()))),
    Case("6100", 400, _V, "a US line with a code of its own", _post("invoice", sale(line(1, tax="2")))),
    Case("6140", 400, _V, "a document number in use", _duplicate_number),
    Case("6160", 400, _V, "CustomSalesTax as the tax code of a form", _CUSTOM_CODE),
    Case(
        "6170",
        400,
        _V,
        "TxnTaxDetail beside NotApplicable",
        _after({"country": "GB"}, _post("invoice", _NO_TAX_WITH_TAX)),
    ),
    Case("6180", 400, _V, "a sixth level", _too_deep),
    Case(
        "6190",
        400,
        _V,
        "a write with company_state subscription_ended",
        _state("subscription_ended", _post("customer", {"DisplayName": "New"})),
    ),
    Case("6200", 400, _V, "a day in closed books", _after(_CLOSED, _OLD)),
    Case("6210", 400, _V, "the same, closed with a password", _after(_CLOSED | {"book_close_password": True}, _OLD)),
    Case("6220", 400, _V, "a customer with a balance made inactive", _inactive_customer_with_a_balance),
    Case("6230", 400, _V, "the same, with custom_tax_code_fault 6230", _after(_OTHER_CUSTOM, _CUSTOM_CODE)),
    Case("6240", 400, _V, "a name in use", _post("customer", {"DisplayName": "ANN o'neil"})),
    Case(
        "6270",
        400,
        _V,
        "stock before its start",
        _post("invoice", sale(line(5, item="3", qty=1), TxnDate="2026-01-14")),
    ),
    Case(
        "6430",
        400,
        _V,
        "an account of the wrong type",
        _post("invoice", sale(line(1), DepositToAccountRef={"value": "1"}, Deposit=1)),
    ),
    Case("6520", 400, _V, "stock without a quantity", _post("invoice", sale(line(5, item="3")))),
    Case("6540", 400, _V, "a deposited payment made void", _deposited_and_voided),
    Case("10000", 500, "SystemFault", "company_state broken", _state("broken")),
    Case("10000", 200, "SystemFault", "the fault plan with status 200", _planned("10000", 200, "SystemFault")),
    Case("10100", 400, _V, "a query whose answer has more lines than query_lines", _too_many_lines),
    Case("10200", 400, "SystemFault", "company_state reset", _state("reset")),
]

# No request leads here; the fault plan answers with any code (POST /_sandbox/faults, effect status, body fault).
BY_THE_PLAN_ONLY = {
    "110": "OAuth 1 is gone; its general form is 100",
    "630": "name lists answer 6240 instead",
    "2070": "no source says which text or number belongs to which code from 2060 to 2110: 2060 and 2090 stand for all",
    "2080": "see 2070",
    "2100": "see 2070",
    "2110": "see 2070",
    "3201": "listed by Airbyte only; the body lowercase with code 3201",
    "4002": "an error of QuickBooks' own while it runs a good statement",
    "6250": "an inactive customer is 610, as recorded",
    "6440": "lines without item and account are documentation here",
    "6450": "bank feeds and reconciliation aren't modelled",
    "6480": "see 6450",
}
