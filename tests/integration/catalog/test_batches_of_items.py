"""Thirty items in one call, each under its own intent: whatever happens, each is made once and its link says so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from shared.links.batch_writer import BatchWriter, Result, Standing, Task
from shared.links.store import LinkLost
from shared.links.writer import Done, Write
from shared.quickbooks.faults import NameTaken, OutcomeUnknown, QuickBooksError, StaleObject, Unavailable
from tests.integration.catalog.conftest import Desk, OpenDesk
from tests.support.quickbooks_sandbox import QuickBooksSandbox
from tests.unit.lists.told import REALM

BATCH = {"method": "POST", "entity": "batch"}


def key(number: int) -> str:
    return f"{REALM}:item:sku:b{number}"


def create(desk: Desk, number: int, **rest: Any) -> Task:
    body = {"Name": f"B{number}", "Sku": f"B{number}", "Type": "NonInventory", "IncomeAccountRef": {"value": "1"}}
    return Task(key(number), desk.links.get(key(number)), Write("Item", "create", {**body, **rest}, f"hash {number}"))


def batches(desk: Desk) -> BatchWriter:
    return BatchWriter(desk.writer, desk.links, desk.client)


def standing(desk: Desk, numbers: Sequence[int]) -> list[Standing]:
    states = [(key(number), desk.links.get(key(number))) for number in numbers]
    return [Standing(name, state, state.intent) for name, state in states if state.intent is not None]


async def made(books: QuickBooksSandbox) -> list[str]:
    return sorted(str(one["Sku"]) for one in await books.objects("Item") if str(one.get("Sku", "")).startswith("B"))


def kinds(results: Sequence[Result]) -> list[type]:
    return [type(one) for one in results]


async def test_each_item_has_its_own_end(open_desk: OpenDesk, books: QuickBooksSandbox) -> None:
    desk, other = await open_desk("catalogue"), await open_desk("orders")
    await desk.writer.perform(key(1), desk.links.get(key(1)), create(desk, 1).write, desk.keeper.find)
    late = create(desk, 2)
    await other.links.put(key(2), other.links.get(key(2)), numbers_taken=1)
    state = desk.links.get(key(1))
    assert state.booked is not None
    stale = {"Id": state.booked.id, "SyncToken": "7", "sparse": True, "Description": "x"}
    tasks = [create(desk, 3), late, create(desk, 4, Name="b1"), Task(key(1), state, Write("Item", "update", stale))]
    results = await batches(desk).perform(tasks, desk.keeper.find_all)
    assert kinds(results) == [Done, LinkLost, NameTaken, StaleObject]
    assert await made(books) == ["B1", "B3"]
    states = [desk.links.get(key(number)) for number in (1, 2, 3, 4)]
    assert [state.intent for state in states] == [None] * 4
    assert [state.booked is not None for state in states] == [True, False, True, False]
    assert states[3].generation == 1, "the next attempt has a requestid of its own"
    await batches(desk).perform([create(desk, 4)], desk.keeper.find_all)
    assert await made(books) == ["B1", "B3", "B4"]


@pytest.mark.parametrize("memory", ["remembers", "forgets"])
@pytest.mark.parametrize("effect", ["drop_before_commit", "drop_after_commit", "status_503"])
async def test_a_lost_answer_is_settled_by_whoever_comes_without_a_second_item(
    open_desk: OpenDesk, books: QuickBooksSandbox, effect: str, memory: str
) -> None:
    """One item of the batch is settled by orders, alone; the others by a catalogue that starts anew."""
    if memory == "forgets":
        await books.settings(requestid_memory=0)
    desk = await open_desk("catalogue")
    if effect == "status_503":
        await books.add_fault("status", match=BATCH, times=1, status=503)
    else:
        await books.add_fault(effect, match=BATCH, times=1)
    results = await batches(desk).perform([create(desk, number) for number in range(5)], desk.keeper.find_all)
    assert kinds(results) == [OutcomeUnknown] * 5
    before = (await books.usage())["coreplus"]["query"]
    orders = await open_desk("orders")
    state = await orders.keeper.settled(key(3))
    assert state.booked is not None and state.intent is None
    again = await open_desk("catalogue again")
    left = standing(again, range(5))
    assert len(left) == 4 and len({one.intent.requestid for one in left}) == 1
    assert kinds(await batches(again).settle(left, again.keeper.find_all)) == [Done] * 4
    assert await made(books) == ["B0", "B1", "B2", "B3", "B4"]
    booked = [again.links.get(key(number)).booked for number in range(5)]
    assert [one.content_hash for one in booked if one is not None] == [f"hash {number}" for number in range(5)]
    assert (await books.usage())["coreplus"]["query"] - before == 2, "one look for each of the two that came"


async def test_what_was_certainly_not_done_goes_out_again_without_a_look(
    open_desk: OpenDesk, books: QuickBooksSandbox
) -> None:
    desk = await open_desk("catalogue")
    await books.add_fault("status", match=BATCH, times=1, status=503, body="fault", code="150")
    results = await batches(desk).perform([create(desk, number) for number in range(3)], desk.keeper.find_all)
    assert kinds(results) == [Unavailable] * 3
    before = (await books.usage())["coreplus"]["query"]
    assert kinds(await batches(desk).settle(standing(desk, range(3)), desk.keeper.find_all)) == [Done] * 3
    assert (await books.usage())["coreplus"]["query"] == before
    assert await made(books) == ["B0", "B1", "B2"]


async def test_an_update_that_came_through_is_seen_in_the_books(open_desk: OpenDesk, books: QuickBooksSandbox) -> None:
    await books.settings(requestid_memory=0)
    desk = await open_desk("catalogue")
    await batches(desk).perform([create(desk, 0)], desk.keeper.find_all)
    state = desk.links.get(key(0))
    assert state.booked is not None
    body = {"Id": state.booked.id, "SyncToken": "0", "sparse": True, "Description": "Blue", "UnitPrice": 12}
    await books.add_fault("drop_after_commit", match=BATCH, times=1)
    (lost,) = await batches(desk).perform(
        [Task(key(0), state, Write("Item", "update", body, "new"))], desk.keeper.find_all
    )
    assert isinstance(lost, OutcomeUnknown)
    (done,) = await batches(desk).settle(standing(desk, [0]), desk.keeper.find_all)
    assert not isinstance(done, LinkLost | QuickBooksError)
    assert done.answer["SyncToken"] == "1" and done.state.booked is not None
    assert (done.state.booked.sync_token, done.state.booked.content_hash) == ("1", "new")
