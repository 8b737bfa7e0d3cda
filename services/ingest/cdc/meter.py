"""The metered calls of one company: counted before they are made, and made when the month's budget lets them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

from services.ingest.cdc.pace import Spent, month_of, wait_seconds
from shared import limits
from shared.quickbooks.faults import QuickBooksError, Reconnect

Sleep = Callable[[float], Awaitable[None]]
Save = Callable[[], Awaitable[None]]


class Meter:
    """What the month has cost so far, at least: a process that died may have made some calls that no cursor counts."""

    def __init__(self, document: Mapping[str, Any] | None, now: Callable[[], datetime], sleep: Sleep) -> None:
        """`document` is that of the cursor; None for a company that is new."""
        self._now = now
        self._sleep = sleep
        self._last: datetime | None = None
        self._unsaved = limits.CDC_CALLS_UNSAVED  # what is assumed has to be kept first: the next start adds to it
        kept = Spent(month_of(now()), 0) if document is None else Spent(str(document["month"]), int(document["calls"]))
        self.spent = kept.plus(limits.CDC_CALLS_UNSAVED, now())

    def document(self) -> dict[str, Any]:
        """As the cursor keeps it."""
        return {"month": self.spent.month, "calls": self.spent.calls}

    def saved(self) -> None:
        """The cursor holds what was spent."""
        self._unsaved = 0

    async def spend(self, budget: Callable[[], int], save: Save) -> None:
        """Returns when a call may be made, and counts it. Raises what `save`, which writes the cursor, raises."""
        while (wait := wait_seconds(self._now(), self._last, self.spent, budget())) > 0:
            await self._sleep(min(wait, limits.CDC_LOOK_SECONDS))
        if self._unsaved >= limits.CDC_CALLS_UNSAVED:
            await save()
        self.spent = self.spent.plus(1, self._now())
        self._unsaved += 1
        self._last = self._now()

    def not_billed(self, error: QuickBooksError) -> None:
        """The call ended so: takes it back, if it is sure that Intuit doesn't count it. Only successes count."""
        kept_here = error.code in ("not-reached", "queue-full") or isinstance(error, Reconnect)
        if error.status >= 300 or kept_here:
            self.spent = self.spent.plus(-min(1, self.spent.calls), self._now())
