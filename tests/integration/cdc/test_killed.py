"""kill -9 while changes are told: between two appends, and between the last one and the cursor."""

from __future__ import annotations

import asyncio
import os
import random
from itertools import pairwise
from pathlib import Path

import pytest

from shared import limits
from shared.log.port import Record, TopicPartition
from shared.topics import CHANGES, CURSORS
from shared.wire import decode
from tests.support.deployment import Deployment, deployment, kill

KILLS = 3
EACH = 600
pytestmark = pytest.mark.timeout(180)


async def test_a_process_killed_while_it_tells_loses_nothing_and_tells_nothing_twice(tmp_path: Path) -> None:
    seed = int(os.environ.get("BOOKBRIDGE_TEST_SEED") or random.SystemRandom().randrange(10**6))
    print(f"BOOKBRIDGE_TEST_SEED={seed}")  # noqa: T201 - pytest shows it when the test fails
    chance = random.Random(seed)
    async with deployment("embedded", tmp_path) as made:
        await made.start("run")
        await made.until(lambda: _followed(made), "the first cursor")
        items = await _stock(made)
        kill(made.children.running[-1])
        inside = 0
        for turn in range(KILLS):
            await _sell(made, items, EACH)
            before = await _count(made)
            inside += await _killed_at(made, turn, before + chance.randrange(1, EACH // 2))
        child = await made.start("run", "last")
        await made.until(lambda: _agree(made), "the topic tells what the books hold")
        child.process.kill()
        assert inside >= 1, "some process died in the middle"
        by_key: dict[str, list[Record]] = {}
        for record in await made.read(CHANGES):
            by_key.setdefault(record.key, []).append(record)
        for key, records in by_key.items():
            assert all(a.headers["mark"] != b.headers["mark"] for a, b in pairwise(records)), key
        receipts = [records for key, records in by_key.items() if ":SalesReceipt:" in key]
        assert len(receipts) == KILLS * EACH and all(len(records) == 1 for records in receipts)


async def _killed_at(made: Deployment, turn: int, count: int) -> bool:
    """Starts a process and kills it when so many changes are in the topic; whether more were still to come."""
    starting = asyncio.create_task(made.start("run", f"killed-{turn}"))
    try:
        async with asyncio.timeout(60):
            while await _count(made) < count:  # noqa: ASYNC110 - another process appends
                await asyncio.sleep(0.002)
        kill(made.children.running[-1])
        await made.children.running[-1].process.wait()
    finally:
        starting.cancel()
        await asyncio.wait([starting])
    return not await _agree(made)


async def _stock(made: Deployment) -> dict[str, str]:
    income = next(one for one in await made.books.objects("Account") if one["AccountType"] == "Income")
    service = {"Name": "Work", "Type": "Service", "IncomeAccountRef": {"value": income["Id"]}}
    seeded = await made.books.seed({"Customer": [{"DisplayName": "Often"}], "Item": [service]})
    return {name: seeded[name][0]["Id"] for name in seeded}


async def _sell(made: Deployment, items: dict[str, str], count: int) -> None:
    detail = {"ItemRef": {"value": items["Item"]}, "Qty": 1, "UnitPrice": 10}
    line = {"Amount": 10, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail}
    receipt = {"CustomerRef": {"value": items["Customer"]}, "Line": [line]}
    await made.books.seed({"SalesReceipt": [receipt] * count})


async def _count(made: Deployment) -> int:
    sources = [TopicPartition(CHANGES, number) for number in range(limits.PARTITIONS)]
    return sum((await made.log.end_offsets(sources)).values())


async def _followed(made: Deployment) -> bool:
    """A cursor of change data capture stands."""
    name = f"{made.books.realm}:cdc"
    found = [record for record in await made.read(CURSORS) if record.key == name and record.value]
    return bool(found) and bool(decode(found[-1].value or b"{}")["entities"])


async def _agree(made: Deployment) -> bool:
    told = {record.key: record.headers["sync-token"] for record in await made.read(CHANGES)}
    realm = made.books.realm
    return all(
        told.get(f"{realm}:SalesReceipt:{one['Id']}") == one["SyncToken"]
        for one in await made.books.objects("SalesReceipt")
    )
