"""searchCriteria: filters (groups are AND, filters inside a group OR), sorting, paging. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sandbox.magento import conditions, limits
from sandbox.magento.config import Config
from sandbox.magento.errors import InvalidInput, masked_failure, required, wrong_type
from sandbox.magento.query import Query
from sandbox.magento.shop import Document


@dataclass(frozen=True)
class Filter:
    field: str
    value: str
    condition: str

    def shown(self) -> dict[str, str]:
        return {"field": self.field, "value": self.value, "condition_type": self.condition}


@dataclass(frozen=True)
class Criteria:
    groups: list[list[Filter]]
    orders: list[tuple[str, str]]  # field, direction
    page_size: int | None
    page: int

    def shown(self) -> dict[str, Any]:
        document: dict[str, Any] = {"filter_groups": [{"filters": [f.shown() for f in group]} for group in self.groups]}
        if self.orders:
            document["sort_orders"] = [{"field": field, "direction": direction} for field, direction in self.orders]
        if self.page_size is not None:
            document["page_size"] = self.page_size
        document["current_page"] = self.page
        return document


def read(query: Query, config: Config) -> Criteria:
    """The criteria of a list call. Raises InvalidInput as Magento does."""
    if "searchCriteria" not in query:
        raise required("searchCriteria")
    criteria = query["searchCriteria"]
    if not isinstance(criteria, dict):
        criteria = {}
    page_size = _whole(_either(criteria, "page_size", "pageSize"))
    if config.input_limits:
        if page_size is not None and page_size > limits.SEARCH_MAX_PAGE_SIZE:
            raise InvalidInput("Maximum SearchCriteria pageSize is %max", {"max": limits.SEARCH_MAX_PAGE_SIZE})
        page_size = page_size or limits.SEARCH_DEFAULT_PAGE_SIZE
    return Criteria(
        groups=[_group(group) for group in _list(_either(criteria, "filter_groups", "filterGroups"))],
        orders=[_order(order) for order in _list(_either(criteria, "sort_orders", "sortOrders"))],
        page_size=max(page_size, 1) if page_size else None,  # 0 is "no limit"; Zend makes 1 of -5 (recalled)
        page=max(_whole(_either(criteria, "current_page", "currentPage")) or 1, 1),
    )


def run(
    documents: Iterable[Document],
    criteria: Criteria,
    columns: frozenset[str],
    config: Config,
    unknown: Callable[[str], Exception] = lambda name: masked_failure(),
) -> tuple[list[Document], int]:
    """The page asked for and the number of all matches. An unknown column raises what `unknown` makes of it."""
    check_columns(criteria, columns, unknown)
    matches = [document for document in documents if fulfils(document, criteria)]
    for name, direction in reversed(criteria.orders):
        matches.sort(key=lambda document: conditions.sort_key(document.column(name)), reverse=direction == "DESC")
    return _page(matches, criteria, config), len(matches)


def check_columns(criteria: Criteria, columns: frozenset[str], unknown: Callable[[str], Exception]) -> None:
    """Raises what `unknown` makes of a name that is not among the columns."""
    for name in [f.field for group in criteria.groups for f in group] + [field for field, _ in criteria.orders]:
        if name not in columns:
            raise unknown(name)


def fulfils(document: Document, criteria: Criteria) -> bool:
    """Whether each group has a filter that holds."""
    return all(_any(document, group) for group in criteria.groups)


def _page(matches: list[Document], criteria: Criteria, config: Config) -> list[Document]:
    if criteria.page_size is None:
        return matches
    page = criteria.page
    if config.out_of_range_page == "last":  # Collection::getCurPage clamped up to 2.3
        page = min(page, max(-(-len(matches) // criteria.page_size), 1))
    start = (page - 1) * criteria.page_size
    return matches[start : start + criteria.page_size]


def _any(document: Document, group: list[Filter]) -> bool:
    if not group:
        return True
    return any(conditions.holds(document.column(f.field), f.condition, f.value) for f in group)


def _group(group: Any) -> list[Filter]:
    return [_filter(entry) for entry in _list(group.get("filters") if isinstance(group, dict) else None)]


def _filter(entry: Any) -> Filter:
    field = entry.get("field") if isinstance(entry, dict) else None
    if not field:
        raise required("field")
    condition = str(_either(entry, "condition_type", "conditionType") or "eq")
    if condition not in conditions.CONDITIONS:
        # Magento falls through to equality here; refusing shows the mistake.
        raise InvalidInput("The condition type %1 is unknown to the sandbox.", [condition])
    return Filter(str(field), str(entry.get("value", "")), condition)


def _order(entry: Any) -> tuple[str, str]:
    field = entry.get("field") if isinstance(entry, dict) else None
    if not field:
        raise required("field")
    direction = str(entry.get("direction") or "DESC").upper()
    if direction not in ("ASC", "DESC"):
        raise InvalidInput(
            "The sort order has to be specified as %1 for ascending order or %2 for descending order.", ["ASC", "DESC"]
        )
    return str(field), direction


def _either(criteria: Query, *names: str) -> Any:
    return next((criteria[name] for name in names if name in criteria), None)


def _list(value: Any) -> list[Any]:
    return list(value.values()) if isinstance(value, dict) else []


def _whole(value: Any) -> int | None:
    if value is None:
        return None
    text = str(value)
    if not text.lstrip("-").isascii() or not text.lstrip("-").isdigit():
        raise wrong_type(text, "int")
    return int(text)
