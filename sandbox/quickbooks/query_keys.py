"""Conditions and orders of a statement in SQL, as far as the tables have the columns: fewer rows to look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox import limits
from sandbox.quickbooks.query import Condition
from sandbox.quickbooks.query_columns import Column
from sandbox.quickbooks.schema import Entity
from sandbox.quickbooks.store import PEOPLE, Company, normal
from sandbox.quickbooks.tables import label_field, micros, ordinal
from sandbox.storage.codec import storable, to_text

_KEYS = {
    ("Id",): "ordinal",
    ("MetaData", "LastUpdatedTime"): "updated",
    ("MetaData", "CreateTime"): "created",
    ("TxnDate",): "txn_date",
    ("Sku",): "sku",
    ("CustomerRef", "value"): "customer",
    ("Active",): "active",
    ("TotalAmt",): "total",
    ("Balance",): "balance",
}
_INDEXED = ("ordinal", "label", "sku", "customer", "updated", "txn_date")
_RANGED = ("updated", "txn_date")
_ROUNDED = {"total", "balance"}
_WIDER = {"<": "<=", ">": ">="}  # a rounded number may lie on the border where the exact one is inside


@dataclass(slots=True)
class Narrowed:
    """A WHERE clause that leaves out no row that is asked for; exact: and lets none through that isn't."""

    clauses: list[str]
    values: list[Any]
    exact: bool = True
    driver: str | None = None  # the column whose index finds few rows

    @property
    def where(self) -> str:
        """The clause."""
        return " AND ".join(self.clauses)

    def add(self, clause: str, *values: Any) -> None:
        """One more clause that must hold."""
        self.clauses.append(clause)
        self.values += values


def key_column(entity: Entity, column: Column) -> str | None:
    """The column of the tables that holds the property, or None."""
    if column.keys == (label_field(entity),):
        return "label"
    return _KEYS.get(column.keys)


def narrowed(
    company: Company, entity: Entity, conditions: list[tuple[Column, Condition]], *, active_only: bool
) -> Narrowed:
    """The rows of the entity worth testing."""
    found = Narrowed(["list = ?"], [company.list_of(entity.name)])
    if active_only and "Active" in entity.fields:
        found.add("active IS NOT 0")
    for column, condition in conditions:
        if len(found.clauses) >= limits.STORE_CLAUSES or not _narrow(found, company, entity, column, condition):
            found.exact = False
    return found


def _narrow(found: Narrowed, company: Company, entity: Entity, column: Column, condition: Condition) -> bool:
    """Add what the condition says in SQL. False: that is less than it says."""
    if condition.operator == "LIKE":
        return False
    values = list(dict.fromkeys(column.literal(value) for value in condition.values))
    if any(isinstance(value, str) and not storable(value) for value in values):
        return False
    named_in_full = entity.name not in PEOPLE  # whose unique name is the DisplayName
    if column.keys == ("FullyQualifiedName",) and condition.operator == "=" and named_in_full and values[0]:
        found.add("space = ? AND unique_key = ?", company.space_of(entity.name), normal(values[0]))
        found.driver = "unique_key"
        return False
    key = key_column(entity, column)
    if key is None:
        return False
    wanted = [_in_sql(key, value) for value in values]
    if key in (_INDEXED if condition.operator in ("=", "IN") else _RANGED) and found.driver in (None, *_RANGED):
        found.driver = key
    if key in _ROUNDED:
        if condition.operator != "IN":
            found.add(f"{key} {_WIDER.get(condition.operator, condition.operator)} ?", wanted[0])
        return False
    if condition.operator == "IN":
        if any(isinstance(value, str) and "\0" in value for value in wanted):
            return False  # SQLite's JSON ends a text there
        found.add(f"{key} IN (SELECT value FROM json_each(?))", to_text(wanted))  # noqa: S608  # our own names
    else:
        found.add(f"{key} {condition.operator} ?", wanted[0])
    return key != "ordinal"  # 7 and 007 have one ordinal


def _in_sql(key: str, value: Any) -> Any:
    match key:
        case "ordinal":
            return ordinal(value)
        case "updated" | "created":
            return micros(value)
        case "txn_date":
            return value.isoformat()
        case "total" | "balance":
            return float(value)
        case "active":
            return int(value)
        case _:
            return value


def order_clause(entity: Entity, order: list[tuple[Column, bool]], driver: str | None) -> str | None:
    """ORDER BY for the statement, or None when the tables don't have the columns.

    Without ORDERBY transactions come newest first, lists by id. Absent values are the smallest, as they are in SQLite.
    driver: the column that finds the rows; SQLite must not walk through all of them to save sorting the few.
    """
    if order:
        terms = [(key_column(entity, column), "DESC" if descending else "ASC") for column, descending in order]
        terms.append(("ordinal", "ASC"))
    else:
        terms = [("txn_date", "DESC"), ("ordinal", "DESC")] if entity.transaction else [("ordinal", "ASC")]
    if any(key is None or key in _ROUNDED for key, _ in terms):
        return None
    plus = "+" if driver not in (None, terms[0][0]) else ""
    return ", ".join(f"{plus}{key} {direction}" for key, direction in terms)
