"""Webhooks get lost, the process dies at moments nobody chose, the shop is away: in the end the log has every order of
the shop, as it is, and nothing twice."""

from __future__ import annotations

import asyncio
import os
import random
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest

from services.ingest.reading.fetched import content_hash
from shared.topics import DEAD_LETTERS, ORDERS
from shared.wire import decode
from tests.support.deployment import TOKEN, Deployment, deployment, kill
from tests.support.magento_sandbox import SandboxRefused
from tests.support.shopping import cart
from tests.support.sweeping import PAST_THE_LAG, SWEEPING, until_swept

EVENTS = 70
KILLS = 4
OUTAGE_SECONDS = 600  # of the shop's time
PARTS = ("invoices", "creditmemos", "shipments")
TIMES = {"fetched_at", "schema", "connection"}
pytestmark = pytest.mark.timeout(150)


async def test_the_log_ends_with_every_order_of_the_shop_as_it_is_and_nothing_twice(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    seed = int(os.environ.get("BOOKBRIDGE_TEST_SEED") or random.SystemRandom().randrange(10**6))
    print(f"BOOKBRIDGE_TEST_SEED={seed}")  # noqa: T201 - pytest shows it when the test fails
    chance = random.Random(seed)
    async with deployment("embedded", tmp_path_factory.mktemp("losses")) as deployed:
        deployed.configure(SWEEPING)
        await deployed.shop.webhooks(
            f"http://127.0.0.1:{deployed.port}/webhooks/main/mageos/{{event}}", TOKEN, lose=0.3, copies_max=2, seed=seed
        )
        await deployed.start("run")
        killing = asyncio.create_task(kill_now_and_then(deployed, chance))
        orders = await trade(deployed, chance)
        await killing
        await deployed.shop.advance(PAST_THE_LAG)
        await until_swept(deployed, 2)

        expected = {f"main:order:{number}": content_hash(await as_it_is(deployed, number)) for number in orders}
        records = await deployed.read(ORDERS)
        contents = [(one.key, content_hash(without_times(decode(one.value or b"")))) for one in records]
        assert dict(contents).keys() == expected.keys()
        assert dict(contents) == expected, "the newest snapshot of each is the shop's present state"
        assert max(Counter(contents).values()) == 1, "nothing was published twice"
        causes = Counter(one.headers["cause"] for one in records)
        assert causes["webhook"] and causes["sweep"], causes
        assert await deployed.read(DEAD_LETTERS) == []


async def trade(deployed: Deployment, chance: random.Random) -> list[int]:
    """Orders come in, are invoiced, shipped, refunded and edited; in the middle of it the shop answers nobody for ten
    minutes of its time. Ids of all orders."""
    orders: list[int] = []
    for number in range(EVENTS):
        if number == EVENTS // 2:
            await deployed.shop.fault("status", status=503, times=None)
        if EVENTS // 2 < number <= EVENTS // 2 + 10:
            await deployed.shop.advance(OUTAGE_SECONDS / 10)
        if number == EVENTS // 2 + 10:
            await deployed.shop.control("DELETE", "faults")
        action = chance.choice(("place", "place", "invoice", "ship", "creditmemo", "edit", "cancel"))
        if action == "place" or not orders:
            orders += [one["entity_id"] for one in await deployed.shop.place(cart(f"SKU-{number}"))]
        else:
            await act(deployed, action, chance.choice(orders), number)
        await asyncio.sleep(chance.uniform(0, 0.3))
    return orders


async def act(deployed: Deployment, action: str, order_id: int, number: int) -> None:
    try:
        if action == "edit":
            await deployed.shop.edit(order_id, {"customer_email": f"buyer{number}@example.com"})
        else:
            await deployed.shop.control("POST", f"orders/{order_id}/{action}", {})
    except SandboxRefused:
        pass  # nothing left to invoice, ship or refund


async def kill_now_and_then(deployed: Deployment, chance: random.Random) -> None:
    for _ in range(KILLS):
        await asyncio.sleep(chance.uniform(0.3, 3.0))
        child = next(one for one in reversed(deployed.children.running) if one.name.startswith("run"))
        kill(child)
        await child.process.wait()
        await deployed.start("run")


async def as_it_is(deployed: Deployment, order_id: int) -> dict[str, Any]:
    """The order with its documents, as the shop shows them now."""
    order = await deployed.shop.get_json(f"/rest/V1/orders/{order_id}")
    found: dict[str, Any] = {"order": order, "time_zone": "America/Los_Angeles"}
    for part in PARTS:
        search = (
            "searchCriteria%5Bfilter_groups%5D%5B0%5D%5Bfilters%5D%5B0%5D%5Bfield%5D=order_id"
            f"&searchCriteria%5Bfilter_groups%5D%5B0%5D%5Bfilters%5D%5B0%5D%5Bvalue%5D={order_id}"
        )
        items = (await deployed.shop.get_json(f"/rest/V1/{part}?{search}"))["items"]
        found[part] = sorted(items, key=lambda one: int(one["entity_id"]))
    return found


def without_times(snapshot: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in snapshot.items() if name not in TIMES}
