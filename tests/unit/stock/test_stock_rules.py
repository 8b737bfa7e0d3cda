"""What a merchant's rules make of the quantity, what gets none, and what is told beside it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.commerce.stock import Product, SourceRow
from shared.mapping.stock.decision import Outcome, Remark, TermKind
from shared.mapping.stock.quantity import decide
from shared.mapping.stock.rules import Flag, OtherSources, Reserve, StockRules
from tests.unit.stock.cases import case, decided, item, order, pieces, quantity, sale

MUG = Product("MUG")


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"product": replace(MUG, composite=True)}, Outcome.COMPOSITE),
        ({"product": replace(MUG, managed=False)}, Outcome.NOT_MANAGED),
        ({"items": ()}, Outcome.NO_ITEM),
        ({"items": (item(10, active=False),)}, Outcome.ITEM_INACTIVE),
        ({"items": (item(None, tracked=False),)}, Outcome.NOT_TRACKED),
        ({"items": (item(None),)}, Outcome.NO_QUANTITY),
        ({"items": (item(10), item(4, item_id="8"))}, Outcome.AMBIGUOUS),
        ({"row": None}, Outcome.NOT_ASSIGNED),
    ],
)
def test_what_gets_no_quantity_says_why(changes: dict[str, Any], outcome: Outcome) -> None:
    found = decided(10, **changes)
    assert (found.outcome, found.quantity) == (outcome, None)
    assert found.why


def test_an_inactive_or_untracked_twin_does_not_make_an_item_ambiguous() -> None:
    twins = (item(10, active=False), item(None, tracked=False), item(4, item_id="8"))
    assert quantity(None, items=twins) == 4


def test_a_row_that_is_right_already_is_not_written() -> None:
    assert decided(10, row=10).outcome is Outcome.UNCHANGED
    assert decided(10, row="9.5").outcome is Outcome.WRITE
    out = SourceRow("default", Decimal(10), in_stock=False)
    assert decided(10, writable=out).outcome is Outcome.WRITE
    assert decided(10, writable=out, rules=StockRules(flag=Flag.KEEP)).outcome is Outcome.UNCHANGED


def test_a_sku_gets_a_row_at_our_source_only_when_that_is_wanted() -> None:
    found = decided(10, row=None, rules=StockRules(assign=True))
    assert (found.outcome, found.shop_now) == (Outcome.WRITE, None)
    assert found.quantity == 10


@pytest.mark.parametrize(
    ("on_hand", "reserve", "held"),
    [
        (10, Reserve("*", units=Decimal(3)), 7),
        (10, Reserve("*", percent=Decimal(25)), 7),  # 2.5 held back, and no half piece is sold
        (10, Reserve("m?g", units=Decimal(1), percent=Decimal(20)), 8),
        (10, Reserve("CUP*", units=Decimal(3)), 10),
        (2, Reserve("*", units=Decimal(3)), 0),
    ],
)
def test_a_reserve_is_not_offered(on_hand: int, reserve: Reserve, held: int) -> None:
    assert quantity(on_hand, rules=StockRules(reserves=(reserve,))) == held


def test_of_several_reserves_the_first_that_matches_counts() -> None:
    rules = StockRules(reserves=(Reserve("MUG", units=Decimal(1)), Reserve("*", units=Decimal(5))))
    assert quantity(10, rules=rules) == 9


def test_a_reserve_never_keeps_open_orders_from_being_shipped() -> None:
    found = decided(2, order(pieces(3), sale(3)), rules=StockRules(reserves=(Reserve("*", units=Decimal(9)),)))
    assert found.quantity == 3
    assert found.open == 3


def test_less_than_a_piece_is_not_offered_of_what_is_sold_whole() -> None:
    found = decided("7.8")
    assert found.quantity == 7
    assert [(note.remark, note.units) for note in found.notes] == [(Remark.FRACTION_LEFT, Decimal("0.8"))]
    assert quantity("7.80005", product=replace(MUG, fractions=True)) == Decimal("7.8")


def test_books_below_zero_leave_what_open_orders_need_so_that_they_can_be_shipped() -> None:
    found = decided(-2, order(pieces(3), sale(3)))
    assert found.quantity == 3
    assert found.open == 3
    assert [(note.remark, note.units) for note in found.notes] == [(Remark.OVERSOLD, Decimal(2))]
    assert {term.kind for term in found.terms} >= {TermKind.ON_HAND, TermKind.PROMISED}


def test_backorders_with_a_cap_see_how_far_below_zero_it_is() -> None:
    capped = Product("MUG", backorders=True, threshold=Decimal(-10))
    found = decided(-2, order(pieces(3), sale(3)), product=capped)
    assert found.quantity == 1
    assert found.open == 3
    assert [note.remark for note in found.notes] == [Remark.BACKORDERS_BELOW_ZERO]
    unlimited = Product("MUG", backorders=True)
    assert quantity(-2, order(pieces(3), sale(3)), product=unlimited) == 3


def test_other_sources_are_left_out_or_subtracted() -> None:
    others = (SourceRow("east", Decimal(4)), SourceRow("west", Decimal(9), in_stock=False))
    assert quantity(10, others=others) == 10
    all_of_them = StockRules(other_sources=OtherSources.SUBTRACT)
    assert quantity(10, others=others, rules=all_of_them) == 6
    full = decided(10, others=(SourceRow("east", Decimal(40)),), rules=all_of_them)
    assert full.quantity == 0
    assert [note.remark for note in full.notes] == [Remark.OTHERS_HOLD_MORE]


def test_a_reserve_is_of_what_all_sources_can_sell() -> None:
    rules = StockRules(other_sources=OtherSources.SUBTRACT, reserves=(Reserve("*", units=Decimal(3)),))
    assert quantity(10, order(pieces(2), sale(2)), others=(SourceRow("east", Decimal(4)),), rules=rules) == 5


def test_more_than_the_shops_column_holds_is_told() -> None:
    found = decided("123456789")
    assert found.quantity == Decimal("99999999.9999")
    assert [note.remark for note in found.notes] == [Remark.TOO_MANY]


@pytest.mark.parametrize(
    ("policy", "on_hand", "was", "flag"),
    [
        (Flag.KEEP, 5, False, False),
        (Flag.KEEP, 0, True, True),
        (Flag.SET, 5, False, True),
        (Flag.SET, 0, True, True),
        (Flag.SET, 0, False, False),
        (Flag.FOLLOW, 5, False, True),
        (Flag.FOLLOW, 0, True, False),
        (Flag.FOLLOW, 2, True, False),  # not above the threshold
    ],
)
def test_the_flag_in_stock_follows_its_policy(policy: Flag, on_hand: int, was: bool, flag: bool) -> None:
    row, product = SourceRow("default", Decimal(1), was), Product("MUG", threshold=Decimal(2))
    assert decided(on_hand, writable=row, product=product, rules=StockRules(flag=policy)).in_stock is flag


def test_a_row_is_not_put_out_of_stock_while_orders_are_open_or_backorders_are_taken() -> None:
    follow = StockRules(flag=Flag.FOLLOW)
    assert decided(0, order(pieces(1)), product=Product("MUG", threshold=Decimal(5)), rules=follow).in_stock
    assert decided(0, product=Product("MUG", backorders=True), rules=follow).in_stock


AMOUNTS = st.decimals(-100, 10**9, places=5, allow_nan=False, allow_infinity=False)


@given(
    on_hand=AMOUNTS,
    counts=st.tuples(*[st.integers(0, 5)] * 4),
    other=st.integers(-3, 30),
    reserve=st.tuples(st.integers(0, 20), st.integers(0, 100)),
    product=st.builds(
        Product, st.just("MUG"), backorders=st.booleans(), threshold=st.integers(-9, 9).map(Decimal),
        fractions=st.booleans(),
    ),
    sources=st.sampled_from(OtherSources),
)  # fmt: skip
def test_terms_always_sum_to_the_quantity_and_open_orders_can_always_be_shipped(
    on_hand: Decimal,
    counts: tuple[int, ...],
    other: int,
    reserve: tuple[int, int],
    product: Product,
    sources: OtherSources,
) -> None:
    ordered, left, booked, other_left = counts
    orders = (order(pieces(ordered, left=min(left, ordered)), sale(booked)), order(pieces(other_left, left=other_left)))
    rules = StockRules(other_sources=sources, reserves=(Reserve("*", Decimal(reserve[0]), Decimal(reserve[1])),))
    found = decide(case(on_hand, *orders, product=product, others=(SourceRow("east", Decimal(other)),)), rules)
    assert found.quantity is not None
    assert sum((term.units for term in found.terms), Decimal(0)) == found.quantity
    assert found.quantity == found.quantity.quantize(Decimal("0.0001"))
    assert found.quantity <= Decimal("99999999.9999")
    if not product.backorder_cap:
        elsewhere = Decimal(other) if sources is OtherSources.SUBTRACT else Decimal(0)
        assert found.quantity + elsewhere >= found.open
        assert found.quantity >= 0
