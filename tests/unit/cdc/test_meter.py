"""Metered calls are counted before they are made, and made when the month's budget lets them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.ingest.cdc.meter import Meter
from services.ingest.cdc.pace import Spent, month_of, pause_seconds, wait_seconds
from shared import limits
from shared.quickbooks.faults import OutcomeUnknown, QuickBooksError, Reconnect, Refused, Throttled, Unavailable

FIRST = datetime(2026, 11, 1, tzinfo=UTC)


class Time:
    """Passes only when somebody waits."""

    def __init__(self) -> None:
        self.now = FIRST

    async def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class Kept:
    """The cursor, as it survives a crash."""

    def __init__(self) -> None:
        self.document: dict[str, object] | None = None
        self.meter: Meter | None = None

    async def save(self) -> None:
        assert self.meter is not None
        self.document = self.meter.document()
        self.meter.saved()


@settings(max_examples=10, deadline=None)
@given(
    budget=st.integers(limits.CDC_CALLS_MONTH_MIN, 11_000),
    steps=st.lists(st.tuples(st.sampled_from(["ask", "catch up", "crash"]), st.integers(1, 800)), max_size=12),
    busy=st.booleans(),
)
@example(budget=2_000, steps=[("catch up", 800)] * 4, busy=True)
@example(budget=11_000, steps=[("crash", 1), ("catch up", 1_200), ("ask", 1)] * 2, busy=False)
@example(budget=limits.CDC_CALLS_MONTH_MIN, steps=[("catch up", 9), ("crash", 1)] * 4, busy=False)
async def test_no_month_costs_more_than_its_budget_whatever_has_to_be_caught_up(
    budget: int, steps: list[tuple[str, int]], busy: bool
) -> None:
    """A question costs one call and a catching up thousands; a process dies, and what it counted last is lost."""
    time, kept = Time(), Kept()
    meter = kept.meter = Meter(None, lambda: time.now, time.sleep)
    made: dict[str, int] = {}
    for kind, count in steps:
        if kind == "crash":
            meter = kept.meter = Meter(kept.document, lambda: time.now, time.sleep)
        for _ in range(count if kind == "catch up" else 1):
            begin = time.now
            await meter.spend(lambda: budget, kept.save)
            assert (time.now - begin).total_seconds() <= limits.CDC_HOURLY_SECONDS + limits.CDC_LOOK_SECONDS
            made[month_of(time.now)] = made.get(month_of(time.now), 0) + 1
            if time.now > FIRST + timedelta(days=40):
                break
        active_until = time.now + timedelta(hours=1) if busy else None
        await time.sleep(pause_seconds(time.now, active_until, meter.spent, budget))
    assert all(calls <= budget for calls in made.values()), made
    assert meter.spent.calls >= made.get(meter.spent.month, 0), "never less than was made"


async def test_what_rounding_leaves_of_a_wait_holds_no_call_up() -> None:
    """A month's last calls wait for fractions of a second that a clock of microseconds never passes."""
    last = datetime(2026, 11, 17, tzinfo=UTC)
    spent = Spent("2026-11", 2_000)
    pause = wait_seconds(last, last, spent, 2_000)
    assert pause == limits.CDC_HOURLY_SECONDS
    almost = last + timedelta(seconds=pause) - timedelta(microseconds=900)
    assert wait_seconds(almost, last, spent, 2_000) == 0.0
    assert wait_seconds(almost - timedelta(milliseconds=1), last, spent, 2_000) > limits.CDC_SHORTEST_WAIT_SECONDS


@pytest.mark.parametrize(
    ("error", "billed"),
    [
        (Throttled("3001", status=429), False),
        (Refused("500", status=400), False),
        (Unavailable("http-503", status=503), False),
        (Unavailable("not-reached"), False),
        (Throttled("queue-full"), False),
        (Reconnect("invalid_grant"), False),
        (OutcomeUnknown("reply-lost").for_read(), True),
        (OutcomeUnknown("answer-too-large", status=200).for_read(), True),
        (Unavailable("10000", status=200), True),
        (Refused("unreadable-answer"), True),
    ],
)
async def test_a_call_that_intuit_does_not_count_is_taken_back(error: QuickBooksError, billed: bool) -> None:
    time, kept = Time(), Kept()
    meter = kept.meter = Meter(None, lambda: time.now, time.sleep)
    before = meter.spent.calls
    await meter.spend(lambda: 10_000, kept.save)
    meter.not_billed(error)
    assert meter.spent.calls - before == (1 if billed else 0)


async def test_after_a_crash_what_no_cursor_counts_is_taken_for_spent() -> None:
    time, kept = Time(), Kept()
    meter = kept.meter = Meter(None, lambda: time.now, time.sleep)
    for _ in range(35):
        await meter.spend(lambda: 80_000, kept.save)
    again = Meter(kept.document, lambda: time.now, time.sleep)
    assert 35 <= again.spent.calls <= 35 + 2 * limits.CDC_CALLS_UNSAVED
