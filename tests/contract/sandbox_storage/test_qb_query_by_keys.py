"""A statement answered through the columns of the tables finds what looking at every document finds."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.quickbooks.clock import Clock
from sandbox.quickbooks.query import parse_query
from sandbox.quickbooks.query_columns import Column, column_of, condition_test
from sandbox.quickbooks.query_run import run_query
from sandbox.quickbooks.schema import ENTITIES
from sandbox.quickbooks.settings import CompanySettings
from sandbox.quickbooks.store import Company, Record

_WORDS = ["a", "A", "b", "ß", "ss", " a", "İ", "7", "", "a\0b", "a\0c", "é", "e\u0301"]
_TEXTS = st.sampled_from(_WORDS)
_NUMBERS = ["1", "2", "3", "10", "007", "7", "TAX", "tax", "99999999999999999999999"]
_IDS = st.sampled_from(_NUMBERS)
_DAYS = st.dates(date(2026, 1, 1), date(2026, 1, 5)).map(date.isoformat)
_FIGURES = [Decimal(text) for text in ("-1", "0", "0.10", "0.10000000000000001", "0.09999999999999999", "2.5", "2.50")]
_AMOUNTS = st.sampled_from(_FIGURES)  # three of them are one float
_HOURS = st.integers(-3, 3)


def _stamp(hours: int, zone: int = 0) -> str:
    instant = datetime(2026, 1, 3, tzinfo=UTC) + timedelta(hours=hours)
    return instant.isoformat() if zone else (instant - timedelta(hours=8)).isoformat()[:19] + "-08:00"


_TIMES = st.builds(_stamp, _HOURS, st.integers(0, 1))
_META = st.fixed_dictionaries({"CreateTime": _TIMES, "LastUpdatedTime": _TIMES})
_REF = st.fixed_dictionaries({"value": _IDS})
_DOCUMENTS = {
    "Invoice": st.fixed_dictionaries(
        {"TxnDate": _DAYS, "MetaData": _META, "TotalAmt": _AMOUNTS, "Balance": _AMOUNTS},
        optional={"DocNumber": _TEXTS, "CustomerRef": _REF, "DueDate": _DAYS},
    ),
    "Item": st.fixed_dictionaries(
        {"Name": _TEXTS, "FullyQualifiedName": _TEXTS, "MetaData": _META},
        optional={"Sku": _TEXTS, "Active": st.booleans(), "UnitPrice": _AMOUNTS, "Description": _TEXTS},
    ),
    "Customer": st.fixed_dictionaries(
        {"DisplayName": _TEXTS, "MetaData": _META, "Balance": _AMOUNTS},
        optional={"FullyQualifiedName": _TEXTS, "Active": st.booleans(), "GivenName": _TEXTS},
    ),
}
_PROPERTIES: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "Invoice": {"Id": _IDS, "DocNumber": _TEXTS, "TxnDate": _DAYS, "MetaData.LastUpdatedTime": _TIMES,
                "MetaData.CreateTime": _TIMES, "CustomerRef": _IDS, "TotalAmt": _AMOUNTS, "Balance": _AMOUNTS},
    "Item": {"Id": _IDS, "Name": _TEXTS, "FullyQualifiedName": _TEXTS, "Sku": _TEXTS, "Active": st.booleans(),
             "UnitPrice": _AMOUNTS, "Description": _TEXTS, "MetaData.LastUpdatedTime": _TIMES},
    "Customer": {"Id": _IDS, "DisplayName": _TEXTS, "FullyQualifiedName": _TEXTS, "GivenName": _TEXTS,
                 "Active": st.booleans(), "Balance": _AMOUNTS, "MetaData.CreateTime": _TIMES},
}  # fmt: skip
_LIKE = ("DocNumber", "Name", "DisplayName", "FullyQualifiedName", "Sku", "GivenName", "Description")


def _literal(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "'" + str(value).replace("\\", "\\\\").replace("'", "\\'") + "'"


@st.composite
def _statements(draw: st.DrawFn, entity: str) -> str:
    properties = _PROPERTIES[entity]
    conditions = []
    for name in draw(st.lists(st.sampled_from(sorted(properties)), max_size=2)):
        operators = ["=", "IN"] if name == "Id" else ["=", "IN", "<", ">", "<=", ">="]
        operator = draw(st.sampled_from([*operators, "LIKE"] if name in _LIKE else operators))
        if operator == "IN":
            values = draw(st.lists(properties[name], min_size=1, max_size=4))
            conditions.append(f"{name} IN ({', '.join(map(_literal, values))})")
        else:
            value = draw(st.sampled_from(["%a%", "%", "a%"])) if operator == "LIKE" else draw(properties[name])
            conditions.append(f"{name} {operator} {_literal(value)}")
    order = []
    for name in draw(st.lists(st.sampled_from(sorted(properties)), max_size=2)):
        order.append(f"{name} {draw(st.sampled_from(['ASC', 'DESC']))}")  # noqa: PERF401  # readable
    parts = ["SELECT", draw(st.sampled_from(["*", "*", "COUNT(*)"])), "FROM", entity]
    parts += ["WHERE", " AND ".join(conditions)] if conditions else []
    parts += ["ORDERBY", ", ".join(order)] if order else []
    parts += ["STARTPOSITION", str(draw(st.sampled_from([1, 1, 1, 1, 1, 2, 10**30])))]
    parts += ["MAXRESULTS", str(draw(st.sampled_from([2, 9])))]
    return " ".join(parts)


def _full_scan(company: Company, statement: str) -> dict[str, Any]:
    """The same by looking at every document, with nothing but Python."""
    query = parse_query(statement)
    entity = ENTITIES[query.entity]
    rows = [record.document for record in company.rows(entity.name)]
    for condition in query.conditions:
        test = condition_test(column_of(entity, condition.path), condition)
        rows = [row for row in rows if test(row)]
    if not any(condition.path == "Active" for condition in query.conditions):
        rows = [row for row in rows if row.get("Active") is not False]
    if query.count:
        return {"totalCount": len(rows)}
    page = _sorted(rows, [(column_of(entity, path), down) for path, down in query.order], entity.transaction)
    page = page[query.start - 1 : query.start - 1 + query.limit]
    if not page:
        return {}
    answer = {entity.name: page, "startPosition": query.start, "maxResults": len(page)}
    return answer | ({"totalCount": len(rows)} if entity.total_count else {})


def _sorted(rows: list[dict[str, Any]], order: list[tuple[Column, bool]], transaction: bool) -> list[dict[str, Any]]:
    if not order and transaction:
        return sorted(rows, key=lambda row: (row["TxnDate"], row["Id"].zfill(20)), reverse=True)
    for column, descending in reversed(order):
        absent = [row for row in rows if column.of(row) is None]
        present = [row for row in rows if column.of(row) is not None]
        if column.keys == ("Id",):
            present.sort(key=lambda row: row["Id"].zfill(20), reverse=descending)
        else:
            present.sort(key=column.of, reverse=descending)
        rows = present + absent if descending else absent + present
    return rows


@settings(max_examples=400, deadline=None)
@given(st.data(), st.sampled_from(sorted(_DOCUMENTS)))
def test_a_statement_finds_by_keys_what_a_full_scan_finds(data: st.DataObject, entity: str) -> None:
    company = Company("1", Clock(), CompanySettings())
    documents = data.draw(
        st.dictionaries(_IDS.filter(lambda one: one != "7"), _DOCUMENTS[entity], min_size=4, max_size=8)
    )
    for object_id, document in documents.items():
        company.put(Record(entity, {**document, "Id": object_id, "SyncToken": "0"}))
    for statement in data.draw(st.lists(_statements(entity), min_size=1, max_size=8)):
        assert run_query(company, statement) == _full_scan(company, statement), statement


@pytest.mark.parametrize("entity", sorted(_DOCUMENTS))
def test_each_single_condition_finds_by_keys_what_a_full_scan_finds(entity: str) -> None:
    company = Company("1", Clock(), CompanySettings())
    days, times = ["2026-01-01", "2026-01-02", "2026-01-04"], [_stamp(0), _stamp(0, 1), _stamp(1)]
    known: dict[Any, list[Any]] = {_TEXTS: _WORDS, _IDS: _NUMBERS, _DAYS: days, _AMOUNTS: _FIGURES, _TIMES: times}
    pools = {name: known.get(values, [True, False]) for name, values in _PROPERTIES[entity].items()}
    for number, object_id in enumerate([*_NUMBERS[:5], *_NUMBERS[6:], *map(str, range(20, 30))]):
        flat = {name: pool[number % len(pool)] for name, pool in pools.items() if name != "Id"}
        stamps = {"CreateTime": times[number % 2], "LastUpdatedTime": times[number % 3]}
        nested = {"MetaData": stamps, "Id": object_id}
        if "CustomerRef" in flat:
            nested["CustomerRef"] = {"value": flat["CustomerRef"]}
        plain = {name: value for name, value in flat.items() if "." not in name}
        company.put(Record(entity, plain | nested))
    for name, pool in pools.items():
        for operator in ("=", "IN") if name == "Id" else ("=", "IN", "<", ">", "<=", ">="):
            for value in pool:
                wanted = f"({_literal(value)}, {_literal(pool[0])})" if operator == "IN" else _literal(value)
                for ends in ("", " ORDERBY Id DESC", " STARTPOSITION 2 MAXRESULTS 1"):
                    statement = " ".join(["SELECT * FROM", entity, "WHERE", name, operator, wanted]) + ends
                    assert run_query(company, statement) == _full_scan(company, statement), statement
