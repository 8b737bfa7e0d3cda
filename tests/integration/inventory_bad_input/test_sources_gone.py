"""A source that isn't there, is taken away, or is disabled meanwhile: named once, waited for, and nobody else waits."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox.magento.config import Credentials
from shared import limits
from shared.settings.loader import load
from shared.settings.store import publish
from tests.integration.inventory.conftest import Inside
from tests.integration.inventory_bad_input.conftest import Begin, put_product
from tests.support.stocking import ON, Warehouse

pytestmark = pytest.mark.timeout(180)

EAST = f'{ON}source = "east"\n'
TOLD = ""  # the whole connection's: `main:stock:`


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tried again after two seconds instead of a minute."""
    monkeypatch.setattr(limits, "STOCK_REFUSED_SECONDS", 2.0)


async def until_tried_again(inside: Inside) -> None:
    tried = inside.counted("no_source")
    await inside.until(lambda: inside.counted("no_source") > tried, "the source is looked for again")


async def second_connection(inside: Inside) -> None:
    """To the default source of the same shop."""
    text = inside.goods.deployed.toml(ON).replace('connection = "main"', 'connection = "second"')
    loaded = load(text, "second.toml")
    await inside.process.settings.reach(await publish(inside.process.log, loaded, "test", datetime.now(UTC)))


def second_keys(goods: Warehouse) -> None:
    keys = Credentials()
    with (goods.deployed.folder / "secrets.toml").open("a") as file:
        file.write(
            f'\n[connections.second]\nwebhook_tokens = ["token-of-the-second"]\nconsumer_key = "{keys.consumer_key}"\n'
            f'consumer_secret = "{keys.consumer_secret}"\naccess_token = "{keys.access_token}"\n'
            f'access_token_secret = "{keys.access_token_secret}"\n'
        )


async def drop(goods: Warehouse) -> None:
    await goods.deployed.shop.control("DELETE", "stock/sources/east")


async def enable(goods: Warehouse, on: bool) -> None:
    source = {"source_code": "east", "name": "east", "enabled": on, "country_id": "US", "postcode": "90001"}
    await goods.send("PUT", "inventory/sources/east", {"source": source})


async def bring_back(goods: Warehouse) -> None:
    await goods.add_source("east")
    await goods.set_source("MUG", 1, "east")


@pytest.mark.parametrize("how", ["dropped", "disabled"])
async def test_a_source_that_goes_away_is_named_and_waited_for_and_others_go_on(
    goods: Warehouse, begin: Begin, how: str
) -> None:
    second_keys(goods)
    await goods.add_source("east")
    await goods.offer({"MUG": 10})
    await goods.set_source("MUG", 10, "east")
    await goods.have({"MUG": 10})
    inside = await begin(EAST)
    await second_connection(inside)
    await goods.receive({"MUG": 5})
    await goods.until_held({"MUG": 15}, "east")
    await goods.until_held({"MUG": 15})

    for times, quantity in ((1, 16), (2, 18)):
        await (drop(goods) if how == "dropped" else enable(goods, False))
        await goods.receive({"MUG": 1})
        await goods.until_held({"MUG": quantity})  # the second connection's source
        told = await goods.until_told(TOLD, "no_source", times)
        assert "'east'" in told["text"]
        await inside.until(lambda: "main" in inside.warnings and "'east'" in inside.warnings, "the health page says it")
        await until_tried_again(inside)
        assert len(await goods.outcomes(TOLD)) == times, "told once each time it goes away"
        if how == "disabled":
            assert (await goods.held("east"))["MUG"] == quantity - 1, "nothing is written to it"
        await (bring_back(goods) if how == "dropped" else enable(goods, True))
        await goods.until_held({"MUG": quantity}, "east")
        await inside.until(lambda: "'east'" not in inside.warnings, "nothing is wrong any more")
        await goods.receive({"MUG": 1})
        await goods.until_held({"MUG": quantity + 1}, "east")
        await goods.until_held({"MUG": quantity + 1})


async def test_a_source_that_was_never_there_is_named(goods: Warehouse, begin: Begin) -> None:
    await goods.offer({"MUG": 10})
    await goods.have({"MUG": 12})
    inside = await begin()
    await goods.until_held({"MUG": 12})
    before = await goods.writes()
    await inside.settings(f'{ON}source = "nowhere"\n')
    await goods.receive({"MUG": 1})
    told = await goods.until_told(TOLD, "no_source")
    assert told["text"] == "the shop has no source 'nowhere'"
    await inside.settings(ON)
    await goods.until_held({"MUG": 13})
    assert await goods.writes() - before == 1


async def test_a_product_that_goes_away_while_its_row_is_written_stops_no_other(goods: Warehouse, begin: Begin) -> None:
    """The shop takes rows of SKUs that no product has (reference magento 7.3): written, told, and not again."""
    await goods.offer({"MUG": 10, "CUP": 10})
    await goods.have({"MUG": 10, "CUP": 10})
    await begin()
    rule = await goods.disturb("hold_before_commit")
    await goods.receive({"MUG": 1, "CUP": 1})
    await goods.until_held_up(rule)
    await goods.deployed.shop.control("DELETE", "products/MUG")
    await goods.let_go(rule)
    await goods.until_held({"MUG": 11, "CUP": 11})
    await goods.until_told("MUG", "written")
    before = await goods.writes()
    await goods.receive({"CUP": 1})
    await goods.until_held({"CUP": 12})
    assert await goods.writes() - before == 1


async def test_a_product_that_was_renamed_is_followed_to_the_item_of_its_new_sku(
    goods: Warehouse, begin: Begin
) -> None:
    await goods.offer({"MUG": 10})
    await goods.have({"MUG": 10, "BIG MUG": 4})
    inside = await begin()
    number = next(one["id"] for one in (await products(goods)) if one["sku"] == "MUG")
    await goods.send("PUT", "products/BIG%20MUG", {"product": {"id": number, "sku": "BIG MUG", "name": "Big"}})
    await goods.until_held({"BIG MUG": 4})
    await goods.receive({"BIG MUG": 1, "MUG": 1})
    await goods.until_held({"BIG MUG": 5})
    assert "MUG" not in await goods.held()
    assert inside.counted("no_item") == 0


async def test_a_row_spelled_otherwise_than_its_product_is_its_row(goods: Warehouse, begin: Begin) -> None:
    await goods.set_source("CAFE", 1)
    await put_product(goods, 901, "café")
    await goods.have({"CAFE": 4, "café": 7})
    await begin()
    await goods.until_held({"CAFE": 7})
    await goods.receive({"CAFE": 1})  # of an item that no product means
    await goods.receive({"café": 1})
    await goods.until_held({"CAFE": 8})
    assert set(await goods.held()) == {"CAFE"}
    assert await goods.salable("café") == 8


async def products(goods: Warehouse) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await goods.deployed.shop.get_json("/rest/V1/products?searchCriteria="))["items"]
    return found
