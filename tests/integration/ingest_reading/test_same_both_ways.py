"""An order read by itself and the same order on a page are the same snapshot, whatever was sold and happened since."""

from __future__ import annotations

import asyncio
from random import Random
from typing import Any

import pytest

from sandbox.scenarios.orders import SHAPES, carts
from sandbox.scenarios.special import SPECIAL_SHAPES
from services.ingest.reading.fetched import Fetched, Kind, content_hash
from services.ingest.reading.pages import BrokenPage, read_ids, read_page
from services.ingest.reading.publisher import Verdict
from services.ingest.reading.reader import read_one
from shared.log.signals import RetryLater
from tests.integration.ingest_reading.support import SWEEP, WEBHOOK, Reading
from tests.support.magento_sandbox import MagentoSandbox, SandboxRefused
from tests.support.shopping import cart

pytestmark = pytest.mark.timeout(120)


async def live(sandbox: MagentoSandbox, order: dict[str, Any], random: Random) -> None:
    """A part of an order's life: some steps in an order that makes sense or not; the shop refuses what it can't do."""
    order_id = order["entity_id"]
    for step in random.sample(("invoice", "ship", "refund", "hold", "cancel", "comment"), random.randrange(6)):
        try:
            if step == "refund":
                headers = sandbox.sign("POST", f"/rest/V1/order/{order_id}/refund")
                await sandbox.send("POST", f"/rest/V1/order/{order_id}/refund", {}, headers)
            elif step == "comment":
                await sandbox.edit(order_id, {"customer_note": "Leave it at the door 🚪"})
            else:
                await getattr(sandbox, step)(order_id)
        except SandboxRefused:
            continue


def told(fetched: Fetched) -> dict[str, Any]:
    return dict(fetched.content)


@pytest.mark.parametrize("seed", [1, 2])
async def test_a_page_shows_what_one_reading_shows_for_every_kind_of_order(reading: Reading, seed: int) -> None:
    shapes = (*SHAPES, *SPECIAL_SHAPES)
    random = Random(seed)
    placed = await reading.sandbox.place(*carts(seed, 2 * len(shapes), shapes))
    for order in placed:
        await live(reading.sandbox, order, random)
    ids = [order["entity_id"] for order in placed]
    by_list = await read_ids(reading.shop, Kind.ORDER, ids)
    assert [fetched.id for fetched in by_list] == sorted(ids)
    documents = dict.fromkeys(("invoices", "creditmemos", "shipments"), 0)
    for fetched in by_list:
        alone = await read_one(reading.shop, "order", fetched.id)
        assert told(alone) == told(fetched)
        assert content_hash(alone.content) == content_hash(fetched.content)
        for name in documents:
            documents[name] += len(alone.content[name])
    assert all(documents.values()), f"every kind of document was among them: {documents}"


async def test_a_page_costs_five_calls_and_one_order_four(reading: Reading) -> None:
    placed = await reading.sandbox.place(*carts(3, 40))
    await reading.shop.time_zone(1)
    before = sum((await reading.sandbox.usage()).values())
    page = await read_page(reading.shop, Kind.ORDER, [])
    assert len(page.fetched) == len(placed) and not page.more
    after = sum((await reading.sandbox.usage()).values())
    assert after - before == 5
    await read_one(reading.shop, "order", placed[0]["entity_id"])
    assert sum((await reading.sandbox.usage()).values()) - after == 4


async def test_pages_follow_one_another_by_id_and_leave_nothing_out(reading: Reading) -> None:
    placed = await reading.sandbox.place(*carts(4, 25))
    seen: list[int] = []
    last_id, more = 0, True
    while more:
        page = await read_page(reading.shop, Kind.ORDER, [], last_id, 10)
        seen += [fetched.id for fetched in page.fetched]
        last_id, more = page.last_id, page.more
    assert seen == sorted(order["entity_id"] for order in placed)


async def test_the_calls_of_one_order_run_at_once(reading: Reading) -> None:
    (placed,) = await reading.sandbox.place(*carts(5, 1))
    await reading.shop.time_zone(1)
    await reading.sandbox.fault("delay", seconds=0.5, times=None)
    started = asyncio.get_running_loop().time()
    await read_one(reading.shop, "order", placed["entity_id"])
    assert asyncio.get_running_loop().time() - started < 1.2, "four calls of half a second each, side by side"


async def test_where_lists_leave_out_what_a_module_adds_a_page_still_shows_what_one_reading_shows(
    reading: Reading,
) -> None:
    fee = {"amount": "5.33", "attribute": "payment_surcharge_amount"}
    placed = [(await reading.sandbox.place(cart(foreign_fees=[fee])))[0] for _ in range(3)]
    await reading.sandbox.control("PATCH", "settings", {"unlisted_attributes": ["payment_surcharge_amount"]})
    page = await read_page(reading.shop, Kind.ORDER, [])
    assert len(page.fetched) == len(placed)
    for fetched in page.fetched:
        assert fetched.document["extension_attributes"]["payment_surcharge_amount"]
        assert (await read_one(reading.shop, "order", fetched.id)).content == fetched.content


async def test_a_change_that_only_a_list_shows_is_not_published(reading: Reading) -> None:
    """Some orders have the module's attribute, and the one that is read by itself hasn't."""
    fee = {"amount": "5.33", "attribute": "payment_surcharge_amount"}
    (with_fee,) = await reading.sandbox.place(cart(foreign_fees=[fee]))
    await reading.sandbox.place(cart())
    alone = await read_one(reading.shop, "order", with_fee["entity_id"])
    assert await reading.publisher.publish(reading.loaded, alone, WEBHOOK) is Verdict.PUBLISHED
    await reading.sandbox.control("PATCH", "settings", {"unlisted_attributes": ["payment_surcharge_amount"]})
    (listed, _) = (await read_page(reading.shop, Kind.ORDER, [])).fetched
    assert content_hash(listed.content) != content_hash(alone.content)
    assert await reading.publisher.publish(reading.loaded, listed, SWEEP) is Verdict.UNCHANGED
    await reading.sandbox.edit(with_fee["entity_id"], {"customer_note": "Ring twice"})
    (listed, _) = (await read_page(reading.shop, Kind.ORDER, [])).fetched
    assert await reading.publisher.publish(reading.loaded, listed, SWEEP) is Verdict.PUBLISHED
    last = (await reading.snapshots(Kind.ORDER, with_fee["entity_id"]))[-1]["order"]
    assert last["customer_note"] == "Ring twice" and last["extension_attributes"]["payment_surcharge_amount"]


async def test_a_page_with_an_order_that_cannot_be_shown_is_broken_and_its_parts_are_not(reading: Reading) -> None:
    ids = [order["entity_id"] for order in await reading.sandbox.place(*carts(6, 8))]
    await reading.sandbox.fault("bad_order", orders=[ids[5]], times=None)
    with pytest.raises(BrokenPage):
        await read_page(reading.shop, Kind.ORDER, [])
    assert [fetched.id for fetched in await read_ids(reading.shop, Kind.ORDER, ids[:5])] == ids[:5]
    assert (await read_one(reading.shop, "order", ids[5])).id == ids[5]


async def test_a_page_of_a_shop_that_is_down_is_not_broken(reading: Reading) -> None:
    await reading.sandbox.place(*carts(6, 2))
    await reading.sandbox.fault("status", status=503, times=None)
    with pytest.raises(RetryLater):
        await read_page(reading.shop, Kind.ORDER, [])
