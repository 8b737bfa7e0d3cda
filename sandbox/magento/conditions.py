"""One filter condition against one stored value, as MySQL compares: numbers as numbers, text without regard to case,
times as the stored text. A comparison with NULL never holds."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from sandbox.magento.collation import fold

_NUMBER_PREFIX = re.compile(r"\s*[+-]?(\d+(\.\d*)?|\.\d+)")


def number_of(text: str) -> Decimal:
    """MySQL reads the number a text starts with, and 0 when there is none."""
    found = _NUMBER_PREFIX.match(text)
    try:
        return Decimal(found.group().strip()) if found else Decimal(0)
    except InvalidOperation:
        return Decimal(0)


def compare(stored: Any, wanted: str) -> int:
    """-1, 0 or 1."""
    left: Any
    right: Any
    if isinstance(stored, bool | int | Decimal):
        left, right = Decimal(stored), number_of(wanted)
    else:
        left, right = fold(str(stored)), fold(wanted)
    return int(left > right) - int(left < right)


def _like(stored: Any, pattern: str) -> bool:
    parts = (".*" if c == "%" else "." if c == "_" else re.escape(c) for c in pattern)
    return re.fullmatch("".join(parts), _text(stored), re.IGNORECASE | re.DOTALL) is not None


def _text(stored: Any) -> str:
    return format(stored, "f") if isinstance(stored, Decimal) else str(stored)


def _in(stored: Any, wanted: str) -> bool:
    """Nothing is trimmed: Magento splits at the commas and quotes what lies between (Mysql::prepareSqlCondition)."""
    if isinstance(stored, bool | int | Decimal):
        return any(compare(stored, one) == 0 for one in wanted.split(","))
    return fold(str(stored)) in _parts(wanted)


@lru_cache(maxsize=16)
def _parts(wanted: str) -> frozenset[str]:
    return frozenset(map(fold, wanted.split(",")))


def _in_set(stored: Any, wanted: str) -> bool:
    return fold(wanted) in fold(_text(stored)).split(",")


CONDITIONS: dict[str, Callable[[Any, str], bool]] = {
    "eq": lambda stored, wanted: compare(stored, wanted) == 0,
    "neq": lambda stored, wanted: compare(stored, wanted) != 0,
    "gt": lambda stored, wanted: compare(stored, wanted) > 0,
    "gteq": lambda stored, wanted: compare(stored, wanted) >= 0,
    "moreq": lambda stored, wanted: compare(stored, wanted) >= 0,
    "from": lambda stored, wanted: compare(stored, wanted) >= 0,
    "lt": lambda stored, wanted: compare(stored, wanted) < 0,
    "lteq": lambda stored, wanted: compare(stored, wanted) <= 0,
    "to": lambda stored, wanted: compare(stored, wanted) <= 0,
    "like": _like,
    "nlike": lambda stored, wanted: not _like(stored, wanted),
    "in": _in,
    "nin": lambda stored, wanted: not _in(stored, wanted),
    "finset": _in_set,
    "nfinset": lambda stored, wanted: not _in_set(stored, wanted),
    "null": lambda stored, wanted: False,
    "notnull": lambda stored, wanted: True,
}


def holds(stored: Any, condition: str, wanted: str) -> bool:
    if stored is None:
        return condition == "null"
    return CONDITIONS[condition](stored, wanted)


def sort_key(stored: Any) -> tuple[int, Decimal, str]:
    """NULL first, then numbers, then text."""
    if stored is None:
        return (0, Decimal(0), "")
    if isinstance(stored, bool | int | Decimal):
        return (1, Decimal(stored), "")
    return (2, Decimal(0), fold(str(stored)))
