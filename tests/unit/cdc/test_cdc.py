"""Answers of change data capture, and what of them is news."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import limits
from shared.quickbooks.cdc import Change, Unreadable, key, news, next_since, parse, tombstone, too_old

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def _live(number: int, token: int, second: int = 0, quantity: int = 0) -> Change:
    at = NOON + timedelta(seconds=second)
    return Change("Item", str(number), at, False, {"Id": str(number), "SyncToken": str(token), "QtyOnHand": quantity})


def test_an_answer_gives_live_objects_and_tombstones_of_every_entity() -> None:
    answer = parse(
        {
            "CDCResponse": [
                {
                    "QueryResponse": [
                        {
                            "Invoice": [
                                {
                                    "Id": "7",
                                    "SyncToken": "1",
                                    "MetaData": {"LastUpdatedTime": "2026-11-24T04:00:00-08:00"},
                                },
                                {
                                    "domain": "QBO",
                                    "status": "Deleted",
                                    "Id": "9",
                                    "MetaData": {"LastUpdatedTime": "2026-11-24T12:00:01Z"},
                                },
                            ],
                            "startPosition": 1,
                            "maxResults": 2,
                        },
                        {},
                    ]
                }
            ],
            "time": "2026-11-24T04:00:05.123-08:00",
        }
    )
    assert [(one.entity, one.id, one.deleted) for one in answer.changes] == [
        ("Invoice", "7", False),
        ("Invoice", "9", True),
    ]
    assert answer.changes[0].at == NOON, "instants, whatever their offset"
    assert answer.time == NOON + timedelta(seconds=5, milliseconds=123)
    assert answer.whole


def test_nothing_changed_is_an_answer_too() -> None:
    assert parse({"CDCResponse": [{"QueryResponse": [{}]}], "time": "2026-11-24T12:00:00Z"}).changes == ()


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"CDCResponse": {}, "time": "2026-11-24T12:00:00Z"},
        {"CDCResponse": [{}], "time": "2026-11-24T12:00:00Z"},
        {"CDCResponse": [{"QueryResponse": [3]}], "time": "2026-11-24T12:00:00Z"},
        {"CDCResponse": [{"QueryResponse": [{"Item": [{"SyncToken": "1"}]}]}], "time": "2026-11-24T12:00:00Z"},
        {"CDCResponse": [{"QueryResponse": [{"Item": [{"Id": "1"}]}]}], "time": "2026-11-24T12:00:00Z"},
        {"CDCResponse": [{"QueryResponse": [{}]}]},
        {"CDCResponse": [{"QueryResponse": [{}]}], "time": "2026-11-24T12:00:00"},
    ],
)
def test_what_is_no_answer_is_said_to_be_none(document: dict[str, object]) -> None:
    with pytest.raises(Unreadable):
        parse(document)


@given(st.integers(0, 1_500))
def test_an_answer_at_the_limit_may_have_been_cut(count: int) -> None:
    rows = [{"Id": str(number), "MetaData": {"LastUpdatedTime": "2026-11-24T12:00:00Z"}} for number in range(count)]
    answer = parse({"CDCResponse": [{"QueryResponse": [{"Item": rows}]}], "time": "2026-11-24T12:00:00Z"})
    assert answer.whole == (count < 1_000)


def test_a_quantity_that_a_sale_moved_is_news_though_the_sync_token_stands() -> None:
    before = _live(1, token=4, quantity=10)
    assert list(news([_live(1, token=4, quantity=10)], {key(before): before.mark})) == []
    assert list(news([_live(1, token=4, quantity=9)], {key(before): before.mark})) == [_live(1, token=4, quantity=9)]


def test_a_tombstone_is_told_once_and_after_every_live_row() -> None:
    gone = tombstone("Item", "1", NOON)
    assert list(news([_live(1, 0), gone], {})) == [gone]
    assert list(news([gone], {key(gone): gone.mark})) == []


@given(st.lists(st.lists(st.tuples(st.integers(1, 4), st.integers(0, 5), st.integers(0, 3)), max_size=8), max_size=6))
def test_overlapping_answers_tell_each_state_once_and_the_last_one_last(
    rounds: list[list[tuple[int, int, int]]],
) -> None:
    """Objects only grow; each answer shows them as they are then, and again in the overlap of the next."""
    state: dict[int, Change] = {}
    marks: dict[str, str] = {}
    told: list[Change] = []
    second = 0
    for changes in rounds:
        for number, tokens, quantity in changes:
            token = int(state[number].document["SyncToken"]) + tokens if number in state else 0
            second += 1
            state[number] = _live(number, token, second, quantity)
        for one in news(state.values(), marks):
            marks[key(one)] = one.mark
            told.append(one)
    assert {one.id: one.mark for one in told} == {one.id: one.mark for one in state.values()}
    assert all(before.mark != after.mark for before, after in pairwise(told) if key(before) == key(after))


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_the_cursor_never_passes_the_overlap_and_never_goes_back(asked: int, took: int) -> None:
    since = NOON + timedelta(seconds=asked)
    answered = since + timedelta(seconds=took)
    following = next_since(since, answered)
    assert since <= following
    assert following == since or answered - following == timedelta(seconds=limits.CDC_OVERLAP_SECONDS)


def test_thirty_days_back_is_too_old_for_change_data_capture() -> None:
    assert not too_old(NOON - timedelta(days=28), NOON)
    assert too_old(NOON - timedelta(days=29, seconds=1), NOON)
