"""From order to shipment, in real processes: what can be sold is right at every step; nothing is written in vain."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.support.deployment import Deployment, kill
from tests.support.stocking import Warehouse

pytestmark = pytest.mark.timeout(180)


async def at_work(deployed: Deployment, skus: int, name: str = "run") -> None:
    """Until every SKU was looked at once, the first run over."""

    async def looked() -> bool:
        needle = 'bookbridge_stock_total{connection="main",outcome='
        counts = [await deployed.metric(name, f'{needle}"{outcome}"') for outcome in ("unchanged", "written")]
        return sum(counts) >= skus

    await deployed.until(looked, "every SKU was looked at")


async def test_from_order_to_shipment_nothing_is_counted_twice(goods: Warehouse) -> None:
    """Neither the order nor the posting nor the shipment needs a write: the source is right all the time. Only what
    happens in the books alone does."""
    deployed = goods.deployed
    await deployed.start_all()
    await goods.books_tell()
    await at_work(deployed, 2)
    before = await goods.writes()
    placed = await goods.order("MUG", 3)
    await deployed.until_outcome(deployed.key(placed), "posted")
    assert (await goods.item("MUG"))["QtyOnHand"] == 7
    assert (await goods.held())["MUG"] == 10
    assert await goods.salable("MUG") == 7
    await goods.receive({"CUP": 4})
    await goods.until_held({"CUP": 9})  # whatever was to be written for the order, would have been written by now
    assert [(await goods.held())["MUG"], await goods.salable("MUG")] == [10, 7]
    await goods.receive({"MUG": 5})
    await goods.until_held({"MUG": 15})
    assert await goods.salable("MUG") == 12
    await goods.until_told("MUG", "written")  # read back: what is shipped before would be told as moved meanwhile
    await deployed.shop.ship(placed["entity_id"])
    await goods.receive({"CUP": -9})
    await goods.until_held({"CUP": 0})
    assert [(await goods.held())["MUG"], await goods.salable("MUG")] == [12, 12]
    assert await goods.writes() - before == 3, "for the goods that came and went, and for nothing else"
    told = await goods.outcomes("MUG")
    assert [(one["status"], one["before"], one["quantity"]) for one in told] == [("written", 10, 15)]
    units = {term["kind"]: term["units"] for term in told[0]["sum"]}
    assert units == {"on_hand": 12, "awaiting_shipment": 3}


async def test_a_restart_writes_nothing_and_finds_what_changed_meanwhile(goods: Warehouse) -> None:
    deployed = goods.deployed
    child = await deployed.start_all()
    await goods.books_tell()
    await at_work(deployed, 2)
    await goods.receive({"MUG": 5})
    await goods.until_held({"MUG": 15})
    await goods.until_told("MUG", "written")
    before = await goods.writes()
    await deployed.stop(child)
    again = await deployed.start_all()
    await at_work(deployed, 2)
    assert await goods.writes() == before
    await deployed.stop(again)
    await goods.set_source("CUP", 50)
    await goods.receive({"MUG": -1})
    await deployed.start_all()
    await goods.until_held({"MUG": 14, "CUP": 5})
    assert (await goods.until_told("CUP", "written"))["before"] == 50


@pytest.mark.parametrize("effect", ["hold_before_commit", "hold_after_commit"])
async def test_a_process_killed_in_the_middle_of_a_write_is_taken_up_by_the_next(goods: Warehouse, effect: str) -> None:
    deployed = goods.deployed
    child = await deployed.start_all()
    await goods.books_tell()
    await at_work(deployed, 2)
    at_first = await goods.writes()
    rule = await goods.disturb(effect)
    await goods.receive({"MUG": 5, "CUP": 1})
    await goods.until_held_up(rule)
    kill(child)
    await child.process.wait()
    await goods.let_go(rule)
    await deployed.start_all()
    await goods.until_held({"MUG": 15, "CUP": 6})
    before = await goods.writes()
    assert before - at_first == (1 if effect == "hold_after_commit" else 2), "what was there wasn't written again"
    placed = await goods.order("MUG", 1)
    await deployed.until_outcome(deployed.key(placed), "posted")
    await goods.receive({"CUP": 1})
    await goods.until_held({"CUP": 7})
    assert await goods.salable("MUG") == Decimal(14)
    assert await goods.writes() - before == 1
