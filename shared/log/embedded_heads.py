"""Where each partition ends, kept current in memory, so that a poll that finds nothing touches no file.

Own appends are told by the writer; those of other processes are noticed by a watching thread that asks SQLite's
`PRAGMA data_version` (it changes when another connection has committed) and then reads the ends.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from shared import limits
from shared.log import embedded_store as store


class Heads:
    """The end offset per partition id, and a way to wait for one to grow."""

    def __init__(self) -> None:
        self._ends: dict[int, int] = {}
        self._changed = asyncio.Event()

    def end(self, partition_id: int) -> int:
        return self._ends.get(partition_id, 0)

    def advance(self, ends: Mapping[int, int]) -> None:
        """Takes in newer ends; an older one, read just before an append of ours, changes nothing."""
        grown = {partition: end for partition, end in ends.items() if end > self._ends.get(partition, 0)}
        if grown:
            self._ends.update(grown)
            self.wake()

    def wake(self) -> None:
        """Wakes all who wait: something else than an end has changed (a group, a pause, the log is closing)."""
        self._changed.set()
        self._changed = asyncio.Event()

    def next_change(self) -> asyncio.Event:
        """Set at the next change. Take it before looking, and no change is missed."""
        return self._changed


class Watcher:
    """The thread that notices appends of other processes."""

    def __init__(self, path: Path, heads: Heads) -> None:
        self._path = path
        self._heads = heads
        self._loop = asyncio.get_running_loop()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name=f"log-watcher {path.name}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()

    def _work(self) -> None:
        connection = store.connect(self._path, limits.EMBEDDED_BUSY_SECONDS)
        seen = -1
        try:
            while not self._stop.wait(limits.EMBEDDED_WATCH_SECONDS):
                with suppress(sqlite3.OperationalError):  # busy while the file is recovered: look again
                    version = connection.execute("PRAGMA data_version").fetchone()[0]
                    if version != seen:
                        ends = {partition: span.end for partition, span in store.load_spans(connection).items()}
                        seen = version
                        self._tell(ends)
        finally:
            connection.close()

    def _tell(self, ends: dict[int, int]) -> None:
        with suppress(RuntimeError):  # the loop was closed without closing the log: nobody is left to tell
            self._loop.call_soon_threadsafe(self._heads.advance, ends)
