"""What people do to documents and items in QuickBooks, as far as change data capture tells of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.ingest.cdc.position import Entity
from services.inventory.knowledge import Stocked
from tests.integration.inventory_knowledge.world import World, at, booked, mugs, quantity, row, took

pytestmark = pytest.mark.timeout(120)


async def posted(world: World, shipped: int = 0) -> None:
    """An order of three that is in the books, whose own echo was told: 7 are on hand as of a minute past noon."""
    await mugs(world)
    state = "complete" if shipped else "processing"
    await world.order(100, row(1, "MUG", 3, shipped=shipped), state=state)
    await world.link(100, booked(took(20, _7=3)))
    await world.sale(20, 0, _7=3)
    await world.item(7, "mug", 7, at(60))
    await world.look(59.9)
    await world.until_looked(59.9)


def units(known: Stocked) -> list[int]:
    return [int(move.units) for order in known.orders for move in order.moves]


async def test_our_own_write_counts_once_though_it_comes_back(world: World) -> None:
    await posted(world)
    known = await world.until_moves("mug", 1)
    assert units(known) == [3]
    assert await quantity(world, "MUG") == 10


@pytest.mark.parametrize("how", ["voided", "noted as void", "deleted"])
async def test_a_document_that_a_person_undoes_gives_its_goods_back_once(world: World, how: str) -> None:
    """On hand is 10 again. The shop still has them reserved, so the source holds 10, not 13."""
    await posted(world)
    if how == "deleted":
        await world.no_sale(100)
    elif how == "voided":
        await world.sale(100, 1, note="Voided - Magento order 100", _7=0)
    else:
        await world.sale(100, 1, note="Voided", _7=3)  # should some company's void keep the pieces on its lines
    await world.item(7, "mug", 10, at(120))
    await world.look(119.9)
    await world.until_looked(119.9)
    known = await world.known("mug")
    assert units(known) == [3, -3]
    assert "by hand" in known.orders[0].moves[1].document
    assert await quantity(world, "MUG") == 10


async def test_an_order_that_was_over_comes_back_when_a_person_voids_its_document(world: World) -> None:
    """Shipped, posted, forgotten; then the goods are on hand again in the books, and not on the shelf."""
    await posted(world, shipped=3)
    await world.until_moves("mug")
    assert await quantity(world, "MUG") == 7
    await world.sale(100, 1, note="Voided", _7=0)
    await world.item(7, "mug", 10, at(120))
    world.told.clear()
    await world.look(119.9)
    await world.until_told("mug")
    assert await quantity(world, "MUG") == 7


async def test_a_change_by_hand_counts_from_the_look_that_saw_it(world: World) -> None:
    """Two of three are left on the document; what a look at about that time holds, nobody can say."""
    await posted(world)
    await world.sale(100, 1, _7=2)
    await world.item(7, "mug", 8, at(100.6))
    await world.look(100.5)
    await world.until_looked(100.5)
    assert await quantity(world, "MUG") is None
    world.told.clear()
    await world.look(130)
    await world.until_told("mug")
    assert await quantity(world, "MUG") == 10


async def test_after_our_next_write_the_change_by_hand_is_undone(world: World) -> None:
    await posted(world)
    await world.sale(100, 1, _7=2)
    update = booked(took(20, _7=3), revision=3)
    assert update.booked is not None
    again = update.model_copy(update={"booked": update.booked.model_copy(update={"sync_token": "2"})})
    await world.link(100, again)
    await world.until_moves("mug", 1)
    await world.sale(140, 2, _7=3)
    await world.look(200)
    await world.until_looked(200)
    assert units(await world.known("mug")) == [3]


async def test_a_look_at_items_counts_only_with_one_at_sales(world: World) -> None:
    """Between the two another hand may have voided one: the quantity would have it and we wouldn't know."""
    await posted(world)
    old = Entity(at(0), at(0), looked=(at(59.9), at(60.1)))
    await world.look(100, others={"SalesReceipt": old})
    await world.look(110, others={"Invoice": Entity(at(0), at(0))})
    await world.look(120, others={"Invoice": Entity(at(0), at(0), looked=(at(120.1), at(120.2)))})
    await world.until_looked(120)
    starts = world.looks
    assert at(100) not in starts and at(110) not in starts


async def test_a_credit_memo_or_a_count_needs_no_link(world: World) -> None:
    """An accountant takes two back, and finds one more at the shelf: it is all in the quantity on hand."""
    await posted(world, shipped=3)
    refunded = {"qty_refunded": 2}
    await world.order(101, row(1, "MUG", 2, shipped=2, **refunded), state="closed")
    await world.link(101, booked(took(30, _7=2), number=78))
    await world.knowledge.reach(world.loaded)
    assert await quantity(world, "MUG") == 7, "refunded pieces are sold again once the books have them"
    await world.item(7, "mug", 10, at(120))
    await world.look(119.9)
    await world.until_looked(119.9)
    assert await quantity(world, "MUG") == 10


async def test_what_the_look_lags_by_is_taken_for_unsure(world: World) -> None:
    """Rows show up late: a document of three seconds before the look may be missing in it."""
    await mugs(world)
    await world.order(100, row(1, "MUG", 3))
    await world.link(100, booked(took(57, _7=3)))
    await world.until_moves("mug", 1)
    await world.look(60)
    await world.until_looked(60)
    assert await quantity(world, "MUG") is None
    (order,) = (await world.known("mug")).orders
    seen = (await world.known("mug")).items[0].seen
    assert seen.end - seen.start >= timedelta(seconds=5)
    assert order.moves[0].when.end == at(58)
    await world.settings("[stock]\nlook_lag_seconds = 0\n")
    assert await quantity(world, "MUG") == 13, "a company of which it is known that it tells at once"
