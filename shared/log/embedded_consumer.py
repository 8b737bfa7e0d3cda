"""A member of a group on the embedded log."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from shared.log import embedded_store as store
from shared.log.embedded_cursors import wait_for
from shared.log.embedded_group import Member
from shared.log.embedded_writer import WriteTransaction
from shared.log.port import NotOwner, PartitionsCallback, Record, TopicPartition

if TYPE_CHECKING:
    from shared.log.embedded import EmbeddedLog

_GROUP_CHECK_SECONDS = 0.5  # how often a waiting poll looks for members that are late


class EmbeddedConsumer:
    """See `port.Consumer`. Callbacks are called with what is really gained or lost, never with nothing."""

    def __init__(
        self,
        log: EmbeddedLog,
        group: str,
        topics: Sequence[str],
        on_assigned: PartitionsCallback | None,
        on_revoked: PartitionsCallback | None,
    ) -> None:
        self._log = log
        self._group_name = group
        self._topics = tuple(topics)
        self._on_assigned = on_assigned
        self._on_revoked = on_revoked
        self._group = log.group(group)
        self._cursors = log.cursors()
        self._member: Member | None = None
        self._assignment: frozenset[TopicPartition] = frozenset()
        self._dealt = False  # the share of the joined generation has been taken over

    async def start(self) -> None:
        """Joins the group. Raises LogInUse when another process consumes the file, LogError for an unknown topic."""
        for topic in self._topics:
            await self._log.topic(topic)
        self._log.process_lock.acquire()
        self._member = Member(self._topics)
        self._group.join(self._member)
        self._log.heads.wake()

    async def close(self) -> None:
        if self._member is None:
            return
        self._group.leave(self._member)
        self._member = None
        self._assignment = frozenset()
        self._cursors.assign({})
        self._log.process_lock.release()
        self._log.heads.wake()

    async def poll(self, max_records: int, wait_seconds: float) -> list[Record]:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + wait_seconds
        while (member := self._member) is not None:
            member.busy_since = None
            try:
                change = self._log.heads.next_change()
                await self._follow_group(member)
                records = await self._cursors.fetch(max_records)
                left = deadline - loop.time()
                if records or left <= 0:
                    return records
                await wait_for(change, min(left, _GROUP_CHECK_SECONDS))
            finally:
                member.busy_since = loop.time()
        return []

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        self._require_owned(offsets)
        if not offsets:
            return
        rows = [(self._group_name, self._log.partition_id(source), offset) for source, offset in offsets.items()]

        def save(transaction: WriteTransaction) -> None:
            transaction.sql.executemany("INSERT OR REPLACE INTO committed VALUES (?, ?, ?)", rows)

        await self._log.write(save)

    async def committed(self, partition: TopicPartition) -> int | None:
        await self._log.topic(partition.topic)
        return await self._log.reads.run(store.committed, self._group_name, self._log.partition_id(partition))

    def assignment(self) -> frozenset[TopicPartition]:
        return self._assignment

    def pause(self, partitions: Iterable[TopicPartition]) -> None:
        self._cursors.pause(partitions)

    def resume(self, partitions: Iterable[TopicPartition]) -> None:
        self._cursors.resume(partitions)

    async def seek(self, partition: TopicPartition, offset: int) -> None:
        self._require_owned([partition])
        self._cursors.seek(partition, offset)

    async def seek_to_time(self, partition: TopicPartition, instant: datetime) -> None:
        self._require_owned([partition])
        instant_ms = round(instant.timestamp() * 1000)
        offset = await self._log.reads.run(store.offset_at_time, self._log.partition_id(partition), instant_ms)
        await self.seek(partition, offset)

    def _require_owned(self, partitions: Iterable[TopicPartition]) -> None:
        lost = set(partitions) - self._assignment
        if lost or self._member is None or self._member.evicted:
            names = ", ".join(f"{source.topic}/{source.partition}" for source in sorted(lost)) or "all partitions"
            raise NotOwner(f"{names}: taken from this member of group {self._group_name}")

    async def _follow_group(self, member: Member) -> None:
        """Gives up and takes over partitions as the group says, with the callbacks."""
        self._group.evict_late(asyncio.get_running_loop().time())
        if self._group.must_rejoin(member):
            await self._revoke(member)
            if self._member is not member:
                return  # closed by its own callback
            self._group.rejoin(member)
            self._dealt = False
            self._log.heads.wake()
        if not self._dealt:
            counts = {topic: self._log.partition_count(topic) for topic in self._topics}
            share = self._group.share(member, counts)
            if share is not None:
                await self._take_over(member, share)

    async def _revoke(self, member: Member) -> None:
        lost = self._assignment
        self._cursors.assign({})
        try:
            if lost and self._on_revoked is not None:
                await self._call(member, self._on_revoked, lost)
        finally:
            self._assignment = frozenset()

    async def _take_over(self, member: Member, share: frozenset[TopicPartition]) -> None:
        positions = {}
        for source in sorted(share):
            partition_id = self._log.partition_id(source)
            committed = await self._log.reads.run(store.committed, self._group_name, partition_id)
            positions[source] = 0 if committed is None else committed
        if self._group.must_rejoin(member):
            return
        self._cursors.assign(positions)
        self._assignment = share
        self._dealt = True
        if share and self._on_assigned is not None:
            await self._call(member, self._on_assigned, share)

    async def _call(self, member: Member, callback: PartitionsCallback, partitions: frozenset[TopicPartition]) -> None:
        """Runs a callback on the member's own time: one that takes too long makes it late."""
        member.busy_since = asyncio.get_running_loop().time()
        try:
            await callback(partitions)
        finally:
            member.busy_since = None
