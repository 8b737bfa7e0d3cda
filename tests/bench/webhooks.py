"""Durable webhooks a second: the real ingest process beside bare handlers, on one broker, in alternating windows.

Ingest is the whole service: it checks signatures, appends, answers, and meanwhile reads its own hints and re-reads the
order from a shop. A window of a bare handler starts when ingest has worked off what its own window left behind.

Two bare handlers, because one number would flatter or shame: `bare` is what one writes first, with the client library's
defaults for batches; `batching` has ingest's larger batches and so shows what checking, counting and re-reading cost.
"""

from __future__ import annotations

import asyncio
import statistics
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from sandbox.demo.children import listening_port
from shared import limits
from shared.log.port import Cleanup, TopicSpec
from tests.bench import acknowledging
from tests.bench.deployed import LostWebhooks, Webhook, account, deployed_on, drained, webhook
from tests.bench.load import Load, Target, drive, note, tell
from tests.support.deployment import Deployment
from tests.support.kafka_broker import Broker, KafkaUnavailable, free_port

CLIENTS = 32
ROUNDS = 4  # windows of each side
WINDOW_SECONDS = 4.0
LIBRARY_BATCH_BYTES = 16_384  # aiokafka's default for max_batch_size
WARM_UP_SECONDS = 2.0
EMBEDDED_WINDOWS = 3
TARGET_RATIO = 0.8

_RATIO = "ingest_to_bare_handler"
_BARE_TOPIC = TopicSpec("bench.bare", limits.PARTITIONS, Cleanup.DELETE, retention=timedelta(days=90))


@dataclass(slots=True)
class Side:
    """One of those that are compared: its port and the windows it was measured in."""

    name: str
    port: int
    windows: list[Load] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        """The median window: one that a garbage collection or another program hit doesn't decide."""
        return statistics.median(window.per_second for window in self.windows)

    def tell(self) -> None:
        """Its figures."""
        tell(f"{self.name}_webhooks_per_second", self.per_second, "webhooks/s")
        tell(f"{self.name}_p50_ms", statistics.median(window.p50_ms for window in self.windows), "ms")
        tell(f"{self.name}_p99_ms", statistics.median(window.p99_ms for window in self.windows), "ms")


async def on_kafka(folder: Path) -> list[Target]:
    """Ingest beside the bare handler, and how soon it answers; not measured where Kafka can't be had. Raises
    LostWebhooks."""
    broker = Broker(free_port(), folder / "broker")
    note("starting Kafka ...")
    try:
        await asyncio.to_thread(broker.start)
    except KafkaUnavailable as why:
        note(f"NOT RUN, no Kafka: {why}")
        return [
            Target(_RATIO, TARGET_RATIO, None),
            Target("quickbooks_event_p99_ms", acknowledging.TARGET_INTUIT_P99_MS, None, at_most=True),
        ]
    try:
        async with deployed_on("kafka", folder, broker.bootstrap) as deployed:
            return await _compare(deployed, webhook())
    finally:
        await asyncio.to_thread(broker.stop)


async def on_embedded(folder: Path) -> None:
    """`bookbridge run` on the embedded log, by itself. Raises LostWebhooks."""
    sent = webhook()
    async with deployed_on("embedded", folder, "") as deployed:
        await deployed.shop.put_order(sent.order, announce=False)
        await deployed.start("run")
        side = Side("embedded", deployed.port)
        accepted = 0
        for seconds in (WARM_UP_SECONDS, *[WINDOW_SECONDS] * EMBEDDED_WINDOWS):
            accepted += await _window(side, sent, seconds)
        del side.windows[0]  # the warm-up
        side.tell()
        await account(deployed, side.name, accepted)


async def _compare(deployed: Deployment, sent: Webhook) -> list[Target]:
    await deployed.shop.put_order(sent.order, announce=False)
    await deployed.start("ingest")
    await deployed.log.ensure_topics([_BARE_TOPIC])
    ingest = Side("ingest", deployed.port)
    bare = await _bare(deployed, "bare", LIBRARY_BATCH_BYTES)
    batching = await _bare(deployed, "batching", limits.KAFKA_BATCH_BYTES)
    sides = (ingest, bare, batching)
    accepted, drains = 0, []
    for seconds in (WARM_UP_SECONDS, *[WINDOW_SECONDS] * ROUNDS):
        for side in sides:
            count = await _window(side, sent, seconds)
            if side is ingest:
                accepted += count
                drains.append(await drained(deployed))
    for side in sides:
        del side.windows[0]  # the warm-up
        side.tell()
    ratio = ingest.per_second / bare.per_second
    tell(_RATIO, ratio, "ratio", ingest=ingest.per_second, bare=bare.per_second, target=TARGET_RATIO)
    to_batching = ingest.per_second / batching.per_second
    tell("ingest_to_batching_handler", to_batching, "ratio", ingest=ingest.per_second, batching=batching.per_second)
    tell("ingest_backlog_seconds", max(drains), "s")
    more, targets = await acknowledging.measure(deployed, sent, ingest.per_second / 2)
    await account(deployed, ingest.name, accepted + more)
    return [Target(_RATIO, TARGET_RATIO, ratio), *targets]


async def _window(side: Side, sent: Webhook, seconds: float) -> int:
    """Measures; how many webhooks were accepted. Raises LostWebhooks when any was refused."""
    load = await asyncio.to_thread(drive, side.port, sent.request(side.port), CLIENTS, seconds)
    if load.refused:
        raise LostWebhooks(f"{side.name} refused {load.refused} of {load.accepted + load.refused} webhooks")
    side.windows.append(load)
    note(f"  {side.name:9} {load.per_second:7.0f}/s  p50 {load.p50_ms:5.1f} ms  p99 {load.p99_ms:5.1f} ms")
    return load.accepted


async def _bare(deployed: Deployment, name: str, batch_bytes: int) -> Side:
    """A bare handler as a process of its own."""
    bootstrap, namespace = (deployed.common[f"BOOKBRIDGE_KAFKA{rest}"] for rest in ("", "_NAMESPACE"))
    arguments = (bootstrap, namespace + _BARE_TOPIC.name, str(batch_bytes))
    child = await deployed.children.start(name, "tests.bench.bare", *arguments)
    return Side(name, await listening_port(child))
