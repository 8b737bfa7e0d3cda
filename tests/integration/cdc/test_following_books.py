"""What changes in the books comes into `quickbooks.changes`: all of it, each state once."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest

from shared.log.port import LogUnavailable, NewRecord, Position
from shared.quickbooks.cdc import ENTITIES
from shared.topics import CHANGES, CURSORS
from shared.wire import decode
from tests.integration.cdc.conftest import Following


async def _ask(following: Following) -> None:
    assert await following.worker.turn(following.realm, ENTITIES) is None


async def _sell(following: Following, count: int, buyer: str) -> list[str]:
    """So many sales receipts; their Ids."""
    income = next(one for one in await following.books.objects("Account") if one["AccountType"] == "Income")
    service = {"Name": f"Work for {buyer}", "Type": "Service", "IncomeAccountRef": {"value": income["Id"]}}
    made = await following.books.seed({"Customer": [{"DisplayName": buyer}], "Item": [service]})
    detail = {"ItemRef": {"value": made["Item"][0]["Id"]}, "Qty": 1, "UnitPrice": 10}
    line = {"Amount": 10, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail}
    receipt = {"CustomerRef": {"value": made["Customer"][0]["Id"]}, "Line": [line]}
    ids: list[str] = []
    for start in range(0, count, 250):
        some = await following.books.seed({"SalesReceipt": [receipt] * min(250, count - start)})
        ids += [one["Id"] for one in some["SalesReceipt"]]
    return ids


async def _batches(following: Following, operation: str, objects: Sequence[dict[str, Any]]) -> None:
    """Changes made by somebody else's program, 30 a call; the clock moves so that nothing is throttled."""
    books = following.books
    token = (await books.grant())["access_token"]
    for start in range(0, len(objects), 30):
        await books.advance(2)
        items = [
            {"bId": str(number), "operation": operation, "SalesReceipt": one}
            for number, one in enumerate(objects[start : start + 30])
        ]
        url = f"{books.base_url}/v3/company/{books.realm}/batch?minorversion=75"
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        async with books.session.post(url, json={"BatchItemRequest": items}, headers=headers) as answer:
            done = decode(await answer.read())
        assert all("Fault" not in one for one in done["BatchItemResponse"]), done
    await books.advance(2)


async def _delete(following: Following, ids: Sequence[str]) -> None:
    tokens = {one["Id"]: one["SyncToken"] for one in await following.books.objects("SalesReceipt")}
    await _batches(following, "delete", [{"Id": one, "SyncToken": tokens[one]} for one in ids])


async def _change(following: Following, ids: Sequence[str]) -> None:
    tokens = {one["Id"]: one["SyncToken"] for one in await following.books.objects("SalesReceipt")}
    changes = [
        {"Id": one, "SyncToken": tokens[one], "sparse": True, "PrivateNote": f"seen after {tokens[one]}"} for one in ids
    ]
    await _batches(following, "update", changes)


async def _agree(following: Following, deleted: Sequence[str] = ()) -> None:
    """The topic's last word on every receipt and customer is what the books hold, and nothing was told twice."""
    names = ("SalesReceipt:", "Customer:", "Item:")
    told = {name: token for name, token in (await following.state()).items() if name.startswith(names)}
    living = {name: token for name, token in told.items() if token != "deleted"}
    books = await following.books_hold("SalesReceipt", "Customer", "Item")
    assert living == {name: token for name, token in books.items() if name in living or name.startswith("SalesR")}
    assert {name for name, token in told.items() if token == "deleted"} == {f"SalesReceipt:{one}" for one in deleted}
    marks = Counter((record.key, record.headers["mark"]) for record in await following.told())
    assert [name for name, count in marks.items() if count > 1] == []


async def test_2500_changes_in_one_second_are_all_told_once(following: Following) -> None:
    await _ask(following)  # the cursor begins
    await following.books.stand(True)
    ids = await _sell(following, 2_500, "Many at once")
    stamps = {one["MetaData"]["LastUpdatedTime"] for one in await following.books.objects("SalesReceipt")}
    assert len(stamps) == 1
    await _ask(following)
    assert len(ids) == 2_500
    await _agree(following)
    await _ask(following)
    await _agree(following)


async def test_deletions_behind_a_thousand_changes_are_found(following: Following) -> None:
    """Change data capture tells deletions behind the live rows, and gives no more than 1,000 in all."""
    await _ask(following)
    ids = await _sell(following, 1_060, "Deleted from")
    await _ask(following)
    gone = random.Random(5).sample(ids, 30)
    await _delete(following, gone)
    await _change(following, [one for one in ids if one not in gone])
    await _ask(following)
    await _agree(following, deleted=gone)


async def test_changes_in_the_very_second_of_the_cursor_are_told(following: Following) -> None:
    ids = await _sell(following, 3, "Within a second")
    await following.books.stand(True)
    await _ask(following)
    for _ in range(3):
        await _change(following, ids[:1])
        await following.books.stand(True)
        await _ask(following)
    await _delete(following, ids[1:2])
    await _ask(following)
    await _agree(following, deleted=ids[1:2])
    mine = [record for record in await following.told() if record.key.endswith(f"SalesReceipt:{ids[0]}")]
    assert [record.headers["sync-token"] for record in mine] == ["0", "1", "2", "3"]


@pytest.mark.parametrize("days", [29.5, 31, 80])
async def test_a_cursor_too_old_for_change_data_capture_misses_nothing(following: Following, days: float) -> None:
    await _ask(following)
    ids = await _sell(following, 40, "Before the holidays")
    await _ask(following)
    await _delete(following, ids[:5])
    await _change(following, ids[5:10])
    await following.advance(days=days)
    more = await _sell(following, 5, "After them")
    await _delete(following, ids[10:12])
    await _ask(following)
    await _agree(following, deleted=[*ids[:5], *ids[10:12]])
    assert {f"SalesReceipt:{one}" for one in more} <= (await following.state()).keys()
    calls = (await following.books.usage())["coreplus"]["cdc"]
    await _ask(following)
    assert (await following.books.usage())["coreplus"]["cdc"] == calls + 1, "one question again"
    await _agree(following, deleted=[*ids[:5], *ids[10:12]])


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_a_log_that_fails_at_any_append_loses_nothing(
    following: Following, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that dies between two appends, or between the last one and its cursor, leaves the same behind."""
    chance = random.Random(seed)
    await _ask(following)
    ids = await _sell(following, 60, "Again and again")
    append: Callable[[NewRecord], Awaitable[Position]] = following.process.log.append

    async def failing(record: NewRecord) -> Position:
        if record.topic in (CHANGES, CURSORS) and chance.random() < 0.1:
            raise LogUnavailable("the disk is full")
        return await append(record)

    monkeypatch.setattr(following.process.log, "append", failing)
    failures = 0
    for turn in range(30):
        if turn == 3:
            await _delete(following, ids[:7])
        failures += isinstance(await following.worker.turn(following.realm, ENTITIES), LogUnavailable)
    monkeypatch.undo()
    await _ask(following)
    assert failures > 0
    await _agree(following, deleted=ids[:7])


async def test_names_that_change_reach_the_lists_before_they_are_told(following: Following) -> None:
    await _ask(following)
    made = await following.books.seed({"Customer": [{"DisplayName": "Listed"}]})
    await _ask(following)
    assert ("Customer", made["Customer"][0]["Id"]) in following.taken
