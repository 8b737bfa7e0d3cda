"""The worked example of docs/stock.md, and its lists of outcomes and remarks, against the code."""

from __future__ import annotations

from pathlib import Path

from shared.commerce.stock import Standing
from shared.mapping.stock.decision import Outcome, Remark
from tests.unit.stock.cases import decided, order, pieces, sale

PAGE = (Path(__file__).parents[3] / "docs/stock.md").read_text()


def _rows(heading: str) -> list[list[str]]:
    section = PAGE.split(heading)[1].split("\n#")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_every_row_of_the_worked_example_is_what_the_code_computes() -> None:
    rows = _rows("### An order of 3 mugs, stage by stage")
    assert len(rows) == 7
    for stage, *figures in rows:
        on_hand, deducted, left, open_, source, sellable = map(int, figures)
        one = order(
            pieces(3, left=left, cancelled=3 - left - open_),
            *([sale(deducted)] if deducted else []),
            standing=Standing.POSTED if deducted else Standing.TO_POST,
        )
        found = decided(on_hand, one)
        assert found.quantity == source, stage
        assert found.open == open_, stage
        assert found.quantity - found.open == sellable, stage


def test_every_outcome_and_remark_is_on_the_page() -> None:
    named = {row[0].strip("`") for row in _rows("## What comes out")}
    assert named == set(Outcome) - {Outcome.WRITE, Outcome.UNCHANGED}
    assert [remark for remark in Remark if f"`{remark}`" not in PAGE] == []
