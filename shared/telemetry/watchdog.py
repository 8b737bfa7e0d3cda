"""A watchdog on progress: a consumer can be alive, answering health checks, and stuck."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(slots=True)
class _Watch:
    limit_seconds: float
    last: float
    pending: bool


class Watchdog:
    """Knows for each kind of progress when it last happened, and which are overdue.

    Two kinds. What is registered by `watch` must beat at least every `limit_seconds` (a poll loop). What is registered
    by `watch_work` must beat only while there is work (a commit: an idle consumer commits nothing): `begin` starts its
    clock, `beat(idle=True)` stops it.
    `clock` gives seconds that never go backwards (time.monotonic).
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._watches: dict[str, _Watch] = {}

    def watch(self, name: str, limit_seconds: float) -> None:
        """From now on `beat(name)` is expected at least every `limit_seconds`."""
        self._watches[name] = _Watch(limit_seconds, self._clock(), pending=True)

    def watch_work(self, name: str, limit_seconds: float) -> None:
        """From now on a `begin(name)` must be followed by a `beat(name)` within `limit_seconds`."""
        self._watches[name] = _Watch(limit_seconds, self._clock(), pending=False)

    def begin(self, name: str) -> None:
        """Work waits from now on; while it already waits, the clock goes on running."""
        watch = self._watches[name]
        if not watch.pending:
            watch.pending, watch.last = True, self._clock()

    def beat(self, name: str, *, idle: bool = False) -> None:
        """Progress was made. `idle`: and no work is left, so that nothing is expected until the next `begin`."""
        watch = self._watches[name]
        watch.last = self._clock()
        watch.pending = not idle

    def forget(self, name: str) -> None:
        """No longer expected (its loop has ended on purpose)."""
        self._watches.pop(name, None)

    def overdue(self) -> list[str]:
        """What is stuck, in words for an operator; empty while all is well."""
        now = self._clock()
        return [
            f"{name}: no progress for {now - watch.last:.0f} s, limit {watch.limit_seconds:.0f} s"
            for name, watch in sorted(self._watches.items())
            if watch.pending and now - watch.last > watch.limit_seconds
        ]
