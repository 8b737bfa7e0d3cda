"""Which spans of updated_at a sweep looks at. Pure: instants of the shop's clock in, closed windows out.

A window is closed ([from, to], both ends belong to it) and lies wholly in the past: rows that change while it is
walked leave it and are found in a later one, so it can only get smaller. `to` keeps a lag behind the shop's now, and
each sweep looks once more at the last minutes of the one before: a row gets its updated_at before its transaction is
committed, and is seen only after (reference/magento.md, section 2.3).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from shared import limits


@dataclass(frozen=True, slots=True)
class Reached:
    """Everything the shop had changed up to `until` (its clock) was looked at. `skew` is what its clock was ahead of
    ours then."""

    until: datetime
    skew: timedelta


@dataclass(frozen=True, slots=True)
class Span:
    """From one instant to another, both included."""

    start: datetime
    end: datetime


def skew_of(date_header: str | None, now: datetime) -> timedelta:
    """What the shop's clock is ahead of ours, by the Date header of an answer that came at `now`; nothing when there is
    no such header: then our own clock has to do."""
    try:
        shop = parsedate_to_datetime(date_header or "")
    except ValueError:
        return timedelta(0)
    return (shop if shop.tzinfo else shop.replace(tzinfo=UTC)) - now


def start_of(reached: Reached, skew: timedelta) -> datetime:
    """Where the next sweep begins, when the shop's clock is ahead by `skew` now.

    A shop's clock that was set back writes times that were swept already: then what counts is how far the last sweep
    came by our own clock.
    """
    by_ours = reached.until - reached.skew + skew
    return _whole(min(reached.until, by_ours)) - timedelta(seconds=limits.SWEEP_OVERLAP_SECONDS)


def end_of(now: datetime, skew: timedelta) -> datetime:
    """Where a sweep that begins at `now` (ours) ends, by the shop's clock."""
    return _whole(now + skew) - timedelta(seconds=limits.SWEEP_LAG_SECONDS)


def cut(start: datetime, end: datetime) -> Iterator[Span]:
    """The windows of a sweep, oldest first; none when `end` is before `start`. Neighbours share their second."""
    longest = timedelta(seconds=limits.SWEEP_WINDOW_SECONDS)
    while start <= end:
        window = Span(start, min(start + longest, end))
        yield window
        if window.end == end:
            return
        start = window.end


def _whole(instant: datetime) -> datetime:
    """updated_at has whole seconds."""
    return instant.astimezone(UTC).replace(microsecond=0)
