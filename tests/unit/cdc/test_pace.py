"""How often the books are asked for changes."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from statistics import median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.ingest.cdc.pace import Spent, may_hurry, month_end, month_of, pause_seconds, poke_pause_seconds
from shared import limits

FIRST = datetime(2026, 11, 1, tzinfo=UTC)


def _month(
    budget: int, active: list[tuple[float, float]], pokes: random.Random | None = None
) -> tuple[int, list[float], list[float]]:
    """Calls, pauses, and pauses while active, of a month in which `active` (begin and end in hours) is busy."""
    now, spent = FIRST, Spent(month_of(FIRST), 0)
    pauses: list[float] = []
    busy_pauses: list[float] = []
    while now < month_end(FIRST):
        hour = (now - FIRST).total_seconds() / 3600
        until = next((end for begin, end in active if begin <= hour < end), None)
        active_until = None if until is None else FIRST + timedelta(hours=until)
        spent = spent.plus(1, now)
        pause = pause_seconds(now, active_until, spent, budget)
        if pokes is not None and pokes.random() < 0.5 and may_hurry(now, spent, budget):
            pause = min(pause, poke_pause_seconds(now, spent, budget))
        pauses.append(pause)
        if active_until is not None:
            busy_pauses.append(pause)
        now += timedelta(seconds=pause)
    return spent.calls, pauses, busy_pauses


def test_a_quiet_company_costs_at_most_300_calls_a_day() -> None:
    calls, pauses, _ = _month(limits.CDC_CALLS_MONTH, [])
    assert calls / 30 <= 300
    assert set(pauses) == {limits.CDC_SLOW_SECONDS}


def test_a_company_that_is_busy_day_and_night_is_seen_within_30_seconds_at_the_median() -> None:
    calls, pauses, _ = _month(limits.CDC_CALLS_MONTH, [(0, 10_000)])
    assert median(pauses) / 2 < 30
    assert max(pauses) < 120
    assert calls <= limits.CDC_CALLS_MONTH


def test_what_quiet_nights_save_makes_busy_days_fast() -> None:
    days = [(24.0 * day + 8, 24.0 * day + 18) for day in range(31)]
    calls, _, busy = _month(limits.CDC_CALLS_MONTH, days)
    assert busy[-1] == limits.CDC_FAST_SECONDS
    assert median(busy) / 2 < 15
    assert calls <= limits.CDC_CALLS_MONTH


@settings(max_examples=12, deadline=None)
@given(
    budget=st.integers(limits.CDC_CALLS_MONTH_MIN, 20_000),
    begins=st.lists(st.floats(0, 700), max_size=5),
    hours=st.floats(0.1, 200),
    seed=st.integers(0, 99),
)
def test_no_month_costs_more_than_its_budget_and_no_pause_is_over_an_hour(
    budget: int, begins: list[float], hours: float, seed: int
) -> None:
    calls, pauses, _ = _month(budget, [(begin, begin + hours) for begin in begins], random.Random(seed))
    assert calls <= budget
    assert max(pauses) <= limits.CDC_HOURLY_SECONDS


@pytest.mark.parametrize("spent", [80_000, 10**6])
def test_a_budget_used_up_leaves_a_question_an_hour_until_the_next_month(spent: int) -> None:
    now = FIRST + timedelta(days=20)
    assert pause_seconds(now, now + timedelta(hours=1), Spent("2026-11", spent), 80_000) == limits.CDC_HOURLY_SECONDS
    assert not may_hurry(now, Spent("2026-11", spent), 80_000)
    later = month_end(now) + timedelta(hours=1)
    assert pause_seconds(later, None, Spent("2026-11", spent), 80_000) == limits.CDC_SLOW_SECONDS
    assert may_hurry(later, Spent("2026-11", spent), 80_000)


def test_a_day_of_changes_by_hand_is_answered_quickly_and_webhooks_without_end_are_not() -> None:
    budget, now, spent = limits.CDC_CALLS_MONTH, FIRST, Spent(month_of(FIRST), 0)
    pauses = []
    while now < FIRST + timedelta(days=1):
        pauses.append(poke_pause_seconds(now, spent, budget))
        spent = spent.plus(1, now)
        now += timedelta(seconds=pauses[-1])
    quick = pauses.count(limits.CDC_POKE_QUICK_SECONDS)
    assert set(pauses[:2_300]) == {limits.CDC_POKE_QUICK_SECONDS}
    assert quick / len(pauses) < 0.2
    assert poke_pause_seconds(now + timedelta(days=8), spent, budget) == limits.CDC_POKE_QUICK_SECONDS


@given(spent=st.integers(0, 100_000), hours=st.floats(0, 719), budget=st.integers(limits.CDC_CALLS_MONTH_MIN, 10**6))
def test_who_may_ask_quickly_may_ask_at_once(spent: int, hours: float, budget: int) -> None:
    now = FIRST + timedelta(hours=hours)
    if poke_pause_seconds(now, Spent(month_of(FIRST), spent), budget) == limits.CDC_POKE_QUICK_SECONDS:
        assert may_hurry(now, Spent(month_of(FIRST), spent), budget)
