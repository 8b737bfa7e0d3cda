"""Statements of QuickBooks' query language, and the quoting that keeps text from becoming language. Pure.

Source: Intuit, "Data queries". No OR, no joins; strings in apostrophes, where a backslash escapes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Literal

from shared import limits

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:\.[A-Za-z][A-Za-z0-9]*){0,3}")
_FROM = re.compile(r"\bFROM\s+([A-Za-z]{1,40})", re.IGNORECASE)


class NotExpressible(ValueError):
    """The text has no form in the query language. Compare by another field, or read and compare here."""


def quote(text: str) -> str:
    """The text as a string of the query language, apostrophes included.

    Raises NotExpressible for control characters and lone surrogates, which no escape exists for.
    """
    for character in text:
        if unicodedata.category(character) in ("Cc", "Cs"):
            raise NotExpressible(f"U+{ord(character):04X} can't stand in a query")
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def equals(field: str, text: str) -> str:
    """The condition `field = 'text'`. QuickBooks compares without regard to letter case."""
    return f"{_name(field)} = {quote(text)}"


def one_of(field: str, texts: Iterable[str]) -> str:
    """The condition `field IN ('a','b')`. ValueError for no texts: the language has no empty list."""
    quoted = [quote(text) for text in texts]
    if not quoted:
        raise ValueError(f"{field} IN () asks for nothing: leave the query out")
    return f"{_name(field)} IN ({','.join(quoted)})"


def active_and_inactive() -> str:
    """The condition that also finds deactivated rows of name lists, which are hidden otherwise."""
    return "Active IN (true,false)"


def both(*conditions: str) -> str:
    """All of the conditions; empty ones are left out."""
    return " AND ".join(condition for condition in conditions if condition)


def compared(field: str, operator: Literal["<", "<=", ">=", ">"], text: str) -> str:
    """The condition that the field lies before or behind a value, such as an instant."""
    return f"{_name(field)} {operator} {quote(text)}"


def select(
    entity: str, where: str = "", *, start: int = 1, size: int = limits.QUICKBOOKS_PAGE_ROWS, order: str = "Id"
) -> str:
    """One page of rows in the order of their Id, or of another field; `start` counts from 1."""
    if start < 1 or not 1 <= size <= limits.QUICKBOOKS_PAGE_ROWS:
        raise ValueError(f"a page starts at 1 or later and has 1 to {limits.QUICKBOOKS_PAGE_ROWS} rows")
    return f"{_from('*', entity, where)} ORDERBY {_name(order)} STARTPOSITION {start} MAXRESULTS {size}"


def count(entity: str, where: str = "") -> str:
    """How many rows there are."""
    return _from("COUNT(*)", entity, where)


def entity_in(statement: str) -> str:
    """The type a statement asks for, as written there; empty when there is none."""
    found = _FROM.search(statement)
    return found.group(1) if found else ""


def _from(what: str, entity: str, where: str) -> str:
    condition = f" WHERE {where}" if where else ""
    return f"SELECT {what} FROM {_name(entity)}{condition}"  # noqa: S608 - names are checked, text is quoted


def _name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no field or entity name")
    return name
