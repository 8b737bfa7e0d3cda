"""Arbitrary bodies: whatever is sent, the rules either take it or refuse it; they never break."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.quickbooks.clock import Clock
from sandbox.quickbooks.errors import Refused
from sandbox.quickbooks.ledger import ledger_document
from sandbox.quickbooks.operations import create, delete, update, void
from sandbox.quickbooks.rendering import json_bytes
from sandbox.quickbooks.schema import ENTITIES, TYPES, Field
from sandbox.quickbooks.seeds import new_company
from sandbox.quickbooks.settings import CompanySettings
from sandbox.quickbooks.store import Company
from tests.contract.quickbooks_sandbox.books_client import line, sale

_WRITABLE = [entity for entity in ENTITIES.values() if entity.writable]
_scalar = (
    st.none()
    | st.booleans()
    | st.integers(-10, 10**16)
    | st.decimals(-1000, 1000, places=3)
    | st.sampled_from(
        ["", "1", "2", "TAX", "NON", "2026-01-20", "EUR", "SHIPPING_ITEM_ID", "SalesItemLineDetail", "x:y"]
    )
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
)
_junk = st.recursive(
    _scalar,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


def _of_field(field: Field, depth: int) -> st.SearchStrategy[Any]:
    """Values of about the right form."""
    if field.kind == "ref":
        right: st.SearchStrategy[Any] = st.fixed_dictionaries(
            {"value": st.sampled_from(["1", "2", "3", "4", "TAX", "NON", "99"])}
        )
    elif field.kind == "obj" and depth > 0:
        right = _of_fields(TYPES[field.target], depth - 1)
    elif field.enumeration:
        right = st.sampled_from(field.enumeration)
    elif field.kind in ("num", "int"):
        right = st.integers(0, 50) | st.decimals(0, 50, places=2)
    elif field.kind == "bool":
        right = st.booleans()
    elif field.kind == "date":
        right = st.dates().map(str)
    else:
        right = st.text("ab ", min_size=1, max_size=4)
    return st.lists(right, min_size=1, max_size=2) if field.array else right


def _of_fields(fields: dict[str, Field], depth: int) -> st.SearchStrategy[dict[str, Any]]:
    chosen = st.lists(st.sampled_from(sorted(fields)), max_size=8, unique=True)
    return chosen.flatmap(lambda names: st.fixed_dictionaries({name: _of_field(fields[name], depth) for name in names}))


def _least(fields: dict[str, Field]) -> dict[str, Any]:
    """What makes an object of a list, where it has such a property."""
    wanted = {"Name": "Thing", "DisplayName": "Thing", "AccountType": "Bank", "DueDays": 5}
    least = {name: value for name, value in wanted.items() if name in fields}
    return least | {"Type": "Service", "IncomeAccountRef": {"value": "1"}} if "IncomeAccountRef" in fields else least


def _company() -> Company:
    company = new_company("1", Clock(), CompanySettings())
    create(company, ENTITIES["Customer"], {"DisplayName": "Ann"})
    create(company, ENTITIES["Item"], {"Name": "Mug", "Type": "Service", "IncomeAccountRef": {"value": "1"}})
    return company


def _whole(company: Company) -> None:
    """The books can be told, and every document adds up."""
    json_bytes(ledger_document([company]))
    for entity in ENTITIES.values():
        for record in company.rows(entity.name):
            json_bytes(record.document)
            if entity.transaction:
                rows = record.document["Line"]
                goods = sum((row["Amount"] for row in rows if row["DetailType"] == "SalesItemLineDetail"), Decimal(0))
                off = sum((row["Amount"] for row in rows if row["DetailType"] == "DiscountLineDetail"), Decimal(0))
                assert record.document["TotalAmt"] == goods - off + record.document["TxnTaxDetail"]["TotalTax"]


@settings(max_examples=200)
@given(st.data())
def test_any_body_is_taken_or_refused(data: st.DataObject) -> None:
    company = _company()
    entity = data.draw(st.sampled_from(_WRITABLE))
    base = sale(line(5, qty=1, price=5)) if entity.transaction else _least(entity.fields)
    fields = data.draw(_of_fields(entity.fields, 3))
    junk = data.draw(st.dictionaries(st.sampled_from(sorted(entity.fields)), _junk, max_size=1))
    body = {**base, **fields, **junk}
    try:
        record = create(company, entity, body)
    except Refused as refused:
        assert refused.problems
        return
    _whole(company)
    change = {"Id": record.id, "SyncToken": record.document["SyncToken"], **data.draw(_of_fields(entity.fields, 3))}
    for operation in (update, void, delete) if entity.transaction else (update,):
        try:
            operation(company, entity, {**change, "sparse": True})
        except Refused as refused:
            assert refused.problems
        _whole(company)
