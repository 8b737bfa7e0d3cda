"""P1 and P7 at once, on both logs: processes die at moments nobody chose while orders come in and answers get lost."""

from __future__ import annotations

import asyncio
import os
import random

import aiohttp
import pytest

from tests.integration.orders.in_the_books import booked, within_quota
from tests.support.deployment import STATES, Deployment, kill
from tests.support.shopping import cart

ORDERS = 12
KILLS = 4
SPAN_SECONDS = 6.0
WRITES = {"method": "POST", "entity": "SalesReceipt"}
pytestmark = pytest.mark.timeout(240)


async def test_orders_placed_while_processes_are_killed_are_all_booked_exactly_once(deployed: Deployment) -> None:
    seed = int(os.environ.get("BOOKBRIDGE_TEST_SEED") or random.SystemRandom().randrange(10**6))
    print(f"BOOKBRIDGE_TEST_SEED={seed}")  # noqa: T201 - pytest shows it when the test fails
    chance = random.Random(seed)
    deployed.configure(f'[sales]\nnumbers = "quickbooks"\n{STATES}')  # the uniqueness of numbers shall not help us
    await deployed.books.settings(custom_txn_numbers=False)
    await deployed.start_all()
    for effect in ("drop_before_commit", "drop_after_commit", "hold_after_commit"):
        await deployed.books.add_fault(effect, match=WRITES, times=1, skip=chance.randrange(ORDERS // 2), seconds=2)
    await deployed.books.add_fault("drop_after_commit", match={"entity": "Customer"}, times=1)

    killing = asyncio.create_task(kill_now_and_then(deployed, chance))
    placed, telling = [], []
    for number in range(ORDERS):
        placed.append(await deployed.place(cart(f"SKU-{number % 3}", f"buyer{number % 4}@example.com")))
        telling.append(asyncio.create_task(tell_until_accepted(deployed, placed[-1]["entity_id"])))
        await asyncio.sleep(chance.uniform(0, 2 * SPAN_SECONDS / ORDERS))
    await asyncio.gather(killing, *telling)
    await deployed.books.clear_faults()

    for one in placed:
        document = await booked(deployed, one)
        link = await deployed.link(deployed.key(one))
        assert link.intent is None and link.held is None
        assert link.booked is not None and link.booked.id == document["id"]
    assert len(await deployed.documents()) == ORDERS, "no document without an order"
    skus = [one.get("Sku") for one in await deployed.books.objects("Item") if str(one.get("Sku")).startswith("SKU-")]
    assert sorted(map(str, skus)) == ["SKU-0", "SKU-1", "SKU-2"]
    assert len(await deployed.books.objects("Customer")) == 4
    await within_quota(deployed)


async def tell_until_accepted(deployed: Deployment, entity_id: int) -> None:
    """Mage-OS tells nobody twice when it met silence; the promise is about what was accepted."""
    while True:
        try:
            return await deployed.hint(entity_id, "sales.order.created")
        except aiohttp.ClientError:
            await asyncio.sleep(0.2)


async def kill_now_and_then(deployed: Deployment, chance: random.Random) -> None:
    """Each time one of the processes, chosen by chance, the writing one at least twice; each is started again."""
    others = [deployed.writer] if deployed.kind == "embedded" else ["orders", "ingest"]
    victims = [deployed.writer, deployed.writer, *(chance.choice(others) for _ in range(KILLS - 2))]
    chance.shuffle(victims)
    for name in victims:
        await asyncio.sleep(chance.uniform(0.1, 2 * SPAN_SECONDS / KILLS))
        child = next(one for one in reversed(deployed.children.running) if one.name == name)
        kill(child)
        await child.process.wait()
        await deployed.start(name)
