"""SKUs that are legal and odd: sold, shipped, counted and written like any other, all in one shop."""

from __future__ import annotations

import pytest

from shared.commerce.money import ZERO
from tests.integration.inventory_bad_input.conftest import Begin, offer_odd
from tests.support.stocking import Warehouse

pytestmark = pytest.mark.timeout(180)

ODD = [
    "a/b", "a+b", "a%2Fb", "it's", 'say "so"', "back\\slash", "two words", "comma,one", "semi;colon", "q?u=e&r#y",
    "[brackets]", "äöü", "🧦 socks", "x" * 64, "..", "0", "null", "MiXed", "colon:in", "<b>bold</b>",
]  # fmt: skip


async def test_odd_skus_are_sold_counted_written_and_shipped_like_any_other(goods: Warehouse, begin: Begin) -> None:
    deployed = goods.deployed
    await offer_odd(goods, ODD, 10)
    await goods.have(dict.fromkeys(ODD, 10))
    inside = await begin()
    before = await goods.writes()
    assert inside.counted("unchanged") >= len(ODD)
    placed = {sku: await goods.order(sku, 2) for sku in ODD}
    for sku in ODD:
        await deployed.until_outcome(deployed.key(placed[sku]), "posted")
    assert {sku: (await goods.item(sku))["QtyOnHand"] for sku in ODD} == dict.fromkeys(ODD, 8)
    await goods.receive(dict.fromkeys(ODD, 5))
    await goods.until_held(dict.fromkeys(ODD, 15))
    addressed = [sku for sku in ODD if sku != ".."]  # which is a step in an address, to all web servers
    assert {sku: await goods.salable(sku) for sku in addressed} == dict.fromkeys(addressed, 13)
    for sku in ODD:
        await deployed.shop.ship(placed[sku]["entity_id"])
    await goods.receive(dict.fromkeys(ODD, -13))
    await goods.until_held(dict.fromkeys(ODD, 0))
    for sku in ODD:
        told = await goods.until_told(sku, "written", 2)
        assert told["quantity"] == ZERO
        assert {one["status"] for one in await goods.outcomes(sku)} == {"written"}
    assert await goods.writes() - before <= 6  # together, however odd they are
