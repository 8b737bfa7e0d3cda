"""The embedded log's only writer in a process: one thread that commits many appends with one sync (group commit).

Life of a job: queued -> taken (the write lock is held) -> committed. Until it is taken it can be withdrawn, and then
nothing was done; from then on, whoever loses patience doesn't know the outcome. The write lock comes first and
the jobs are picked after it, so nothing is "taken" while another process keeps the file locked.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from shared import limits
from shared.log import embedded_store as store
from shared.log.port import AppendUnknown, LogError, LogUnavailable, NewRecord


class WriteTransaction:
    """The open transaction: SQL, and the heads of the partitions that it has appended to."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.sql = connection
        self._heads: dict[int, tuple[int, int]] = {}

    def append(self, partition_id: int, record: NewRecord, compacted: bool) -> int:
        """Adds the record and returns its offset. Timestamps of a partition never fall, even if the clock does."""
        offset, last_ms = self._heads.get(partition_id) or self._load_head(partition_id)
        now_ms = max(last_ms, time.time_ns() // 1_000_000)
        self.sql.execute(
            "INSERT INTO records (id, timestamp_ms, compacted, key, headers, value) VALUES (?, ?, ?, ?, ?, ?)",
            (
                store.row_id(partition_id, offset),
                now_ms,
                compacted,
                record.key,
                store.headers_text(record.headers),
                record.value,
            ),
        )
        self._heads[partition_id] = (offset + 1, now_ms)
        return offset

    def commit(self) -> dict[int, int]:
        """Makes all of it durable. Returns the new end offset of each partition appended to."""
        self.sql.executemany(
            "UPDATE partitions SET next_offset = ?, last_timestamp_ms = ? WHERE id = ?",
            [(offset, last_ms, partition_id) for partition_id, (offset, last_ms) in self._heads.items()],
        )
        self.sql.execute("COMMIT")
        return {partition_id: offset for partition_id, (offset, _) in self._heads.items()}

    def _load_head(self, partition_id: int) -> tuple[int, int]:
        row = self.sql.execute(
            "SELECT next_offset, last_timestamp_ms FROM partitions WHERE id = ?", (partition_id,)
        ).fetchone()
        return int(row[0]), int(row[1])


class _Job:
    """A piece of work for the writer. `run` raises LogError before it has written anything, or not at all."""

    __slots__ = ("error", "future", "result", "run", "size")

    def __init__(self, run: Callable[[WriteTransaction], Any], size: int, future: asyncio.Future[Any]) -> None:
        self.run = run
        self.size = size
        self.future = future
        self.result: Any = None
        self.error: LogError | None = None

    def settle(self) -> None:
        if self.future.done():
            return  # its caller has gone
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


class Writer:
    """The thread and its queue. All methods but the thread's own are for the event loop's thread."""

    def __init__(self, path: Path, on_commit: Callable[[dict[int, int]], None]) -> None:
        self._path = path
        self._on_commit = on_commit
        self._loop = asyncio.get_running_loop()
        self._jobs: deque[_Job] = deque()
        self._bytes = 0
        self._wake = threading.Condition()
        self._room: deque[asyncio.Future[None]] = deque()
        self._closing = False
        self._refusal = "the disk is slow"  # why the write lock was not to be had, for messages
        self._thread = threading.Thread(target=self._work, name=f"log-writer {path.name}", daemon=True)
        self._stopped = self._loop.create_future()

    def start(self) -> None:
        self._thread.start()

    async def run(self, run: Callable[[WriteTransaction], Any], size: int, seconds: float) -> Any:
        """Runs the job in a transaction and returns its result once that is durable.

        Raises what the job raised, LogUnavailable when nothing was done within `seconds`, AppendUnknown when
        nobody knows.
        """
        job: _Job | None = None
        try:
            async with asyncio.timeout(seconds):
                await self._wait_for_room(size)
                job = _Job(run, size, self._loop.create_future())
                self._put(job)
                return await job.future
        except TimeoutError:
            if job is None or self._withdraw(job):
                raise LogUnavailable(
                    f"{self._path}: not written within {seconds:g} s ({self._refusal}), nothing was done"
                ) from None
            raise AppendUnknown(f"{self._path}: no answer from the disk within {seconds:g} s") from None
        except asyncio.CancelledError:
            if job is not None:
                self._withdraw(job)
            raise

    async def close(self, seconds: float) -> None:
        """Finishes what is queued within `seconds` and fails the rest."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        try:
            async with asyncio.timeout(seconds):
                await asyncio.shield(self._stopped)
        except TimeoutError:
            with self._wake:
                left = list(self._jobs)
                self._jobs.clear()
            for job in left:
                job.error = LogUnavailable(f"{self._path}: the log was closed first, nothing was done")
                job.settle()
        self._give_room()  # who waits for a place is told that there will be none

    async def _wait_for_room(self, size: int) -> None:
        while self._full(size):
            turn = self._loop.create_future()
            self._room.append(turn)
            await turn
        if self._closing:
            raise LogUnavailable(f"{self._path}: the log is closed")

    def _full(self, size: int) -> bool:
        return len(self._jobs) >= limits.APPEND_QUEUE_RECORDS or self._bytes + size > limits.APPEND_QUEUE_BYTES

    def _put(self, job: _Job) -> None:
        with self._wake:
            self._jobs.append(job)
            self._bytes += job.size
            self._wake.notify()

    def _withdraw(self, job: _Job) -> bool:
        with self._wake:
            if job not in self._jobs:
                return False
            self._jobs.remove(job)
            self._bytes -= job.size
        self._give_room()
        return True

    def _give_room(self) -> None:
        while self._room:
            turn = self._room.popleft()
            if not turn.done():
                turn.set_result(None)

    # --- the writer's thread ---

    def _work(self) -> None:
        connection = store.connect(self._path, limits.EMBEDDED_BUSY_SECONDS)
        try:
            while self._wait_for_work():
                if self._lock(connection):
                    self._one_transaction(connection)
        finally:
            self._closing = True
            connection.close()
            self._tell(self._stopped.set_result, None)

    def _wait_for_work(self) -> bool:
        with self._wake:
            while not self._jobs and not self._closing:
                self._wake.wait()
            return bool(self._jobs)

    def _take(self) -> list[_Job]:
        taken: list[_Job] = []
        size = 0
        with self._wake:
            while self._jobs and len(taken) < limits.GROUP_COMMIT_RECORDS and size < limits.GROUP_COMMIT_BYTES:
                taken.append(self._jobs.popleft())
                size += taken[-1].size
            self._bytes -= size
        return taken

    def _one_transaction(self, connection: sqlite3.Connection) -> None:
        jobs = self._take()
        transaction = WriteTransaction(connection)
        heads: dict[int, int] = {}
        committing = False
        try:
            for job in jobs:
                try:
                    job.result = job.run(transaction)
                except LogError as error:
                    job.error = error
            committing = True
            heads = transaction.commit()
        except sqlite3.Error as error:
            failure = store.unavailable(self._path, error)
            for job in jobs:
                job.error = AppendUnknown(str(failure)) if committing else failure
            if connection.in_transaction:
                connection.rollback()
        self._tell(self._settle, jobs, heads)

    def _settle(self, jobs: list[_Job], heads: dict[int, int]) -> None:
        self._on_commit(heads)
        for job in jobs:
            job.settle()
        self._give_room()

    def _lock(self, connection: sqlite3.Connection) -> bool:
        """Takes the write lock; False when another process keeps it, or the disk refuses, for now."""
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            self._refusal = str(error)
            time.sleep(0.01)  # a refusal that doesn't wait by itself (a full disk) must not spin
            return False
        return True

    def _tell(self, callback: Callable[..., Any], *arguments: Any) -> None:
        with suppress(RuntimeError):  # the loop was closed without closing the log: nobody is left to tell
            self._loop.call_soon_threadsafe(callback, *arguments)
