"""What can't be written: each has its name in outcomes and metrics, the others are written, nothing comes again."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from shared import limits
from tests.integration.inventory_bad_input.conftest import Begin, put_product
from tests.support.stocking import ITEM, Warehouse

pytestmark = pytest.mark.timeout(180)

GOOD = {f"GOOD-{number:02}": 7 for number in range(12)}
LONG = "y" * 65
SERVICE = {"Type": "Service", "IncomeAccountRef": {"value": "1"}}


async def have(goods: Warehouse, name: str, **item: Any) -> None:
    await goods.deployed.books.seed({"Item": [{"Name": name, "Sku": name, **item}]})


async def offer_bad(goods: Warehouse) -> None:
    """One of each kind, all with a quantity that nobody would write."""
    skus = ["NO-ITEM", "INACTIVE", "SERVICE", "TWICE", "NEGATIVE", "PARTS"]
    await goods.offer(dict.fromkeys(skus, 3))
    await put_product(goods, 901, " edge ")
    await put_product(goods, 902, LONG)
    await put_product(goods, 904, "UNASSIGNED")
    await goods.have({"INACTIVE": 5, "TWICE": 5, "NEGATIVE": 5, "UNASSIGNED": 5, LONG: 5})
    await have(goods, "PARTS", QtyOnHand=Decimal("4.1234567"), **ITEM)
    await have(goods, "SERVICE", **SERVICE)
    twin = {**ITEM, "QtyOnHand": 5, "Name": "Twice again", "Sku": "TWICE"}
    edge = {**ITEM, "QtyOnHand": 5, "Name": "Edge", "Sku": "edge"}
    await goods.deployed.books.seed({"Item": [twin, edge]})
    await goods.receive({"NEGATIVE": -8})
    item = await goods.item("INACTIVE")
    await goods.update_item({"Id": item["Id"], "SyncToken": item["SyncToken"], "sparse": True, "Active": False})


BAD = {
    "NO-ITEM": "no_item",
    "INACTIVE": "item_inactive",
    "SERVICE": "not_tracked",
    "TWICE": "ambiguous",
    " edge": "not_assigned",
    LONG: "not_assigned",
    "UNASSIGNED": "not_assigned",
}


async def test_each_kind_of_bad_row_has_its_name_and_stops_no_other(goods: Warehouse, begin: Begin) -> None:
    await goods.offer(dict.fromkeys(GOOD, 1))
    await goods.have(GOOD)
    await offer_bad(goods)
    inside = await begin()
    await goods.until_held({**GOOD, "NEGATIVE": 0, "PARTS": 4})
    for sku, status in BAD.items():
        told = await goods.until_told(sku, status)
        assert told["sku"] == sku
        assert told["text"]
        assert {one["status"] for one in await goods.outcomes(sku)} == {status}
    assert (await goods.until_told("NEGATIVE", "written"))["quantity"] == 0
    assert (await goods.until_told("PARTS", "written"))["notes"][0].startswith("fraction_left")
    for status in set(BAD.values()):
        assert inside.counted(status) >= list(BAD.values()).count(status)
    await nothing_comes_again(goods)


async def nothing_comes_again(goods: Warehouse) -> None:
    """After a change of one good SKU one call writes it, and no other."""
    before, told = await goods.writes(), {sku: len(await goods.outcomes(sku)) for sku in BAD}
    await goods.receive({"GOOD-00": 1})
    await goods.until_held({"GOOD-00": 8})
    await goods.receive({"GOOD-00": 1})
    await goods.until_held({"GOOD-00": 9})
    assert await goods.writes() - before == 2
    assert {sku: len(await goods.outcomes(sku)) for sku in BAD} == told


async def test_what_no_shop_takes_is_named_where_rows_may_be_made(goods: Warehouse, begin: Begin) -> None:
    """With stock.assign the same SKUs would be written: they are named before any call."""
    await goods.offer(dict.fromkeys(GOOD, 1))
    await goods.have(GOOD)
    await offer_bad(goods)
    inside = await begin('[sales]\nstates = ["new"]\n[stock]\ndirection = "books_to_shop"\nassign = true\n')
    await goods.until_held({**GOOD, "UNASSIGNED": 5})
    expected = {" edge": "unwritable", LONG: "unwritable"}
    for sku, status in expected.items():
        await goods.until_told(sku, status)
        assert inside.counted(status) >= 1
    assert not {" edge ", " edge", "edge", LONG} & set(await goods.held())


async def test_a_row_that_only_the_shop_knows_to_be_wrong_is_refused_alone_in_a_batch_of_a_hundred(
    goods: Warehouse, begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "SKU_LENGTH", 1_000)  # as if we didn't know
    many = {f"MANY-{number:03}": 4 for number in range(99)}
    await goods.offer(dict.fromkeys(many, 1))
    await goods.have({**many, LONG: 5})
    await put_product(goods, 902, LONG)
    inside = await begin('[sales]\nstates = ["new"]\n[stock]\ndirection = "books_to_shop"\nassign = true\n')
    await goods.until_held(many)
    told = await goods.until_told(LONG, "refused")
    assert "Could not save" in told["text"]
    assert inside.counted("refused") == 1
    assert inside.counted("written") >= 99
    before = await goods.writes()
    await goods.receive({"MANY-000": 1})
    await goods.until_held({"MANY-000": 5})
    assert await goods.writes() - before == 1, "what was refused isn't tried again with every other change"
    await goods.receive({LONG: 1})
    await inside.until(lambda: inside.counted("refused") == 2, "tried again once it changes")
    assert len(await goods.outcomes(LONG)) == 1, "the same reason is told once"
