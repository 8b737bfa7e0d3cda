"""A process that was stopped after its intent, lost its realm, was overtaken, and wakes up (design, idea 5). On Kafka,
since only there a realm can change its owner while the old one lives."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest

from tests.support.deployment import Deployment, deployment, pause, wake
from tests.support.kafka_broker import Broker

CREATE = {"method": "POST", "entity": "SalesReceipt", "operation": "create"}
pytestmark = pytest.mark.timeout(240)


@pytest.fixture
async def on_kafka(kafka_broker: Broker, tmp_path: Path) -> AsyncIterator[Deployment]:
    async with deployment("kafka", tmp_path, kafka_broker.bootstrap) as made:
        yield made


@pytest.mark.parametrize(
    ("effect", "memory"),
    [("drop_before_commit", "remembers"), ("drop_before_commit", "forgets"), ("hold_before_commit", "remembers")],
)
async def test_one_that_wakes_up_late_changes_nothing(on_kafka: Deployment, effect: str, memory: str) -> None:
    """The paused owner's request is lost, or is carried out when it can't hear the answer; QuickBooks remembers
    requestids, or has forgotten them, so that only the document's number protects the books."""
    if memory == "forgets":
        await on_kafka.books.settings(requestid_memory=0)
    await on_kafka.start("ingest")
    first = await on_kafka.start("orders", "first")
    rule = await on_kafka.books.add_fault(effect, match=CREATE, times=1)
    placed = await on_kafka.place()
    key = on_kafka.key(placed)

    async def sent() -> bool:
        return bool((await on_kafka.books.fault(rule))["matched"])

    await on_kafka.until(sent, "the first owner has sent its write")
    pause(first)
    states = await on_kafka.links(key)
    assert states[-1].intent is not None and states[-1].booked is None

    await on_kafka.start("orders", "second")
    await on_kafka.books.release(rule)
    await on_kafka.until_outcome(key, "posted", "unchanged")
    # An edit by staff tells nobody (Mage-OS sends sales.order.updated for a change of state only); the shipment does.
    await on_kafka.shop.edit(placed["entity_id"], {"customer_email": "newer@example.com"})
    await on_kafka.shop.ship(placed["entity_id"])
    await on_kafka.until_outcome(key, "updated")
    newest = await on_kafka.link(key)

    wake(first)

    async def rejoined() -> bool:
        first.check()
        return await on_kafka.metric("first", 'bookbridge_consumer_in_flight_records{group="orders"}') == 0

    await on_kafka.until(rejoined, "the first one has nothing in hand any more")
    again = await on_kafka.place()  # goes through the realm's owner of now
    await on_kafka.until_outcome(on_kafka.key(again), "posted")

    (document,) = [it for it in await on_kafka.documents() if key in it["private_note"]]
    assert document["status"] == "live"
    assert Decimal(document["total"]) == Decimal(placed["grand_total"])
    final = await on_kafka.link(key)
    assert newest.booked is not None and final.booked is not None
    assert (final.booked.id, final.booked.content_hash) == (document["id"], newest.booked.content_hash)

    async def repaired() -> bool:
        last, counts = (await on_kafka.links(key))[-1], await on_kafka.link(key)
        return last.model_copy(update={"stamp": counts.stamp}) == counts

    await on_kafka.until(repaired, "the last record of the key, which compaction keeps, is not the loser's")
    receipts = await on_kafka.books.objects("SalesReceipt")
    (receipt,) = [it for it in receipts if key in it["PrivateNote"]]
    assert receipt["BillEmail"]["Address"] == "newer@example.com", "the newer content stands"
