"""A member of a group on Kafka."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka import errors as kafka
from aiokafka.structs import TopicPartition as KafkaPartition

from shared import limits
from shared.log import kafka_errors, kafka_stopping
from shared.log.kafka_options import Options
from shared.log.kafka_rebalance import Rebalance, RebalanceQueue
from shared.log.kafka_records import from_kafka, known_position
from shared.log.port import LogError, NotOwner, PartitionsCallback, Record, TopicPartition

_Batches = dict[KafkaPartition, list[Any]]


class KafkaConsumer:
    """See `port.Consumer`. Callbacks are called with what is really gained or lost, never with nothing."""

    def __init__(
        self,
        options: Options,
        namespace: str,
        group: str,
        topics: Sequence[str],
        on_assigned: PartitionsCallback | None,
        on_revoked: PartitionsCallback | None,
    ) -> None:
        self._namespace = namespace
        self._group = namespace + group
        self._topics = tuple(topics)
        self._on_assigned = on_assigned
        self._on_revoked = on_revoked
        self._call_seconds = options.call_seconds
        self._consumer = AIOKafkaConsumer(**options.member(self._group))
        self._rebalances = RebalanceQueue(namespace, options.poll_seconds)
        self._assignment: frozenset[TopicPartition] = frozenset()
        self._paused: set[TopicPartition] = set()
        # A fetch under way. It is never cancelled: aiokafka would count it as going on for ever and so never notice
        # that we no longer poll. One that outlives its poll is taken over by the next.
        self._pull: asyncio.Task[_Batches] | None = None
        self._closed = False

    async def start(self) -> None:
        """Connects and joins the group; partitions come with a later poll. Raises LogUnavailable, LogError."""
        try:
            async with kafka_errors.bounded(f"joining group {self._group}", self._call_seconds):
                await self._consumer.start()
                self._consumer.subscribe([self._namespace + topic for topic in self._topics], listener=self._rebalances)
        except LogError:
            await self.close()
            raise

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._assignment = frozenset()
        self._rebalances.release()
        await kafka_stopping.stop(self._consumer, limits.KAFKA_CONNECTION_SECONDS)
        if self._pull is not None:
            self._pull.cancel()
            await asyncio.gather(self._pull, return_exceptions=True)

    async def poll(self, max_records: int, wait_seconds: float) -> list[Record]:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + wait_seconds
        while not self._closed:
            await self._attend_to_rebalances()
            left = max(0.0, deadline - loop.time())
            fetched = await self._fetch(max_records, left)
            await self._attend_to_rebalances()
            records = await self._take() if fetched else []
            if records or left <= 0:
                return records
        return []

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        self._require_owned(offsets)
        if not offsets:
            return
        theirs = {self._kafka(source): offset for source, offset in offsets.items()}
        async with kafka_errors.bounded(f"committing in group {self._group}", self._call_seconds):
            try:
                await self._consumer.commit(theirs)
            except (kafka.CommitFailedError, kafka.IllegalStateError) as error:
                raise NotOwner(f"group {self._group}: {error}") from error

    async def committed(self, partition: TopicPartition) -> int | None:
        async with kafka_errors.bounded(f"reading the offsets of group {self._group}", self._call_seconds):
            offset: int | None = await self._consumer.committed(self._kafka(partition))
            return offset

    def assignment(self) -> frozenset[TopicPartition]:
        return self._assignment

    def pause(self, partitions: Iterable[TopicPartition]) -> None:
        mine = self._both_assigned(partitions)
        self._paused |= mine
        self._consumer.pause(*map(self._kafka, mine))

    def resume(self, partitions: Iterable[TopicPartition]) -> None:
        mine = self._both_assigned(partitions)
        self._paused -= mine
        self._consumer.resume(*map(self._kafka, mine))

    async def seek(self, partition: TopicPartition, offset: int) -> None:
        self._require_owned([partition])
        try:
            self._consumer.seek(self._kafka(partition), offset)
        except kafka.IllegalStateError as error:
            raise NotOwner(f"group {self._group}: {error}") from error

    async def seek_to_time(self, partition: TopicPartition, instant: datetime) -> None:
        self._require_owned([partition])
        source = self._kafka(partition)
        async with kafka_errors.bounded("looking a time up", self._call_seconds):
            found = (await self._consumer.offsets_for_times({source: round(instant.timestamp() * 1000)}))[source]
            offset = found.offset if found is not None else (await self._consumer.end_offsets([source]))[source]
        await self.seek(partition, offset)

    async def _attend_to_rebalances(self) -> None:
        while (event := self._rebalances.next()) is not None:
            await self._attend(event)

    async def _attend(self, event: Rebalance) -> None:
        """Runs our side of a rebalance in the task that polls; a callback's error comes out of this poll."""
        try:
            self._paused.clear()
            if event.gained:
                self._assignment = event.partitions
                if event.partitions and self._on_assigned is not None:
                    await self._on_assigned(event.partitions)
            elif event.partitions and self._on_revoked is not None:
                await self._on_revoked(event.partitions)
        finally:
            if not event.gained:
                self._assignment = frozenset()
                self._rebalances.lost = False
            event.done.set()

    async def _fetch(self, max_records: int, wait_seconds: float) -> bool:
        """True when the fetch under way has ended; False when the time is over or a rebalance asks for attention."""
        if self._pull is None:
            timeout_ms = round(min(wait_seconds, limits.KAFKA_PULL_SECONDS) * 1000)
            self._pull = asyncio.create_task(self._consumer.getmany(timeout_ms=timeout_ms, max_records=max_records))
        attention = asyncio.create_task(self._rebalances.wait())
        try:
            await asyncio.wait(
                {self._pull, attention}, timeout=wait_seconds or 0.01, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            attention.cancel()
        return self._pull.done()

    async def _take(self) -> list[Record]:
        """The records of the fetch that has ended. It is let go of last, so that a cancelled poll loses nothing."""
        pull = self._pull
        if pull is None or pull.cancelled():
            return []
        records: list[Record] = []
        try:
            for theirs, batch in pull.result().items():
                records += await self._still_ours(theirs, batch)
        except kafka.ConsumerStoppedError:
            pass  # closed meanwhile
        except kafka.KafkaError as error:
            self._pull = None
            raise kafka_errors.translated(f"reading in group {self._group}", error) from error
        self._pull = None
        return records

    async def _still_ours(self, theirs: KafkaPartition, batch: list[Any]) -> list[Record]:
        """The batch, unless something has overtaken it while it was fetched; then it is given back to be read again.

        aiokafka's position stands behind the batch as long as neither a seek nor a new assignment has moved it.
        """
        source = TopicPartition(theirs.topic.removeprefix(self._namespace), theirs.partition)
        if await known_position(self._consumer, theirs) != batch[-1].offset + 1:
            return []
        if source not in self._assignment or source in self._paused:
            self._consumer.seek(theirs, batch[0].offset)
            return []
        return [from_kafka(raw, self._namespace) for raw in batch]

    def _both_assigned(self, partitions: Iterable[TopicPartition]) -> set[TopicPartition]:
        """Those that are ours by our own view and by aiokafka's, which is ahead of it during a rebalance."""
        theirs = self._consumer.assignment()
        return {source for source in partitions if source in self._assignment and self._kafka(source) in theirs}

    def _require_owned(self, partitions: Iterable[TopicPartition]) -> None:
        lost = set(partitions) - self._assignment
        if lost or self._rebalances.lost:
            names = ", ".join(f"{source.topic}/{source.partition}" for source in sorted(lost)) or "all partitions"
            raise NotOwner(f"{names}: taken from this member of group {self._group}")

    def _kafka(self, source: TopicPartition) -> KafkaPartition:
        return KafkaPartition(self._namespace + source.topic, source.partition)
