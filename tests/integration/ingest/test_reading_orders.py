"""From hints to snapshots: orders that are not there yet, never come, or can't be read; many hints at once."""

from __future__ import annotations

from functools import partial

import pytest

from shared import limits
from shared.log.port import NewRecord
from shared.topics import DEAD_LETTERS, HINTS, ORDERS
from shared.wire import decode
from tests.support.deployment import TOKEN, Deployment
from tests.support.shopping import cart
from tests.support.sweeping import until_quiet

pytestmark = pytest.mark.timeout(60)


async def snapshots(deployed: Deployment, key: str) -> int:
    return sum(one.key == key for one in await deployed.read(ORDERS))


async def read(deployed: Deployment, key: str, count: int = 1) -> bool:
    return await snapshots(deployed, key) >= count


async def test_an_order_that_never_comes_is_told_of_and_the_rest_goes_on(
    receiving: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "NOT_FOUND_SECONDS", 2.0)
    placed = await receiving.place(cart())
    await receiving.hint(4711)
    key = "main:order:4711"
    outcome = await receiving.until_outcome(key, "not_found")
    assert "sales.order.updated" in outcome["text"] and "does not have the order" in outcome["text"]
    assert await snapshots(receiving, key) == 0
    assert await receiving.read(DEAD_LETTERS) == []
    await receiving.until(lambda: read(receiving, receiving.key(placed)), "the other order was read")
    assert (await receiving.shop.usage())["GET orders/:id"] < 12, "it was asked for at growing intervals"


async def test_an_order_that_comes_late_is_read_with_all_hints_at_once(receiving: Deployment) -> None:
    await receiving.shop.webhooks("http://127.0.0.1:1/{event}", TOKEN, enabled=False)
    await receiving.shop.fault("not_found", times=2)
    placed = await receiving.place(cart())
    for _ in range(10):
        await receiving.hint(placed["entity_id"])
    key = receiving.key(placed)
    await receiving.until(lambda: read(receiving, key), "the order was read")
    records = [one for one in await receiving.read(ORDERS) if one.key == key]
    assert len(records) == 1 and records[0].headers["hints"] == "10"
    snapshot = decode(records[0].value or b"")
    assert snapshot["order"]["increment_id"] == placed["increment_id"]
    assert snapshot["time_zone"] == "America/Los_Angeles"
    assert await receiving.outcomes(key) == []


async def test_a_shop_that_refuses_us_keeps_its_hints_until_it_is_mended(
    receiving: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """401 and 400 concern every order alike: a person mends the integration, and nothing is lost meanwhile."""
    monkeypatch.setattr(limits, "SHOP_REFUSED_SECONDS", 0.5)
    for status in (401, 400):
        await receiving.shop.fault("status", route="orders/:id", status=status, times=3)
        placed = await receiving.place(cart())
        await receiving.until(partial(read, receiving, receiving.key(placed)), f"read after {status}")
    assert await receiving.read(DEAD_LETTERS) == []


async def test_hints_that_name_no_entity_are_set_aside_one_by_one(receiving: Deployment) -> None:
    realm = receiving.books.realm
    for key in ("main:order", "main:order:abc"):
        await receiving.log.append(NewRecord(HINTS, key, b"{}", realm, {}))
    await receiving.log.append(NewRecord(HINTS, "main:product:1", b"{}", realm, {}))
    placed = await receiving.place(cart())
    await receiving.until(lambda: read(receiving, receiving.key(placed)), "the good one was read")

    async def buried() -> bool:
        return len(await receiving.read(DEAD_LETTERS)) == 2

    await receiving.until(buried, "two dead letters")


async def test_a_burst_of_hints_is_two_readings_and_the_last_one_shows_the_latest(receiving: Deployment) -> None:
    """The first hint is read at once; what follows it within a moment is one more reading, and none of it is lost."""
    await receiving.shop.webhooks("http://127.0.0.1:1/{event}", TOKEN, enabled=False)
    placed = await receiving.place(cart())
    key = receiving.key(placed)
    await receiving.hint(placed["entity_id"])
    await receiving.until(lambda: read(receiving, key), "the first hint was read at once")
    for number in range(20):
        await receiving.shop.edit(placed["entity_id"], {"customer_email": f"buyer{number}@example.com"})
        await receiving.hint(placed["entity_id"])

    async def all_read() -> bool:
        records = [one for one in await receiving.read(ORDERS) if one.key == key]
        return sum(int(one.headers["hints"]) for one in records) == 21

    await receiving.until(all_read, "all hints are part of a reading")
    records = [one for one in await receiving.read(ORDERS) if one.key == key]
    assert len(records) <= 4, "not one reading a hint, even when the burst lasted for a second or two"
    assert decode(records[-1].value or b"")["order"]["customer_email"] == "buyer19@example.com"


async def test_a_404_is_final_only_when_the_shop_itself_answers(
    receiving: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A gateway that has lost its shop says 404 of every order: then nothing is known of this one."""
    monkeypatch.setattr(limits, "NOT_FOUND_SECONDS", 1.0)
    monkeypatch.setattr(limits, "SHOP_DOWN_SECONDS", 0.3)
    await until_quiet(receiving)
    before = (await receiving.shop.usage())["GET store/storeConfigs"]
    await receiving.shop.fault("status", route="store/storeConfigs", status=503, times=3)
    await receiving.hint(4711)
    await receiving.until_outcome("main:order:4711", "not_found")
    asked = (await receiving.shop.usage())["GET store/storeConfigs"] - before
    assert asked == 4, "three times in vain, and nothing was said of the order before the fourth"


async def test_an_order_that_the_shop_cannot_show_holds_up_no_other(receiving: Deployment) -> None:
    """Its own 500 again and again is not the shop's outage."""
    first = await receiving.place(cart())
    await receiving.until(partial(read, receiving, receiving.key(first)), "the first is read")
    await receiving.shop.fault("bad_order", orders=[first["entity_id"]], alone=True, times=None)
    await receiving.hint(first["entity_id"])
    others = [await receiving.place(cart()) for _ in range(5)]
    for one in others:
        await receiving.until(partial(read, receiving, receiving.key(one)), "another is read", seconds=3)
    assert await receiving.read(DEAD_LETTERS) == []
