"""A company that doesn't let a good grant in is not asked again and again."""

from __future__ import annotations

import pytest

from shared import limits
from shared.quickbooks.bar import Bar
from shared.quickbooks.faults import Reconnect

NO_ADMINISTRATOR = Reconnect("120", "no administrator", status=403, tid="1-tid")


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_after_a_refusal_the_token_is_refused_here_for_a_while_with_the_same_words() -> None:
    clock = Clock()
    bar = Bar(clock)
    bar.check("a")
    assert bar.note("a", NO_ADMINISTRATOR)
    clock.now += limits.RECONNECT_BAR_SECONDS - 1
    with pytest.raises(Reconnect) as refused:
        bar.check("a")
    assert str(refused.value) == str(NO_ADMINISTRATOR)
    clock.now += 1
    bar.check("a")


def test_a_new_token_is_tried_at_once_and_no_second_refresh_is_asked_for_soon() -> None:
    clock = Clock()
    bar = Bar(clock)
    assert bar.note("a", NO_ADMINISTRATOR)
    bar.check("b")
    assert not bar.note("b", NO_ADMINISTRATOR)
    with pytest.raises(Reconnect):
        bar.check("b")
    clock.now += limits.RECONNECT_BAR_SECONDS
    assert bar.note("b", NO_ADMINISTRATOR)


def test_an_ended_subscription_bars_nothing_for_reads_are_still_served() -> None:
    bar = Bar(Clock())
    assert not bar.note("a", Reconnect("6190"))
    bar.check("a")
