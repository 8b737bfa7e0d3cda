"""The webhook port on both logs, and on a Kafka whose broker dies and comes back."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from shared import limits
from shared.log.port import Log, LogUnavailable
from tests.integration.ingest_receiver.support import BODY, TOKEN, eventually, eventually_status, running_on
from tests.integration.magento_client.test_client_sandbox import CART
from tests.support.kafka_broker import Broker, free_port
from tests.support.log_factory import LogFactory, new_address
from tests.support.magento_sandbox import in_process

CALL_SECONDS = 3.0


async def test_every_webhook_answered_with_202_is_in_the_log_once(any_log: Log) -> None:
    async with running_on(any_log) as peer:
        bodies = [b'{"data":{"entity_id":%d}}' % number for number in range(1, 101)]
        answers = await asyncio.gather(*(peer.post(body) for body in bodies))
        assert {status for status, _, _ in answers} == {202}
        assert sorted(record.value or b"" for record in await peer.records()) == sorted(bodies)


@pytest.mark.parametrize("form", ["3.x", "4.x"])
async def test_the_events_that_a_shop_sends_are_taken_and_become_hints_of_their_order(any_log: Log, form: str) -> None:
    async with running_on(any_log) as peer, in_process() as shop:
        await shop.webhooks(peer.url + "/webhooks/main-shop/mageos/{event}", TOKEN, format=form)
        (placed,) = await shop.place(CART)

        order = f"main-shop:order:{placed['entity_id']}"

        async def arrived() -> bool:
            return order in [record.key for record in await peer.records()]

        await eventually(arrived, seconds=30)
        records = await peer.records()
        assert {record.headers["schema"] for record in records} == {f"mageos-{form[0]}"}
        assert set((await shop.deliveries())["answered"]) == {"202"}


@pytest.mark.timeout(100)
async def test_503_in_time_while_the_broker_is_dead_and_202_when_it_is_back(
    kafka_broker: Broker, tmp_path: Path
) -> None:
    broker = Broker(free_port(), tmp_path / "own")
    broker.data.mkdir()
    broker.start()
    logs = LogFactory(new_address("kafka", tmp_path, broker.bootstrap))
    try:
        log = await logs(call_seconds=CALL_SECONDS)
        async with running_on(log) as peer:
            assert (await peer.post())[0] == 202
            await asyncio.to_thread(broker.kill)
            start = time.monotonic()
            status, text, headers = await peer.post()
            assert status == 503, text
            assert headers["Retry-After"] == str(limits.WEBHOOK_RETRY_AFTER_SECONDS)
            assert time.monotonic() - start < CALL_SECONDS + 2
            await asyncio.to_thread(broker.start)
            after = BODY.replace(b"17", b"18")
            await eventually_status(peer, 202, after, seconds=60)

            async def readable() -> bool:
                try:
                    return after in [record.value for record in await peer.records()]
                except LogUnavailable:  # a broker that has just come back may take appends before it serves readers
                    return False

            await eventually(readable, seconds=30)
    finally:
        await logs.close()
        broker.stop()
