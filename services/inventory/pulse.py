"""Whether this process may still act for what it owned a moment ago.

A process that stood still (stopped, swapped out, its machine asleep) learns only afterwards that its partitions are
another's: with the group's next heartbeat. What it was about to write may be older than what the other has written.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from shared import limits


class Pulse:
    """Beats while the loop runs; beats that are missing were a standstill.

    `session_seconds`: after so long without a heartbeat (a quarter of it apart) the group gives partitions away. A
    standstill of half of it is safe."""

    def __init__(self, session_seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._session = session_seconds
        self.safe_seconds = session_seconds / 2
        self._last = clock()
        self._stood_still = float("-inf")

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            self.beat()
            await asyncio.sleep(limits.STOCK_BEAT_SECONDS)

    def beat(self) -> None:
        """The loop runs."""
        now = self._clock()
        if now - self._last > self.safe_seconds:
            self._stood_still = now
        self._last = now

    def steady(self, since: float) -> bool:
        """Whether the loop ran all the time since then; after a standstill only once the group was surely heard of."""
        now = self._clock()
        if now - self._last > self.safe_seconds or since <= self._stood_still:
            return False
        return now - self._stood_still > self._session
