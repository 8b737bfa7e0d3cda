"""When a look at the books comes into force: once all that it may show is known here, and never an older one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from services.inventory.knowledge_looks import Looks
from shared import limits
from shared.log.partitions import partition_for
from tests.integration.inventory_knowledge.world import REALM, World, at, booked, intent, mugs, quantity, row, took

pytestmark = pytest.mark.timeout(120)


@dataclass
class Gate:
    """Lets looks through one by one, and counts those that ask."""

    asked: int = 0
    open: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))
    adopted: list[float | None] = field(default_factory=list)

    async def caught_up(self, realm: str) -> None:
        self.asked += 1
        await self.open.acquire()


@asynccontextmanager
async def looks(world: World, gate: Gate) -> AsyncIterator[Looks]:
    def adopted(realm: str) -> None:
        gate.adopted.append(sent(made))

    made = Looks(world.process.log, world.folder / "looks.sqlite", gate.caught_up, adopted)
    await made.start()
    try:
        await made.own([partition_for(REALM, limits.PARTITIONS)], [REALM])
        yield made
    finally:
        await made.close()


def sent(made: Looks) -> float | None:
    look = made.of(REALM)
    return None if look is None else (look.start - at(0)).total_seconds()


async def test_a_look_waits_until_all_that_it_saw_is_known(world: World) -> None:
    """What is known is caught up with after the look was read; of a later look that says nothing."""
    gate = Gate()
    await world.look(10)
    async with looks(world, gate) as made:
        await world.until(lambda: gate.asked == 1, "the look waits")
        assert sent(made) is None
        told = made.told(REALM)
        assert told is not None and told.end == at(10.2)
        await world.look(20)
        await world.until(lambda: made.told(REALM) != told, "the next one is read")
        gate.open.release()
        await world.until(lambda: gate.asked == 2, "it waits for itself")
        assert sent(made) == 10
        gate.open.release()
        await world.until(lambda: sent(made) == 20, "it is in force")


async def test_no_older_look_comes_into_force(world: World) -> None:
    """A process that was overtaken may still tell of one."""
    gate = Gate(open=asyncio.Semaphore(9))
    await world.look(20)
    async with looks(world, gate) as made:
        await world.until(lambda: sent(made) == 20, "it is in force")
        await world.look(10)
        await world.until(lambda: gate.asked == 2, "the older one is read")
        await world.look(30)
        await world.until(lambda: sent(made) == 30, "the next one is in force")
    assert gate.adopted == [20, 30]


async def test_once_a_look_is_in_force_its_documents_are_known(world: World) -> None:
    """Each write has its intent in the log before it is sent, however long the way there is for the reader."""
    await mugs(world)
    await world.order(100, row(1, "MUG", 3))
    await world.until_moves("mug", 0)
    await world.item(7, "mug", 7, at(40))
    slow = intent(-1, *map(str, range(1000, 1200)))  # takes the reader longer to read than the log to take
    before = [world.link(number, booked(number=number, intent=slow)) for number in range(1000, 1400)]
    await asyncio.gather(*before, world.link(100, booked(took(20, _7=3))), world.look(39.9))
    await world.until_looked(39.9)
    assert await quantity(world, "MUG") == 10, "7 and the 3 of the document; 7 without it"


async def test_an_order_that_was_posted_after_the_look_is_not_over(world: World) -> None:
    """Shipped before it was posted: on hand still has its pieces, the source hasn't."""
    await mugs(world)
    await world.order(100, row(1, "MUG", 3, shipped=3), state="complete")
    await world.link(100, booked(took(20, _7=3)))
    await world.until_moves("mug", 1)
    for _ in range(2):
        assert await quantity(world, "MUG") == 7
