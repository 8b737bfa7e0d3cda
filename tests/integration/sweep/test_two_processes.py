"""Two ingest processes on one Kafka: whichever owns the realm, the log ends with every order of the shop as it is."""

from __future__ import annotations

import asyncio
import os
import random
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pytest

from sandbox.demo.children import Child
from shared import limits
from shared.log.port import Record
from shared.snapshots import follows_of, overtaken
from shared.topics import DEAD_LETTERS, ORDERS
from tests.integration.sweep.trading import contents, expected, trade
from tests.support.deployment import TOKEN, Deployment, deployment, kill, pause, wake
from tests.support.kafka_broker import Broker, free_port
from tests.support.sweeping import PAST_THE_LAG, SWEEPING, cursor, until_swept

EVENTS = 30
SESSION_SECONDS = 3  # of the deployment: a member that is silent for longer loses what it owns
pytestmark = pytest.mark.timeout(180)


async def another(deployed: Deployment, number: int) -> Child:
    """An ingest process that is ready, on a port and a folder of its own."""
    deployed.common = {**deployed.common, "BOOKBRIDGE_PORT": str(free_port())}
    return await deployed.start("ingest", f"ingest-{number}")


async def owner(deployed: Deployment, processes: dict[str, Child]) -> str:
    """The name of the one that sweeps the shop."""
    found: list[str] = []

    async def sweeping() -> bool:
        before = {name: await rows_read(deployed, name) for name in processes}
        await asyncio.sleep(1)
        found[:] = [name for name in processes if await rows_read(deployed, name) > before[name]]
        return len(found) == 1

    await deployed.until(sweeping, "one process sweeps the shop")
    return found[0]


async def rows_read(deployed: Deployment, name: str) -> float:
    return await deployed.metric(name, 'resource="store"')


@pytest.mark.parametrize("way", ["killed", "frozen"])
async def test_the_shop_is_in_the_log_when_the_one_that_sweeps_is_gone(
    kafka_broker: Broker, tmp_path: Path, way: str
) -> None:
    """A process that dies is forgotten. One that stands still for longer than its session, and then goes on where it
    was, has a few readings in hand: what it appends of them counts for nobody where another was first, and what counts
    is told once more behind what doesn't (docs/adr/0011-a-snapshot-says-which-one-it-follows.md)."""
    seed = int(os.environ.get("BOOKBRIDGE_TEST_SEED") or random.SystemRandom().randrange(10**6))
    print(f"BOOKBRIDGE_TEST_SEED={seed}")  # noqa: T201 - pytest shows it when the test fails
    chance = random.Random(seed)
    async with deployment("kafka", tmp_path, kafka_broker.bootstrap) as deployed:
        deployed.configure(SWEEPING)
        await deployed.command("settings", "publish", str(deployed.document))
        processes = {f"ingest-{number}": await another(deployed, number) for number in (1, 2)}
        hooks = f"http://127.0.0.1:{deployed.common['BOOKBRIDGE_PORT']}/webhooks/main/mageos/{{event}}"
        await deployed.shop.webhooks(hooks, TOKEN, lose=0.5, copies_max=2, seed=seed)
        gone = processes[await owner(deployed, processes)]
        trading = asyncio.create_task(trade(deployed, chance, EVENTS))
        await asyncio.sleep(chance.uniform(0.5, 3))
        if way == "killed":
            kill(gone)
            await gone.process.wait()
            deployed.children.running.remove(gone)
        else:
            pause(gone)
            await asyncio.sleep(SESSION_SECONDS + 2)
            wake(gone)
        orders = await trading
        await deployed.shop.advance(PAST_THE_LAG)
        await until_swept(deployed, 2)

        records = await deployed.read(ORDERS)
        found, wanted = contents(records), await expected(deployed, orders)
        assert dict(found).keys() == wanted.keys()
        assert dict(found) == wanted, "the newest snapshot of each is the shop's present state"
        twice = [one for one, count in Counter(found).items() if count > 1]
        late, again = too_late(records)
        if way == "killed":
            assert (twice, late) == ([], []), "nothing twice"
        assert again == [], "nothing that counts twice, but behind what doesn't count"
        assert len(late) <= limits.SHOP_CALLS_AT_ONCE + 1, "no more than lanes and the sweep had in hand"
        assert (await cursor(deployed))["walk"] is None
        assert await deployed.read(DEAD_LETTERS) == []


def too_late(records: Sequence[Record]) -> tuple[list[str], list[str]]:
    """The keys of snapshots that came too late to count, and of those that count and say what the one before says,
    with nothing between them that doesn't count."""
    late: list[str] = []
    again: list[str] = []
    counting: dict[str, tuple[datetime, str]] = {}
    behind: set[str] = set()
    for record, (key, said) in zip(records, contents(records), strict=True):
        at = datetime.fromisoformat(record.headers["fetched-at"])
        stands = counting.get(key)
        if stands is not None and overtaken(at, follows_of(record.headers), stands[0]):
            late.append(key)
            behind.add(key)
            continue
        if stands is not None and stands[1] == said and key not in behind:
            again.append(key)
        counting[key] = (at, said)
        behind.discard(key)
    return late, again
