"""The consumer loop: from a group's partitions through the lanes to commits. One per consuming service.

Steps, and what a crash right after each one means
1. poll: nothing is committed; the records are read again by the next owner.
2. submit: the same. What handlers did meanwhile is done again, so handlers must be idempotent.
3. commit the contiguous prefix: what is before it is never read again; the unfinished and what finished behind it is.
4. back-pressure: nothing changes in the log; a paused consumer keeps polling and so stays in its group.
5. look for a failure of the lanes: the loop ends with it, committing only what was finished.

A partition comes: its lanes are held until the service's `on_assigned` (restore projections) has returned.
A partition goes: running handlers may finish for a grace, the prefix is committed, then the service's `on_revoked`.
Stop: the same for all partitions, with a longer grace; then the group is left. Bounded by `STOP_GRACE_SECONDS` and a
few calls to the log.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import structlog

from shared import limits
from shared.log.lanes import Lanes
from shared.log.port import Log, LogUnavailable, NotOwner, Record, TopicPartition
from shared.log.signals import StopService, backoff

_log = structlog.get_logger(__name__)

Hook = Callable[[frozenset[TopicPartition]], Awaitable[None]]


async def _nothing(_: frozenset[TopicPartition]) -> None:
    return


@dataclass(slots=True)
class Progress:
    """What the loop is doing, for health and watchdog. Times are `time.monotonic()` seconds, None before the first."""

    last_poll: float | None = None  # the last one that the log answered
    last_commit: float | None = None
    last_finish: float | None = None  # when a record was last seen finished
    running: int = 0
    queued: int = 0  # taken and not finished, those running included
    finished: int = 0  # records, since the start
    retries: int = 0
    assigned: frozenset[TopicPartition] = frozenset()
    paused: frozenset[TopicPartition] = frozenset()
    restoring: frozenset[TopicPartition] = frozenset()
    committed: dict[TopicPartition, int] = field(default_factory=dict)  # by this membership


@dataclass(slots=True, eq=False)
class _Restore:
    partitions: frozenset[TopicPartition]
    task: asyncio.Task[None]


@dataclass(eq=False)
class _Member:
    """One membership in a group, from start to leave."""

    log: Log
    lanes: Lanes
    stop: asyncio.Event
    progress: Progress
    on_assigned: Hook
    on_revoked: Hook
    pending: dict[TopicPartition, int] = field(default_factory=dict)  # to commit
    next_commit: float = 0.0
    failures: int = 0  # polls in a row
    restores: list[_Restore] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.owned: set[TopicPartition] = set()

    def join(self, group: str, topics: Sequence[str]) -> None:
        self.consumer = self.log.consumer(group, topics, on_assigned=self.assigned, on_revoked=self.revoked)

    async def poll(self) -> list[Record]:
        try:
            records = await self.consumer.poll(
                max(1, min(limits.POLL_RECORDS, self.lanes.room)), limits.POLL_WAIT_SECONDS
            )
        except LogUnavailable as error:
            self.failures += 1
            if self.failures == 1:
                _log.warning("log is gone", error_class=type(error).__qualname__)
            with suppress(TimeoutError):
                await asyncio.wait_for(self.stop.wait(), backoff(self.failures))
            return []
        if self.failures:
            _log.info("log is back", failed_polls=self.failures)
            self.failures = 0
        self.progress.last_poll = time.monotonic()
        return records

    async def commit(self) -> None:
        self.pending.update(self.lanes.take_commits())
        if self.pending and time.monotonic() >= self.next_commit:
            await self.commit_now()

    async def commit_now(self) -> None:
        """Commits what is pending. What the log doesn't take now stays pending, unless the group has moved on."""
        if not self.pending:
            return
        self.next_commit = time.monotonic() + limits.COMMIT_SECONDS
        try:
            await self.consumer.commit(self.pending)
        except LogUnavailable:
            return
        except NotOwner:
            _log.info("commit refused, the group has moved on")
            self.pending.clear()
            return
        self.progress.committed |= self.pending
        self.pending.clear()
        self.progress.last_commit = time.monotonic()

    def back_pressure(self) -> None:
        wanted = self.lanes.to_pause(self.owned)
        self.consumer.pause(wanted - self.progress.paused)
        self.consumer.resume(self.progress.paused - wanted)
        self.progress.paused = wanted

    def check(self) -> None:
        progress, lanes = self.progress, self.lanes
        if lanes.finished != progress.finished:
            progress.last_finish = time.monotonic()
        progress.finished, progress.retries = lanes.finished, lanes.retries
        progress.running, progress.queued = lanes.running, lanes.queued
        for restore in [restore for restore in self.restores if restore.task.done()]:
            self.restores.remove(restore)
            restore.task.result()
        progress.restoring = frozenset().union(*(restore.partitions for restore in self.restores))
        if lanes.failure is not None:
            raise lanes.failure

    async def assigned(self, partitions: frozenset[TopicPartition]) -> None:
        self.owned |= partitions
        self.progress.assigned = frozenset(self.owned)
        self.progress.paused -= partitions  # a new assignment begins unpaused
        if partitions:
            self.lanes.hold(partitions)
            self.start_restore(partitions)

    def start_restore(self, partitions: frozenset[TopicPartition]) -> None:
        # Beside the loop, which must go on polling: a long restore would cost the membership.
        self.restores.append(_Restore(partitions, asyncio.create_task(self.restore(partitions))))

    async def restore(self, partitions: frozenset[TopicPartition]) -> None:
        failures = 0
        while True:
            try:
                await self.on_assigned(partitions)
            except LogUnavailable:
                failures += 1
                await asyncio.sleep(backoff(failures))
            else:
                return self.lanes.release(partitions)

    async def revoked(self, partitions: frozenset[TopicPartition]) -> None:
        await self.give_up(partitions, limits.REVOKE_GRACE_SECONDS)

    async def give_up(self, partitions: frozenset[TopicPartition], grace_seconds: float) -> None:
        going = partitions & self.owned
        if not going:
            return
        await self.end_restores(going)
        self.pending.update(await self.lanes.revoke(going, grace_seconds))
        await self.commit_now()
        for source in going:
            self.pending.pop(source, None)
            self.progress.committed.pop(source, None)
        self.owned -= going
        self.progress.assigned = frozenset(self.owned)
        self.progress.paused -= going
        await self.on_revoked(going)

    async def end_restores(self, going: frozenset[TopicPartition]) -> None:
        for restore in [restore for restore in self.restores if restore.partitions & going]:
            self.restores.remove(restore)
            restore.task.cancel()
            await asyncio.wait([restore.task], timeout=limits.CANCEL_SECONDS)
            if restore.task.done() and not restore.task.cancelled():
                restore.task.exception()  # of no interest any more: the partitions are going
            if staying := restore.partitions - going:
                self.start_restore(staying)


async def run_consumer(
    log: Log,
    lanes: Lanes,
    *,
    group: str,
    topics: Sequence[str],
    stop: asyncio.Event,
    progress: Progress | None = None,
    on_assigned: Hook = _nothing,
    on_revoked: Hook = _nothing,
) -> None:
    """Consumes `topics` as a member of `group` until `stop` is set. Steps: see the module.

    `on_assigned` runs before any record of the new partitions is handled, again when the log was unavailable; it is
    cancelled when they are revoked meanwhile. `on_revoked` runs after the last handler of its partitions.

    Raises StopService when going on would lose something, LogUnavailable when the log can't be reached at the start,
    and whatever the hooks raise.
    """
    member = _Member(log, lanes, stop, progress or Progress(), on_assigned, on_revoked)
    member.join(group, topics)
    try:
        await member.consumer.start()
        while not stop.is_set():
            records = await member.poll()  # 1
            lanes.submit(records)  # 2
            await member.commit()  # 3
            member.back_pressure()  # 4
            member.check()  # 5
        await member.give_up(frozenset(member.owned), limits.STOP_GRACE_SECONDS)
    except StopService:
        await member.give_up(frozenset(member.owned), limits.REVOKE_GRACE_SECONDS)
        raise
    finally:
        try:
            await member.give_up(frozenset(member.owned), grace_seconds=0)
        finally:
            await member.consumer.close()
