"""The sandbox's clock: real time plus what tests advanced it by, told in the company's offset."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta, timezone

COMPANY_ZONE = timezone(timedelta(hours=-8))  # Intuit renders times in Pacific time, whatever the caller's zone

_END = datetime(2500, 1, 1, tzinfo=UTC).timestamp()  # leaves room for all that is computed from an instant


class Clock:
    """Wall clock that can be advanced; never goes back."""

    def __init__(self, ahead: float = 0.0) -> None:
        self._ahead = ahead

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

    def seconds(self) -> float:
        """Seconds since 1970."""
        return time.time() + self._ahead

    def monotonic(self) -> float:
        """Seconds since some start, advanced like the clock: for windows and schedules."""
        return time.monotonic() + self._ahead

    def now(self) -> datetime:
        """This instant, in UTC."""
        return datetime.fromtimestamp(self.seconds(), UTC)

    def today(self) -> date:
        """The company's date."""
        return self.now().astimezone(COMPANY_ZONE).date()

    def month(self) -> str:
        """The company's month: 2026-11."""
        return f"{self.today():%Y-%m}"

    def seconds_to_next_month(self) -> float:
        """Until the company's next month begins."""
        now = self.now().astimezone(COMPANY_ZONE)
        first = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        return ((first + timedelta(days=32)).replace(day=1) - now).total_seconds()

    def stamp(self) -> str:
        """For MetaData: seconds, company offset."""
        return self.now().astimezone(COMPANY_ZONE).isoformat(timespec="seconds")

    def response_time(self) -> str:
        """For the `time` of an answer: milliseconds, company offset."""
        return self.now().astimezone(COMPANY_ZONE).isoformat(timespec="milliseconds")
