"""Backfills while processes die, the shop goes down, orders can't be shown, and people change their minds."""

from __future__ import annotations

import asyncio
import itertools
import os
import random
import time
from pathlib import Path
from typing import Any

import pytest

from sandbox.demo.children import Child
from shared import limits
from shared.log.port import TopicPartition
from shared.topics import CURSORS
from shared.topics import ORDERS as ORDERS_TOPIC
from shared.wire import decode
from tests.integration.backfill.full_shop import PARKED, backfill, fill, once, published
from tests.support.deployment import Deployment, deployment, kill
from tests.support.kafka_broker import Broker, free_port

pytestmark = pytest.mark.timeout(240)
ORDERS = 450
KILLS = 4
SPAN_SECONDS = 2.5  # a page of 100 takes about one
RATE = "60000"


async def start(made: Deployment) -> Child:
    """The process that reads the shop. What it reads is parked, so that the books have nothing to do."""
    made.configure(PARKED)
    if made.kind == "kafka":
        await made.command("settings", "publish", str(made.document))
    return await made.start("run" if made.kind == "embedded" else "ingest")


async def asked(made: Deployment, *words: str) -> str:
    """A backfill that was asked for; its id."""
    code, said, complained = await made.command("backfill", "main", "--json", "--detach", *words)
    assert code == 0, complained
    return str(decode(said.encode())["id"])


async def state_of(made: Deployment, name: str) -> dict[str, Any]:
    """The backfill's document as it is now; empty when it was not taken up yet."""
    code, said, complained = await made.command("backfill", "main", "--list", "--json")
    assert code == 0, complained
    return next((one for one in decode(said.encode()) if one["id"] == name), {})


async def until_state(made: Deployment, name: str, state: str) -> dict[str, Any]:
    found: dict[str, Any] = {}

    async def look() -> bool:
        found.clear()
        found.update(await state_of(made, name))
        return found.get("state") == state

    await made.until(look, f"backfill {name} is {state}")
    return found


async def test_killed_at_random_moments_it_goes_on_and_publishes_each_order_once(deployed: Deployment) -> None:
    await kill_now_and_then(deployed, forced=False)


async def test_killed_at_random_moments_a_forced_one_publishes_each_order_once_more(embedded: Deployment) -> None:
    await kill_now_and_then(embedded, forced=True)


async def kill_now_and_then(deployed: Deployment, *, forced: bool) -> None:
    seed = int(os.environ.get("BOOKBRIDGE_TEST_SEED") or random.SystemRandom().randrange(10**6))
    print(f"BOOKBRIDGE_TEST_SEED={seed}")  # noqa: T201 - pytest shows it when the test fails
    chance = random.Random(seed)
    ids = await fill(deployed, ORDERS)
    child = await start(deployed)
    words = ("--ids", f"{ids[0]}-{ids[-1]}", "--rate", RATE)
    if forced:
        await backfill(deployed, *words)
    await deployed.shop.fault("delay", "orders", seconds=0.5, times=None)
    name = await asked(deployed, *words, *(["--force"] if forced else []))
    for _ in range(KILLS):
        await a_moment(deployed, chance)
        kill(child)
        await child.process.wait()
        deployed.children.running.remove(child)
        child = await deployed.start(child.name)
    done = await backfill(deployed, "--watch", name)
    assert (done["found"], done["read"], done["published"] + done["unchanged"]) == (ORDERS, ORDERS, ORDERS)
    assert await published(deployed) == once([*ids, *ids] if forced else ids)


async def a_moment(made: Deployment, chance: random.Random) -> None:
    """Any moment of a page; or just when its first snapshots or its passing became durable, which are short ones."""
    topic = chance.choice([None, ORDERS_TOPIC, CURSORS])
    if topic is None:
        await asyncio.sleep(chance.uniform(0, SPAN_SECONDS))
        return
    sources = [TopicPartition(topic, number) for number in range(limits.PARTITIONS)]
    before, deadline = sum((await made.log.end_offsets(sources)).values()), time.monotonic() + SPAN_SECONDS
    more = chance.randrange(1, 3)
    while sum((await made.log.end_offsets(sources)).values()) < before + more and time.monotonic() < deadline:  # noqa: ASYNC110
        await asyncio.sleep(0.005)


async def test_the_shop_is_asked_no_faster_than_the_rate_allows(embedded: Deployment) -> None:
    ids = await fill(embedded, 350)
    await start(embedded)
    await embedded.until(lambda: has_swept(embedded), "the first sweep, which has lists of its own, is over")
    lists: list[float] = []
    watching = asyncio.create_task(note_lists(embedded, lists))
    try:
        began = time.monotonic()
        done = await backfill(embedded, "--ids", f"{ids[0]}-{ids[-1]}", "--rate", "6000")
    finally:
        watching.cancel()
    assert done["published"] == 350
    assert time.monotonic() - began >= 3.0, "100 a second: the fourth page is three seconds after the first"
    pages = lists[1:]  # the first one counts what there is
    assert len(pages) == 4
    assert all(later - earlier >= 0.9 for earlier, later in itertools.pairwise(pages)), lists


async def note_lists(made: Deployment, moments: list[float]) -> None:
    """When the shop was asked for a list of orders; ends when cancelled."""
    seen = await lists_asked_for(made)
    while True:
        count = await lists_asked_for(made)
        moments += [time.monotonic()] * (count - seen)
        seen = count
        await asyncio.sleep(0.02)


async def lists_asked_for(made: Deployment) -> int:
    return sum(number for call, number in (await made.shop.usage()).items() if call.endswith("orders"))


async def has_swept(made: Deployment) -> bool:
    return await made.metric("run", "bookbridge_sweep_reached_timestamp_seconds") > 0


async def test_a_shop_that_goes_down_is_waited_for_and_then_it_goes_on(embedded: Deployment) -> None:
    ids = await fill(embedded, 250)
    await start(embedded)
    name = await asked(embedded, "--ids", f"{ids[0]}-{ids[-1]}", "--rate", "3000")
    await embedded.until(lambda: some_published(embedded), "the first page is published")
    await embedded.shop.fault("status", status=503, times=None)
    paused = await until_state(embedded, name, "paused")
    assert 0 < paused["read"] < 250
    assert paused["why"]
    await embedded.shop.control("DELETE", "faults")
    done = await backfill(embedded, "--watch", name)
    assert (done["state"], done["read"], done["unreadable"]) == ("done", 250, 0)
    assert await published(embedded) == once(ids)


async def some_published(made: Deployment) -> bool:
    return bool(await published(made))


async def test_orders_that_cannot_be_shown_are_named_and_the_others_are_read(embedded: Deployment) -> None:
    ids = await fill(embedded, 130)
    await embedded.shop.fault("bad_order", orders=[ids[7], ids[110]], alone=True, times=None)
    await embedded.shop.fault("bad_order", orders=[ids[50]], times=None)
    await start(embedded)
    code, said, complained = await embedded.command("backfill", "main", "--ids", f"{ids[0]}-{ids[-1]}", "--rate", RATE)
    assert code == 1, complained
    assert "128 orders read: 128 published, 0 unchanged, 2 unreadable" in said
    assert f"unreadable: {ids[7]}: " in said
    assert f"unreadable: {ids[110]}: " in said
    assert await published(embedded) == once([one for one in ids if one not in (ids[7], ids[110])])


async def test_it_can_be_ended_and_resumed_from_where_it_was(embedded: Deployment) -> None:
    ids = await fill(embedded, 130)
    await start(embedded)
    name = await asked(embedded, "--ids", f"{ids[0]}-{ids[-1]}", "--rate", "600")  # the second page after ten seconds
    await embedded.until(lambda: some_published(embedded), "the first page is published")
    code, said, complained = await embedded.command("backfill", "main", "--cancel", name)
    assert code == 0, complained
    assert f"backfill {name} is cancelled" in said
    ended = await state_of(embedded, name)
    assert (ended["state"], ended["read"]) == ("cancelled", 100)
    assert len(await published(embedded)) == 100

    done = await backfill(embedded, "--resume", name)
    assert (done["state"], done["read"], done["published"]) == ("done", 130, 130)
    assert await published(embedded) == once(ids)
    code, _, complained = await embedded.command("backfill", "main", "--resume", name)
    assert (code, "is done; ask for a new one" in complained) == (1, True)
    code, _, complained = await embedded.command("backfill", "main", "--watch", "nosuch")
    assert (code, "there is no backfill 'nosuch'" in complained) == (2, True)


async def test_webhooks_are_read_while_a_backfill_runs(embedded: Deployment) -> None:
    ids = await fill(embedded, 250)
    await start(embedded)
    await asked(embedded, "--ids", f"{ids[0]}-{ids[-1]}", "--rate", "600")
    await embedded.until(lambda: some_published(embedded), "the first page is published")
    await embedded.hint(ids[-1])
    await embedded.until(lambda: is_published(embedded, ids[-1]), "the hint is read", seconds=9)
    assert len(await published(embedded)) == 101, "the backfill's second page comes ten seconds after the first"


async def is_published(made: Deployment, entity_id: int) -> bool:
    return entity_id in await published(made)


async def test_another_ingest_process_takes_over_and_publishes_each_order_once(
    kafka_broker: Broker, tmp_path: Path
) -> None:
    async with deployment("kafka", tmp_path, kafka_broker.bootstrap) as made:
        ids = await fill(made, 450)
        made.configure(PARKED)
        await made.command("settings", "publish", str(made.document))
        owner = await made.start("ingest", "ingest-1")
        name = await asked(made, "--ids", f"{ids[0]}-{ids[-1]}", "--rate", "3000")
        await made.until(lambda: some_published(made), "the first page is published")
        made.common = {**made.common, "BOOKBRIDGE_PORT": str(free_port())}
        await made.start("ingest", "ingest-2")
        kill(owner)
        await owner.process.wait()
        made.children.running.remove(owner)
        done = await backfill(made, "--watch", name)
        assert (done["state"], done["read"]) == ("done", 450)
        assert await published(made) == once(ids)
