"""Every property of every entity in a statement: what is marked as filterable filters and sorts, all else is 4001."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from sandbox.quickbooks.errors import Refused
from sandbox.quickbooks.query_run import run_query
from sandbox.quickbooks.schema import ENTITIES, TYPES, Field
from tests.contract.quickbooks_sandbox.company import Firm

_QUERIED = [name for name in ENTITIES if name not in ("CompanyInfo", "Preferences")]  # those are asked for whole
_INNER = {"PrimaryEmailAddr": "Address", "MetaData": "LastUpdatedTime"}
_SAMPLES: dict[str, str] = {
    "str": "'x'",
    "bool": "true",
    "num": "'1.5'",
    "int": "1",
    "date": "'2026-01-31'",
    "time": "'2026-01-31T10:00:00-08:00'",
    "ref": "'1'",
}


@pytest.fixture(scope="module")
def firm() -> Firm:
    """Books with an object or more of most entities."""
    made = Firm()
    line = {
        "Amount": 5,
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": {"ItemRef": {"value": "1"}, "TaxCodeRef": {"value": "NON"}},
    }
    body: dict[str, Any] = {"CustomerRef": {"value": "1"}, "Line": [line]}
    made.create("Invoice", **body, DocNumber="I-1", DueDate="2026-07-01")
    made.create("SalesReceipt", **body, DocNumber="S-1")
    made.create("CreditMemo", **body, DocNumber="C-1")
    made.create("RefundReceipt", **body, DocNumber="R-1", DepositToAccountRef={"value": "5"})
    made.create("Payment", CustomerRef={"value": "1"}, TotalAmt=5)
    made.create("Class", Name="North")
    made.create("Department", Name="Shop")
    made.create("Employee", GivenName="Tom", FamilyName="Worker", Title="Mr", Suffix="Jr", MiddleName="T")
    email = {"Address": "eve@example.com"}
    made.create("Customer", GivenName="Eve", FamilyName="Buyer", CompanyName="Eve & Co", PrimaryEmailAddr=email)
    made.create("Customer", DisplayName="Job", Job=True, ParentRef={"value": "1"})
    return made


def _fields(name: str, *, filterable: bool) -> list[Field]:
    return [field for field in ENTITIES[name].fields.values() if field.filterable is filterable]


def _equal(field: Field, literal: str, document: dict[str, Any]) -> bool:
    """Texts compare without case."""
    value = _value(field, document)
    return value is not None and _literal(value).casefold() == literal.casefold()


def _path(field: Field) -> str:
    return f"{field.name}.{_INNER[field.name]}" if field.name in _INNER else field.name


def _kind(field: Field) -> str:
    return TYPES[field.target][_INNER[field.name]].kind if field.kind == "obj" else field.kind


def _run(firm: Firm, *words: str) -> dict[str, Any]:
    return run_query(firm.company, " ".join(words))


def _code(firm: Firm, *words: str) -> str | None:
    try:
        _run(firm, *words)
    except Refused as refused:
        return refused.problems[0].code
    return None


def _literal(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | Decimal):
        return f"'{value}'"
    return "'" + str(value).replace("\\", "\\\\").replace("'", "\\'") + "'"


def _value(field: Field, document: dict[str, Any]) -> Any:
    value = document.get(field.name)
    if isinstance(value, dict):
        return value.get(_INNER.get(field.name, "value"))
    return value


@pytest.mark.parametrize("name", _QUERIED)
def test_filterable_properties_take_their_operators_and_sort(firm: Firm, name: str) -> None:
    for field in _fields(name, filterable=True):
        path, sample, is_id = _path(field), _SAMPLES[_kind(field)], field.name == "Id"
        for operator in ("=", "<", ">", "<=", ">="):
            expected = "4001" if is_id and operator != "=" else None
            assert _code(firm, "select * from", name, "where", path.upper(), operator, sample) == expected, path
        assert _code(firm, "select * from", name, "where", path, "in (", sample, ",", sample, ")") is None, path
        like = None if _kind(field) == "str" and not is_id else "4001"
        assert _code(firm, "select * from", name, "where", path, "like '%a%'") == like, path
        for order in ("orderby", "order by"):
            assert _code(firm, "select * from", name, order, path, "desc maxresults 5") is None, path


@pytest.mark.parametrize("name", _QUERIED)
def test_equality_finds_exactly_the_rows_with_the_value(firm: Firm, name: str) -> None:
    has_active = "Active" in ENTITIES[name].fields
    rows = _run(firm, "select * from", name, "where Active in (true, false)" if has_active else "", "maxresults 1000")
    documents = rows.get(name, [])
    for field in _fields(name, filterable=True):
        active = "and Active in (true, false)" if has_active and field.name != "Active" else ""
        for value in {_literal(value) for value in (_value(field, row) for row in documents) if value is not None}:
            asked = ("select * from", name, "where", _path(field), "=", value, active, "maxresults 1000")
            found = {row["Id"] for row in _run(firm, *asked).get(name, [])}
            assert found == {row["Id"] for row in documents if _equal(field, value, row)}, asked


@pytest.mark.parametrize("name", _QUERIED)
def test_any_other_property_is_refused_in_where_and_order(firm: Firm, name: str) -> None:
    for field in _fields(name, filterable=False):
        assert _code(firm, "select * from", name, "where", field.name, "= '1'") == "4001", field.name
        assert _code(firm, "select * from", name, "orderby", field.name) == "4001", field.name


def test_the_property_of_another_entity_is_refused(firm: Firm) -> None:
    assert _code(firm, "select * from Invoice where DisplayName = 'x'") == "4001"
    assert _code(firm, "select * from Invoice where Line.Amount = '1'") == "4001"
