"""Several inventory processes on Kafka: one of them writes a connection's source, whatever becomes of the others."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.deployment import Deployment, deployment, kill, pause, wake
from tests.support.kafka_broker import Broker
from tests.support.stocking import ON, Warehouse

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
async def goods(kafka_broker: Broker, tmp_path: Path) -> AsyncIterator[Warehouse]:
    """Mugs and cups; ingest and orders run."""
    async with deployment("kafka", tmp_path, kafka_broker.bootstrap) as made:
        found = Warehouse(made)
        await found.offer({"MUG": 10, "CUP": 5})
        await found.have({"MUG": 10, "CUP": 5})
        made.configure(ON)
        await made.start("ingest")
        await made.start("orders")
        await found.books_tell()
        yield found


async def works(deployed: Deployment, name: str) -> bool:
    needle = 'bookbridge_stock_total{connection="main",outcome='
    counts = [await deployed.metric(name, f'{needle}"{outcome}"') for outcome in ("unchanged", "written")]
    return sum(counts) >= 2


async def test_whoever_dies_another_goes_on_and_writes_only_what_changed(goods: Warehouse) -> None:
    deployed = goods.deployed
    first = await deployed.start("inventory", "first")
    await deployed.until(lambda: works(deployed, "first"), "the first one is at work")
    await goods.count("MUG", 15)
    await goods.until_held({"MUG": 15})
    second = await deployed.start("inventory", "second")
    before = await goods.writes()
    kill(first)
    await deployed.until(lambda: works(deployed, "second"), "the second one took over")
    await goods.count("MUG", 16)
    await goods.until_held({"MUG": 16})
    third = await deployed.start("inventory", "third")
    assert await deployed.stop(second) == 0
    await deployed.until(lambda: works(deployed, "third"), "the third one took over")
    placed = await goods.order("MUG", 3)
    await deployed.until_outcome(deployed.key(placed), "posted")
    await goods.count("CUP", 6)
    await goods.until_held({"CUP": 6})
    assert [(await goods.held())["MUG"], await goods.salable("MUG")] == [16, 13]
    assert await goods.writes() - before == 2
    assert third.process.returncode is None


async def test_a_process_that_was_frozen_over_its_decision_does_not_write_it_any_more(goods: Warehouse) -> None:
    deployed = goods.deployed
    frozen = await deployed.start("inventory", "frozen")
    await deployed.until(lambda: works(deployed, "frozen"), "it is at work")
    before = await goods.writes()
    rule = await goods.disturb("hold_before_commit", "GET")
    await goods.count("MUG", 15)
    await goods.until_held_up(rule)
    pause(frozen)
    await goods.let_go(rule)
    await deployed.start("inventory", "other")
    await goods.until_held({"MUG": 15})
    await goods.count("MUG", 20)
    await goods.until_held({"MUG": 20})
    wake(frozen)
    await deployed.until(lambda: deployed.answers("frozen"), "the frozen one is awake")
    await goods.count("CUP", 6)
    await goods.until_held({"CUP": 6})
    await goods.until_told("CUP", "written")
    assert (await goods.held())["MUG"] == 20
    assert await goods.writes() - before == 3
