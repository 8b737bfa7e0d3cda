"""What is said of lists, and what the log and its readers make of it."""

from __future__ import annotations

import asyncio
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.ingest.cursors import Cursors
from services.ingest.lists.asks import Ask
from services.ingest.lists.lists import Lists
from shared import limits
from shared.log.embedded import EmbeddedLog
from shared.log.port import Log, NotOwner
from shared.quickbooks.listed import listed
from shared.quickbooks.lists import ListBoard
from shared.topics import TOPICS
from tests.unit.lists.conftest import BoardFactory
from tests.unit.lists.told import NOON, REALM, at, deleted, item, records, shown

Batch = tuple[int, list[dict[str, Any]]]


async def test_only_what_differs_is_appended(log: Log, lists: Lists, board: ListBoard) -> None:
    mugs = [item(number, f"Mug {number}", UnitPrice=Decimal("1.50")) for number in range(1, 601)]
    assert await lists.take(REALM, "Item", mugs, at(0)) == 600
    assert await lists.take(REALM, "Item", mugs, at(1)) == 0
    mugs[3] |= {"Name": "Cup", "SyncToken": "1"}
    assert await lists.take(REALM, "Item", mugs, at(2)) == 1
    assert await lists.take(REALM, "Item", [deleted(5, 3)], at(3)) == 1
    assert await lists.take(REALM, "Invoice", [{"Id": "1"}], at(3)) == 0, "there is no list of them"
    found = await records(log)
    assert len(found) == 602
    (cup,) = board.of(REALM).named("Item", "CUP")
    assert (cup["Id"], cup["UnitPrice"]) == ("4", Decimal("1.50"))
    assert board.of(REALM).get("Item", "5") is None
    assert (found[-1].key, found[-1].value) == (f"{REALM}:Item:5", None)
    assert {"sync-token", "last-updated-time", "content-hash", "at"} <= found[-2].headers.keys()


def batches() -> st.SearchStrategy[list[Batch]]:
    """Readings of up to three objects, cut from lives in which each minute brings a change, at times out of order."""

    def told(number: int, minute: int, end: int) -> dict[str, Any]:
        return deleted(number, end) if minute >= end else item(number, f"{number} v{minute}", minute, minute=minute)

    one = st.builds(told, st.integers(1, 3), st.integers(0, 6), st.just(5))
    return st.lists(st.tuples(st.integers(6, 9), st.lists(one, max_size=4)), min_size=1, max_size=6)


@settings(max_examples=12, deadline=None)
@given(batches())
def test_any_order_of_readings_ends_with_the_newest_and_a_rebuilt_projection_is_the_same(told: list[Batch]) -> None:
    async def run(folder: Path) -> None:
        log = EmbeddedLog(folder / "log.sqlite")
        await log.start()
        await log.ensure_topics(TOPICS)
        async with (
            Cursors(log, folder / "cursors.sqlite") as cursors,
            ListBoard(log, folder / "lists.sqlite") as board,
            ListBoard(log, folder / "rebuilt.sqlite") as rebuilt,
        ):
            lists = Lists(log, board, cursors)
            lists.own(range(limits.PARTITIONS))
            await board.until_ready(REALM)
            for minute, objects in told:
                await lists.take(REALM, "Item", objects, at(minute))
            expected: dict[str, str] = {}
            for number in "123":
                versions = [one for _, objects in told for one in objects if one["Id"] == number]
                if versions and not any(one.get("status") for one in versions):
                    expected[number] = max(versions, key=lambda one: int(one["SyncToken"]))["Name"]
            assert {one["Id"]: one["Name"] for one in board.of(REALM).all("Item")} == expected
            rebuilt.own("test", range(limits.PARTITIONS))
            await rebuilt.until_ready(REALM)
            assert shown(rebuilt) == shown(board)
            for name in {one["Name"] for _, objects in told for one in objects if "Name" in one}:
                assert rebuilt.of(REALM).named("Item", name) == board.of(REALM).named("Item", name)
        await log.close()

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(run(Path(folder)))


async def test_an_overtaken_process_that_appends_an_older_version_is_corrected_in_the_log(
    log: Log, lists: Lists, board: ListBoard, open_board: BoardFactory
) -> None:
    """Compaction keeps the last record of a key, and a reader that starts anew sees nothing else."""
    await lists.take(REALM, "Item", [item(1, "New", 3, minute=3)], at(3))
    await lists.take(REALM, "Item", [item(2, "There")], at(3))
    await lists.take(REALM, "Item", [deleted(2, 4)], at(4))
    for late in (item(1, "Old", 2, minute=2), item(2, "There")):
        await log.append(listed("Item", late, at(2)).record(REALM))
    async with asyncio.timeout(10):
        while len(await records(log)) < 7:  # noqa: ASYNC110 - the log has no event to wait for
            await asyncio.sleep(0.01)
    newest_last = {one.key: one for one in await records(log)}
    assert newest_last[f"{REALM}:Item:1"].headers["sync-token"] == "3"
    assert newest_last[f"{REALM}:Item:2"].value is None
    assert [one["Name"] for one in board.of(REALM).all("Item")] == ["New"]
    assert shown(await open_board("another")) == shown(board)
    assert len(await records(log)) == 7, "and two who know the same have nothing to correct"


async def test_our_own_write_is_known_at_once_until_the_topic_says_more(lists: Lists, board: ListBoard) -> None:
    realm = board.of(REALM)
    await lists.take(REALM, "Item", [item(1, "Before", Sku="A")], at(0))
    realm.note("Item", item(1, "Ours", 1, minute=5, Sku="B"))
    realm.note("Item", item(9, "Made", minute=5, Sku="C"))
    assert [one["Name"] for one in realm.items_of_sku("b")] == ["Ours"]
    assert realm.items_of_sku("a") == []
    await lists.take(REALM, "Item", [item(1, "Before", Sku="A", QtyOnHand=1)], at(1))
    assert [one["Name"] for one in realm.items_of_sku("b")] == ["Ours"], "an older record doesn't hide it"
    assert (realm.get("Item", "9") or {})["Name"] == "Made"
    await lists.take(
        REALM, "Item", [item(1, "By hand", 2, minute=9, Sku="B"), item(9, "Made", minute=5, Sku="C")], at(9)
    )
    assert [one["Name"] for one in realm.items_of_sku("b")] == ["By hand"]
    await lists.take(REALM, "Item", [deleted(9, 10)], at(11))
    assert realm.get("Item", "9") is None and realm.items_of_sku("C") == []
    realm.note("Item", item(1, "Late", 1, minute=5))
    assert (realm.get("Item", "1") or {})["Name"] == "By hand", "an answer that comes after the topic said more"


async def test_of_several_with_one_word_the_oldest_comes_first(lists: Lists, board: ListBoard) -> None:
    await lists.take(REALM, "Item", [item(number, f"Mug {number}", Sku="MUG") for number in (100, 20, 3)], at(0))
    board.of(REALM).note("Item", item(7, "Ours", Sku="mug"))
    assert [one["Id"] for one in board.of(REALM).items_of_sku("Mug")] == ["3", "7", "20", "100"]


async def test_lists_of_a_partition_that_is_not_here_are_not_empty_lists(lists: Lists, board: ListBoard) -> None:
    await lists.take(REALM, "Item", [item(1, "Mug")], at(0))
    for owner in ("ingest", "test"):
        assert board.of(REALM).named("Item", "mug")
        await board.release(owner, range(limits.PARTITIONS))
    assert board.of(REALM).missing(["Item"]) == ["Item"]
    with pytest.raises(NotOwner):
        board.of(REALM).named("Item", "mug")


async def test_a_list_is_whole_once_it_was_read_to_its_end(lists: Lists, board: ListBoard) -> None:
    realm = board.of(REALM)
    await lists.take(REALM, "Item", [item(1, "Mug")], at(0))
    assert realm.missing(["Item", "Customer"]) == ["Item", "Customer"]
    await lists.whole(REALM, "Item", at(0), NOON, 1)
    assert realm.missing(["Item", "Customer"]) == ["Customer"]
    loaded = realm.loaded("Item")
    assert loaded is not None and (loaded.at, loaded.count) == (at(0), 1)
    assert list(realm.all("Item")) == [item(1, "Mug")], "what marks the list is no object of it"


async def test_what_was_asked_for_waits_for_its_answer_across_a_restart(
    log: Log, lists: Lists, board: ListBoard, tmp_path: Path
) -> None:
    await lists.ask(REALM, Ask(4, frozenset({"Item"})))
    await lists.ask(REALM, Ask(6, frozenset(), {"Customer": frozenset("12")}))
    await lists.ask(REALM, Ask(4, frozenset({"Item"})))
    expected = Ask(6, frozenset({"Item"}), {"Customer": frozenset("12")})
    assert lists.wanted(REALM) == expected
    async with Cursors(log, tmp_path / "next.sqlite") as cursors:
        successor = Lists(log, board, cursors)
        assert successor.wanted(REALM) == expected
        await successor.answer(REALM, Ask(4, frozenset({"Item"})))
        assert successor.wanted(REALM) == Ask(6, frozenset(), {"Customer": frozenset("12")})
        await successor.answer(REALM, expected)
        assert successor.wanted(REALM) is None
    assert board.of(REALM).answered() == 6
