"""The journal of a registration: all its events of seven days, delivered or not, and the state that its deliveries
bring it to (reference 1.5; Adobe's page events/docs/common/retry-doc)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sandbox.magento import limits

DAY = 86_400.0
_ATTEMPTS, _FAILED = 10, 0.8


@dataclass
class Journal:
    """Positions count from 1."""

    clock: Callable[[], float]
    _entries: deque[tuple[int, float, dict[str, Any]]] = field(default_factory=lambda: deque(maxlen=limits.IO_JOURNAL))
    _last: int = 0

    def add(self, event: dict[str, Any]) -> None:
        self._last += 1
        self._entries.append((self._last, self.clock(), event))

    def page(self, since: int, count: int) -> dict[str, Any]:
        """Events behind a position, oldest first, in the form of Adobe's journaling API."""
        oldest = self.clock() - limits.IO_JOURNAL_DAYS * DAY
        found = [(at, event) for at, created, event in self._entries if at > since and created >= oldest][:count]
        events = [{"position": str(at), "event": event} for at, event in found]
        return {
            "events": events,
            "_page": {"last": events[-1]["position"] if events else str(since), "count": len(found)},
        }


@dataclass
class Health:
    """Active, unstable or disabled, by the attempts of the last 24 hours: unstable when at least ten were made and 80 %
    failed; disabled when that is still so as an event is given up after its day of retries, or a day later."""

    clock: Callable[[], float]
    status: str = "active"
    _attempts: deque[tuple[float, bool]] = field(default_factory=lambda: deque(maxlen=limits.IO_ATTEMPTS))
    _unstable_since: float = 0.0

    def note(self, *, delivered: bool) -> None:
        now = self.clock()
        self._attempts.append((now, delivered))
        if self.status in ("disabled", "pending"):
            return
        if not self._failing(now):
            self.status = "active"
        elif self.status == "active":
            self.status, self._unstable_since = "unstable", now
        elif now - self._unstable_since >= DAY:
            self.status = "disabled"

    def gave_up(self) -> None:
        """An event was retried for a day in vain."""
        if self._failing(self.clock()):
            self.status = "disabled"

    def enable(self) -> None:
        self._attempts.clear()
        self.status = "active"

    def _failing(self, now: float) -> bool:
        recent = [delivered for at, delivered in self._attempts if now - at < DAY]
        return len(recent) >= _ATTEMPTS and recent.count(False) >= _FAILED * len(recent)
