"""What is known doesn't depend on how it came to be known: in one go, piece by piece, twice, or by another process."""

from __future__ import annotations

import random
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from services.inventory.knowledge import Knowledge, Stocked
from services.process import open_process
from shared import limits
from shared.config import Config
from shared.log.port import NewRecord
from shared.topics import CHANGES, LINKS, ORDERS, PRODUCTS
from tests.integration.inventory_knowledge.world import REALM, World, at, booked, intent, row, took

pytestmark = pytest.mark.timeout(180)
PRODUCTS_OF_SHOP = 6


@pytest.fixture
async def any_world(
    log_kind: str, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[World]:
    log: dict[str, str] = {}
    if log_kind == "kafka":
        server = request.getfixturevalue("kafka_broker").bootstrap
        log = {
            "LOG": "kafka",
            "KAFKA": server,
            "KAFKA_NAMESPACE": f"{uuid.uuid4().hex[:12]}.",
            "KAFKA_REPLICATION": "1",
        }
    async with AsyncExitStack() as stack:
        yield await World.open(stack, tmp_path, monkeypatch, log)


async def live(world: World, chance: random.Random) -> None:
    """Some orders of a busy hour, in all their states, and what overtaken processes still say of them."""
    for number in range(1, PRODUCTS_OF_SHOP + 1):
        await world.product(number, f"SKU-{number}", backorders=chance.choice([0, 1]))
        await world.item(number, f"SKU-{number}", chance.randint(0, 50), at(-3600))
    await world.whole()
    snapshots: dict[int, datetime] = {}
    for step in range(80):
        number = chance.randint(1, 25)
        product = 1 + number % PRODUCTS_OF_SHOP
        what = chance.random()
        if what < 0.5:
            shipped = chance.choice([0, 0, 2, 5])
            late = chance.random() < 0.2
            read = await world.order(
                number,
                row(1, f"SKU-{product}", 5, product=product, shipped=shipped),
                state="complete" if shipped == 5 else "processing",
                follows=None if late else snapshots.get(number),
            )
            snapshots.setdefault(number, read)
            if not late:
                snapshots[number] = read
        elif what < 0.8:
            units = {f"_{product}": 5}
            await world.link(number, booked(took(step, **units), revision=step + 2, number=number))
        elif what < 0.9:
            await world.link(
                number, booked(revision=max(1, step - 5), number=number, intent=intent(step, str(product)))
            )
        else:
            await world.product(product, f"SKU-{product}", min_qty=chance.randint(0, 3))
    await world.look(200)


async def everything(knowledge: Knowledge, world: World) -> Mapping[str, Stocked]:
    await knowledge.reach(world.loaded)
    return await knowledge.of(world.loaded, list(knowledge.skus(world.loaded)))


@pytest.mark.parametrize("seed", range(3))
async def test_what_was_lost_is_known_again(world: World, seed: int) -> None:
    """With the files, without them, and after every record was told a second time."""
    await world.own()
    await live(world, random.Random(seed))
    await world.until_looked(200)
    known = await everything(world.knowledge, world)
    assert sum(len(one.orders) for one in known.values()) > 5
    for forget in (False, True):
        await world.reopen(forget=forget)
        assert await everything(world.knowledge, world) == known
    for topic in (ORDERS, LINKS, PRODUCTS, CHANGES):
        await again(world, topic)
    assert await everything(world.knowledge, world) == known
    await world.reopen(forget=True)
    assert await everything(world.knowledge, world) == known


async def again(world: World, topic: str) -> None:
    """All that the topic holds, appended once more."""
    for record in await world.made(topic):
        await world.process.log.append(NewRecord(topic, record.key, record.value, REALM, record.headers))


async def test_another_process_takes_over_what_this_one_knew(any_world: World, tmp_path: Path) -> None:
    world = any_world
    await world.own()
    await live(world, random.Random(7))
    await world.until_looked(200)
    known = await everything(world.knowledge, world)
    config = Config(health_port=0, data=tmp_path / "data")
    async with (
        open_process("other", config, world.process.stop) as process,
        Knowledge(process, lambda *what: None) as other,
    ):
        there = replace(world, process=process, knowledge=other)
        await there.until(lambda: process.settings.get("main") is not None, "settings are there")
        assert "being restored" in str(other.waits_for(there.loaded))
        await world.knowledge.release(range(limits.PARTITIONS))
        assert "being restored" in str(world.knowledge.waits_for(world.loaded))
        await there.own()
        await there.until_ready()
        assert await everything(other, there) == known
