"""What no updated_at tells: products changed or deleted in the database, orders that came in with an old date."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from shared import limits
from shared.log.port import NewRecord
from shared.topics import CURSORS, ORDERS, PRODUCTS
from shared.wire import decode, encode
from tests.support.deployment import Deployment
from tests.support.shopping import cart
from tests.support.sweeping import PAST_THE_LAG, newest, until_found, until_quiet, until_swept

pytestmark = pytest.mark.timeout(60)


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "NIGHTLY_LOOK_SECONDS", 0.1)


async def nights(deployed: Deployment) -> list[dict[str, object]]:
    return [decode(one.value or b"") for one in await deployed.read(CURSORS) if one.key == "main:nightly"]


async def next_night(deployed: Deployment) -> None:
    """Makes the nightly work due, and waits until it is done."""
    await until_quiet(deployed)
    last = (await nights(deployed))[-1]
    earlier = {**last, "began": (datetime.now(UTC) - timedelta(days=2)).isoformat()}
    count = len(await nights(deployed))
    await deployed.log.append(NewRecord(CURSORS, "main:nightly", encode(earlier), deployed.books.realm, {}))

    async def begun() -> bool:
        return len(await nights(deployed)) > count + 1

    await deployed.until(begun, "the next night has begun", 20)
    await until_quiet(deployed)


async def test_products_are_compared_and_deleted_ones_are_told(receiving: Deployment) -> None:
    await until_quiet(receiving)
    await receiving.shop.place(cart("MUG"), cart("CUP"))
    documents = {sku: await receiving.shop.get_json(f"/rest/V1/products/{sku}") for sku in ("MUG", "CUP")}
    await next_night(receiving)
    keys = {sku: f"main:product:{document['id']}" for sku, document in documents.items()}
    found = await newest(receiving, PRODUCTS)
    assert set(keys.values()) <= found.keys()
    count = len(await receiving.read(PRODUCTS))

    await receiving.shop.put_product({**documents["MUG"], "name": "Another mug"}, announce=False)  # updated_at stays
    headers = receiving.shop.sign("DELETE", "/rest/V1/products/CUP")
    assert (await receiving.shop.bare("DELETE", "/rest/V1/products/CUP", headers))[0] == 200
    await next_night(receiving)
    records = (await receiving.read(PRODUCTS))[count:]
    assert {one.key for one in records} == set(keys.values())
    found = await newest(receiving, PRODUCTS)
    assert found[keys["MUG"]]["product"]["name"] == "Another mug"
    assert found[keys["CUP"]]["deleted"] is True
    await next_night(receiving)
    assert len(await receiving.read(PRODUCTS)) == count + 2, "a second look finds no news"


async def test_an_order_that_came_in_with_an_old_date_is_found_by_its_number(receiving: Deployment) -> None:
    placed = await receiving.shop.place(*[cart() for _ in range(5)])
    hidden, gone = placed[2], placed[3]
    order = await receiving.shop.get_json(f"/rest/V1/orders/{hidden['entity_id']}")
    old = {**order, "created_at": "2020-01-01 00:00:00", "updated_at": "2020-01-01 00:00:00"}
    await receiving.shop.put_order(old, announce=False)
    await receiving.shop.control("POST", f"orders/{gone['entity_id']}/delete", {})
    await receiving.shop.advance(PAST_THE_LAG)
    await until_found(receiving, [placed[0], placed[1], placed[4]])
    await until_swept(receiving)
    assert receiving.key(hidden) not in await newest(receiving)

    await next_night(receiving)
    records = [one for one in await receiving.read(ORDERS) if one.key == receiving.key(hidden)]
    assert [one.headers["cause"] for one in records] == ["gap"]
    await next_night(receiving)
    assert len(await receiving.read(ORDERS)) == 4, "the number that belongs to no order is asked for once"


async def test_an_order_that_is_found_by_its_number_and_can_not_be_read_is_asked_for_every_night(
    receiving: Deployment,
) -> None:
    placed = await receiving.shop.place(*[cart() for _ in range(3)])
    hidden = placed[1]
    order = await receiving.shop.get_json(f"/rest/V1/orders/{hidden['entity_id']}")
    old = {**order, "created_at": "2020-01-01 00:00:00", "updated_at": "2020-01-01 00:00:00"}
    await receiving.shop.put_order(old, announce=False)
    await receiving.shop.fault("bad_order", orders=[hidden["entity_id"]], alone=True, times=None)
    await receiving.shop.advance(PAST_THE_LAG)
    await until_found(receiving, [placed[0], placed[2]])
    for _ in range(2):
        await next_night(receiving)
    outcomes = await receiving.outcomes(receiving.key(hidden))
    assert [one["status"] for one in outcomes] == ["unreadable"], "it is told of once"
    assert "every night" in outcomes[0]["text"]

    await receiving.shop.control("DELETE", "faults")
    await next_night(receiving)
    assert receiving.key(hidden) in await newest(receiving)
    assert (await nights(receiving))[-1]["unreadable"] == []
