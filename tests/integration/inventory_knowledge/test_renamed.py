"""Products and items that take other SKUs: an order keeps that of its day."""

from __future__ import annotations

from decimal import Decimal

import pytest

from shared.commerce.stock import Pieces
from shared.log.signals import RetryLater
from tests.integration.inventory_knowledge.world import World, at, booked, mugs, quantity, row, took

pytestmark = pytest.mark.timeout(120)


async def test_orders_follow_a_product_to_its_new_sku(world: World) -> None:
    await mugs(world)
    read = await world.product(1, "MUG")
    await world.order(100, row(1, "MUG", 3))
    await world.until_moves("mug", 0)
    await world.product(1, "BEAKER", follows=read)
    await world.item(7, "BEAKER", 10, at(30))
    await world.look(29.9)
    await world.until_looked(29.9)
    known = await world.until_moves("BEAKER", 0)
    assert [one.pieces for one in known.orders] == [Pieces(Decimal(3))]
    assert await world.knowledge.of(world.loaded, ["MUG"]) == {}


async def test_who_takes_a_sku_over_does_not_inherit_its_orders(world: World) -> None:
    await mugs(world)
    read = await world.product(1, "MUG")
    await world.order(100, row(1, "MUG", 3))
    await world.until_moves("mug", 0)
    await world.product(1, "OLD-MUG", follows=read)
    await world.product(2, "MUG")
    await world.until_moves("OLD-MUG", 0)
    assert (await world.until_known("MUG", lambda known: not known.orders, "no orders")).product.sku == "MUG"


async def test_a_product_made_anew_inherits_the_orders_of_the_one_that_is_gone(world: World) -> None:
    """Its goods are the same, and nobody else would ship them."""
    await mugs(world)
    await world.order(100, row(1, "MUG", 3))
    await world.until_moves("mug", 0)
    await world.no_product(1)
    await world.product(2, "MUG", min_qty=2)
    known = await world.until_known("MUG", lambda known: known.product.threshold == 2, "the new product")
    assert [one.pieces for one in known.orders] == [Pieces(Decimal(3))]


async def test_options_of_a_product_are_pieces_of_it(world: World) -> None:
    """Custom options lengthen the SKU on the order; it is the same product that leaves the shelf."""
    await mugs(world)
    await world.order(100, row(1, "MUG-red", 3, shipped=1), row(2, "MUG-blue", 2))
    known = await world.until_moves("MUG", 0)
    assert [one.pieces for one in known.orders] == [Pieces(Decimal(5), left=Decimal(1))]


async def test_an_item_that_takes_the_sku_over_is_counted_by_its_own_documents(world: World) -> None:
    """The order's document has the old item: of the new one nothing was deducted, and that is said."""
    await mugs(world)
    await world.order(100, row(1, "MUG", 3))
    await world.link(100, booked(took(-100, _7=3)))
    await world.until_moves("mug", 1)
    await world.item(7, "mug", 10, at(30), Active=False, SyncToken="1")
    await world.item(9, "mug", 20, at(30))
    await world.look(29.9)
    await world.until_looked(29.9)
    known = await world.until_moves("mug", 0)
    assert [(one.item_id, one.active) for one in known.items] == [("7", False), ("9", True)]
    assert await quantity(world, "MUG") == 20


async def test_items_are_found_by_name_where_settings_say_so(world: World) -> None:
    await mugs(world)
    await world.item(9, "OTHER", 4, at(-30), Name="Mug")
    await world.settings('[items]\nmatch = "name"\n')
    await world.until_ready()
    known = await world.until_known("MUG", lambda known: len(known.items) == 2, "items of this name")
    assert [one.item_id for one in known.items] == ["7", "9"]


async def test_what_is_waited_for_is_said_in_words(world: World) -> None:
    waits = world.knowledge.waits_for
    assert "being restored" in str(waits(world.loaded))
    await world.product(1, "MUG")
    await world.own()
    await world.until(lambda: "read the items" in str(waits(world.loaded)), "the list is missing")
    await world.whole()
    assert "asked yet what changed" in str(waits(world.loaded))
    with pytest.raises(RetryLater, match="asked yet what changed"):
        await world.knowledge.of(world.loaded, ["MUG"])
    await world.look(0)
    await world.until_ready()
    assert list(world.knowledge.skus(world.loaded)) == ["MUG"]
    assert (await world.known("mug")).items == ()
