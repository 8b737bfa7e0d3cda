"""When to ask QuickBooks for changes again: fast while something happens, slow when quiet, within a budget. Pure.

Every question is a metered call. The month's budget is spent evenly: what is left of it, divided by what is left of the
month, bounds how fast is fast; the slow pace is kept free of that, so that a busy week can't silence a quiet one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from shared import limits


@dataclass(frozen=True, slots=True)
class Spent:
    """Metered calls of a calendar month (UTC, as Intuit counts is not documented)."""

    month: str
    calls: int

    def at(self, now: datetime) -> Spent:
        """What is spent of the month of `now`."""
        month = month_of(now)
        return self if month == self.month else Spent(month, 0)

    def plus(self, calls: int, now: datetime) -> Spent:
        """After so many more calls."""
        this = self.at(now)
        return Spent(this.month, this.calls + calls)


def month_of(now: datetime) -> str:
    return now.astimezone(UTC).strftime("%Y-%m")


def month_end(now: datetime) -> datetime:
    """The first instant of the next month."""
    return (_month_begin(now) + timedelta(days=32)).replace(day=1)


def _month_begin(now: datetime) -> datetime:
    return now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def pause_seconds(now: datetime, active_until: datetime | None, spent: Spent, budget: int) -> float:
    """How long to wait between two questions.

    Active: `CDC_FAST_SECONDS`, or as much longer as the budget asks for. Quiet: `CDC_SLOW_SECONDS`, likewise. One
    question an hour until the month's end is kept in reserve: the books must not go unseen for weeks.
    """
    left_seconds = max(1.0, (month_end(now) - now).total_seconds())
    left_calls = budget - spent.at(now).calls - _reserve(left_seconds)
    if left_calls <= 0:
        return limits.CDC_HOURLY_SECONDS
    even = left_seconds / left_calls
    slow = min(max(limits.CDC_SLOW_SECONDS, even), limits.CDC_HOURLY_SECONDS)
    if active_until is None or now >= active_until:
        return slow
    spare = left_calls - left_seconds / slow  # beyond what the quiet pace needs until the month's end
    return min(max(limits.CDC_FAST_SECONDS, even), slow) if spare > 0 else slow


def may_hurry(now: datetime, spent: Spent, budget: int) -> bool:
    """Whether the budget lets a call be made at once: a webhook's news, or the next page of a catching up. Else it
    waits for the next question's turn."""
    left_seconds = (month_end(now) - now).total_seconds()
    return budget - spent.at(now).calls > _needed(left_seconds)


def poke_pause_seconds(now: datetime, spent: Spent, budget: int) -> float:
    """How long after a question a webhook may ask for the next.

    Seconds count for whoever changes a quantity by hand, and such days are short. Webhooks without end get the longer
    pause once they have used what the month has for them by now, and a day's part of it more.
    """
    month_seconds = (month_end(now) - _month_begin(now)).total_seconds()
    left_seconds = (month_end(now) - now).total_seconds()
    whole = budget - _needed(month_seconds)
    left = budget - spent.at(now).calls - _needed(left_seconds)
    due = whole * (left_seconds - limits.CDC_POKE_AHEAD_SECONDS) / month_seconds
    return limits.CDC_POKE_QUICK_SECONDS if left > max(0.0, due) else limits.CDC_POKE_PAUSE_SECONDS


def wait_seconds(now: datetime, last: datetime | None, spent: Spent, budget: int) -> float:
    """How long a call has to wait that follows another within one catching up, or that a webhook asks for."""
    if last is None or may_hurry(now, spent, budget):
        return 0.0
    since = (now - last).total_seconds()
    wait = pause_seconds(now, None, spent, budget) - max(0.0, since)
    return wait if wait >= limits.CDC_SHORTEST_WAIT_SECONDS else 0.0


def _needed(left_seconds: float) -> float:
    """Calls of the quiet pace and the reserve."""
    return _reserve(left_seconds) + left_seconds / limits.CDC_SLOW_SECONDS


def _reserve(left_seconds: float) -> int:
    return math.ceil(left_seconds / limits.CDC_HOURLY_SECONDS)
