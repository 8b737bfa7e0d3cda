"""Reads of the embedded log's file, off the event loop: a few threads, a connection for each read under way."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Concatenate, ParamSpec, TypeVar

from shared import limits
from shared.log import embedded_store as store
from shared.log.port import LogUnavailable

P = ParamSpec("P")
T = TypeVar("T")


class Reads:
    """Runs functions of `embedded_store` that take a connection, with a time limit."""

    def __init__(self, path: Path, seconds: float) -> None:
        self._path = path
        self._seconds = seconds
        self._threads = ThreadPoolExecutor(limits.EMBEDDED_READ_THREADS, thread_name_prefix=f"log-reader {path.name}")
        self._idle: SimpleQueue[sqlite3.Connection] = SimpleQueue()
        self._closed = False

    async def run(
        self, read: Callable[Concatenate[sqlite3.Connection, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """The read's result. Raises LogUnavailable after the time limit or when SQLite can't, LogError when damaged."""
        if self._closed:
            raise LogUnavailable(f"{self._path}: the log is closed")

        def work() -> T:
            try:
                connection = self._idle.get_nowait()
            except Empty:
                connection = store.connect(self._path, self._seconds)
            try:
                return read(connection, *args, **kwargs)
            finally:
                self._idle.put(connection)

        try:
            async with asyncio.timeout(self._seconds):
                return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        except TimeoutError:
            raise LogUnavailable(f"{self._path}: not read within {self._seconds:g} s") from None
        except sqlite3.DatabaseError as error:
            raise store.unavailable(self._path, error) from error

    async def close(self, seconds: float) -> None:
        """Waits at most `seconds` for reads under way, then closes the connections."""
        self._closed = True
        try:
            async with asyncio.timeout(seconds):
                await asyncio.to_thread(self._threads.shutdown, cancel_futures=True)
        except TimeoutError:
            return  # a read hangs in the disk; its connection goes with the process
        while not self._idle.empty():
            self._idle.get_nowait().close()
