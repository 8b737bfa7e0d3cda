"""The owner of a catalogue dies or stands still in the middle of a load, and another process goes on. On Kafka, since
only there a realm can change its owner while the old one lives."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from shared.links.state import fold, parse
from shared.topics import LINKS, OUTCOMES
from tests.integration.catalog.test_products_become_items import items, product, publish
from tests.support.deployment import SALES, Deployment, deployment, kill, pause, wake
from tests.support.kafka_broker import Broker

BATCH = {"method": "POST", "entity": "batch"}
ALL = f'{SALES}\n[products]\nworkflow = "all"\n'
pytestmark = pytest.mark.timeout(300)


@pytest.fixture
async def on_kafka(kafka_broker: Broker, tmp_path: Path) -> AsyncIterator[Deployment]:
    async with deployment("kafka", tmp_path, kafka_broker.bootstrap) as made:
        yield made


async def each_once(deployed: Deployment, numbers: Sequence[int]) -> None:
    """An item for each product and none more; every link leads to its item and has no intent."""
    found = await items(deployed)
    assert sorted(one["Sku"] for one in found) == sorted(f"P{number}" for number in numbers)
    ids = {one["Sku"]: one["Id"] for one in found}
    rows: dict[str, bytes] = {}
    for record in await deployed.read(LINKS):
        if isinstance(row := fold(rows.get(record.key), record), bytes):
            rows[record.key] = row
    for number in numbers:
        for key in (f"item:sku:p{number}", f"product:main:{number}"):
            link = parse(rows[f"{deployed.books.realm}:{key}"])
            assert link.intent is None and link.booked is not None, key
            assert link.booked.id == ids[f"P{number}"], key


async def until_told(deployed: Deployment, numbers: Sequence[int]) -> None:
    wanted = {f"main:product:{number}" for number in numbers}

    async def told() -> bool:
        return wanted <= {record.key for record in await deployed.read(OUTCOMES)}

    await deployed.until(told, f"{len(wanted)} products have an outcome", 120)


@pytest.mark.parametrize("memory", ["remembers", "forgets"])
@pytest.mark.parametrize("how", ["killed", "paused"])
async def test_another_process_goes_on_and_nothing_is_made_twice(on_kafka: Deployment, how: str, memory: str) -> None:
    """The old owner's batch is carried out when it can't hear the answer. QuickBooks remembers requestids, or has
    forgotten them, so that only the items' names protect the books."""
    if memory == "forgets":
        await on_kafka.books.settings(requestid_memory=0)
    numbers = range(1, 301)
    on_kafka.configure(ALL)
    await on_kafka.start("ingest")
    await publish(on_kafka, [product(number) for number in numbers])
    rule = await on_kafka.books.add_fault("hold_before_commit", match=BATCH, times=2, skip=3)
    first = await on_kafka.start("catalog", "first")
    await on_kafka.books.wait_held(rule, 2, seconds=60)
    made = len(await items(on_kafka))
    assert 90 <= made < 300, "in the middle"
    if how == "killed":
        kill(first)
        await first.process.wait()
    else:
        pause(first)
    await on_kafka.start("catalog", "second")
    await on_kafka.books.release(rule)
    await until_told(on_kafka, numbers)

    async def all_done() -> bool:
        return await on_kafka.metric("second", "bookbridge_catalog_left_operations") == 0

    await on_kafka.until(all_done, "the second has nothing left to do")
    await each_once(on_kafka, numbers)
    if how == "paused":
        wake(first)

        async def rejoined() -> bool:
            first.check()
            return await on_kafka.metric("first", 'bookbridge_consumer_in_flight_records{group="catalog"}') == 0

        await on_kafka.until(rejoined, "the first has nothing in hand any more")
    await publish(on_kafka, [product(301)])
    await on_kafka.until_outcome("main:product:301", "created")
    await each_once(on_kafka, range(1, 302))
    usage = await on_kafka.books.usage()
    assert usage["throttled"] == 0 and usage["peak_batches_per_minute"] <= 40
