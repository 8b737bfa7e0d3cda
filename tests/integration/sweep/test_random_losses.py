"""Webhooks get lost, the process dies at moments nobody chose, the shop is away: in the end the log has every order of
the shop, as it is, and nothing twice."""

from __future__ import annotations

import asyncio
import os
import random
from collections import Counter

import pytest

from shared.topics import DEAD_LETTERS, ORDERS
from tests.integration.sweep.trading import contents, expected, trade
from tests.support.deployment import TOKEN, Deployment, deployment, kill
from tests.support.sweeping import PAST_THE_LAG, SWEEPING, until_swept

EVENTS = 70
KILLS = 4
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
        orders = await trade(deployed, chance, EVENTS)
        await killing
        await deployed.shop.advance(PAST_THE_LAG)
        await until_swept(deployed, 2)

        records = await deployed.read(ORDERS)
        found, wanted = contents(records), await expected(deployed, orders)
        assert dict(found).keys() == wanted.keys()
        assert dict(found) == wanted, "the newest snapshot of each is the shop's present state"
        assert max(Counter(found).values()) == 1, "nothing was published twice"
        causes = Counter(one.headers["cause"] for one in records)
        assert causes["webhook"] and causes["sweep"], causes
        assert await deployed.read(DEAD_LETTERS) == []


async def kill_now_and_then(deployed: Deployment, chance: random.Random) -> None:
    for _ in range(KILLS):
        await asyncio.sleep(chance.uniform(0.3, 3.0))
        child = next(one for one in reversed(deployed.children.running) if one.name.startswith("run"))
        kill(child)
        await child.process.wait()
        await deployed.start("run")
