"""A list call against the shop's table: groups are AND, filters inside a group OR; sorting, paging."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sandbox.magento import conditions
from sandbox.magento.errors import masked_failure
from sandbox.magento.search import Criteria, check_columns, fulfils
from sandbox.magento.search_keys import Narrowed, narrowed, order_clause
from sandbox.magento.shop import STORED, Document, Kind, Shop, document_of

_OFFSET_MAX = 2**62  # far behind the last row, and SQLite still takes it
View = Callable[[Document], Document]


def find(
    shop: Shop,
    kind: Kind,
    criteria: Criteria,
    columns: frozenset[str],
    unknown: Callable[[str], Exception] = lambda name: masked_failure(),
    view: View = lambda document: document,
) -> tuple[list[Document], int]:
    """The page asked for and the number of all matches. An unknown column raises what `unknown` makes of it.

    view: the document with the columns that filters know beside its own.
    """
    check_columns(criteria, columns, unknown)
    found = narrowed(shop, kind, criteria)
    order = order_clause(shop, kind, criteria, found.driver)
    if found.exact and order is not None:
        return _by_keys(shop, kind, found, order, criteria)
    return _by_tests(shop, kind, found, criteria, view)


def _by_keys(shop: Shop, kind: Kind, found: Narrowed, order: str, criteria: Criteria) -> tuple[list[Document], int]:
    """Where the table alone can tell."""
    row = shop.database.one(f"SELECT count(*) FROM documents WHERE {found.where}", found.values)  # noqa: S608
    total = int(row[0]) if row else 0
    start, size = _window(total, criteria, shop)
    rows = shop.database.execute(
        f"SELECT {STORED} FROM documents WHERE seq IN "  # noqa: S608
        f"(SELECT seq FROM documents WHERE {found.where} ORDER BY {order} LIMIT ? OFFSET ?) ORDER BY {order}",
        [*found.values, size, start],
    )
    return [document_of(kind, row) for row in rows], total


def _by_tests(shop: Shop, kind: Kind, found: Narrowed, criteria: Criteria, view: View) -> tuple[list[Document], int]:
    """Where each document has to be looked at; row numbers and what they sort by are held."""
    entries = [
        (seq, [conditions.sort_key(document.column(name)) for name, _ in criteria.orders])
        for seq, document in _rows(shop, kind, found, view)
        if fulfils(document, criteria)
    ]
    for position, (_, direction) in reversed(list(enumerate(criteria.orders))):
        entries.sort(key=lambda entry, at=position: entry[1][at], reverse=direction == "DESC")  # type: ignore[misc]
    start, size = _window(len(entries), criteria, shop)
    page = []
    for seq, _ in entries[start : start + size]:
        row = shop.database.one(f"SELECT {STORED} FROM documents WHERE seq = ?", (seq,))  # noqa: S608
        assert row is not None  # noqa: S101  # nothing was awaited since it was found
        page.append(document_of(kind, row))
    return page, len(entries)


def _rows(shop: Shop, kind: Kind, found: Narrowed, view: View) -> Iterator[tuple[int, Document]]:
    order = "id" if found.driver is None else "+id"
    sql = f"SELECT {STORED}, seq FROM documents WHERE {found.where} ORDER BY {order}"  # noqa: S608
    for row in shop.database.execute(sql, found.values):
        yield row[5], view(document_of(kind, row))


def _window(total: int, criteria: Criteria, shop: Shop) -> tuple[int, int]:
    """The page's first row and its length."""
    if criteria.page_size is None:
        return 0, total
    size, page = min(criteria.page_size, _OFFSET_MAX), criteria.page
    if shop.config.out_of_range_page == "last":  # Collection::getCurPage clamped up to 2.3
        page = min(page, max(-(-total // size), 1))
    return min((page - 1) * size, _OFFSET_MAX), size
