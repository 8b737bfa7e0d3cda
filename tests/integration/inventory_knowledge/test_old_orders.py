"""Orders and documents that are older than what the log keeps."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta

import pytest

from shared import limits
from shared.links.state import SnapshotRef
from shared.log.embedded import EmbeddedLog
from shared.log.partitions import partition_for
from shared.topics import HINTS, ORDERS
from tests.integration.inventory_knowledge.world import REALM, SHOP, World, at, booked, mugs, quantity, row, took

pytestmark = pytest.mark.timeout(120)
PARTITION = partition_for(REALM, limits.PARTITIONS)


async def forget_orders(world: World) -> None:
    """As retention does after its time."""
    with sqlite3.connect(world.folder / "data" / "log.sqlite") as log:
        log.execute(
            "UPDATE records SET timestamp_ms = 0 WHERE id >> 40 IN (SELECT partitions.id FROM partitions JOIN topics "
            "ON topics.id = partitions.topic_id WHERE topics.name = ?)",
            (ORDERS,),
        )
    log.close()
    assert isinstance(world.process.log, EmbeddedLog)
    await world.process.log.housekeep()
    assert await world.made(ORDERS) == []


def made_from(offset: int) -> SnapshotRef:
    return SnapshotRef(updated_at="", fetched_at=at(0), partition=PARTITION, offset=offset)


async def test_an_order_that_the_log_forgot_is_known_as_long_as_the_files_are(world: World) -> None:
    await mugs(world)
    await world.order(100, row(1, "MUG", 3))
    await world.link(100, booked(took(-100, _7=3), snapshot=made_from(0)))
    await world.until_moves("mug", 1)
    await forget_orders(world)
    await world.reopen(forget=False)
    await world.until_moves("mug", 1)
    assert await quantity(world, "MUG") == 13


async def test_a_document_of_an_order_that_the_log_forgot_makes_nobody_wait(world: World) -> None:
    """It was booked months ago, and counts as shipped. One that may still be read is waited for."""
    await mugs(world)
    await world.order(100, row(1, "MUG", 3))
    await world.link(100, booked(took(-100, _7=3), snapshot=made_from(0)))
    await world.until_moves("mug", 1)
    await forget_orders(world)
    await world.reopen(forget=True)
    assert (await world.known("mug")).orders == ()
    assert await quantity(world, "MUG") == 10
    await world.link(101, booked(took(-50, _7=2), number=78, snapshot=made_from(1)))
    await world.until_left("mug", None)
    assert await quantity(world, "MUG") is None


async def test_an_open_order_is_read_again_before_the_log_forgets_it(world: World) -> None:
    await mugs(world)
    await world.order(100, row(1, "MUG", 3))
    await world.order(101, row(1, "MUG", 3, shipped=3), state="complete")
    await world.link(101, booked(took(-100, _7=3), number=78))
    await world.knowledge.reach(world.loaded)
    await world.until_moves("mug", 0)
    keeping = world.knowledge.keeping
    await keeping.turn(world.loaded, at(0) + timedelta(days=59))
    assert await world.made(HINTS) == []
    for _ in range(2):
        await keeping.turn(world.loaded, at(0) + timedelta(days=61))
    (hint,) = await world.made(HINTS)
    assert hint.key == f"{SHOP}:order:100", "what is over may be forgotten"
    assert hint.headers["cause"] == "command", "published though nothing changed"
    await keeping.turn(world.loaded, at(0) + timedelta(days=62))
    assert len(await world.made(HINTS)) == 2
    assert datetime.fromisoformat(hint.headers["received-at"]).tzinfo == UTC
