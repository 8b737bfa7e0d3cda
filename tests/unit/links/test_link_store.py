"""Links on a real log: several processes that all take themselves for the owner, and what is left of it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from shared import limits
from shared.links.state import Held, LinkState
from shared.links.store import LinkLost, LinkStore, RealmLinks
from shared.log.embedded import EmbeddedLog
from shared.log.partitions import partition_for
from shared.log.port import Log, NotOwner, Record, TopicPartition
from shared.topics import LINKS
from tests.support.log_reading import read_everything
from tests.unit.links.conftest import StoreFactory

REALM = "9130350000000001"
PARTITION = partition_for(REALM, limits.PARTITIONS)
SOURCE = TopicPartition(LINKS, PARTITION)


async def records_of(log: Log) -> list[Record]:
    return await read_everything(log, [SOURCE])


async def until_quiet(log: Log, seconds: float = 5.0) -> list[Record]:
    """The records, once no more come for a while; fails when they don't cease to come."""
    async with asyncio.timeout(seconds):
        records = await records_of(log)
        while True:
            await asyncio.sleep(0.3)
            if len(again := await records_of(log)) == len(records):
                return records
            records = again


def plain(state: LinkState) -> LinkState:
    """Without what says who wrote it."""
    return state.model_copy(update={"stamp": "", "revision": 0})


async def test_of_two_writers_from_one_state_one_wins_and_both_agree(open_store: StoreFactory, log: Log) -> None:
    one, two = await open_store("one"), await open_store("two")
    links: list[RealmLinks] = [one.of(REALM), two.of(REALM)]
    for turn in range(3):
        before = await both_see(links)
        tries = [it.put("shop:order:1", before, numbers_taken=10 * turn + i) for i, it in enumerate(links)]
        results = await asyncio.gather(*tries, return_exceptions=True)
        won = [it for it in results if isinstance(it, LinkState)]
        assert len(won) == 1 and sum(isinstance(it, LinkLost) for it in results) == 1
        await until_quiet(log)
        for it in links:
            assert plain(it.get("shop:order:1")).numbers_taken == won[0].numbers_taken


async def both_see(links: list[RealmLinks]) -> LinkState:
    """The state, once it is the same for both."""
    async with asyncio.timeout(5):
        while (state := links[0].get("shop:order:1")) != links[1].get("shop:order:1"):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        return state


async def test_a_losing_record_is_repaired_once_and_not_for_ever(open_store: StoreFactory, log: Log) -> None:
    """Two owners at a time, as for a moment after a pause: each repairs, and neither answers the other's repair."""
    one, two = await open_store("one"), await open_store("two")
    winner = await one.of(REALM).put("shop:order:1", LinkState(), numbers_taken=1)
    with pytest.raises(LinkLost):
        await two.of(REALM).put("shop:order:1", LinkState(), numbers_taken=2)
    records = await until_quiet(log)
    assert len(records) <= 2 + 2 * 2, "each of the two restates the winner, the later of them at most once more"
    last = LinkState.model_validate_json(records[-1].value or b"")
    assert plain(last) == plain(winner)


async def test_a_rebuild_from_the_compacted_log_equals_what_stood(open_store: StoreFactory, log: Log) -> None:
    """P5: compaction keeps the last record of each key, a loser's, too; it must say what the winner said."""
    assert isinstance(log, EmbeddedLog)
    one, two = await open_store("one"), await open_store("two")
    for number in range(6):
        key = f"shop:order:{number}"
        state = await one.of(REALM).put(key, LinkState(), numbers_taken=number)
        for _ in range(number):
            state = await one.of(REALM).put(key, one.of(REALM).get(key), generation=state.generation + 1)
        with pytest.raises(LinkLost):
            await two.of(REALM).put(key, LinkState(), numbers_taken=99)
    await until_quiet(log)
    stood = contents(one)
    assert len(stood) == 6 and all(state.numbers_taken < 99 for state in stood.values())
    await log.housekeep()
    left = await records_of(log)
    assert len(left) == len({it.key for it in left}), "compaction kept one record a key"
    assert contents(await open_store("three")) == stood


def contents(store: LinkStore) -> Mapping[str, LinkState]:
    return {key: plain(state) for key, state in store.scan("shop:")}


async def test_a_link_of_a_partition_that_is_not_ours_is_not_nothing(open_store: StoreFactory) -> None:
    store = await open_store("one")
    await store.release([PARTITION])
    with pytest.raises(NotOwner):
        store.of(REALM).get("shop:order:1")


async def test_a_confirmation_sees_what_others_wrote_meanwhile(open_store: StoreFactory) -> None:
    one, two = await open_store("one"), await open_store("two")
    mine = await one.of(REALM).put("shop:order:1", LinkState(), numbers_taken=1)
    await one.of(REALM).still("shop:order:1", mine)
    await two.catch_up(PARTITION)
    await two.of(REALM).put("shop:order:1", mine, numbers_taken=2)
    with pytest.raises(LinkLost):
        await one.of(REALM).still("shop:order:1", mine)


async def test_those_who_wait_for_one_thing_in_the_books_are_found_until_they_wait_no_more(
    open_store: StoreFactory,
) -> None:
    """Of one connection: another's name may begin the same."""
    store = await open_store("one")
    links = store.of(REALM)
    waits = {"shop:order:1": "Account:name=till", "shop:order:2": "Account:name=till", "shop:order:3": "Item:sku=a:b"}
    for key, lack in {**waits, "shop:order:4": "", "shop2:order:1": "Account:name=vault"}.items():
        held = Held(reason="any", text="", setting="", settings="1", since=datetime.now(UTC), lacks=lack)
        await links.put(key, LinkState(), held=held)
    assert store.lacks("shop") == ["Account:name=till", "Item:sku=a:b"]
    assert store.lacking("shop", "Account:name=till") == ["shop:order:1", "shop:order:2"]
    await links.put("shop:order:1", links.get("shop:order:1"), held=None)
    await links.put("shop:order:3", links.get("shop:order:3"), held=None)
    assert (store.lacks("shop"), store.lacking("shop", "Account:name=till")) == (
        ["Account:name=till"],
        ["shop:order:2"],
    )
    await store.release([PARTITION])
    assert store.lacks("shop") == [], "they are another's"
