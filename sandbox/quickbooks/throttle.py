"""Limits per realm: calls in any moving minute, in any moving second, and at once. Real clock; pure but for it."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.quickbooks.settings import ServerSettings


@dataclass(slots=True)
class ThrottleCounts:
    """How close a realm came to each limit, and how often it hit one. Peaks count the refused call, too."""

    peak_per_second: int = 0
    peak_per_minute: int = 0
    peak_concurrent: int = 0
    hits: dict[str, int] = field(default_factory=lambda: {"per_second": 0, "per_minute": 0, "concurrent": 0})


class Throttle:
    """Moving windows of one realm."""

    def __init__(self, settings: ServerSettings, now: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._now = now
        self._minute: deque[float] = (
            deque()
        )  # at most calls_per_minute entries: refused calls aren't counted against it
        self._second: deque[float] = deque()
        self._running = 0
        self.counts = ThrottleCounts()

    def enter(self) -> bool:
        """Whether the call may go on; if so, leave() must follow."""
        now = self._now()
        _drop_before(self._minute, now - 60)
        _drop_before(self._second, now - 1)
        counts, settings = self.counts, self._settings
        minute, second, running = len(self._minute) + 1, len(self._second) + 1, self._running + 1
        counts.peak_per_minute = max(counts.peak_per_minute, minute)
        counts.peak_per_second = max(counts.peak_per_second, second)
        counts.peak_concurrent = max(counts.peak_concurrent, running)
        hit = {
            "per_minute": minute > settings.calls_per_minute,
            "per_second": second > settings.calls_per_second,
            "concurrent": running > settings.calls_at_once,
        }
        for name, over in hit.items():
            counts.hits[name] += over
        if any(hit.values()):
            return False
        self._minute.append(now)
        self._second.append(now)
        self._running = running
        return True

    def leave(self) -> None:
        """The call is over."""
        self._running -= 1


def _drop_before(window: deque[float], instant: float) -> None:
    while window and window[0] <= instant:
        window.popleft()
