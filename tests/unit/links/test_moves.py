"""What writes of our documents take off the stock of items."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from shared import limits
from shared.links.moves import after_write
from shared.links.state import Booked

AT = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def answer(units: dict[str, Any], at: datetime = AT, number: str = "1042") -> dict[str, Any]:
    lines = [
        {"DetailType": "SalesItemLineDetail", "SalesItemLineDetail": {"ItemRef": {"value": item}, "Qty": count}}
        for item, count in units.items()
    ]
    return {
        "Id": "7",
        "DocNumber": number,
        "MetaData": {"LastUpdatedTime": at.isoformat()},
        "Line": [*lines, {"DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}}],
    }


def booked(before: Booked | None, action: str, said: dict[str, Any]) -> Booked:
    moves = after_write(before, action, "Invoice", said)
    return Booked(
        entity="Invoice", id="7", sync_token="0", content_hash="", requestid="", total=Decimal(0), moves=moves
    )


def test_a_document_takes_its_lines_pieces_at_the_time_that_it_shows() -> None:
    (move,) = booked(None, "create", answer({"3": 2, "4": Decimal("1.5")})).moves
    assert (move.at, move.document) == (AT, "Invoice 1042")
    assert move.units == {"3": Decimal(2), "4": Decimal("1.5")}


def test_an_update_counts_by_what_it_changes_and_a_void_gives_everything_back() -> None:
    first = booked(None, "create", answer({"3": 2, "4": 1}))
    second = booked(first, "update", answer({"3": 5, "4": 1}, AT + timedelta(seconds=9)))
    assert second.moves[1].units == {"3": Decimal(3)}
    third = booked(second, "void", answer({"3": 5, "4": 1}, AT + timedelta(seconds=20)))
    assert third.moves[2].units == {"3": Decimal(-5), "4": Decimal(-1)}
    assert booked(third, "create", answer({"3": 5})).moves[3].units == {"3": Decimal(5)}


def test_a_write_that_moves_nothing_adds_no_move() -> None:
    first = booked(None, "create", answer({"3": 2}))
    assert booked(first, "update", answer({"3": 2}, AT + timedelta(days=1))).moves == first.moves


def test_moves_outlive_the_link_s_record() -> None:
    first = booked(None, "create", answer({"3": Decimal("2.25")}))
    assert Booked.model_validate_json(first.model_dump_json()) == first


@given(st.lists(st.dictionaries(st.sampled_from("345"), st.integers(1, 9), min_size=1), max_size=30))
def test_moves_are_bounded_and_always_sum_to_the_last_document(bodies: list[dict[str, int]]) -> None:
    state: Booked | None = None
    for number, body in enumerate(bodies):
        state = booked(state, "update" if state else "create", answer(body, AT + timedelta(minutes=number)))
        total: dict[str, Decimal] = defaultdict(Decimal)
        for move in state.moves:
            for item, units in move.units.items():
                total[item] += units
        assert {item: units for item, units in total.items() if units} == body
        assert len(state.moves) <= limits.STOCK_MOVES
        assert [move.at for move in state.moves] == sorted(move.at for move in state.moves)
