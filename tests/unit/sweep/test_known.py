"""Which documents a sweep reads again: none too few, whatever was saved within one second."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.sweep.known import Known, holds, shop_time
from shared import limits

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
NONE = timedelta(0)
seconds = st.floats(0, 2000, allow_nan=False)


@given(st.lists(st.tuples(seconds, st.floats(0, limits.SWEEP_SETTLED_SECONDS - 1)), min_size=1), seconds)
def test_a_change_that_a_reading_could_not_see_is_never_taken_for_held(
    saves: list[tuple[float, float]], read: float
) -> None:
    """A save takes its time at once and is seen when it is committed, up to two minutes later."""
    unseen = [int(saved) for saved, takes in saves if saved + takes > read]
    read_at = NOON + timedelta(seconds=read)
    assert not any(holds(read_at, NOON + timedelta(seconds=saved)) for saved in unseen)


def test_a_settled_change_is_held_and_an_unknown_one_is_not() -> None:
    settled = timedelta(seconds=limits.SWEEP_SETTLED_SECONDS)
    assert holds(NOON, NOON - settled)
    assert not holds(NOON, NOON - settled + timedelta(seconds=1))
    assert not holds(None, NOON)
    assert not holds(NOON, None)


def test_times_are_the_shops_own_and_utc() -> None:
    assert shop_time("2026-03-01 12:00:00") == NOON
    assert shop_time("2026-03-01T12:00:00+00:00") == NOON
    assert shop_time("0000-00-00 00:00:00") is None and shop_time(None) is None


@given(
    st.integers(-7200, 7200).map(lambda number: timedelta(seconds=number)),
    st.integers(-7200, 7200).map(lambda number: timedelta(seconds=number)),
    st.integers(1, 7200).map(lambda number: timedelta(seconds=number)),
)
def test_a_change_after_a_reading_is_never_taken_for_held_though_the_shops_clock_was_set(
    then: timedelta, now: timedelta, after: timedelta
) -> None:
    known = Known()
    known.note("a", NOON, then)
    assert not holds(known.get("a", now), NOON + after + now)


def test_of_too_many_the_ones_read_longest_ago_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SWEEP_KNOWN", 3)
    known = Known()
    for key in ("a", "b", "c"):
        known.note(key, NOON, NONE)
    known.note("a", NOON + timedelta(seconds=1), NONE)
    known.note("d", NOON, NONE)
    assert known.get("b", NONE) is None
    assert known.get("a", NONE) == NOON + timedelta(seconds=1)
