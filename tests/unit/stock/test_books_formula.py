"""What the books should have on hand by what lies in the shop, stage by stage. The shop's source holds 10 at first."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from shared.commerce.money import ZERO
from shared.commerce.stock import Deducts, MoveKind, OrderStock, Product, SourceRow, Standing
from shared.mapping.stock.books import correct, in_words
from shared.mapping.stock.decision import Outcome, Remark, StockDecision, TermKind
from shared.mapping.stock.rules import Outside, Returns, StockRules
from tests.unit.stock.cases import AFTER, BEFORE, SAME_SECOND, case, item, order, pieces, sale

BACK = MoveKind.RETURN


def corrected(on_hand: Any, *orders: OrderStock, rules: StockRules | None = None, **changes: Any) -> StockDecision:
    more = {name: changes.pop(name) for name in ("below_zero", "also_in") if name in changes}
    return correct(case(on_hand, *orders, **changes), rules or StockRules(), **more)


@pytest.mark.parametrize(
    ("row", "one", "should"),
    [
        pytest.param(10, order(pieces(3)), 10, id="placed, not posted"),
        pytest.param(10, order(pieces(3), sale(3)), 7, id="posted, not shipped"),
        pytest.param(10, order(pieces(3), sale(3, AFTER)), 10, id="posted after the look"),
        pytest.param(9, order(pieces(3, left=1), sale(3)), 7, id="posted, one shipped"),
        pytest.param(7, order(pieces(3, left=3), sale(3)), 7, id="posted and shipped"),
        pytest.param(7, order(pieces(3, left=3)), 10, id="shipped, not posted"),
        pytest.param(10, order(pieces(3, cancelled=3)), 10, id="cancelled before it was posted"),
        pytest.param(10, order(pieces(3, cancelled=3), sale(3)), 7, id="cancelled, not yet voided"),
        pytest.param(10, order(pieces(3, cancelled=3), sale(3), sale(-3)), 10, id="cancelled and voided"),
        pytest.param(9, order(pieces(3, left=3, refunded=2), sale(3)), 9, id="refunded and put back"),
        pytest.param(7, order(pieces(3, left=3, refunded=2), sale(3), sale(-2, kind=BACK)), 7, id="refunded and lost"),
        pytest.param(10, order(pieces(3), standing=Standing.NEVER), 10, id="never posted by us"),
        pytest.param(8, order(pieces(2, left=2), bundle="SET", standing=Standing.POSTED), 8, id="left in a bundle"),
    ],
)
def test_what_is_posted_and_still_there_is_not_counted_again(row: int, one: OrderStock, should: int) -> None:
    found = corrected(99, one, row=row)
    assert found.quantity == should == sum(term.units for term in found.terms)
    assert (found.outcome, found.difference, found.shop_now) == (Outcome.WRITE, Decimal(should - 99), Decimal(row))
    again = corrected(should, one, row=row)
    assert (again.outcome, again.difference) == (Outcome.UNCHANGED, ZERO)


def test_refunds_that_the_books_will_put_back_are_left_to_them() -> None:
    rules = StockRules(returns=Returns.AT_ONCE)
    assert corrected(7, order(pieces(3, left=3, refunded=2), sale(3)), row=9, rules=rules).quantity == 7


def test_a_shop_without_multi_source_inventory_gives_pieces_up_when_they_are_ordered() -> None:
    rules = StockRules(deducts=Deducts.AT_ORDER)
    assert corrected(10, order(pieces(3)), row=7, rules=rules).outcome is Outcome.UNCHANGED
    assert corrected(7, order(pieces(3), sale(3)), row=7, rules=rules).outcome is Outcome.UNCHANGED


def test_orders_that_another_hand_has_entered_count_as_deducted() -> None:
    found = corrected(7, order(pieces(3), standing=Standing.NEVER), row=10, rules=StockRules(outside=Outside.IN_BOOKS))
    assert (found.outcome, [note.remark for note in found.notes]) == (Outcome.UNCHANGED, [Remark.OUTSIDE])


def test_all_counted_sources_add_up_and_a_row_out_of_stock_counts_what_it_holds() -> None:
    others = (SourceRow("east", Decimal("2.5"), in_stock=False), SourceRow("west", Decimal(4)))
    found = corrected(10, row=3, others=others)
    assert (found.shop_now, found.quantity, found.difference) == (Decimal("9.5"), Decimal("9.5"), Decimal("-0.5"))
    assert [term.kind for term in found.terms] == [TermKind.SOURCE] * 3
    assert in_words(found) == "QuickBooks has 10 on hand and should have 9.5: -0.5"


def test_a_sku_that_no_counted_source_holds_is_left_alone() -> None:
    found = corrected(4, row=None)
    assert (found.outcome, found.quantity, found.difference) == (Outcome.NOT_ASSIGNED, None, ZERO)
    assert in_words(found) == ""


def test_what_cannot_be_ordered_waits() -> None:
    found = corrected(7, order(pieces(3), sale(3, SAME_SECOND)), row=10)
    assert (found.outcome, found.quantity, found.difference) == (Outcome.WAIT, None, ZERO)
    assert "Invoice 1042" in found.waits_for[0]
    assert corrected(7, order(None, sale(3, BEFORE)), row=10).outcome is Outcome.WAIT


def test_less_than_nothing_is_told_only_on_demand() -> None:
    one = order(pieces(5), sale(5))
    found = corrected(0, one, row=3)
    assert (found.outcome, found.difference) == (Outcome.BELOW_ZERO, ZERO)
    assert corrected(0, one, row=3, below_zero=True).difference == -2
    assert corrected(-2, one, row=3).outcome is Outcome.UNCHANGED  # the books came there by themselves


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        pytest.param({"also_in": ["second"]}, Outcome.SHARED, id="another shop sells it, too"),
        pytest.param({"items": ()}, Outcome.NO_ITEM, id="no item"),
        pytest.param({"items": (item(None),)}, Outcome.NO_QUANTITY, id="no quantity"),
        pytest.param({"items": (item(None, tracked=False),)}, Outcome.NOT_TRACKED, id="not tracked"),
        pytest.param({"items": (item(5, active=False),)}, Outcome.ITEM_INACTIVE, id="inactive"),
        pytest.param({"items": (item(5), item(6, item_id="8"))}, Outcome.AMBIGUOUS, id="several items"),
        pytest.param({"product": Product("MUG", composite=True)}, Outcome.COMPOSITE, id="composite"),
        pytest.param({"product": Product("MUG", managed=False)}, Outcome.NOT_MANAGED, id="not managed"),
    ],
)
def test_what_cannot_be_told_has_a_name_and_changes_nothing(changes: dict[str, Any], outcome: Outcome) -> None:
    found = corrected(5, row=9, **changes)
    assert (found.outcome, found.difference) == (outcome, ZERO)
    assert found.why
