"""A clock that tests can advance: real time plus what was added."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

_END = datetime(2500, 1, 1, tzinfo=UTC).timestamp()  # leaves room for all that is computed from an instant
_MOST_SECONDS = 10**10


class AdvancingClock:
    """Never goes back. source: Unix seconds of the time that isn't advanced; tests may hand in their own."""

    def __init__(self, ahead: float = 0.0, source: Callable[[], float] = time.time) -> None:
        self._ahead = ahead
        self._source = source
        self._stands_at: float | None = None

    @property
    def ahead(self) -> float:
        """Seconds by which it was advanced."""
        return self._ahead

    def advance(self, seconds: float) -> None:
        """Move the clock forward. Raises ValueError for a negative number, and beyond the year 2500."""
        if seconds < 0:
            raise ValueError("the clock can only be advanced")
        if self.seconds() + seconds > _END:
            raise ValueError("the clock ends in the year 2500")
        self._ahead += seconds

    def stand(self, still: bool) -> None:
        """Stop the time of day, so that many things happen in one second, or let it go on to where it would be.
        Windows and schedules go on."""
        self._stands_at = self._source() if still else None

    def seconds(self) -> float:
        """Seconds since 1970."""
        return (self._source() if self._stands_at is None else self._stands_at) + self._ahead

    def monotonic(self) -> float:
        """Seconds since some start, advanced like the clock: for windows and schedules."""
        return time.monotonic() + self._ahead

    def now(self) -> datetime:
        """This instant, in UTC."""
        return datetime.fromtimestamp(self.seconds(), UTC)


def wanted_seconds(document: dict[str, Any]) -> float:
    """advance_seconds of a control request. Raises ValueError with what is allowed."""
    unknown = ", ".join(sorted(document.keys() - {"advance_seconds", "stand"}))
    if unknown:
        raise ValueError(f"{unknown}: unknown; allowed here: advance_seconds, stand")
    seconds = document.get("advance_seconds", 0)
    if isinstance(seconds, bool) or (not isinstance(seconds, int | float) and not hasattr(seconds, "is_finite")):
        raise ValueError("advance_seconds must be a number")
    if not 0 <= seconds <= _MOST_SECONDS:
        raise ValueError(f"advance_seconds must be between 0 and {_MOST_SECONDS:,}")
    return float(seconds)


def wanted_stand(document: dict[str, Any]) -> bool | None:
    """stand of a control request; None when it says nothing. Raises ValueError with what is allowed."""
    still = document.get("stand")
    if still is not None and not isinstance(still, bool):
        raise ValueError("stand must be true or false")
    return still
