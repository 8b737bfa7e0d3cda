"""The examples of docs/stock.md are what the commands print."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from services.inventory.preview import Preview, PreviewRow
from services.stock_sum import head, sum_lines, table_of
from services.stock_view import sums, verdict
from shared.mapping.stock.decision import Outcome, StockDecision, Term, TermKind
from tests.unit.stock_command.printed import printed

PAGE = (Path(__file__).parents[3] / "docs/stock.md").read_text()


def example(heading: str) -> list[str]:
    """The lines of the first example below a heading, without their indent."""
    section = PAGE.split(heading)[1]
    lines = section[section.index("\n\n    ") + 2 :].splitlines()
    end = next(place for place, line in enumerate(lines) if line and not line.startswith("    "))
    return [line[4:] for line in lines[:end] if line]


def test_the_example_of_an_explanation_is_what_is_printed() -> None:
    on_hand = "QuickBooks has Mug on hand, as of 2026-11-24T22:01:12.345+00:00"
    deducted = "order 000000012: QuickBooks deducted it, and it is still in the shop's source"
    gone = "order 000000013: it left the shop's source, and QuickBooks still has it on hand"
    terms = (
        Term(TermKind.ON_HAND, Decimal(7), on_hand, ("Item 42",)),
        Term(TermKind.AWAITING_SHIPMENT, Decimal(3), deducted, ("Invoice 1042",), "5", Decimal(3)),
        Term(TermKind.AWAITING_BOOKS, Decimal(-1), gone, (), "6", Decimal(0), Decimal(1)),
    )
    decision = StockDecision("MUG-11", Outcome.WRITE, Decimal(9), shop_now=Decimal(10), open=Decimal(3), terms=terms)
    lines = [line.rstrip() for line in printed(table_of(list(sum_lines(decision, 30))))]
    assert example("### Why a SKU has its quantity") == [head(decision, "main"), *lines]


def test_the_example_of_a_verdict_is_what_is_printed() -> None:
    outcomes = [Outcome.WRITE] * 3 + [Outcome.UNCHANGED, Outcome.WAIT, Outcome.NO_ITEM]
    rows = tuple(PreviewRow(str(place), outcome, None, None, True, "") for place, outcome in enumerate(outcomes))
    preview = Preview("main", "default", rows, 4, 1, 1, Decimal(20), "0123456789abcdef")
    found = verdict(preview)
    *words, how = example("### The guard")
    assert words[1:-2] == [f"{count:>9,}  {text}" for count, text in sums(preview)]
    assert " ".join(words[-2:]) == found.text
    assert (how,) == found.how
