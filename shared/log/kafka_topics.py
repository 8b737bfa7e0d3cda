"""Creating Kafka topics, and comparing those that exist with what they must be."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

from aiokafka import errors as kafka
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from shared import limits
from shared.log.kafka_options import Options
from shared.log.port import Cleanup, LogError, TopicMismatch, TopicSpec

_MESSAGE_BYTES = limits.RECORD_MAX_BYTES + limits.KAFKA_REQUEST_OVERHEAD_BYTES


async def ensure(
    options: Options, specs: Sequence[TopicSpec], namespace: str, replication: int, extra: Mapping[str, str]
) -> None:
    """See `port.Log.ensure_topics`. `extra` are more settings for topics that are created."""
    admin = AIOKafkaAdminClient(**options.admin())
    try:
        await admin.start()
        await _create_missing(admin, specs, namespace, replication, extra)
        problems = await _differences(admin, {namespace + spec.name: spec for spec in specs}, extra)
    finally:
        await close(admin)
    if problems:
        raise TopicMismatch("; ".join(problems))


async def close(admin: AIOKafkaAdminClient) -> None:
    """Closes the client, within a limit; whether it was ever started doesn't matter."""
    with suppress(TimeoutError, kafka.KafkaError):
        async with asyncio.timeout(limits.KAFKA_CONNECTION_SECONDS):
            await admin.close()


def settings(spec: TopicSpec) -> dict[str, str]:
    """The topic settings that a spec stands for; these are verified, too."""
    common = {"cleanup.policy": spec.cleanup.value, "max.message.bytes": str(_MESSAGE_BYTES)}
    if spec.cleanup is Cleanup.COMPACT:
        return common | {"min.compaction.lag.ms": str(_ms(spec.compaction_lag))}
    return common | {"retention.ms": "-1" if spec.retention is None else str(_ms(spec.retention))}


async def _create_missing(
    admin: AIOKafkaAdminClient, specs: Sequence[TopicSpec], namespace: str, replication: int, extra: Mapping[str, str]
) -> None:
    present = set(await admin.list_topics())
    once = {
        # The time is when the broker took the record, as the port says, not what a client's clock thought.
        "message.timestamp.type": "LogAppendTime",
        # With acks=all an acknowledged record is on so many brokers at least.
        "min.insync.replicas": str(max(1, replication - 1)),
    }
    missing = [
        NewTopic(namespace + spec.name, spec.partitions, replication, topic_configs=once | settings(spec) | dict(extra))
        for spec in specs
        if namespace + spec.name not in present
    ]
    if not missing:
        return
    answer = await admin.create_topics(missing)
    for name, code, *message in answer.topic_errors:
        error = kafka.for_code(code)
        if error not in (kafka.NoError, kafka.TopicAlreadyExistsError):  # another process may create it meanwhile
            raise LogError(f"topic {name} can't be created: {error.__name__} {' '.join(map(str, message))}")


async def _differences(
    admin: AIOKafkaAdminClient, wanted: Mapping[str, TopicSpec], extra: Mapping[str, str]
) -> list[str]:
    problems = []
    partitions = await _partition_counts(admin, list(wanted))
    configs = await _configs(admin, list(wanted))
    for name, spec in wanted.items():
        if partitions[name] != spec.partitions:
            problems.append(f"topic {name} has partitions {partitions[name]}, wanted {spec.partitions}")
        for key, value in (settings(spec) | dict(extra)).items():
            if configs[name].get(key) != value:
                problems.append(f"topic {name} has {key} {configs[name].get(key)}, wanted {value}")
    return problems


async def _partition_counts(admin: AIOKafkaAdminClient, names: list[str]) -> dict[str, int]:
    """Waits until every partition has a leader: a topic just created can't be used before."""
    while True:
        topics: list[dict[str, Any]] = await admin.describe_topics(names)
        usable = all(
            topic["error_code"] == 0
            and topic["partitions"]
            and all(each["leader"] >= 0 and each["error_code"] == 0 for each in topic["partitions"])
            for topic in topics
        )
        if usable and len(topics) == len(names):
            return {topic["topic"]: len(topic["partitions"]) for topic in topics}
        await asyncio.sleep(limits.KAFKA_RETRY_SECONDS)


async def _configs(admin: AIOKafkaAdminClient, names: list[str]) -> dict[str, dict[str, str]]:
    answers = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name) for name in names])
    found: dict[str, dict[str, str]] = {}
    for answer in answers:
        for code, message, _, name, entries in answer.resources:
            if code != 0:
                raise LogError(f"settings of topic {name} can't be read: {kafka.for_code(code).__name__} {message}")
            found[name] = {entry[0]: entry[1] for entry in entries}
    return found


def _ms(duration: timedelta) -> int:
    return duration // timedelta(milliseconds=1)
