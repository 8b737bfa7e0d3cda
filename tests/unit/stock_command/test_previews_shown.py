"""`stock preview`: rows that fit, sums that miss none, a verdict that says what to do."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Group

from services.inventory.preview import Preview, PreviewRow, sum_in_words
from services.stock_view import shown_rows, sums, tables_of, verdict, why
from shared import limits
from shared.mapping.stock.decision import Outcome, Term, TermKind
from shared.settings.stock import StockDirection
from tests.unit.stock_command.printed import printed, widest
from tests.unit.stock_command.strange import rows

DIGEST = "0123456789abcdef"


def a_row(sku: str, outcome: Outcome = Outcome.WRITE, **values: object) -> PreviewRow:
    then = Decimal(3) if outcome in (Outcome.WRITE, Outcome.UNCHANGED) else None
    fields = {"shop_now": Decimal(5), "would_be": then, "in_stock": True, "why": "3 on hand", **values}
    return PreviewRow(sku, outcome, **fields)  # type: ignore[arg-type]


def a_preview(*found: PreviewRow, **values: object) -> Preview:
    fields = {"stocked": 100, "emptied": 0, "unsure": 0, "guard_percent": Decimal(20), "digest": DIGEST, **values}
    return Preview("main", "default", found, **fields)  # type: ignore[arg-type]


@given(st.lists(rows(), max_size=6))
def test_a_table_is_never_wider_than_the_page_and_shows_no_control_character(found: list[PreviewRow]) -> None:
    lines = printed(Group(*tables_of(found)))
    assert widest(lines) <= limits.STOCK_WIDTH
    assert all(line.isprintable() for line in lines)


def test_parts_of_a_long_table_fit_together_under_one_heading() -> None:
    long = a_row("LONG" * 5, shop_now=Decimal("1234567.25"))
    found = [a_row(f"SKU-{number}") for number in range(limits.STOCK_ROWS_SHOWN * 2)] + [long]
    tables = list(tables_of(found))
    lines = printed(Group(*tables))
    assert (len(tables), len(lines)) == (3, 1 + len(found))
    assert [line.index("would be") for line in lines if "SKU  " in line] == [lines[0].index("would be")]
    assert {line.index("3 on hand") for line in lines[1:]} == {lines[0].index("why")}


@given(st.text("abcXYZ019-_/", min_size=1, max_size=64))
def test_a_long_sku_is_shown_whole(sku: str) -> None:
    (table,) = tables_of([a_row(sku, why="")])
    column = "".join(line.split("  ")[0].strip() for line in printed(table)[1:])
    assert column == sku


@given(st.lists(rows(), max_size=30))
def test_the_sums_count_every_sku_once(found: list[PreviewRow]) -> None:
    assert sum(count for count, _words in sums(a_preview(*found))) == len(found)


def test_what_would_be_written_is_shown_and_what_is_emptied_comes_first() -> None:
    preview = a_preview(a_row("A"), a_row("B", Outcome.UNCHANGED), a_row("C", Outcome.WAIT), a_row("D", emptied=True))
    assert [row.sku for row in shown_rows(preview, every=False)] == ["D", "A"]
    assert [row.sku for row in shown_rows(preview, every=True)] == ["D", "A", "B", "C"]


def test_a_row_says_in_words_what_its_colour_says_and_what_its_numbers_dont() -> None:
    assert why(a_row("A", emptied=True)) == "nothing can be sold any more: 3 on hand"
    assert why(a_row("A", shop_now=Decimal(3))) == 'the flag "in stock" is set: 3 on hand'
    assert why(a_row("A", Outcome.NO_ITEM, why="no item", notes=("a note",))) == "no_item: no item; a note"


def test_a_row_adds_up_what_orders_add_kind_by_kind() -> None:
    def of(kind: TermKind, units: str, order: str = "") -> Term:
        return Term(kind, Decimal(units), "", (), order)

    terms = (
        of(TermKind.ON_HAND, "7.0000"),
        of(TermKind.AWAITING_SHIPMENT, "3", "1"),
        of(TermKind.AWAITING_SHIPMENT, "0.5", "2"),
        of(TermKind.AWAITING_BOOKS, "-1", "3"),
        of(TermKind.RESERVE, "-2"),
    )
    shown = "7 on hand + 3.5 posted, not shipped (2 orders) - 1 shipped, not posted (1 order) - 2 reserve"
    assert sum_in_words(terms) == shown


def test_the_guard_says_how_to_go_on() -> None:
    much = verdict(a_preview(emptied=30, unsure=1))
    assert much.waits
    assert much.text == (
        "would empty 30 of 100 stocked SKUs, and of 1 it can't be said yet: 31 %; stock.guard_percent is 20. "
        "Nothing is written until you confirm with:"
    )
    assert much.how == (f"    bookbridge stock confirm main {DIGEST}",)
    little = verdict(a_preview(emptied=20))
    assert not little.waits
    assert little.text.endswith("20 %; stock.guard_percent is 20. That needs nobody's word.")
    told = verdict(a_preview(emptied=100, approved="confirmed on Monday"))
    assert not told.waits
    assert told.text.endswith("It may be written: confirmed on Monday.")
    paused = verdict(a_preview(emptied=100, approved="confirmed on Monday", paused=True))
    assert paused.text.endswith("nothing is written until that is taken away.")
    assert not verdict(a_preview(stocked=0)).waits


@given(st.integers(0, 50), st.integers(0, 50), st.decimals(0, 100, places=2))
def test_it_waits_for_a_person_exactly_when_the_guard_holds_it_back(emptied: int, unsure: int, guard: Decimal) -> None:
    preview = a_preview(emptied=emptied, unsure=unsure, guard_percent=guard)
    assert verdict(preview).waits == (emptied + unsure > guard)
    assert bool(verdict(preview).how) == verdict(preview).waits


def test_what_would_be_corrected_in_the_books_is_called_so_and_always_waits_for_a_person() -> None:
    row = a_row("A", shop_now=Decimal(3), why="QuickBooks has 5 on hand and should have 3: -2")
    lines = printed(next(tables_of([row], to_books=True)))
    assert lines[0].split("  ")[0] == "SKU" and "books would be" in lines[0]
    assert why(row, to_books=True) == row.why
    assert why(a_row("A", emptied=True), to_books=True).startswith("QuickBooks would have nothing more: ")
    first = a_preview(row, direction=StockDirection.SHOP_TO_BOOKS)
    assert verdict(first).waits and DIGEST in verdict(first).how[0]
    assert "of 0 of 100 items QuickBooks would have nothing more: 0 %" in verdict(first).text
    seen = a_preview(row, direction=StockDirection.SHOP_TO_BOOKS, approved="a person confirmed it")
    assert not verdict(seen).waits
