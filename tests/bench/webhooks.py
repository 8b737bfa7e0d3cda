"""Durable webhooks a second: the real ingest process beside bare handlers, on one broker, in alternating windows.

Ingest is the whole service: it checks signatures, appends, answers, and meanwhile reads its own hints and re-reads the
order from a shop. A window of a bare handler starts when ingest has worked off what its own window left behind.

Two bare handlers, because one number would flatter or shame: `bare` is what one writes first, with the client library's
defaults for batches; `batching` has ingest's larger batches and so shows what checking, counting and re-reading cost.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient

from sandbox.demo.children import listening_port
from sandbox.magento.subscriptions import Subscription
from sandbox.magento.webhooks.mageos import render, sign
from shared import limits
from shared.log.port import Cleanup, Record, TopicPartition, TopicSpec
from shared.topics import HINTS
from tests.bench.load import Load, Target, drive, note, request_bytes, tell
from tests.bench.orders import three_line_order
from tests.support.deployment import TOKEN, Deployment, deployment
from tests.support.kafka_broker import Broker, KafkaUnavailable, free_port

CLIENTS = 32
ROUNDS = 4  # windows of each side
WINDOW_SECONDS = 4.0
LIBRARY_BATCH_BYTES = 16_384  # aiokafka's default for max_batch_size
WARM_UP_SECONDS = 2.0
EMBEDDED_WINDOWS = 3
DRAIN_SECONDS = 10.0  # a service that only accepts, and reads its hints later, would win the comparison and be no good
TARGET_RATIO = 0.7

_RATIO = "ingest_to_bare_handler"
_EVENT = "sales.order.created"
_BARE_TOPIC = TopicSpec("bench.bare", limits.PARTITIONS, Cleanup.DELETE, retention=timedelta(days=90))
_HINTS = [TopicPartition(HINTS, number) for number in range(limits.PARTITIONS)]
_PATH = f"/webhooks/main/mageos/{_EVENT}"


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


@dataclass(frozen=True, slots=True)
class Webhook:
    """The request that every client sends, and the order that it is about."""

    body: bytes
    order: dict[str, object]

    def request(self, port: int) -> bytes:
        return request_bytes(port, _PATH, self.body, sign(self.body, TOKEN))


def webhook() -> Webhook:
    """A Mage-OS 3.x event of an order of three lines."""
    order = three_line_order()
    return Webhook(render(order, Subscription(1, _EVENT, "", TOKEN), ""), order)


class LostWebhooks(AssertionError):
    """Ingest answered 202 to more webhooks than its log holds."""


async def on_kafka(folder: Path) -> Target:
    """Ingest beside the bare handler; not measured where Kafka can't be had. Raises LostWebhooks."""
    broker = Broker(free_port(), folder / "broker")
    note("starting Kafka ...")
    try:
        await asyncio.to_thread(broker.start)
    except KafkaUnavailable as why:
        note(f"NOT RUN, no Kafka: {why}")
        return Target(_RATIO, TARGET_RATIO, None)
    try:
        async with _deployed("kafka", folder, broker.bootstrap) as deployed:
            return Target(_RATIO, TARGET_RATIO, await _compare(deployed, webhook()))
    finally:
        await asyncio.to_thread(broker.stop)


async def on_embedded(folder: Path) -> None:
    """`bookbridge run` on the embedded log, by itself. Raises LostWebhooks."""
    sent = webhook()
    async with _deployed("embedded", folder, "") as deployed:
        await deployed.shop.put_order(sent.order, announce=False)
        await deployed.start("run")
        side = Side("embedded", deployed.port)
        accepted = 0
        for seconds in (WARM_UP_SECONDS, *[WINDOW_SECONDS] * EMBEDDED_WINDOWS):
            accepted += await _window(side, sent, seconds)
        del side.windows[0]  # the warm-up
        side.tell()
        await _account(deployed, side.name, sent, accepted)


async def _compare(deployed: Deployment, sent: Webhook) -> float:
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
                drains.append(await _drained(deployed))
    for side in sides:
        del side.windows[0]  # the warm-up
        side.tell()
    ratio = ingest.per_second / bare.per_second
    tell(_RATIO, ratio, "ratio", ingest=ingest.per_second, bare=bare.per_second, target=TARGET_RATIO)
    to_batching = ingest.per_second / batching.per_second
    tell("ingest_to_batching_handler", to_batching, "ratio", ingest=ingest.per_second, batching=batching.per_second)
    tell("ingest_backlog_seconds", max(drains), "s")
    await _account(deployed, ingest.name, sent, accepted)
    return ratio


async def _window(side: Side, sent: Webhook, seconds: float) -> int:
    """Measures; how many webhooks were accepted. Raises LostWebhooks when any was refused."""
    load = await asyncio.to_thread(drive, side.port, sent.request(side.port), CLIENTS, seconds)
    if load.refused:
        raise LostWebhooks(f"{side.name} refused {load.refused} of {load.accepted + load.refused} webhooks")
    side.windows.append(load)
    note(f"  {side.name:9} {load.per_second:7.0f}/s  p50 {load.p50_ms:5.1f} ms  p99 {load.p99_ms:5.1f} ms")
    return load.accepted


async def _drained(deployed: Deployment) -> float:
    """Waits until ingest has committed its last hint; how long that took, in seconds."""
    begin = time.perf_counter()
    ends = await deployed.log.end_offsets(_HINTS)
    namespace = deployed.common["BOOKBRIDGE_KAFKA_NAMESPACE"]
    admin = AIOKafkaAdminClient(bootstrap_servers=deployed.common["BOOKBRIDGE_KAFKA"])
    await admin.start()
    try:

        async def caught_up() -> bool:
            committed = await admin.list_consumer_group_offsets(f"{namespace}ingest")
            done = {(source.topic, source.partition): at.offset for source, at in committed.items()}
            return all(done.get((namespace + HINTS, it.partition), 0) >= end for it, end in ends.items() if end)

        await deployed.until(caught_up, "ingest has worked off its hints", DRAIN_SECONDS)
    finally:
        await admin.close()
    return time.perf_counter() - begin


async def _account(deployed: Deployment, name: str, sent: Webhook, accepted: int) -> None:
    """Reads the log back: every 202 must be a record of its own with the body as sent. Raises LostWebhooks."""
    note(f"  reading {accepted} webhooks back from the log ...")
    ids, others = set(), 0
    async for record in _hints(deployed):
        if record.value == sent.body:
            ids.add(record.headers["trace-id"])
        else:
            others += 1
    tell(f"{name}_accepted_in_log", len(ids), "records", accepted=accepted)
    if len(ids) != accepted or others:
        raise LostWebhooks(f"{accepted} webhooks were accepted; the log holds {len(ids)}, and {others} other records")


async def _hints(deployed: Deployment) -> AsyncIterator[Record]:
    """Every record of the hints' topic, one at a time: together they are larger than this process should be."""
    ends = await deployed.log.end_offsets(_HINTS)
    reader = deployed.log.reader()
    await reader.start()
    try:
        await reader.assign(await deployed.log.start_offsets(_HINTS))
        while any(reader.position(source) < ends[source] for source in _HINTS):
            for record in await reader.poll(500, 0.2):
                yield record
    finally:
        await reader.close()


@asynccontextmanager
async def _deployed(kind: str, folder: Path, bootstrap: str) -> AsyncIterator[Deployment]:
    place = folder / kind
    place.mkdir()
    async with deployment(kind, place, bootstrap) as deployed:
        yield deployed


async def _bare(deployed: Deployment, name: str, batch_bytes: int) -> Side:
    """A bare handler as a process of its own."""
    bootstrap, namespace = (deployed.common[f"BOOKBRIDGE_KAFKA{rest}"] for rest in ("", "_NAMESPACE"))
    arguments = (bootstrap, namespace + _BARE_TOPIC.name, str(batch_bytes))
    child = await deployed.children.start(name, "tests.bench.bare", *arguments)
    return Side(name, await listening_port(child))
