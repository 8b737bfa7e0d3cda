"""Whose quantity may be another now: told of each thing that decides it, and of no SKU that it isn't about."""

from __future__ import annotations

import pytest

from shared.log.port import NewRecord
from shared.log.projection import CorruptRecord
from shared.topics import LINKS
from tests.integration.inventory_knowledge.world import (
    REALM,
    SHOP,
    World,
    at,
    booked,
    intent,
    mugs,
    quantity,
    row,
    took,
)

pytestmark = pytest.mark.timeout(120)


async def two_products(world: World) -> None:
    await world.product(2, "JUG")
    await world.item(8, "JUG", 4, at(-3600))
    await mugs(world)
    await world.order(100, row(1, "MUG", 3))
    await world.until_moves("mug", 0)
    world.told.clear()


def only(world: World, *skus: str) -> bool:
    """Nothing but these was told of."""
    return {sku for _, told in world.told for sku in told or {"*"}} == set(skus)


async def test_an_order_is_told_of_by_its_skus_before_and_after(world: World) -> None:
    await two_products(world)
    await world.order(101, row(1, "JUG", 1, product=2))
    await world.until_told("jug")
    assert only(world, "jug")


async def test_a_link_is_told_of_by_what_its_order_sold(world: World) -> None:
    await two_products(world)
    await world.link(100, booked(revision=1).model_copy(update={"booked": None, "intent": intent(5, "7")}))
    await world.until_told("mug")
    world.told.clear()
    await world.link(100, booked(took(20, _7=3)))
    await world.until_told("mug")
    assert only(world, "mug")


async def test_a_link_whose_order_is_not_read_is_told_of_by_its_items(world: World) -> None:
    await two_products(world)
    await world.link(555, booked(took(20, _8=3)))
    await world.until_told("jug")
    assert only(world, "jug")


async def test_a_quantity_is_told_of_with_the_look_that_showed_it(world: World) -> None:
    """Before that it can't be decided."""
    await two_products(world)
    await world.item(8, "JUG", 5, at(30))
    assert not world.told
    await world.look(29.9)
    await world.until_told("jug")
    assert only(world, "jug")
    assert await quantity(world, "JUG") == 5


async def test_a_quantity_of_a_look_that_is_in_force_is_told_of_at_once(world: World) -> None:
    """The cursor may be read before the rows are."""
    await two_products(world)
    await world.look(29.9)
    await world.until_looked(29.9)
    await world.item(8, "JUG", 5, at(30))
    await world.until_told("jug")
    assert only(world, "jug")


async def test_an_item_that_takes_another_sku_is_told_of_by_both(world: World) -> None:
    await two_products(world)
    await world.item(8, "MUG", 4, at(30))
    await world.until_told("jug")
    assert only(world, "mug", "jug")


async def test_a_product_is_told_of_by_both_its_skus(world: World) -> None:
    await two_products(world)
    read = await world.product(1, "MUG", manage_stock=False)
    await world.until_told("mug")
    assert only(world, "mug")
    world.told.clear()
    await world.product(1, "BEAKER", follows=read)
    await world.until_told("beaker")
    assert only(world, "mug", "beaker")


async def test_settings_are_told_of_by_the_whole_connection(world: World) -> None:
    await two_products(world)
    await world.settings('[stock]\nreturns = "at_once"\n')
    assert (SHOP, None) in world.told


async def test_nothing_is_told_of_what_another_process_owns(world: World) -> None:
    await two_products(world)
    await world.knowledge.release(range(12))
    await world.order(102, row(1, "MUG", 1))
    await world.link(102, booked(took(20, _7=1)))
    await world.look(90)
    await world.own()
    await world.until_looked(90)
    assert not world.told


async def test_a_record_that_makes_no_sense_stops_who_asks(world: World) -> None:
    """Going past it could count a document twice."""
    await two_products(world)
    await world.process.log.append(NewRecord(LINKS, f"{SHOP}:order:9", b'{"revision": "x"}', REALM, {}))
    await world.look(50)

    def stopped() -> bool:
        try:
            world.knowledge.waits_for(world.loaded)
        except CorruptRecord:
            return True
        return False

    await world.until(stopped, "whoever asks hears of it")
    with pytest.raises(CorruptRecord):
        await world.knowledge.of(world.loaded, ["MUG"])


async def test_what_waits_for_a_look_is_told_of_with_each_until_it_is_settled(world: World) -> None:
    await two_products(world)
    await world.link(100, booked(took(20, _7=3)))
    await world.until_moves("mug", 1)
    await world.look(20.5)
    await world.until_looked(20.5)
    assert await quantity(world, "MUG") is None
    world.told.clear()
    await world.look(21.5)
    await world.until_told("mug")
    assert await quantity(world, "MUG") is None
    world.told.clear()
    await world.look(60)
    await world.until_told("mug")
    assert await quantity(world, "MUG") is not None
    world.told.clear()
    await world.look(80)
    await world.until_looked(80)
    assert not world.told, "it is settled"
