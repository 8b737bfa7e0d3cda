"""Answers of change data capture, and what of them is news."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.quickbooks.cdc import Change, Told, Unreadable, key, news, parse, sent_at, tombstone, too_old

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def _live(number: int, token: int, second: int = 0, quantity: int = 0) -> Change:
    at = NOON + timedelta(seconds=second)
    return Change("Item", str(number), at, False, {"Id": str(number), "SyncToken": str(token), "QtyOnHand": quantity})


def _told(one: Change) -> dict[str, Told]:
    return {key(one): Told(one.mark, one.at, one.token)}


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
    assert list(news([_live(1, token=4, quantity=10)], _told(before))) == []
    assert list(news([_live(1, token=4, quantity=9)], _told(before))) == [_live(1, token=4, quantity=9)]


def test_what_is_older_than_what_was_told_is_no_news() -> None:
    before = _live(1, token=4, second=10)
    assert list(news([_live(1, token=3, second=9)], _told(before))) == []
    assert list(news([_live(1, token=3, second=10)], _told(before))) == []
    assert list(news([_live(1, token=0, second=11)], _told(before))) != [], "a company that began anew counts anew"


def test_a_row_of_a_query_brings_back_nothing_that_was_deleted_later() -> None:
    gone = tombstone("Item", "1", NOON + timedelta(seconds=5))
    lagging, again = _live(1, token=4, second=3), _live(1, token=0, second=6)
    assert list(news([lagging], _told(gone), queried=True)) == []
    assert list(news([lagging], _told(gone))) == [lagging], "change data capture says how things stand"
    assert list(news([again], _told(gone), queried=True)) == [again]


def test_a_tombstone_is_told_once_and_after_every_live_row() -> None:
    gone = tombstone("Item", "1", NOON)
    assert list(news([_live(1, 0), gone], {})) == [gone]
    assert list(news([gone], _told(gone))) == []


@given(st.lists(st.lists(st.tuples(st.integers(1, 4), st.integers(0, 5), st.integers(0, 3)), max_size=8), max_size=6))
def test_overlapping_answers_tell_each_state_once_and_the_last_one_last(
    rounds: list[list[tuple[int, int, int]]],
) -> None:
    """Objects only grow; each answer shows them as they are then, and again in the overlap of the next."""
    state: dict[int, Change] = {}
    marks: dict[str, Told] = {}
    told: list[Change] = []
    second = 0
    for changes in rounds:
        for number, tokens, quantity in changes:
            token = int(state[number].document["SyncToken"]) + tokens if number in state else 0
            second += 1
            state[number] = _live(number, token, second, quantity)
        for one in news(state.values(), marks):
            marks |= _told(one)
            told.append(one)
    assert {one.id: one.mark for one in told} == {one.id: one.mark for one in state.values()}
    assert all(before.mark != after.mark for before, after in pairwise(told) if key(before) == key(after))


@given(st.floats(0, 100), st.floats(0, 100), st.floats(-(10**6), 10**6))
def test_what_changes_after_the_server_looked_is_asked_for_again(before: float, after: float, wrong: float) -> None:
    """Whenever between sending and answer the server looked and wrote its time, and wherever our clock stands."""
    sent = NOON
    answer_time = sent + timedelta(seconds=before)
    our_clock_at_sending = sent + timedelta(seconds=wrong)
    our_clock_at_answer = our_clock_at_sending + timedelta(seconds=before + after)
    took = (our_clock_at_answer - our_clock_at_sending).total_seconds()
    assert sent_at(answer_time, took) <= sent + timedelta(milliseconds=1)


def test_thirty_days_back_is_too_old_for_change_data_capture() -> None:
    assert not too_old(NOON - timedelta(days=28), NOON)
    assert too_old(NOON - timedelta(days=29, seconds=1), NOON)
