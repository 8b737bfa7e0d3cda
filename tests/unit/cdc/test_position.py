"""How far change data capture has come: what shows up late is told all the same."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from services.ingest.cdc.position import Entity, Position, Reading, entity_in, position_in
from shared import limits
from shared.quickbooks.cdc import sent_at
from shared.quickbooks.changed_pages import ByTime

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
TIMES = st.integers(-(10**9), 10**9).map(lambda ms: NOON + timedelta(milliseconds=ms))


@given(
    near=TIMES,
    deep=TIMES,
    alone=st.none() | TIMES,
    refused=st.none() | TIMES,
    checked=st.none() | TIMES,
    unsure=st.booleans(),
    reading=st.none() | st.builds(Reading, st.none() | TIMES, st.builds(ByTime, st.none() | TIMES), st.none() | TIMES),
)
def test_a_position_comes_back_from_its_cursor_as_it_was(
    near: datetime,
    deep: datetime,
    alone: datetime | None,
    refused: datetime | None,
    checked: datetime | None,
    unsure: bool,
    reading: Reading | None,
) -> None:
    position = Position({"Item": Entity(near, deep, reading, alone, refused, unsure, checked)})
    assert position_in(position.document()) == position


@settings(max_examples=200, deadline=None)
@given(
    pauses=st.lists(st.floats(1, 700), min_size=1, max_size=40),
    took=st.floats(0, 30),
    seed=st.integers(0, 10**6),
)
def test_a_change_that_shows_up_within_the_overlap_is_in_some_answer(
    pauses: list[float], took: float, seed: int
) -> None:
    """Questions at any pace; each answer holds what was visible when its question was sent."""
    chance = random.Random(seed)
    position = Position().begun(["Item"], NOON)
    end = sum(pauses) + took * len(pauses)
    changes = [(chance.uniform(0, end), chance.uniform(0, limits.CDC_OVERLAP_SECONDS - 1)) for _ in range(50)]
    told: set[int] = set()
    now, whole_at = 0.0, -1e9
    pauses = [*pauses, limits.CDC_DEEP_SECONDS, limits.CDC_DEEP_SECONDS, limits.CDC_DEEP_SECONDS]
    for pause in pauses:
        now += pause
        deep = now - whole_at >= limits.CDC_DEEP_SECONDS or position.deep_due(["Item"])
        since = position.entities["Item"].since(deep)
        for number, (at, lag) in enumerate(changes):
            second = NOON + timedelta(seconds=int(at))
            if second >= since.replace(microsecond=0) and at + lag <= now:
                told.add(number)
        whole_at = now
        now += took
        answered = NOON + timedelta(seconds=chance.uniform(now - took, now))
        state = position.entities["Item"]
        position = position.moved({"Item": state.asked(sent_at(answered, took), deep)})
        moved = position.entities["Item"]
        assert moved.deep <= moved.near and moved.near >= state.near and moved.deep >= state.deep
    assert {number for number, (at, lag) in enumerate(changes) if at + lag <= now - took} <= told


def test_a_company_that_began_anew_is_read_from_its_oldest_object() -> None:
    position = Position().begun(["Item", "Invoice"], NOON).reset()
    assert [one.reading for one in position.entities.values()] == [Reading(None, ByTime(None))] * 2


def test_an_entity_that_is_new_begins_now_and_the_others_go_on() -> None:
    position = Position().begun(["Item"], NOON)
    later = position.begun(["Item", "Term"], NOON + timedelta(days=1))
    assert later.entities["Item"] == position.entities["Item"]
    assert later.entities["Term"].near > position.entities["Item"].near
    assert later.oldest == position.entities["Item"].near


def test_the_last_answer_that_showed_everything_is_known_by_both_its_ends() -> None:
    asked = Entity(NOON, NOON).asked(NOON + timedelta(seconds=1), False, NOON + timedelta(seconds=2))
    assert asked.looked == (NOON + timedelta(seconds=1), NOON + timedelta(seconds=2))
    assert entity_in(asked.document()) == asked
    assert asked.asked(NOON + timedelta(seconds=9), True).looked == asked.looked
    read = asked.read(NOON + timedelta(seconds=9), NOON + timedelta(seconds=12))  # queries may show what was long ago
    assert read.looked == (NOON + timedelta(seconds=9 - limits.CDC_OVERLAP_SECONDS), NOON + timedelta(seconds=12))
    assert asked.read(NOON + timedelta(seconds=9), None).looked == asked.looked
