"""What changes in the books comes into `quickbooks.changes`: all of it, each state once."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable

import pytest

from shared import limits
from shared.log.port import LogUnavailable, NewRecord, Position
from shared.quickbooks.cdc import ENTITIES
from shared.quickbooks.listed import loaded_key
from shared.topics import CHANGES, CURSORS, LISTS
from shared.wire import encode
from tests.integration.cdc.conftest import Following
from tests.integration.cdc.work import agree, ask, change, delete, sell


async def test_2500_changes_in_one_second_are_all_told_once(following: Following) -> None:
    await ask(following)  # the cursor begins
    await following.books.stand(True)
    ids = await sell(following, 2_500, "Many at once")
    stamps = {one["MetaData"]["LastUpdatedTime"] for one in await following.books.objects("SalesReceipt")}
    assert len(stamps) == 1
    await ask(following)
    assert len(ids) == 2_500
    await agree(following)
    await ask(following)
    await agree(following)


async def test_after_a_thousand_items_changed_at_once_each_look_at_items_still_counts(following: Following) -> None:
    """Quantities are believed as of a look that sales were looked at with or after: also while items are asked for by
    themselves, since they filled an answer."""
    await ask(following)
    income = next(one for one in await following.books.objects("Account") if one["AccountType"] == "Income")
    service = {"Type": "Service", "IncomeAccountRef": {"value": income["Id"]}}
    await following.books.seed({"Item": [{"Name": f"Work {number}", **service} for number in range(1_100)]})
    before = following.position().entities["Item"].looked
    assert before is not None
    for _ in range(3):
        await ask(following)
        entities = following.position().entities
        looked = entities["Item"].looked
        assert looked is not None
        assert looked[1] > before[1], "a look of its own"
        assert all((entities[sale].looked or before)[1] >= looked[1] for sale in ("Invoice", "SalesReceipt"))
        assert entities["Item"].alone_until is not None
        before = looked
    await following.advance(seconds=limits.CDC_NEAR_SECONDS + 10)
    await ask(following)  # which still goes back to them
    await following.advance(seconds=limits.CDC_ALONE_NEAR_SECONDS + 1)
    spent = await following.metered()
    await ask(following)
    assert await following.metered() - spent == 1, "soon one question is about all again"
    await agree(following)


async def test_deletions_behind_a_thousand_changes_are_found(following: Following) -> None:
    """Change data capture tells deletions behind the live rows, and gives no more than 1,000 in all."""
    await ask(following)
    ids = await sell(following, 1_060, "Deleted from")
    await ask(following)
    gone = random.Random(5).sample(ids, 30)
    await delete(following, gone)
    await change(following, [one for one in ids if one not in gone])
    await ask(following)
    await agree(following, deleted=gone)


async def test_changes_in_the_very_second_of_the_cursor_are_told(following: Following) -> None:
    ids = await sell(following, 3, "Within a second")
    await following.books.stand(True)
    await ask(following)
    for _ in range(3):
        await change(following, ids[:1])
        await following.books.stand(True)
        await ask(following)
    await delete(following, ids[1:2])
    await ask(following)
    await agree(following, deleted=ids[1:2])
    mine = [record for record in await following.told() if record.key.endswith(f"SalesReceipt:{ids[0]}")]
    assert [record.headers["sync-token"] for record in mine] == ["0", "1", "2", "3"]


@pytest.mark.parametrize("days", [29.5, 31, 80])
async def test_a_cursor_too_old_for_change_data_capture_misses_nothing(following: Following, days: float) -> None:
    await ask(following)
    ids = await sell(following, 40, "Before the holidays")
    await ask(following)
    await delete(following, ids[:5])
    await change(following, ids[5:10])
    await following.advance(days=days)
    more = await sell(following, 5, "After them")
    await delete(following, ids[10:12])
    await ask(following)
    await agree(following, deleted=[*ids[:5], *ids[10:12]])
    assert {f"SalesReceipt:{one}" for one in more} <= (await following.state()).keys()
    calls = (await following.books.usage())["coreplus"]["cdc"]
    await ask(following)
    assert (await following.books.usage())["coreplus"]["cdc"] == calls + 1, "one question again"
    await agree(following, deleted=[*ids[:5], *ids[10:12]])


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_a_log_that_fails_at_any_append_loses_nothing(
    following: Following, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that dies between two appends, or between the last one and its cursor, leaves the same behind."""
    chance = random.Random(seed)
    await ask(following)
    ids = await sell(following, 60, "Again and again")
    append: Callable[[NewRecord], Awaitable[Position]] = following.process.log.append

    async def failing(record: NewRecord) -> Position:
        if record.topic in (CHANGES, CURSORS) and chance.random() < 0.1:
            raise LogUnavailable("the disk is full")
        return await append(record)

    monkeypatch.setattr(following.process.log, "append", failing)
    failures = 0
    for turn in range(30):
        if turn == 3:
            await delete(following, ids[:7])
        failures += isinstance(await following.worker.turn(following.realm, ENTITIES), LogUnavailable)
        await following.advance(seconds=2 * limits.CDC_OVERLAP_SECONDS)  # no overlap helps
    monkeypatch.undo()
    await ask(following)
    assert failures > 0
    await agree(following, deleted=ids[:7])


async def test_names_that_change_reach_the_lists_before_they_are_told(following: Following) -> None:
    await ask(following)
    made = await following.books.seed({"Customer": [{"DisplayName": "Listed"}]})
    await ask(following)
    assert ("Customer", made["Customer"][0]["Id"]) in following.taken


async def test_what_happens_between_the_reading_of_the_lists_and_the_first_question_is_told(
    following: Following,
) -> None:
    """Change data capture of a new company may come late: an outage, a person who must consent anew."""
    realm, now = following.realm, following.clock.now()
    for entity in ("Item", "Customer"):
        document = {"at": now.isoformat(), "read_at": now.isoformat(), "count": 0}
        record = NewRecord(LISTS, loaded_key(realm, entity), encode(document), realm, {"schema": "1"})
        await following.process.lists.reach(await following.process.log.append(record))
    ids = await sell(following, 2, "In between")
    (customer,) = [one for one in await following.books.objects("Customer") if one["DisplayName"] == "In between"]
    await following.advance(minutes=40)
    await ask(following)
    told = (await following.state()).keys()
    assert f"Customer:{customer['Id']}" in told and {f"SalesReceipt:{one}" for one in ids} <= told
    assert ("Customer", customer["Id"]) in following.taken


@pytest.mark.parametrize(("items", "sales", "looks"), [(1_200, 0, 2), (0, 1_200, 2), (600, 600, 4)])
async def test_of_a_look_in_several_questions_sales_are_known_as_far_as_items(
    following: Following, items: int, sales: int, looks: int
) -> None:
    """Else a person may have changed a sale between, and the quantity would have it without anybody knowing."""
    await ask(following)
    income = next(one for one in await following.books.objects("Account") if one["AccountType"] == "Income")
    kind = {"Type": "Service", "IncomeAccountRef": {"value": income["Id"]}}
    for start in range(0, items, 200):
        await following.books.seed({"Item": [{"Name": f"Work {start + one}", **kind} for one in range(200)]})
    await sell(following, sales, "A burst")
    before = following.position().entities["Item"].looked
    found = 0
    for _ in range(4):
        await following.advance(seconds=limits.CDC_FAST_SECONDS)
        await ask(following)
        now = {name: following.position().entities[name].looked for name in ("Item", "Invoice", "SalesReceipt")}
        item = now["Item"]
        assert item is not None
        if item != before and all(one is not None and item[1] <= one[1] for one in now.values()):
            found += 1
        before = item
    assert found >= looks
