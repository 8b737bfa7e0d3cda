"""What is known of a SKU, from records as their writers append them."""

from __future__ import annotations

import pytest

from shared.commerce.stock import Span, Standing
from tests.integration.inventory_knowledge.world import World, at, booked, intent, mugs, quantity, row, took

pytestmark = pytest.mark.timeout(120)


async def test_the_four_stages_of_an_order(world: World) -> None:
    """Placed, posted, shipped: the source holds 10, 10, 7 (docs/stock.md)."""
    await mugs(world)
    placed = await world.order(100, row(1, "MUG", 3))
    await world.until_moves("MUG", 0)
    assert await quantity(world, "MUG") == 10
    await world.link(100, booked(took(20, _7=3)))
    await world.until_moves("MUG", 1)
    assert await quantity(world, "MUG") == 10, "the look of noon didn't see the document, and on hand is of noon"
    await world.item(7, "mug", 7, at(40))
    await world.look(39.9)
    await world.until_looked(39.9)
    assert await quantity(world, "MUG") == 10
    (order,) = (await world.known("Mug")).orders
    assert (order.order, order.number, order.standing) == ("main:order:100", "000000100", Standing.POSTED)
    assert order.moves[0].when == Span.second(at(20))
    await world.order(100, row(1, "MUG", 3, shipped=3), state="complete", follows=placed)
    await world.until_moves("Mug")
    assert await quantity(world, "MUG") == 7, "its effect is over, and it is forgotten"


async def test_an_order_that_the_look_may_have_seen_waits_for_the_next(world: World) -> None:
    await mugs(world)
    await world.order(100, row(1, "MUG", 3))
    await world.link(100, booked(took(20, _7=3)))
    await world.until_moves("mug", 1)
    await world.item(7, "mug", 7, at(20.5))
    await world.look(20.4)
    await world.until_looked(20.4)
    assert await quantity(world, "MUG") is None
    world.told.clear()
    await world.look(60)
    await world.until_told("mug")
    assert await quantity(world, "MUG") == 10


async def test_a_row_that_is_younger_than_the_look_waits_for_its_own(world: World) -> None:
    """Its look's cursor isn't read yet: on hand is 7 already, and which documents are in it nobody can say."""
    await mugs(world)
    await world.order(100, row(1, "MUG", 3))
    await world.link(100, booked(took(20, _7=3)))
    await world.until_moves("mug", 1)
    await world.item(7, "mug", 7, at(40))
    assert await quantity(world, "MUG") is None
    assert "item 7" in (await world.known("mug")).waits[0]
    world.told.clear()
    await world.look(39.9)
    await world.until_told("mug")
    assert await quantity(world, "MUG") == 10


async def test_a_write_without_an_answer_may_be_in_what_the_next_look_shows(world: World) -> None:
    await mugs(world)
    await world.order(100, row(1, "MUG", 3))
    state = booked(revision=1).model_copy(update={"booked": None, "intent": intent(100, "7")})
    await world.link(100, state)
    await world.until_moves("mug", 1)
    assert await quantity(world, "MUG") == 10, "it was decided long after the look"
    await world.look(101)
    await world.until_looked(101)
    assert await quantity(world, "MUG") is None


async def test_what_the_orders_service_leaves_out_is_never_posted(world: World) -> None:
    await world.settings("[sales]\nstart_date = 2026-11-24\n")
    await mugs(world)
    early = {"created_at": "2026-11-24 04:59:00"}  # in New York it was the day before
    await world.order(100, row(1, "MUG", 3), order=early)
    await world.order(101, row(1, "MUG", 3), order={"created_at": "2026-11-24 05:01:00"})
    await world.order(102, row(1, "MUG", 3, shipped=3), state="closed")
    await world.order(103, row(1, "MUG", 3), order=early)
    await world.link(103, booked(took(-100, _7=3)))
    known = await world.until_moves("mug", 0, 0, 1)
    assert [one.standing for one in known.orders] == [Standing.NEVER, Standing.TO_POST, Standing.POSTED]
    assert await quantity(world, "MUG") == 13, "a closed order that was never booked takes nothing away"


async def test_a_document_whose_order_is_not_read_yet_lets_the_sku_wait(world: World) -> None:
    await mugs(world)
    await world.link(100, booked(took(-100, _7=3)))
    await world.until_left("mug", None)
    assert await quantity(world, "MUG") is None
    world.told.clear()
    await world.order(100, row(1, "MUG", 3))
    await world.until_told("mug")
    await world.until_left("mug", 0)
    assert await quantity(world, "MUG") == 13


async def test_a_list_read_from_an_index_that_lags_is_put_right_by_the_next_look(world: World) -> None:
    """Two sales within a second: of two states with one SyncToken and one time the one read later stands. The next
    look shows the item again, since it asks for what changed a little before the last."""
    await mugs(world)
    await world.item_told(7, "mug", 6, at(30.6), changed=at(30))
    await world.item(7, "mug", 8, at(32), changed=at(30))
    assert (await world.known("mug")).items[0].quantity == 8
    await world.item_told(7, "mug", 6, at(50.2), changed=at(30))
    await world.look(50)
    await world.until_looked(50)
    assert await quantity(world, "MUG") == 6
