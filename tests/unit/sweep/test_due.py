"""The nightly work runs once a day by the shop's clock, also where clocks are changed."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from services.ingest.sweep.due import is_due

ZONES = [ZoneInfo(name) for name in ("America/Los_Angeles", "UTC", "Asia/Kolkata", "Australia/Lord_Howe")]


@given(
    st.integers(0, 365 * 24 * 60),
    st.sampled_from(ZONES),
    st.times().map(lambda one: one.replace(second=0, microsecond=0)),
)
def test_in_ten_days_it_runs_ten_times(minutes: int, zone: ZoneInfo, at: time) -> None:
    begin = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    runs: list[datetime] = []
    last = begin
    for minute in range(0, 10 * 24 * 60, 5):
        now = begin + timedelta(minutes=minute)
        if is_due(last, now, at, zone):
            runs.append(now)
            last = now
    assert 9 <= len(runs) <= 11
    assert all(timedelta(hours=22) < later - former < timedelta(hours=26) for former, later in itertools.pairwise(runs))


def test_on_a_day_that_leaves_the_hour_out_it_runs_once() -> None:
    """In Los Angeles 02:00 to 03:00 doesn't come on 8 March 2026: 02:30 is taken for 03:30."""
    zone, at = ZONES[0], time(2, 30)
    three = datetime(2026, 3, 8, 10, 0, tzinfo=UTC)
    yesterday = three - timedelta(hours=23)
    assert not is_due(yesterday, three, at, zone)
    half_past = three + timedelta(minutes=30)
    assert is_due(yesterday, half_past, at, zone)
    assert not is_due(half_past, half_past + timedelta(minutes=1), at, zone)


def test_it_is_due_at_once_the_first_time_and_after_an_outage() -> None:
    zone, at = ZONES[0], time(3, 15)
    now = datetime(2026, 3, 1, 20, 0, tzinfo=UTC)  # noon in Los Angeles
    assert is_due(None, now, at, zone)
    assert is_due(now - timedelta(days=3), now, at, zone)
    assert not is_due(now - timedelta(hours=8), now, at, zone)
    assert is_due(now - timedelta(hours=9), now, at, zone)
