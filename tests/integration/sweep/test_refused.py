"""A shop that refuses one kind, which the integration has no right to: no other kind stands still."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared import limits
from shared.log.port import NewRecord
from shared.settings.loader import load
from shared.settings.store import publish
from shared.topics import CURSORS, ORDERS, PRODUCTS
from shared.wire import decode, encode
from tests.support.deployment import STATES, Deployment
from tests.support.shopping import cart
from tests.support.sweeping import PAST_THE_LAG, newest, placed_ago, until_found, until_quiet, until_swept

pytestmark = pytest.mark.timeout(90)


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SHOP_REFUSED_SECONDS", "BACKFILL_RECHECK_SECONDS", "NIGHTLY_LOOK_SECONDS"):
        monkeypatch.setattr(limits, name, 0.3)


async def refuse(deployed: Deployment, *resources: str) -> None:
    await deployed.shop.control("PATCH", "settings", {"denied_resources": list(resources)})


async def backfills(deployed: Deployment) -> dict[str, dict[str, Any]]:
    """The last document of each, by kind."""
    read = [decode(one.value or b"") for one in await deployed.read(CURSORS) if ":backfill:" in one.key]
    return {one["wanted"]["kind"]: one for one in read}


async def test_backfills_of_a_refused_kind_wait_and_those_of_others_are_done(receiving: Deployment) -> None:
    await refuse(receiving, "Magento_Catalog::products")
    placed = await receiving.shop.place(cart("MUG"))
    for words in (["--kind", "products"], ["--ids", str(placed[0]["entity_id"])]):
        code, _, complained = await receiving.command("backfill", "main", "--detach", *words)
        assert code == 0, complained

    async def others() -> bool:
        return {kind: one["state"] for kind, one in (await backfills(receiving)).items()} == {
            "products": "paused",
            "orders": "done",
        }

    await receiving.until(others, "the orders are read, the products wait")
    assert "product" in (await backfills(receiving))["products"]["why"]
    await refuse(receiving)

    async def done() -> bool:
        return bool((await backfills(receiving))["products"]["state"] == "done")

    await receiving.until(done, "the products are read when the right is given")
    assert (await backfills(receiving))["products"]["read"] == 1


async def test_a_backfill_that_is_refused_can_be_ended(receiving: Deployment) -> None:
    await refuse(receiving, "Magento_Customer::customer")
    await receiving.command("backfill", "main", "--detach", "--kind", "customers")

    async def state(name: str) -> bool:
        return (await backfills(receiving)).get("customers", {}).get("state") == name

    await receiving.until(lambda: state("paused"), "it waits")
    await receiving.command("backfill", "main", "--cancel", (await backfills(receiving))["customers"]["id"])
    await receiving.until(lambda: state("cancelled"), "it is ended")


async def test_a_product_that_can_not_be_tried_again_holds_up_no_older_orders(receiving: Deployment) -> None:
    """The sweep tries it before it reads what the start date asks for."""
    await until_quiet(receiving)
    await receiving.shop.place(cart("MUG"))
    mug = await receiving.shop.get_json("/rest/V1/products/MUG")
    last = [one for one in await receiving.read(CURSORS) if one.key == "main:sweep"][-1]
    now = datetime.now(UTC).isoformat()
    flawed = {**decode(last.value or b""), "unreadable": {f"product:{mug['id']}": {"since": now, "tried_at": now}}}
    await refuse(receiving, "Magento_Catalog::products")
    await receiving.log.append(NewRecord(CURSORS, "main:sweep", encode(flawed), receiving.books.realm, {}))
    old = await placed_ago(receiving, 9)
    day = (datetime.now(UTC) - timedelta(days=20)).date()
    settings = receiving.toml(f"[sales]\nstart_date = {day}\n{STATES}\n[schedule]\nsweep_seconds = 1\n")
    await publish(receiving.log, load(settings, "main.toml"), "test", datetime.now(UTC))
    await until_found(receiving, old)


async def test_a_night_whose_products_are_refused_holds_up_no_search_for_order_numbers(receiving: Deployment) -> None:
    await until_quiet(receiving)
    await refuse(receiving, "Magento_Catalog::products")
    placed = await receiving.shop.place(*[cart("MUG") for _ in range(3)])
    hidden = placed[1]
    order = await receiving.shop.get_json(f"/rest/V1/orders/{hidden['entity_id']}")
    old = {**order, "created_at": "2020-01-01 00:00:00", "updated_at": "2020-01-01 00:00:00"}
    await receiving.shop.put_order(old, announce=False)
    begun: dict[str, Any] = {"schema": 1, "numbers_done": True, "products_after": 0, "upto": {}, "unreadable": []}
    begun["began"] = (datetime.now(UTC) - timedelta(days=2)).isoformat()
    await receiving.shop.advance(PAST_THE_LAG)
    await until_found(receiving, [placed[0], placed[2]])
    await until_swept(receiving)
    assert len(await receiving.read(ORDERS)) == 2
    await receiving.log.append(NewRecord(CURSORS, "main:nightly", encode(begun), receiving.books.realm, {}))
    await until_found(receiving, [hidden])
    await refuse(receiving)
    await until_quiet(receiving)
    assert await newest(receiving, PRODUCTS), "and the products are compared when the right is given"
