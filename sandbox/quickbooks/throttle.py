"""Limits per realm: calls in any moving minute, in any moving second, at once; batches in any moving minute.

Every window moves with the sandbox's clock: real time, plus what tests advanced it by. There is one app, so what Intuit
counts per realm and app is counted per realm here.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from sandbox.quickbooks.settings import ServerSettings

HITS = ("per_second", "per_minute", "concurrent", "batches_per_minute", "realm_batches_per_minute")


@dataclass(slots=True)
class ThrottleCounts:
    """How close a realm came to each limit, and how often it hit one. Peaks count the refused call, too."""

    peak_per_second: int = 0
    peak_per_minute: int = 0
    peak_concurrent: int = 0
    peak_batches_per_minute: int = 0
    hits: dict[str, int] = field(default_factory=lambda: dict.fromkeys(HITS, 0))


class Window:
    """Instants of the last seconds, at most as many as were let in: refused calls aren't counted against a limit."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._instants: deque[float] = deque()

    def count(self, now: float) -> int:
        """How many lie in the window that ends now."""
        while self._instants and self._instants[0] <= now - self._seconds:
            self._instants.popleft()
        return len(self._instants)

    def add(self, now: float) -> None:
        self._instants.append(now)

    def free_in(self, now: float) -> float:
        """Seconds until the oldest leaves the window."""
        return self._instants[0] + self._seconds - now if self._instants else 0.0


class Throttle:
    """Moving windows of one realm."""

    def __init__(self, settings: ServerSettings, now: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._now = now
        self._minute = Window(60)
        self._second = Window(1)
        self._batches = Window(60)
        self._running = 0
        self.counts = ThrottleCounts()
        self.free_in_seconds = 0.0
        """After a refusal: when the call could go on, as far as the windows tell."""

    def enter(self, *, batch: bool = False) -> bool:
        """Whether the call may go on; if so, leave() must follow. A batch is one call, however many items it has."""
        now = self._now()
        broken = dict(self._over(now, batch=batch))
        if broken:
            for name in broken:
                self.counts.hits[name] += 1
            self.free_in_seconds = max(broken.values())
            return False
        self._minute.add(now)
        self._second.add(now)
        if batch:
            self._batches.add(now)
        self._running += 1
        return True

    def leave(self) -> None:
        """The call is over."""
        self._running -= 1

    def _over(self, now: float, *, batch: bool) -> Iterator[tuple[str, float]]:
        """The limits that one more call would break, with the seconds until it wouldn't."""
        counts, settings = self.counts, self._settings
        minute, second, running = self._minute.count(now) + 1, self._second.count(now) + 1, self._running + 1
        counts.peak_per_minute = max(counts.peak_per_minute, minute)
        counts.peak_per_second = max(counts.peak_per_second, second)
        counts.peak_concurrent = max(counts.peak_concurrent, running)
        if minute > settings.calls_per_minute:
            yield "per_minute", self._minute.free_in(now)
        if second > settings.calls_per_second:
            yield "per_second", self._second.free_in(now)
        if running > settings.calls_at_once:
            yield "concurrent", 0.0
        if batch:
            batches = self._batches.count(now) + 1
            counts.peak_batches_per_minute = max(counts.peak_batches_per_minute, batches)
            if batches > settings.batches_per_minute:
                yield "batches_per_minute", self._batches.free_in(now)
            if batches > settings.realm_batches_per_minute:
                yield "realm_batches_per_minute", self._batches.free_in(now)
