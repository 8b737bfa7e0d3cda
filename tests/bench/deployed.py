"""What the benchmarks of ingest stand on: a deployment, a webhook to send, and the account of what was accepted."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient

from sandbox.magento.subscriptions import Subscription
from sandbox.magento.webhooks.mageos import render, sign
from shared import limits
from shared.log.port import Record, TopicPartition
from shared.topics import HINTS
from tests.bench.load import note, request_bytes, tell
from tests.bench.orders import three_line_order
from tests.support.deployment import TOKEN, Deployment, deployment

EVENT = "sales.order.created"
DRAIN_SECONDS = 10.0  # a service that only accepts, and reads its hints later, would win a comparison and be no good
_PATH = f"/webhooks/main/mageos/{EVENT}"


@dataclass(frozen=True, slots=True)
class Webhook:
    """The request that clients send, and the order that it is about."""

    body: bytes
    order: dict[str, object]

    def request(self, port: int) -> bytes:
        return request_bytes(port, _PATH, self.body, sign(self.body, TOKEN))


def webhook(entity_id: int | None = None) -> Webhook:
    """A Mage-OS 3.x event of an order of three lines."""
    order = three_line_order()
    if entity_id is not None:
        order |= {"entity_id": entity_id, "increment_id": f"{entity_id:09d}"}
    return Webhook(render(order, Subscription(1, EVENT, "", TOKEN), ""), order)


class LostWebhooks(AssertionError):
    """Ingest took more webhooks than its log holds, or refused some."""


@asynccontextmanager
async def deployed_on(kind: str, folder: Path, bootstrap: str) -> AsyncIterator[Deployment]:
    """Shop, books and log of the kind; no service runs yet."""
    place = folder / kind
    place.mkdir()
    async with deployment(kind, place, bootstrap) as deployed:
        yield deployed


async def account(deployed: Deployment, name: str, accepted: int) -> None:
    """Reads the log back: every webhook that was accepted must be a record of its own. Raises LostWebhooks."""
    note(f"  reading {accepted:,} webhooks back from the log ...")
    ids = {record.headers["trace-id"] async for record in read(deployed, HINTS)}
    tell(f"{name}_accepted_in_log", len(ids), "records", accepted=accepted)
    if len(ids) != accepted:
        raise LostWebhooks(f"{accepted} webhooks were accepted; the log holds {len(ids)}")


async def read(deployed: Deployment, topic: str) -> AsyncIterator[Record]:
    """Every record of the topic, one at a time: together they are larger than this process should be."""
    sources = partitions(topic)
    ends = await deployed.log.end_offsets(sources)
    reader = deployed.log.reader()
    await reader.start()
    try:
        await reader.assign(await deployed.log.start_offsets(sources))
        while any(reader.position(source) < ends[source] for source in sources):
            for record in await reader.poll(500, 0.2):
                yield record
    finally:
        await reader.close()


async def drained(deployed: Deployment, seconds: float = DRAIN_SECONDS) -> float:
    """Waits until ingest, on Kafka, has committed its last hint; how long that took, in seconds."""
    begin = time.perf_counter()
    ends = await deployed.log.end_offsets(partitions(HINTS))
    namespace = deployed.common["BOOKBRIDGE_KAFKA_NAMESPACE"]
    admin = AIOKafkaAdminClient(bootstrap_servers=deployed.common["BOOKBRIDGE_KAFKA"])
    await admin.start()
    try:

        async def caught_up() -> bool:
            committed = await admin.list_consumer_group_offsets(f"{namespace}ingest")
            done = {(source.topic, source.partition): at.offset for source, at in committed.items()}
            return all(done.get((namespace + HINTS, it.partition), 0) >= end for it, end in ends.items() if end)

        await deployed.until(caught_up, "ingest has worked off its hints", seconds)
    finally:
        await admin.close()
    return time.perf_counter() - begin


def partitions(topic: str) -> list[TopicPartition]:
    return [TopicPartition(topic, number) for number in range(limits.PARTITIONS)]
