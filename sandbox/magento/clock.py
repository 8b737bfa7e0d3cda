"""The shop's clock, which the store keeps ahead over a restart."""

from __future__ import annotations

import time
from collections.abc import Callable

from sandbox.clock import AdvancingClock
from sandbox.storage import Database

_NAME = "clock ahead"


class KeptClock(AdvancingClock):
    """Everything the shop does by time goes by this clock; `seconds` is Unix time. Sleepers ask `on_advance`."""

    def __init__(self, database: Database, source: Callable[[], float] = time.time) -> None:
        super().__init__(float(database.text(_NAME) or 0), source)
        self._database = database
        self._sleepers: list[Callable[[], None]] = []

    def advance(self, seconds: float) -> None:
        """Move it forward, and wake who waits. Raises ValueError."""
        super().advance(seconds)
        self._database.put_text(_NAME, str(self.ahead))
        for wake in self._sleepers:
            wake()

    def on_advance(self, wake: Callable[[], None]) -> None:
        """Call `wake` each time the clock was moved: what waits for an instant of it looks again."""
        self._sleepers.append(wake)
