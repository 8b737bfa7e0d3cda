"""The sandbox's clock: real time plus what tests advanced it by, told in the company's offset."""

from __future__ import annotations

from datetime import date, timedelta, timezone

from sandbox.clock import AdvancingClock

COMPANY_ZONE = timezone(timedelta(hours=-8))  # Intuit renders times in Pacific time, whatever the caller's zone


class Clock(AdvancingClock):
    """The sandbox's clock with the company's dates."""

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
