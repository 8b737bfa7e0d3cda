"""Deliveries of webhooks: Intuit's retries, disturbances on demand, the log and replays."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from sandbox.quickbooks.webhooks.endpoint import RETRY_SECONDS
from tests.contract.quickbooks_sandbox.books_client import Books, connect
from tests.contract.quickbooks_sandbox.webhook_receiver import (
    Receiver,
    customers,
    log,
    register,
    settled,
)
from tests.support.quickbooks_sandbox import QuickBooksSandbox


async def test_an_unacknowledged_delivery_is_tried_again_and_holds_up_the_next(
    books: Books, receiver: Receiver
) -> None:
    receiver.statuses = [500, 302, 202]
    await register(books.sandbox, receiver, time_scale=0.001)
    await customers(books, 1, "first")
    await receiver.wait(1)
    await customers(books, 1, "second")
    received = await receiver.wait(5)
    assert len({one.raw for one in received[:4]}) == 1 and received[4].raw != received[0].raw
    document = await settled(books.sandbox)
    first = document["deliveries"][0]
    assert [attempt["answer"] for attempt in first["attempts"]] == ["500", "302", "202", "200"]
    assert (first["state"], first["body"].encode()) == ("delivered", received[0].raw)
    assert document["counts"] | {"attempts": 5, "delivered": 2, "deliveries": 2} == document["counts"]


async def test_retries_come_after_intuits_waits_on_the_sandboxs_clock(books: Books, receiver: Receiver) -> None:
    receiver.statuses = [500] * 9
    await register(books.sandbox, receiver)
    await customers(books, 1)
    assert RETRY_SECONDS == (10, 20, 30, 300, 1_200, 7_200, 14_400, 21_600)
    for number, wait in enumerate((*RETRY_SECONDS, 21_600), start=1):
        await receiver.wait(number)
        await _until_tries(books.sandbox, number)
        await books.sandbox.advance(wait - 5)
        await asyncio.sleep(0.05)
        assert len(receiver.received) == number
        await books.sandbox.advance(5)
    await receiver.wait(10)
    assert (await settled(books.sandbox))["deliveries"][0]["tries"] == 10


async def _until_tries(sandbox: QuickBooksSandbox, count: int) -> None:
    async with asyncio.timeout(10):
        while (await log(sandbox))["deliveries"][0]["tries"] < count:  # noqa: ASYNC110  # asked over HTTP
            await asyncio.sleep(0.005)


async def test_a_receiver_that_is_too_slow_or_not_there_counts_as_no_answer(books: Books, receiver: Receiver) -> None:
    receiver.statuses = [0]
    await register(books.sandbox, receiver, answer_seconds=0.1, time_scale=0.001)
    await customers(books, 1)
    await receiver.wait(2)
    document = await settled(books.sandbox)
    assert [one["answer"] for one in document["deliveries"][0]["attempts"]] == ["no answer", "200"]
    nobody = Receiver(url="http://127.0.0.1:9/hook")
    await books.sandbox.control("DELETE", "webhooks")
    await register(books.sandbox, nobody, time_scale=10)
    await customers(books, 1, "D")
    async with asyncio.timeout(10):
        while not (await log(books.sandbox))["deliveries"]:  # noqa: ASYNC110  # asked over HTTP
            await asyncio.sleep(0.01)
    async with asyncio.timeout(10):
        while (await log(books.sandbox))["deliveries"][-1]["tries"] == 0:  # noqa: ASYNC110  # asked over HTTP
            await asyncio.sleep(0.01)
    silent = (await log(books.sandbox))["deliveries"][-1]
    assert (silent["state"], silent["attempts"][0]["answer"]) == ("waiting", "no answer")


async def test_events_can_be_lost_and_doubled_by_a_seed(sandbox: QuickBooksSandbox, receiver: Receiver) -> None:
    async def ids(seed: int) -> list[str]:
        """Objects of the events that came, in order."""
        await sandbox.reset()
        books = await connect(sandbox)
        await register(sandbox, receiver, lose=0.5, duplicate=0.5, seed=seed, aggregate_seconds=60)
        await customers(books, 40)
        await sandbox.advance(60)
        counts = (await settled(sandbox))["counts"]
        events = receiver.events()
        receiver.received.clear()
        copies = Counter(event["id"] for event in events)
        assert counts["events"] == 40 and 5 < counts["lost"] < 35 and counts["duplicated"] > 3
        assert len(copies) == 40 - counts["lost"]
        assert sum(number == 2 for number in copies.values()) == counts["duplicated"]
        return [event["intuitentityid"] for event in events]

    first = await ids(3)
    assert await ids(3) == first
    assert await ids(4) != first


async def test_no_event_or_delivery_has_the_id_of_an_earlier_one(
    sandbox: QuickBooksSandbox, receiver: Receiver
) -> None:
    """Receivers drop an event whose id they know: a reset or a new registration must not bring it again."""
    for _ in range(2):
        await sandbox.reset()
        books = await connect(sandbox)
        await register(sandbox, receiver, seed=1)
        await customers(books, 2)
        await settled(sandbox)
    events = receiver.events()
    assert len(events) == 4 and len({event["id"] for event in events}) == 4


async def test_events_can_come_in_another_order(books: Books, receiver: Receiver) -> None:
    await register(books.sandbox, receiver, reorder=True, seed=1, aggregate_seconds=60)
    await customers(books, 20)
    await books.sandbox.advance(60)
    ids = [int(event["intuitentityid"]) for event in await receiver.wait_events(20)]
    assert ids != sorted(ids) and len(set(ids)) == 20


async def test_delayed_events_overtake_one_another(books: Books, receiver: Receiver) -> None:
    await register(books.sandbox, receiver, delay_seconds=300, seed=1)
    await customers(books, 10)
    await asyncio.sleep(0.05)
    assert len(receiver.events()) < 5
    for _ in range(10):
        await books.sandbox.advance(30)
    ids = [int(event["intuitentityid"]) for event in await receiver.wait_events(10)]
    assert ids != sorted(ids) and len(set(ids)) == 10


async def test_past_deliveries_can_be_replayed(books: Books, receiver: Receiver) -> None:
    await register(books.sandbox, receiver)
    await customers(books, 1)
    await receiver.wait(1)
    document = await settled(books.sandbox)
    chosen = document["deliveries"][0]["id"]
    assert await books.sandbox.control("POST", "webhooks/replay", {"deliveries": [chosen]}) == {"replayed": 1}
    first, second = (await receiver.wait(2))[:2]
    assert first.raw == second.raw and second.is_signed
    with pytest.raises(AssertionError, match="the log has no nonsense"):
        await books.sandbox.control("POST", "webhooks/replay", {"deliveries": ["nonsense"]})


async def test_the_log_can_be_read_from_its_end(books: Books, receiver: Receiver) -> None:
    await register(books.sandbox, receiver)
    for number in range(3):
        await customers(books, 1, f"{number}-")
        await receiver.wait_events(number + 1)
    whole = (await settled(books.sandbox))["deliveries"]
    for last in (0, 1, 2):
        part = await books.sandbox.control("GET", f"webhooks/deliveries?last={last}")
        assert part["deliveries"] == whole[len(whole) - last :]
    with pytest.raises(AssertionError, match="last must be"):
        await books.sandbox.control("GET", "webhooks/deliveries?last=-1")


async def test_endpoints_and_waiting_events_are_bounded(
    books: Books, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sandbox.limits.QB_WEBHOOK_EVENTS_WAITING", 3)
    monkeypatch.setattr("sandbox.limits.QB_WEBHOOK_ENDPOINTS", 1)
    await register(books.sandbox, receiver, aggregate_seconds=60)
    await customers(books, 5)
    counts = (await log(books.sandbox))["counts"]
    assert (counts["events"], counts["overflowed"]) == (5, 2)
    with pytest.raises(AssertionError, match="at most 1 endpoints"):
        await register(books.sandbox, Receiver(url="http://127.0.0.1:9/other"))
