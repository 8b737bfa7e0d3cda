"""Filters and orders of searchCriteria in SQL, as far as the table has the columns: fewer rows to look at."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

from sandbox import limits
from sandbox.magento.collation import fold
from sandbox.magento.conditions import number_of
from sandbox.magento.search import Criteria, Filter
from sandbox.magento.shop import Shop
from sandbox.magento.tables import ID_MAX, Kind, key_columns
from sandbox.storage.codec import storable, to_text

_UNDER = {"gt": ">", "gteq": ">=", "moreq": ">=", "from": ">=", "lt": "<", "lteq": "<=", "to": "<="}
_SELECTIVE = ("id", "order_id", "sku", "increment_id", "created_at", "updated_at")
Clause = tuple[str, list[Any]]
_NEVER: Clause = ("0", [])


@dataclass(slots=True)
class Narrowed:
    """A WHERE clause that leaves out no row that is asked for; exact: and lets none through that isn't."""

    where: str
    values: list[Any] = field(default_factory=list)
    exact: bool = True
    driver: str | None = None  # the column whose index finds the rows


def narrowed(shop: Shop, kind: Kind, criteria: Criteria) -> Narrowed:
    """The rows of the kind worth testing. What is not yet committed isn't among them."""
    found = Narrowed("kind = ?", [kind])
    if shop.database.one("SELECT 1 FROM documents WHERE kind = ? AND misses > 0 LIMIT 1", (kind,)):
        found.where += " AND (misses IS NULL OR misses = 0)"
    groups = [group for group in criteria.groups if group]
    if groups and has_odd(shop, kind):
        found.exact = False
        return found
    found.driver = _driver(groups)
    for group in groups[: limits.STORE_CLAUSES]:
        clauses = [_clause(kind, one, found.driver) for one in group]
        known = [clause for clause in clauses if clause is not None]
        if len(known) < len(clauses):
            found.exact = False
            continue
        found.where += f" AND ({' OR '.join(sql for sql, _ in known)})"
        found.values += [value for _, values in known for value in values]
    found.exact = found.exact and len(groups) <= limits.STORE_CLAUSES
    return found


def order_clause(shop: Shop, kind: Kind, criteria: Criteria, driver: str | None) -> str | None:
    """ORDER BY, or None when the table hasn't the columns. NULL is the smallest, in SQLite and in MySQL; ties by id.

    driver: the column that finds the rows; SQLite must not walk through all of them to save sorting the few.
    """
    columns = [(_column(kind, name), direction) for name, direction in criteria.orders]
    if columns and (any(column is None for column, _ in columns) or has_odd(shop, kind)):
        return None
    terms = [*((str(column), direction) for column, direction in columns), ("id", "ASC")]
    plus = "+" if driver not in (None, terms[0][0]) else ""
    return ", ".join(f"{plus}{column} {direction}" for column, direction in terms)


def has_odd(shop: Shop, kind: Kind) -> bool:
    """Whether the kind has a document with a value of another type than its column's."""
    return shop.database.one("SELECT 1 FROM documents WHERE kind = ? AND odd LIMIT 1", (kind,)) is not None


def _column(kind: Kind, name: str) -> str | None:
    if name == "entity_id":
        return "id"
    return name if name in key_columns(kind) else None


def _driver(groups: list[list[Filter]]) -> str | None:
    """The column of a filter that stands alone and finds few rows, if there is one: equality before a range."""
    alone = {group[0].field: group[0].condition for group in groups if len(group) == 1}
    named = [column for column in _SELECTIVE if ("entity_id" if column == "id" else column) in alone]
    equal = [column for column in named if alone["entity_id" if column == "id" else column] in ("eq", "in")]
    ranged = [column for column in named if alone["entity_id" if column == "id" else column] in _UNDER]
    return next(iter([*equal, *ranged]), None)


def _clause(kind: Kind, one: Filter, driver: str | None) -> Clause | None:
    """The filter in SQL, or None when it has to be tested document by document."""
    column = _column(kind, one.field)
    if column is None:
        return None
    shown = column if driver in (None, column) else f"+{column}"  # SQLite knows no figures and could choose another
    if one.condition in ("null", "notnull"):
        return f"{shown} IS {'NOT ' if one.condition == 'notnull' else ''}NULL", []
    if column == "id" or key_columns(kind)[column]:
        return _whole_clause(shown, one)
    return _text_clause(shown, one)


def _text_clause(column: str, one: Filter) -> Clause | None:
    wanted = fold(one.value)
    if not storable(wanted):
        return None
    if one.condition in ("in", "nin"):
        # SQLite's JSON ends a text at a NUL.
        return None if "\0" in wanted else _among(column, one, [fold(part) for part in one.value.split(",")])
    return _compared(column, one.condition, wanted)


def _whole_clause(column: str, one: Filter) -> Clause | None:
    """A column of whole numbers against what the value says as a number, which may have decimals."""
    if one.condition in ("in", "nin"):
        numbers = [number_of(part.strip()) for part in one.value.split(",")]
        return _among(column, one, [int(number) for number in numbers if _is_id(number)])
    number = number_of(one.value)
    if one.condition == "eq":
        return _compared(column, "eq", int(number)) if _is_id(number) else _NEVER
    if one.condition == "neq":
        return _compared(column, "neq", int(number)) if _is_id(number) else (f"{column} IS NOT NULL", [])
    operator = _UNDER.get(one.condition)
    if operator is None:
        return None
    if abs(number) > ID_MAX:
        return _NEVER if (number > 0) == (operator[0] == ">") else (f"{column} IS NOT NULL", [])
    rounding = ROUND_FLOOR if operator in (">", "<=") else ROUND_CEILING
    return f"{column} {operator} ?", [int(number.to_integral_value(rounding))]


def _compared(column: str, condition: str, value: Any) -> Clause | None:
    operator = {"eq": "=", "neq": "!="}.get(condition) or _UNDER.get(condition)
    return None if operator is None else (f"{column} {operator} ?", [value])


def _among(column: str, one: Filter, values: list[Any]) -> Clause:
    negation = "NOT " if one.condition == "nin" else ""
    sql = f"({column} IS NOT NULL AND {column} {negation}IN (SELECT value FROM json_each(?)))"  # noqa: S608  # our names
    return sql, [to_text(values)]


def _is_id(number: Decimal) -> bool:
    return abs(number) <= ID_MAX and number == number.to_integral_value()
