"""One SKU in one order: how it stands, what was moved, and which orders may be forgotten."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, assume, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from services.inventory.knowledge_documents import KnownDocument
from services.inventory.knowledge_links import KnownLink, Pending, Took
from services.inventory.knowledge_orders import KnownOrder, Sold
from services.inventory.knowledge_standing import Known, order_stock, standing_of, surely_over
from shared.commerce.stock import MoveKind, OrderStock, Pieces, Seen, Span, Standing
from shared.mapping.stock.orders import at_rest, order_part
from shared.mapping.stock.rules import Outside, Returns, StockRules
from shared.settings.model import Magento, QuickBooks, Sales, Settings

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
KEY = "main:order:1"
LOOK = Seen(NOON, NOON + timedelta(seconds=1))


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def settings(**sales: object) -> Settings:
    return Settings(
        connection="main",
        magento=Magento(url="https://shop.example.com"),
        quickbooks=QuickBooks(realm="1"),
        sales=Sales.model_validate(sales),
    )


def order(*sold: Sold, state: str = "processing", placed: str = "2026-11-24T08:00:00+00:00") -> KnownOrder:
    created = datetime.fromisoformat(placed)
    return KnownOrder(KEY, NOON, "000000001", state, created, "America/New_York", 1, sold)


def mug(ordered: int, left: int = 0, **more: int) -> Sold:
    counts = {name: Decimal(count) for name, count in more.items()}
    return Sold(7, "MUG", "", Pieces(Decimal(ordered), left=Decimal(left), **counts))


def took(seconds: float, **units: int) -> Took:
    return Took(at(seconds), "Invoice 9", {item[1:]: Decimal(count) for item, count in units.items()})


def link(*moves: Took, stands: bool = True, pending: Pending | None = None, token: int = 0) -> KnownLink:
    return KnownLink(2, "Invoice 9", "Invoice:5", token, stands, moves, pending)


@pytest.mark.parametrize(
    ("placed", "state", "booked", "expected"),
    [
        ("2026-11-24T04:59:00+00:00", "processing", None, Standing.NEVER),  # the 23rd in New York
        ("2026-11-24T05:00:00+00:00", "processing", None, Standing.TO_POST),
        ("2026-11-24T04:59:00+00:00", "processing", link(), Standing.POSTED),
        ("2026-11-24T05:00:00+00:00", "new", None, Standing.TO_POST),
        ("2026-11-24T05:00:00+00:00", "complete", None, Standing.TO_POST),
        ("2026-11-24T05:00:00+00:00", "closed", None, Standing.NEVER),
        ("2026-11-24T05:00:00+00:00", "closed", link(stands=False), Standing.NEVER),
        ("2026-11-24T05:00:00+00:00", "processing", link(stands=False), Standing.TO_POST),
        (
            "2026-11-24T04:59:00+00:00",
            "processing",
            KnownLink(1, pending=Pending(NOON, "Invoice 9", frozenset())),
            Standing.TO_POST,
        ),
    ],
)
def test_an_order_stands_as_the_orders_service_decides(
    placed: str, state: str, booked: KnownLink | None, expected: Standing
) -> None:
    rules = settings(start_date=date(2026, 11, 24))
    assert standing_of(order(mug(3), state=state, placed=placed), booked, rules) is expected


def test_a_zone_that_nobody_knows_keeps_the_order_waiting() -> None:
    odd = replace(order(mug(3)), time_zone="Moon/Crater")
    assert standing_of(odd, None, settings(start_date=date(2026, 11, 24))) is Standing.TO_POST


def test_only_items_that_stand_for_the_sku_are_moved() -> None:
    known = Known(KEY, order(mug(3)), link(took(5, _7=3, _8=9), took(9, _8=-9)), None)
    (stock,) = order_stock(known, [mug(3)], frozenset({"7"}), settings())
    assert [(one.kind, int(one.units), one.when) for one in stock.moves] == [(MoveKind.SALE, 3, Span(at(5), at(6)))]


def test_a_pending_write_is_dated_a_minute_before_our_decision() -> None:
    """Our clock may be ahead of QuickBooks'."""
    known = Known(KEY, order(mug(3)), link(stands=False, pending=Pending(at(100), "Invoice 9", frozenset("7"))), None)
    (stock,) = order_stock(known, [mug(3)], frozenset({"7"}), settings())
    assert stock.moves[0].when == Span.pending(at(40))
    (other,) = order_stock(known, [mug(3)], frozenset({"8"}), settings())
    assert other.moves == ()


def test_pieces_of_a_bundle_stand_apart_and_have_no_moves() -> None:
    part = Sold(7, "MUG", "KIT", Pieces(Decimal(2)))
    known = Known(KEY, order(mug(3), part), link(took(5, _7=3)), None)
    plain, bundled = order_stock(known, [mug(3), part], frozenset({"7"}), settings())
    assert (plain.pieces, len(plain.moves), plain.bundle) == (Pieces(Decimal(3)), 1, "")
    assert (bundled.pieces, len(bundled.moves), bundled.bundle) == (Pieces(Decimal(2)), 0, "KIT")


@pytest.mark.parametrize(
    ("token", "units", "expected"),
    [
        (1, 3, []),
        (1, 1, [(-2, Span(at(5), at(21)))]),
        (2, 0, [(-3, Span(at(5), at(21)))]),
        (None, 0, [(-3, Span(at(5), at(21)))]),
        (0, 1, []),  # as it was before our last write
    ],
)
def test_what_another_hand_changed_is_a_move_from_our_last_write_on(
    token: int | None, units: int, expected: list[tuple[int, Span]]
) -> None:
    document = KnownDocument(at(20), token, {"7": Decimal(units)} if units else {})
    known = Known(KEY, order(mug(3)), link(took(5, _7=3), token=1), document)
    (stock,) = order_stock(known, [mug(3)], frozenset({"7"}), settings())
    assert [(int(one.units), one.when) for one in stock.moves[1:]] == expected


def test_a_void_of_ours_is_no_change_by_another_hand() -> None:
    """However its lines look afterwards."""
    document = KnownDocument(at(20), 1, {"7": Decimal(3)})
    voided = link(took(5, _7=3), took(20, _7=-3), stands=False, token=1)
    (stock,) = order_stock(Known(KEY, order(mug(3)), voided, document), [mug(3)], frozenset({"7"}), settings())
    assert [one.units for one in stock.moves] == [3, -3]


# --- which may be forgotten

RULES = [
    StockRules(returns=returns, outside=outside)
    for returns in Returns
    for outside in (Outside.NOT_IN_BOOKS, Outside.IN_BOOKS)
]
counts = st.integers(0, 3).map(Decimal)


@st.composite
def orders_in_books(draw: st.DrawFn) -> tuple[Known, dict[int, str]]:
    """An order and a document that the orders service made of it, perhaps of an older state, perhaps changed since.
    Half of them are as most are: shipped, posted, seen."""
    usual = draw(st.booleans())
    items = {number: draw(st.sampled_from([str(number), "generic"])) for number in (1, 2)}
    sold = []
    for number in items:
        ordered = draw(st.integers(1, 3))
        pieces = Pieces(Decimal(ordered), draw(counts), draw(counts), draw(counts), draw(counts))
        if usual or draw(st.booleans()):
            pieces = Pieces(Decimal(ordered), left=Decimal(ordered))
        bundle = draw(st.sampled_from(["", "", "", "KIT"]))
        sold.append(Sold(number, f"SKU-{number}", bundle, pieces if usual or draw(st.integers(0, 9)) else None))
    state = draw(st.sampled_from(["processing", "complete", "closed", "canceled"]))
    units: dict[str, Decimal] = {}
    for one in sold:
        if one.pieces is not None and not one.bundle:
            units[items[one.product]] = units.get(items[one.product], Decimal(0)) + one.pieces.ordered
    moves = draw(
        st.sampled_from(
            [
                [],
                [Took(at(-90), "Invoice 9", units)],
                [Took(at(0.5), "Invoice 9", units)],
                [
                    Took(at(-90), "Invoice 9", units),
                    Took(at(-80), "Invoice 9", {item: -count for item, count in units.items()}),
                ],
            ]
        )
    )
    stands = bool(moves) and (usual or draw(st.booleans()))
    pending = None if usual or draw(st.booleans()) else Pending(at(-5), "Invoice 9", frozenset(units))
    booked = link(*moves, stands=stands, pending=pending) if usual or draw(st.booleans()) else None
    changed = {item: count + draw(st.integers(0, 1)) for item, count in units.items()}
    document = draw(st.sampled_from([None, KnownDocument(at(-70), 0, units), KnownDocument(at(-70), 1, changed)]))
    return Known(KEY, order(*sold, state=state), booked, document), items


@hypothesis_settings(suppress_health_check=[HealthCheck.filter_too_much])  # one in six is over
@given(made=orders_in_books(), chosen=st.sampled_from([("processing",), ("processing", "complete", "closed")]))
def test_what_is_surely_over_adds_nothing_to_any_sku(
    made: tuple[Known, dict[int, str]], chosen: tuple[str, ...]
) -> None:
    """Now, and in every look that comes after; else its pieces would be missing until the next that is told of it."""
    known, items = made
    rules = settings(states=chosen)
    assume(known.order is not None and surely_over(known, LOOK, rules))
    assert known.order is not None
    for sold in known.order.sold:
        for own in (frozenset({str(sold.product)}), frozenset({items[sold.product]} - {"generic"})):
            for stock in order_stock(known, [sold], own, rules):
                adds_nothing(stock)


def adds_nothing(stock: OrderStock) -> None:
    for rules in RULES:
        for look in (LOOK, Seen(at(1000), at(1001))):
            part = order_part(stock, look, rules)
            assert part.term is None and not part.open and not part.waits_for, (stock, rules)
        assert at_rest(stock, rules)


def test_a_shipped_and_posted_order_is_over_once_a_look_has_seen_it() -> None:
    """Most are: what the working set rests on."""
    shipped = Known(KEY, order(mug(3, 3), state="complete"), link(took(-90, _7=3)), None)
    assert surely_over(shipped, LOOK, settings())
    assert not surely_over(shipped, None, settings())
    assert not surely_over(replace(shipped, link=link(took(0, _7=3))), LOOK, settings())
    assert not surely_over(replace(shipped, link=None), LOOK, settings())
    assert not surely_over(replace(shipped, order=order(mug(3, 2))), LOOK, settings())
    assert not surely_over(replace(shipped, document=KnownDocument(at(-5), 1, {})), LOOK, settings())
    never = Known(KEY, order(mug(3, 3), state="closed"), None, None)
    assert surely_over(never, None, settings())
    cancelled = Known(KEY, order(mug(3, cancelled=3), state="canceled"), None, None)
    assert surely_over(cancelled, None, settings())
