"""A list call answered through the columns of the table finds what looking at every document finds."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.magento import columns, conditions
from sandbox.magento.config import Config
from sandbox.magento.search import Criteria, Filter, run
from sandbox.magento.shop import Document, Kind, Shop
from sandbox.magento.table_search import find

_TEXTS = st.sampled_from(["new", "NEW", "processing", "ß", "ss", "7", "07", "", " new", "a\0b"])
_TIMES = st.sampled_from(["2026-01-01 00:00:00", "2026-01-01 00:00:01", "2026-01-02 00:00:00", "2026-01-0"])
_NUMBERS = st.sampled_from([-2, -1, 0, 6, 7, 2**63 - 1])
_AMOUNTS = st.sampled_from([Decimal("1.5"), Decimal("1.50"), 2, Decimal(7)])
_ODD = st.sampled_from(["7", "x", Decimal("1.5"), 2**63, True])
_WORDS = ["new", "NEW", "ß", "SS", "7", "", "new, ß", "NEW,a\0b", "%e%"]
_MOMENTS = ["2026-01-01 00:00:01", "2026-01-02", "2026-01-01 00:00:00,2026-01-02 00:00:00"]
_FIGURES = ["7", "7.0", "7.5", "6.5", "-1", "-1.5", "x", "1,7", "7x", "1e3", "7.5,x1", str(2**63 - 1), str(2**63),
            str(-(10**20)), "9999999999999999999999.5"]  # fmt: skip
_VALUES = [*_WORDS, *_MOMENTS, *_FIGURES]
_SALES = {
    "increment_id": _TEXTS,
    "created_at": _TIMES,
    "updated_at": _TIMES,
    "store_id": _NUMBERS,
    "grand_total": _AMOUNTS,
}
_COLUMNS: dict[Kind, dict[str, st.SearchStrategy[Any]]] = {
    Kind.ORDER: _SALES | {"state": _TEXTS, "status": _TEXTS},
    Kind.INVOICE: _SALES | {"state": _NUMBERS, "order_id": _NUMBERS},
    Kind.PRODUCT: {"sku": _TEXTS, "created_at": _TIMES, "updated_at": _TIMES, "status": _NUMBERS, "price": _AMOUNTS},
}
_KNOWN = columns.ORDER | columns.INVOICE | columns.PRODUCT


@st.composite
def _shops(draw: st.DrawFn, kind: Kind) -> Shop:
    """Up to eight documents, one of them perhaps not committed yet, one perhaps with a value of another type."""
    shop = Shop(Config(out_of_range_page=draw(st.sampled_from(["empty", "last"]))))
    odd = draw(st.sampled_from([False, False, False, True]))
    for number in draw(st.lists(st.sampled_from([1, 2, 6, 7, 8, 100, 2**63 - 1]), unique=True, min_size=3)):
        names = _COLUMNS[kind]
        body = {name: draw(st.one_of(values, values, values, st.none())) for name, values in names.items()}
        if odd:
            body[draw(st.sampled_from(sorted(names)))] = draw(_ODD)
        body["id" if kind is Kind.PRODUCT else "entity_id"] = number
        hidden = {"entity_id": number} if kind is Kind.PRODUCT else {}
        misses = 1 if kind is Kind.ORDER and draw(st.integers(0, 9)) == 0 else None
        shop.insert(
            Document(
                kind,
                {name: value for name, value in body.items() if value is not None},
                None,
                hidden,
                misses_left=misses,
            )
        )
    return shop


@st.composite
def _criteria(draw: st.DrawFn, kind: Kind) -> Criteria:
    names = st.sampled_from(["entity_id", *_COLUMNS[kind]])
    filters = st.builds(Filter, names, st.sampled_from(_VALUES), st.sampled_from(sorted(conditions.CONDITIONS)))
    return Criteria(
        draw(st.lists(st.lists(filters, max_size=2), min_size=1, max_size=2)),
        draw(st.lists(st.tuples(names, st.sampled_from(["ASC", "DESC"])), max_size=2)),
        draw(st.sampled_from([None, None, 1, 2, 10**30])),
        draw(st.sampled_from([1, 1, 1, 1, 2, 3, 10**30])),
    )


def _full_scan(shop: Shop, kind: Kind, criteria: Criteria) -> tuple[list[int], int]:
    """The same by looking at every document, with nothing but Python."""
    committed = [document for document in shop.documents(kind) if not document.misses_left]
    page, total = run(committed, criteria, _KNOWN, shop.config)
    return [document.entity_id for document in page], total


@settings(max_examples=250, deadline=None)
@given(st.data(), st.sampled_from(sorted(_COLUMNS)))
def test_a_list_finds_by_keys_what_a_full_scan_finds(data: st.DataObject, kind: Kind) -> None:
    shop = data.draw(_shops(kind))
    for criteria in data.draw(st.lists(_criteria(kind), min_size=1, max_size=10)):
        page, total = find(shop, kind, criteria, _KNOWN)
        assert ([document.entity_id for document in page], total) == _full_scan(shop, kind, criteria), criteria


@pytest.mark.parametrize("kind", sorted(_COLUMNS))
def test_each_single_filter_finds_by_keys_what_a_full_scan_finds(kind: Kind) -> None:
    shop = Shop(Config())
    texts, times = ["new", "ß", "7", "", "a\0b"], ["2026-01-01 00:00:00", "2026-01-02"]
    known: dict[Any, list[Any]] = {_TEXTS: texts, _TIMES: times, _NUMBERS: [-2, -1, 0, 6, 7, 8]}
    pools = {name: known.get(values, [Decimal("1.5")]) for name, values in _COLUMNS[kind].items()}
    for number in range(1, 13):  # each column has each of its values, and nothing
        body = {name: [*pool, None][number % (len(pool) + 1)] for name, pool in pools.items()}
        shop.insert(Document(kind, body | {"id": number, "entity_id": number}))
    for name in ("entity_id", *_COLUMNS[kind]):
        for condition in conditions.CONDITIONS:
            for value in _VALUES:
                criteria = Criteria([[Filter(name, value, condition)]], [], None, 1)
                page, total = find(shop, kind, criteria, _KNOWN)
                found = [document.entity_id for document in page], total
                assert found == _full_scan(shop, kind, criteria), criteria
