"""Which orders of before the first sweep must be read, as the start date says. Pure.

Sweeps see what changes from the connection's beginning on. A start date before that asks for older orders; moved
earlier later on, for those between the new date and the old one. They are read by created_at, oldest first, a window at
a time, so that the sweeps of what changes now go on meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from services.ingest.sweep.cursor import Cover, SweepCursor
from services.ingest.sweep.windows import Span
from shared import limits

_EASTERNMOST = timedelta(hours=14)


def start_of_day(day: date, zones: Iterable[str]) -> datetime:
    """When the day begins in the first of these zones where it does, in UTC. A zone that isn't known counts as the
    easternmost there is."""
    return min((_midnight(day, name) for name in zones), default=_midnight(day, ""))


def cover(cursor: SweepCursor, wanted: datetime | None) -> Cover | None:
    """How far the orders since `wanted` are read; None when all are."""
    if wanted is None or wanted >= cursor.since:
        return None
    under_way = cursor.cover
    if under_way is not None and under_way.start <= wanted:
        return Cover(start=wanted, reached=max(under_way.reached, wanted))
    return Cover(start=wanted, reached=wanted)


def step(covered: Cover, since: datetime) -> Span:
    """The next window of created_at to read."""
    return Span(covered.reached, min(covered.reached + timedelta(seconds=limits.SWEEP_WINDOW_SECONDS), since))


def _midnight(day: date, zone: str) -> datetime:
    try:
        return datetime.combine(day, time.min, ZoneInfo(zone)).astimezone(UTC)
    except (ZoneInfoNotFoundError, ValueError):
        return datetime.combine(day, time.min, UTC) - _EASTERNMOST
