"""Stopping aiokafka's clients within a time limit, with nothing of them left running.

`stop` of aiokafka 0.14 waits for a broker that is away: a producer for all that is queued, a consumer for the answer
to its farewell. And a consumer without a group that is stopped before its tasks have run once ends its own stop with a
cancellation. Either leaves connections and tasks behind that try again for ever. What is named with an underscore here
is why pyproject.toml allows no newer aiokafka without a look at this file.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka import errors as kafka

_STEP_SECONDS = 1.0  # each step only cancels tasks and closes sockets


async def stop(client: AIOKafkaProducer | AIOKafkaConsumer, seconds: float) -> None:
    """Stops the client in good order, or after `seconds` by force; what it still had to say is then lost."""
    if not await _finishes(client.stop, seconds):
        steps = _producer_steps(client) if isinstance(client, AIOKafkaProducer) else _consumer_steps(client)
        for step in steps:
            await _finishes(step, _STEP_SECONDS)


def _producer_steps(producer: AIOKafkaProducer) -> list[Callable[[], Awaitable[object]]]:
    async def fail_queued() -> None:
        producer._message_accumulator.fail_all(kafka.ProducerClosed())

    # The connections first, so that requests under way end; and again, since a task may have opened a new one.
    return [producer.client.close, fail_queued, producer._sender.close, producer.client.close]


def _consumer_steps(consumer: AIOKafkaConsumer) -> list[Callable[[], Awaitable[object]]]:
    steps: list[Callable[[], Awaitable[object]]] = [consumer._client.close]
    if consumer._coordinator is not None and consumer._group_id is not None:
        steps += [
            consumer._coordinator._stop_heartbeat_task,
            consumer._coordinator._stop_commit_offsets_refresh_task,
        ]
    if consumer._fetcher is not None:
        steps.append(consumer._fetcher.close)
    return [*steps, consumer._client.close]


async def _finishes(step: Callable[[], Awaitable[object]], seconds: float) -> bool:
    """Runs the step in a task of its own, so that its own cancellations are not taken for ours."""

    async def run() -> None:
        await step()

    task = asyncio.create_task(run(), name="stopping a Kafka client")
    await asyncio.wait({task}, timeout=seconds)
    if not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=_STEP_SECONDS)
    return task.done() and not task.cancelled() and task.exception() is None
