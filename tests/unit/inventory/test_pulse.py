"""A process that stood still isn't sure of what it owns."""

from __future__ import annotations

import pytest

from services.inventory.pulse import Pulse
from shared import limits

SESSION = 10.0


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def live(pulse: Pulse, clock: Clock, seconds: float) -> None:
    for _ in range(round(seconds / limits.STOCK_BEAT_SECONDS)):
        clock.now += limits.STOCK_BEAT_SECONDS
        pulse.beat()


def test_a_loop_that_runs_is_sure(clock: Clock) -> None:
    pulse = Pulse(SESSION, clock)
    since = clock.now
    live(pulse, clock, 60)
    assert pulse.steady(since)


def test_a_standstill_that_the_group_does_not_notice_is_none(clock: Clock) -> None:
    pulse = Pulse(SESSION, clock)
    since = clock.now
    live(pulse, clock, 1)
    clock.now += SESSION / 2 - 0.1
    pulse.beat()
    assert pulse.steady(since)


def test_after_a_standstill_it_is_not_sure_even_before_the_first_beat(clock: Clock) -> None:
    pulse = Pulse(SESSION, clock)
    live(pulse, clock, 1)
    since = clock.now
    clock.now += SESSION / 2 + 0.1
    assert not pulse.steady(since)
    pulse.beat()
    assert not pulse.steady(since)


def test_what_began_before_a_standstill_never_is_and_what_begins_later_once_the_group_was_heard_of(
    clock: Clock,
) -> None:
    pulse = Pulse(SESSION, clock)
    before = clock.now
    live(pulse, clock, 1)
    clock.now += 20
    live(pulse, clock, 1)
    after = clock.now
    assert not pulse.steady(after)
    live(pulse, clock, SESSION + 1)
    assert pulse.steady(after)
    assert not pulse.steady(before)
