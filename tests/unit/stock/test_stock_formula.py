"""The quantity, as the books, the shop and the warehouse see each stage of an order. On hand starts at 10."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from shared.commerce.stock import Deducts, MoveKind, OrderStock, Span, Standing
from shared.mapping.stock.decision import Outcome, Remark, TermKind
from shared.mapping.stock.orders import at_rest, order_part
from shared.mapping.stock.rules import Outside, Returns, StockRules
from tests.unit.stock.cases import AFTER, BEFORE, NOON, SAME_SECOND, decided, item, order, pieces, quantity, sale

BACK = MoveKind.RETURN


@pytest.mark.parametrize(
    ("on_hand", "one", "held", "sellable"),
    [
        pytest.param(10, order(pieces(3)), 10, 7, id="placed, not posted"),
        pytest.param(7, order(pieces(3), sale(3)), 10, 7, id="posted, not shipped"),
        pytest.param(10, order(pieces(3), sale(3, AFTER)), 10, 7, id="posted after the look"),
        pytest.param(7, order(pieces(3, left=1), sale(3)), 9, 7, id="posted, one shipped"),
        pytest.param(7, order(pieces(3, left=3), sale(3)), 7, 7, id="posted and shipped"),
        pytest.param(10, order(pieces(3, left=3)), 7, 7, id="shipped, not posted"),
        pytest.param(10, order(pieces(3, left=1)), 9, 7, id="one shipped, not posted"),
        pytest.param(10, order(pieces(3, cancelled=3)), 10, 10, id="cancelled before it was posted"),
        pytest.param(7, order(pieces(3, cancelled=3), sale(3)), 10, 10, id="cancelled, not yet voided"),
        pytest.param(10, order(pieces(3, cancelled=3), sale(3), sale(-3)), 10, 10, id="cancelled and voided"),
        pytest.param(7, order(pieces(3, cancelled=3), sale(3), sale(-3, AFTER)), 10, 10, id="voided after the look"),
        pytest.param(7, order(pieces(3, cancelled=1), sale(3)), 10, 8, id="one cancelled, not yet in the books"),
        pytest.param(7, order(pieces(3, left=3, refunded=2), sale(3)), 7, 7, id="refunded, books don't have it back"),
        pytest.param(
            9,
            order(pieces(3, left=3, refunded=2), sale(3), sale(-2, kind=BACK)),
            9,
            9,
            id="refunded, books have it back",
        ),
        pytest.param(
            7,
            order(pieces(3, left=3, refunded=2), sale(3), sale(-2, AFTER, BACK)),
            9,
            9,
            id="refunded, back in the books after the look",
        ),
        pytest.param(7, order(pieces(3, left=3, refunded=2, returned=2), sale(3)), 9, 9, id="known to be put back"),
        pytest.param(7, order(pieces(3, left=3, refunded=2, returned=0), sale(3)), 7, 7, id="known to be lost"),
        pytest.param(
            7, order(pieces(3, refunded=2, released=2, returned=2), sale(3)), 10, 9, id="refunded unshipped, put back"
        ),
        pytest.param(
            7, order(pieces(3, refunded=2, released=2, returned=0), sale(3)), 8, 7, id="refunded unshipped, lost"
        ),
    ],
)
def test_what_can_be_sold_is_what_the_books_can_still_give(
    on_hand: int, one: OrderStock, held: int, sellable: int
) -> None:
    found = decided(on_hand, one)
    assert found.quantity == held
    assert found.quantity - found.open == sellable


@pytest.mark.parametrize("left", [0, 1, 2])
def test_what_leaves_the_source_is_seams_formula_when_returns_are_known(left: int) -> None:
    for refunded in range(3):
        for returned in range(refunded + 1):
            released = min(refunded, 3 - left)
            counted = pieces(3, returned, left=left, refunded=refunded, released=released)
            taken = left + released - returned  # shipped + refunded unshipped - put back
            assert quantity(100, order(counted, sale(3))) == 100 + 3 - taken


def test_many_orders_add_up_and_each_is_a_term_with_its_documents() -> None:
    waiting, gone = order(pieces(2), sale(2)), order(pieces(4, left=4))
    found = decided(8, waiting, replace(gone, number="000000006"))
    kinds = {term.kind: term for term in found.terms}
    assert found.quantity == 6 == sum(term.units for term in found.terms)
    assert kinds[TermKind.AWAITING_SHIPMENT].units == 2
    assert kinds[TermKind.AWAITING_SHIPMENT].records == ("Invoice 1042",)
    assert kinds[TermKind.AWAITING_BOOKS].units == -4
    assert "000000006" in kinds[TermKind.AWAITING_BOOKS].because


@pytest.mark.parametrize(
    "when",
    [SAME_SECOND, Span.pending(BEFORE.start), Span(BEFORE.start, AFTER.start), Span(NOON, None)],
    ids=["same second", "outcome unknown", "from before to after", "not before the look"],
)
def test_a_write_that_cannot_be_ordered_against_the_look_waits(when: Span) -> None:
    found = decided(10, order(pieces(3), sale(3, when)))
    assert found.outcome is Outcome.WAIT
    assert found.quantity is None
    assert "Invoice 1042" in found.waits_for[0]


def test_a_write_sent_after_the_look_counts_as_not_seen_though_its_outcome_is_unknown() -> None:
    assert quantity(10, order(pieces(3), sale(3, Span.pending(AFTER.start)))) == 10


def test_an_order_in_the_books_that_the_shop_was_not_read_for_waits() -> None:
    found = decided(7, order(None, sale(3)))
    assert (found.outcome, found.quantity) == (Outcome.WAIT, None)


def test_with_refunds_that_put_back_at_once_pieces_are_sellable_before_the_books_have_them() -> None:
    at_once = StockRules(returns=Returns.AT_ONCE)
    refunded = pieces(3, left=3, refunded=2)
    assert quantity(7, order(refunded, sale(3)), rules=at_once) == 9
    assert quantity(9, order(refunded, sale(3), sale(-2, kind=BACK)), rules=at_once) == 9


def test_refunded_pieces_that_the_books_miss_are_told() -> None:
    found = decided(7, order(pieces(3, left=3, refunded=2), sale(3)))
    assert [(note.remark, note.units) for note in found.notes] == [(Remark.RETURN_AWAITED, Decimal(2))]


def test_an_order_that_is_never_posted_adds_nothing_unless_another_hand_entered_it() -> None:
    before_start = order(pieces(3), standing=Standing.NEVER)
    assert quantity(10, before_start) == 10
    assert quantity(7, before_start, rules=StockRules(outside=Outside.IN_BOOKS)) == 10
    shipped = order(pieces(3, left=3), standing=Standing.NEVER)
    assert quantity(10, shipped) == 10
    assert quantity(10, shipped, rules=StockRules(outside=Outside.IN_BOOKS)) == 10


def test_an_order_posted_before_its_store_was_left_out_still_counts() -> None:
    assert quantity(7, order(pieces(3), sale(3), standing=Standing.NEVER)) == 10


def test_pieces_in_a_bundle_with_one_price_are_not_the_books_to_deduct() -> None:
    found = decided(10, order(pieces(3, left=2), standing=Standing.POSTED, bundle="SET"))
    assert found.quantity == 10
    assert [(note.remark, note.units) for note in found.notes] == [(Remark.BUNDLE_PARTS, Decimal(2))]


def test_an_order_posted_under_another_item_is_told_and_adds_nothing() -> None:
    found = decided(10, order(pieces(3, left=3), standing=Standing.POSTED))
    assert found.quantity == 10
    assert [note.remark for note in found.notes] == [Remark.SOLD_AS_OTHER]


@pytest.mark.parametrize("left", [0, 3])
def test_a_shop_that_deducts_with_the_order_has_no_reservations_to_give_back(left: int) -> None:
    legacy = StockRules(deducts=Deducts.AT_ORDER)
    assert quantity(10, order(pieces(3, left=left)), rules=legacy) == 7
    assert quantity(7, order(pieces(3, left=left), sale(3)), rules=legacy) == 7


def test_an_order_is_at_rest_only_when_it_adds_nothing_to_any_later_look() -> None:
    done = order(pieces(3, left=3), sale(3))
    assert at_rest(done, StockRules())
    assert order_part(done, item(7).seen, StockRules()).term is None
    for unfinished in (
        order(pieces(3), sale(3)),
        order(pieces(3, left=3)),
        order(pieces(3, left=3), sale(3, Span.pending(BEFORE.start))),
        order(pieces(3, cancelled=3), sale(3)),
        order(None, sale(3)),
    ):
        assert not at_rest(unfinished, StockRules())
