"""`stock explain`: the printed sum adds up, whatever is in it, and nothing is wider than the page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from services.inventory.preview import NotKnown, row_of
from services.stock_sum import Line, head, not_known, remarks, sum_lines, table_of
from shared import limits
from shared.commerce.money import ZERO
from shared.mapping.stock.decision import Note, Outcome, Remark, StockDecision, Term, TermKind
from tests.unit.stock_command.printed import printed, widest
from tests.unit.stock_command.strange import decisions, skus

_ENTRY = re.compile(r" *(?:(?P<sign>[+=-]) )?(?P<number>-?[\d,]+(?:\.\d+)?)")


def entries(lines: list[str], width: int) -> Iterator[tuple[str, Decimal]]:
    """Numbers of the column, with what stands before them."""
    for line in lines:
        if line[:width].strip():
            found = _ENTRY.fullmatch(line[:width])
            assert found, line
            yield found["sign"] or "", Decimal(found["number"].replace(",", ""))


def check(shown: list[Line]) -> list[Decimal]:
    """Adds the printed column up as a reader would. Returns what stands after each `=`."""
    total, totals = ZERO, []
    for sign, number in entries(printed(table_of(shown)), max(len(line.number) for line in shown)):
        if sign == "=":
            assert number == total
            totals.append(number)
        else:
            total += -number if sign == "-" else number
    return totals


@given(decisions(), st.integers(0, 10))
def test_the_printed_sum_adds_up_to_the_quantity_however_many_orders_are_shown(
    decision: StockDecision, most: int
) -> None:
    lines = list(sum_lines(decision, most))
    assert check(lines)[0] == decision.quantity
    assert widest(printed(table_of(lines))) <= limits.STOCK_WIDTH


@given(decisions(), skus)
def test_nothing_beside_the_sum_breaks_its_line(decision: StockDecision, other: str) -> None:
    texts = [head(decision, "main"), *remarks(decision, 2), *not_known(NotKnown(decision.sku, "why", (other,)))]
    assert all(text.isprintable() for text in texts)


def a_decision(*terms: Term, **values: object) -> StockDecision:
    fields = {"quantity": sum((term.units for term in terms), ZERO), "shop_now": Decimal(10), "terms": terms, **values}
    return StockDecision("MUG", Outcome.WRITE, **fields)  # type: ignore[arg-type]


ON_HAND = Term(TermKind.ON_HAND, Decimal(7), "QuickBooks has Mug on hand", ("Item 42",))


def test_each_term_names_its_records_and_an_orders_its_difference() -> None:
    order = Term(
        TermKind.AWAITING_SHIPMENT, Decimal(2), "order 12: still there", ("Invoice 9",), "5", Decimal(3), Decimal(1)
    )
    lines = printed(table_of(list(sum_lines(a_decision(ON_HAND, order, open=Decimal(2)), 30))))
    assert [line.rstrip() for line in lines] == [
        "  7  QuickBooks has Mug on hand",
        "     Item 42",
        "+ 2  order 12: still there",
        "     deducted 3 - left the source 1: Invoice 9",
        "= 9  should be in the shop's source",
        "- 2  reserved by open orders",
        "= 7  can be sold",
    ]


def test_of_many_orders_the_largest_are_shown_and_the_others_are_one_line() -> None:
    orders = [
        Term(TermKind.AWAITING_SHIPMENT, Decimal(number), f"order {number}", (), str(number), Decimal(number))
        for number in range(1, 41)
    ]
    lines = [line.text for line in sum_lines(a_decision(ON_HAND, *orders), 30)]
    assert "10 more orders; all of them: --all" in lines
    assert "order 40" in lines
    assert "order 10" not in lines


def test_what_is_written_nowhere_says_why_what_it_waits_for_and_what_helps() -> None:
    waiting = StockDecision(
        "MUG",
        Outcome.WAIT,
        shop_now=Decimal(4),
        why="it can't be said yet",
        waits_for=tuple(f"order {number}" for number in range(5)),
    )
    assert list(sum_lines(waiting, 30)) == []
    assert list(remarks(waiting, 3)) == [
        "it can't be said yet",
        "waits for order 0",
        "waits for order 1",
        "waits for order 2",
        "and for 2 more; all of them: --all",
        "the shop's source keeps its 4",
        "what helps: time: the next look at QuickBooks comes within seconds or minutes",
    ]


def test_what_is_oversold_or_out_of_stock_is_said_beside_the_number() -> None:
    short = a_decision(ON_HAND, open=Decimal(9), notes=(Note(Remark.OVERSOLD, Decimal(2), "2 more sold"),))
    assert check(list(sum_lines(short, 30))) == [Decimal(7), Decimal(-2)]
    assert list(remarks(short, 30)) == ["oversold 2: 2 more sold"]
    off = [line.text for line in sum_lines(a_decision(ON_HAND, in_stock=False), 30)]
    assert off[-1] == "the flag beside it says out of stock: nothing can be sold"


def test_the_first_line_tells_what_becomes_of_the_row() -> None:
    assert head(a_decision(ON_HAND), "main") == "MUG of main: 10 in the shop's source, should be 7"
    assert head(a_decision(ON_HAND, shop_now=None), "main").endswith("no row in the shop's source, which should hold 7")
    assert head(a_decision(ON_HAND, shop_now=Decimal(7)), "main").endswith("but the flag should say in stock")
    nothing = StockDecision(" MUG", Outcome.NO_ITEM, why="QuickBooks has no item of this SKU")
    assert head(nothing, "main") == "' MUG' of main: nothing is written (no_item)"


def test_a_remark_that_is_a_term_already_is_not_said_twice() -> None:
    held = Term(TermKind.RESERVE, Decimal(-2), "reserve of *")
    said = (Note(Remark.HELD_BACK, Decimal(2), "reserve of *"), Note(Remark.OVERSOLD, Decimal(1), "1 more sold"))
    decision = a_decision(ON_HAND, held, notes=said)
    assert list(remarks(decision, 30)) == ["oversold 1: 1 more sold"]
    assert row_of(decision, True).notes == ("1 more sold",)
