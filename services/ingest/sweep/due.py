"""When the nightly work is due. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo


def is_due(last: datetime | None, now: datetime, at: time, zone: ZoneInfo) -> bool:
    """Whether the time of day `at` has come in `zone` since `last`, the instant of the last run's begin. A first run is
    due at once; one that an outage made impossible is due when it is over."""
    if last is None:
        return True
    local = now.astimezone(zone)
    today = datetime.combine(local.date(), at, zone)
    if today.astimezone(UTC) > now:  # as instants: on the day of a change of clocks `at` may come twice, or not at all
        today = datetime.combine(local.date() - timedelta(days=1), at, zone)
    return last < today
