"""What is Kafka's own: lost brokers in the log lines, namespaces, refused batches, the script."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.log import kafka_topics
from shared.log.kafka import KafkaLog
from shared.log.port import Cleanup, LogUnavailable, NewRecord, Position, RecordTooLarge, TopicPartition, TopicSpec
from tests.support.kafka_broker import Broker
from tests.support.log_factory import LogFactory
from tests.support.log_reading import EVENTS, event, eventually, numbers, partitions_of, poll_count, read_everything


async def test_a_lost_broker_makes_one_line_when_it_goes_and_one_when_it_is_back(
    open_kafka: LogFactory, kafka_broker: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    log = await open_kafka(call_seconds=2)
    await log.ensure_topics([EVENTS])
    await log.append(event(0))
    consumer = log.consumer("group", [EVENTS.name])
    await consumer.start()
    await poll_count(consumer, 1)
    caplog.clear()

    def lines() -> list[str]:
        return [record.getMessage() for record in caplog.records if record.name == "shared.log.kafka"]

    kafka_broker.kill()
    try:
        for _ in range(2):
            with pytest.raises(LogUnavailable):
                await log.append(event(1))
            await consumer.poll(10, 0.2)
    finally:
        kafka_broker.start()

    async def told() -> bool:
        return any("back" in line for line in lines())

    await eventually(told)
    await consumer.close()
    gone = [line for line in lines() if "gone" in line]
    back = [line for line in lines() if "back" in line]
    assert (len(gone), len(back)) == (1, 1), lines()
    withheld = int(back[0].split(";")[1].split()[0])
    assert withheld > 10
    assert len(lines()) < 8
    assert logging.getLogger("aiokafka").propagate is False
    await log.close()
    assert logging.getLogger("aiokafka").propagate is True


async def test_deployments_with_different_namespaces_share_a_cluster_without_meeting(kafka_broker: Broker) -> None:
    logs = [
        KafkaLog(kafka_broker.bootstrap, client_id="test", namespace=name, replication_factor=1)
        for name in ("shop-a.", "shop-b.")
    ]
    for number, log in enumerate(logs):
        await log.start()
        await log.ensure_topics([replace(EVENTS, partitions=1 + number)])
        await log.append(event(number))
    for number, log in enumerate(logs):
        consumer = log.consumer("group", [EVENTS.name])
        await consumer.start()
        (record,) = await poll_count(consumer, 1)
        assert (record.topic, numbers([record])) == (EVENTS.name, [number])
        await consumer.commit({record.source: 1})
        await consumer.close()
    for log in logs:
        await log.close()


async def test_after_a_batch_that_the_broker_refuses_appends_go_on_in_every_partition(
    open_kafka: LogFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kafka_topics, "_MESSAGE_BYTES", 2_000)  # as if an operator had lowered the topic's limit
    log = await open_kafka()
    await log.ensure_topics([EVENTS])
    await log.append(event(0))
    with pytest.raises(RecordTooLarge, match="refused"):
        await log.append(NewRecord(EVENTS.name, "k", b"x" * 5_000, "realm-1"))
    appended: list[Position] = []

    async def taken() -> bool:
        try:
            appended.append(await log.append(event(len(appended) + 1)))
        except LogUnavailable:
            return False
        return len(appended) == 5

    await eventually(taken)
    assert numbers(await read_everything(log, partitions_of(EVENTS))) == [0, 1, 2, 3, 4, 5]


async def test_a_topic_without_retention_is_kept_for_ever_and_a_compacted_one_has_its_lag(
    open_kafka: LogFactory,
) -> None:
    kept = kafka_topics.settings(TopicSpec("t", 1, Cleanup.DELETE))
    assert kept["retention.ms"] == "-1"
    compacted = kafka_topics.settings(TopicSpec("t", 1, Cleanup.COMPACT, compaction_lag=timedelta(days=1)))
    assert (compacted["cleanup.policy"], compacted["min.compaction.lag.ms"]) == ("compact", "86400000")


async def test_a_member_killed_by_the_brokers_restart_goes_on_from_its_commit(
    open_kafka: LogFactory, kafka_broker: Broker
) -> None:
    log = await open_kafka()
    await log.ensure_topics([EVENTS])
    positions = [await log.append(event(number)) for number in range(6)]
    source = TopicPartition(EVENTS.name, positions[0].partition)
    consumer = log.consumer("group", [EVENTS.name])
    await consumer.start()
    await poll_count(consumer, 6)
    await consumer.commit({source: 4})
    kafka_broker.kill()
    kafka_broker.start()

    async def taken() -> bool:
        try:
            await log.append(event(6))
        except LogUnavailable:
            return False
        return True

    await eventually(taken)
    assert 6 in numbers(await poll_count(consumer, 1))
    await consumer.commit({source: 7})
    assert await consumer.committed(source) == 7
    await consumer.close()
