"""Magento's searchCriteria as query parameters, and their encoding. Pure.

Magento docs, "Search using REST endpoints": filters of one group are joined by OR, groups by AND. Without a direction
Magento sorts descending, and without a page size it returns everything: so both are always sent here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from urllib.parse import quote

from shared import limits

Parameters = list[tuple[str, str]]


class Condition(StrEnum):
    """The conditions that we use."""

    EQ = "eq"
    NEQ = "neq"
    GT = "gt"
    GTEQ = "gteq"
    LT = "lt"
    LTEQ = "lteq"
    IN = "in"
    LIKE = "like"
    NULL = "null"
    NOT_NULL = "notnull"


class Direction(StrEnum):
    """How to sort."""

    ASC = "ASC"
    DESC = "DESC"


@dataclass(frozen=True, slots=True)
class Filter:
    """One comparison of a field with a value."""

    field: str
    value: str
    condition: Condition = Condition.EQ


@dataclass(frozen=True, slots=True)
class Criteria:
    """A search. All of `groups` must hold, and of each group at least one filter.

    Raises ValueError for more groups or filters than LIMITS.MAGENTO_FILTERS_MAX, or a page that is out of range.
    """

    groups: Sequence[Sequence[Filter]] = ()
    sort: tuple[str, Direction] | None = None
    page_size: int = limits.MAGENTO_PAGE_MAX
    page: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.page_size <= limits.MAGENTO_PAGE_MAX:
            raise ValueError(f"page size {self.page_size} is not within 1 to {limits.MAGENTO_PAGE_MAX}")
        if self.page < 1:
            raise ValueError(f"page {self.page} is below 1")
        if len(self.groups) > limits.MAGENTO_FILTERS_MAX or any(
            not 1 <= len(group) <= limits.MAGENTO_FILTERS_MAX for group in self.groups
        ):
            raise ValueError(f"a search takes up to {limits.MAGENTO_FILTERS_MAX} groups of 1 to as many filters")

    def parameters(self) -> Parameters:
        """The query parameters, not yet encoded."""
        result: Parameters = []
        for g, group in enumerate(self.groups):
            for f, item in enumerate(group):
                prefix = f"searchCriteria[filter_groups][{g}][filters][{f}]"
                result += [
                    (f"{prefix}[field]", item.field),
                    (f"{prefix}[value]", item.value),
                    (f"{prefix}[condition_type]", item.condition),
                ]
        if self.sort is not None:
            result += [
                ("searchCriteria[sortOrders][0][field]", self.sort[0]),
                ("searchCriteria[sortOrders][0][direction]", self.sort[1]),
            ]
        result += [("searchCriteria[pageSize]", str(self.page_size)), ("searchCriteria[currentPage]", str(self.page))]
        return result


@dataclass(frozen=True, slots=True)
class Window:
    """A closed span of a date column: both ends belong to it. Times need a time zone."""

    field: str
    start: datetime
    end: datetime

    def filters(self) -> list[Filter]:
        return [
            Filter(self.field, as_magento_time(self.start), Condition.GTEQ),
            Filter(self.field, as_magento_time(self.end), Condition.LTEQ),
        ]


def as_magento_time(instant: datetime) -> str:
    """UTC as Magento stores it. ISO's T and offset would be compared as text. Raises ValueError without a time zone."""
    if instant.tzinfo is None:
        raise ValueError(f"{instant.isoformat()} has no time zone")
    return instant.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def any_of(values: Sequence[str]) -> str:
    """The value for Condition.IN. Raises ValueError for a value with a comma, which separates the values."""
    for value in values:
        if "," in value:
            raise ValueError(f"{value!r} has a comma and can't be searched for with in; use eq")
    return ",".join(values)


def percent_encode(text: str) -> str:
    """RFC 3986: all but letters, digits and -._~ as %XX: space is %20, + is %2B, / is %2F, [ is %5B."""
    return quote(text, safe="")


def may_lack_an_address(text: str) -> bool:
    """Whether no path may lead to what is called so: some web servers take no slash, backslash or percent sign in an
    address, however it is encoded (reference/magento.md, section 8.19); `.` and `..` are steps in the path to all."""
    return bool(set(text) & set("/\\%")) or text in (".", "..")


def encode_query(parameters: Parameters) -> str:
    """The query part of the address, each name and value encoded exactly once."""
    return "&".join(f"{percent_encode(name)}={percent_encode(value)}" for name, value in parameters)
