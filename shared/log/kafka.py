"""The log on Apache Kafka, for many machines.

Acknowledged means acks=all with min.insync.replicas: on as many brokers as the topic asks for. Parts: `kafka_options`
(every setting, with its reason), `kafka_producer`, `kafka_reader`, `kafka_consumer` with `kafka_rebalance`,
`kafka_topics`, `kafka_errors` (time limits, error types) and `kafka_logging`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka import errors as kafka
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.structs import TopicPartition as KafkaPartition

from shared import limits
from shared.log import kafka_errors, kafka_logging, kafka_stopping, kafka_topics
from shared.log.kafka_consumer import KafkaConsumer
from shared.log.kafka_options import Options
from shared.log.kafka_producer import Producer
from shared.log.kafka_reader import KafkaReader
from shared.log.partitions import partition_for
from shared.log.port import (
    LogError,
    NewRecord,
    PartitionsCallback,
    Position,
    RecordTooLarge,
    TopicPartition,
    TopicSpec,
)


class KafkaLog:
    """See `port.Log`.

    bootstrap: `host:port`, several separated by commas. client_id: shown in the broker's logs and metrics.
    namespace: put before the name of every topic and group, so that several deployments can share a cluster.
    security: options for every connection, as aiokafka names them (security_protocol, ssl_context, sasl_*).
    topic_options: more settings for topics that this log creates; verified like the others.
    call_seconds: bounds every call. poll_seconds: the longest time between two polls of a consumer.
    """

    def __init__(
        self,
        bootstrap: str,
        *,
        client_id: str,
        namespace: str = "",
        session_timeout_seconds: float = limits.KAFKA_SESSION_SECONDS,
        replication_factor: int = limits.KAFKA_REPLICATION,
        security: Mapping[str, Any] | None = None,
        topic_options: Mapping[str, str] | None = None,
        call_seconds: float = limits.LOG_CALL_SECONDS,
        poll_seconds: float = limits.CONSUMER_POLL_SECONDS,
    ) -> None:
        self._options = Options(
            bootstrap, client_id, session_timeout_seconds, call_seconds, poll_seconds, dict(security or {})
        )
        self._call_seconds = call_seconds
        self._namespace = namespace
        self._replication = replication_factor
        self._topic_options = dict(topic_options or {})
        self._partitions: dict[str, int] = {}
        self._availability: kafka_logging.Availability
        self._producer: Producer
        self._offsets: AIOKafkaConsumer
        self._prober: asyncio.Task[None] | None = None
        self._started = False

    async def start(self) -> None:
        """Connects. Raises LogUnavailable when no broker answers in time, LogError when it refuses us."""
        self._producer = Producer(self._options)
        self._offsets = AIOKafkaConsumer(**self._options.reader())
        self._started = True
        self._availability = kafka_logging.attach()
        try:
            async with kafka_errors.bounded("connecting", self._call_seconds):
                await self._producer.start()
                await self._offsets.start()
        except LogError:
            await self.close()
            raise
        self._prober = asyncio.create_task(self._probe(), name="looking for a lost broker")

    async def close(self) -> None:
        """Sends what is queued and disconnects, at most some limits.KAFKA_CONNECTION_SECONDS."""
        if not self._started:
            return
        self._started = False
        if self._prober is not None:
            self._prober.cancel()
            await asyncio.wait([self._prober])
        await asyncio.gather(
            self._producer.close(), kafka_stopping.stop(self._offsets, limits.KAFKA_CONNECTION_SECONDS)
        )
        kafka_logging.detach()

    async def identity(self) -> str:
        admin = AIOKafkaAdminClient(**self._options.admin())
        async with kafka_errors.bounded("reading the cluster's id", self._call_seconds):
            try:
                await admin.start()
                return str((await admin.describe_cluster())["cluster_id"])
            finally:
                await kafka_topics.close(admin)

    async def ensure_topics(self, specs: Sequence[TopicSpec]) -> None:
        async with kafka_errors.bounded("creating topics", 2 * self._call_seconds):
            await kafka_topics.ensure(self._options, specs, self._namespace, self._replication, self._topic_options)
        self._partitions |= {spec.name: spec.partitions for spec in specs}

    async def append(self, record: NewRecord) -> Position:
        size = record.size_bytes
        if size > limits.RECORD_MAX_BYTES:
            raise RecordTooLarge(f"{record.topic}: a record of {size} bytes; {limits.RECORD_MAX_BYTES} are allowed")
        topic = self._namespace + record.topic
        if record.topic not in self._partitions:  # kept from then on: a realm must not move while we run
            self._partitions[record.topic] = await self._producer.partition_count(topic)
        return await self._producer.append(topic, partition_for(record.realm, self._partitions[record.topic]), record)

    async def start_offsets(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        wanted = self._kafka(partitions)
        async with kafka_errors.bounded("reading start offsets", self._call_seconds):
            found = await self._offsets.beginning_offsets(list(wanted))
        return {ours: found[theirs] for theirs, ours in wanted.items()}

    async def end_offsets(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        wanted = self._kafka(partitions)
        async with kafka_errors.bounded("reading end offsets", self._call_seconds):
            found = await self._offsets.end_offsets(list(wanted))
        return {ours: found[theirs] for theirs, ours in wanted.items()}

    def reader(self) -> KafkaReader:
        return KafkaReader(self._options, self._namespace)

    def consumer(
        self,
        group: str,
        topics: Sequence[str],
        *,
        on_assigned: PartitionsCallback | None = None,
        on_revoked: PartitionsCallback | None = None,
    ) -> KafkaConsumer:
        return KafkaConsumer(self._options, self._namespace, group, topics, on_assigned, on_revoked)

    def _kafka(self, partitions: Iterable[TopicPartition]) -> dict[KafkaPartition, TopicPartition]:
        return {KafkaPartition(self._namespace + each.topic, each.partition): each for each in partitions}

    async def _probe(self) -> None:
        """While a broker is away, asks whether it is back, so that the end is told even when nothing is written."""
        while True:
            await asyncio.sleep(limits.KAFKA_PROBE_SECONDS)
            if self._availability.gone:
                try:
                    async with asyncio.timeout(self._call_seconds):
                        await self._producer.fetch_metadata()
                except (TimeoutError, kafka.KafkaError):
                    continue
                self._availability.back()
