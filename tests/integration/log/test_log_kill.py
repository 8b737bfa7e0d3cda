"""Behaviour of both logs: what was acknowledged survives kill -9."""

from __future__ import annotations

from tests.support.kafka_broker import Broker
from tests.support.log_factory import LogFactory
from tests.support.log_reading import EVENTS, event, partitions_of
from tests.support.log_writers import assert_kept, writer


async def test_what_a_killed_process_had_acknowledged_is_there_exactly_once(open_log: LogFactory) -> None:
    log = await open_log()
    await log.ensure_topics([EVENTS])
    async with writer(open_log.address) as child:
        await child.acknowledges(500)
        await child.kill()
        assert len(child.acknowledged) >= 500
        await assert_kept(log, child.acknowledged)
    await log.append(event(-5))


async def test_a_killed_process_is_followed_by_one_that_goes_on(open_log: LogFactory) -> None:
    log = await open_log()
    await log.ensure_topics([EVENTS])
    ends = 0
    for _ in range(2):
        async with writer(open_log.address) as child:
            await child.acknowledges(50)
            await child.kill()
        records = sum((await log.end_offsets(partitions_of(EVENTS))).values())
        assert records >= ends + len(child.acknowledged)
        ends = records


async def test_what_was_acknowledged_survives_a_kill_of_the_broker_and_appends_go_on(
    kafka_broker: Broker, open_kafka: LogFactory
) -> None:
    log = await open_kafka()
    await log.ensure_topics([EVENTS])
    async with writer(open_kafka.address) as child:
        await child.acknowledges(500)
        kafka_broker.kill()
        kafka_broker.start()
        await child.acknowledges(500)
        await child.kill()
    await assert_kept(log, child.acknowledged)
