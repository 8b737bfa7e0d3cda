"""requestid: the same id again is answered with the first answer, and nothing happens twice."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.contract.quickbooks_sandbox.books_client import Books, failure, line, sale


async def test_a_repeat_gets_the_stored_bytes_and_has_no_effect(books: Books) -> None:
    body = sale(line(5), DocNumber="M1")
    first = await books.post("salesreceipt", body, requestid="r1")
    await books.post("salesreceipt", {**first.of("SalesReceipt"), "PrivateNote": "later"})
    again = await books.post("salesreceipt", body, requestid="r1")
    assert (again.status, again.raw) == (200, first.raw)
    assert (await books.sandbox.ledger())["count"] == 1
    usage = await books.sandbox.usage()
    assert (usage["replayed"], usage["replayed_with_other_body"]) == (1, 0)


async def test_a_repeat_with_another_body_gets_the_old_answer_and_is_counted(books: Books) -> None:
    first = await books.post("salesreceipt", sale(line(5)), requestid="r1")
    assert (await books.post("salesreceipt", sale(line(6)), requestid="r1")).raw == first.raw
    assert (await books.sandbox.usage())["replayed_with_other_body"] == 1


async def test_a_refusal_is_replayed_too_unless_the_switch_says_no(books: Books) -> None:
    bad = sale(line(-1))
    first = await books.post("salesreceipt", bad, requestid="r1")
    assert (await books.post("salesreceipt", sale(line(1)), requestid="r1")).raw == first.raw
    await books.sandbox.settings(remember_refusals=False)
    await books.post("salesreceipt", bad, requestid="r2")
    assert (await books.post("salesreceipt", sale(line(1)), requestid="r2")).status == 200


async def test_an_update_is_not_done_twice(books: Books) -> None:
    receipt = (await books.post("salesreceipt", sale(line(5)))).of("SalesReceipt")
    change = {"Id": receipt["Id"], "SyncToken": "0", "sparse": True, "PrivateNote": "x"}
    first = await books.post("salesreceipt", change, requestid="u1")
    assert (await books.post("salesreceipt", change, requestid="u1")).raw == first.raw
    assert (await books.post("salesreceipt", change, requestid="u2")).codes == ["5010"]


async def test_a_requestid_has_at_most_50_characters(books: Books) -> None:
    assert (await books.post("salesreceipt", sale(line(5)), requestid="r" * 51)).codes == ["2050"]
    assert (await books.post("salesreceipt", sale(line(5)), requestid="r" * 50)).status == 200


@pytest.mark.parametrize("switches", [{"requestid_memory": 0}, {"requestid_seconds": 0}])
async def test_a_sandbox_that_forgets_at_once_does_it_twice(books: Books, switches: dict[str, Any]) -> None:
    await books.sandbox.settings(**switches)
    for _ in range(2):
        await books.post("salesreceipt", sale(line(5)), requestid="r1")
    assert (await books.sandbox.ledger())["count"] == 2


async def test_memory_ends_with_its_lifetime_and_its_size(books: Books) -> None:
    await books.sandbox.settings(requestid_seconds=600, requestid_memory=2)
    first = await books.post("salesreceipt", sale(line(5)), requestid="r1")
    await books.sandbox.advance(599)
    assert (await books.post("salesreceipt", sale(line(5)), requestid="r1")).raw == first.raw
    await books.sandbox.advance(2)
    assert (await books.post("salesreceipt", sale(line(5)), requestid="r1")).raw != first.raw
    for requestid in ("r2", "r3"):
        await books.post("salesreceipt", sale(line(5)), requestid=requestid)
    count = (await books.sandbox.ledger())["count"]
    await books.post("salesreceipt", sale(line(5)), requestid="r3")
    assert (await books.sandbox.ledger())["count"] == count
    await books.post("salesreceipt", sale(line(5)), requestid="r1")
    assert (await books.sandbox.ledger())["count"] == count + 1


async def test_a_repeat_while_the_first_runs_is_600(books: Books) -> None:
    rule = await books.sandbox.add_fault("hold_before_commit", match={"entity": "SalesReceipt"}, times=1)
    first = asyncio.create_task(books.post("salesreceipt", sale(line(5)), requestid="r1"))
    await books.sandbox.wait_held(rule)
    assert (await books.post("salesreceipt", sale(line(5)), requestid="r1")).codes == ["600"]
    await books.sandbox.release(rule)
    assert (await first).status == 200
    assert (await books.sandbox.ledger())["count"] == 1


async def test_in_the_mode_wait_the_repeat_gets_the_first_answer(books: Books) -> None:
    await books.sandbox.settings(repeat_while_running="wait")
    rule = await books.sandbox.add_fault("hold_before_commit", match={"entity": "SalesReceipt"}, times=1)
    calls = [asyncio.create_task(books.post("salesreceipt", sale(line(5)), requestid="r1"))]
    await books.sandbox.wait_held(rule)
    calls.append(asyncio.create_task(books.post("salesreceipt", sale(line(5)), requestid="r1")))
    await books.sandbox.release(rule)
    first, second = await asyncio.gather(*calls)
    assert first.raw == second.raw
    assert (await books.sandbox.ledger())["count"] == 1


async def test_a_call_dropped_before_the_commit_leaves_no_memory(books: Books) -> None:
    await books.sandbox.add_fault("drop_before_commit", match={"operation": "create"}, times=1)
    await failure(books.post("salesreceipt", sale(line(5)), requestid="r1"))
    assert (await books.sandbox.ledger())["count"] == 0
    assert (await books.post("salesreceipt", sale(line(5)), requestid="r1")).status == 200


async def test_memories_of_two_ways_to_write_are_one_per_realm(books: Books) -> None:
    first = await books.post("customer", {"DisplayName": "One"}, requestid="r1")
    assert (await books.post("item", {"Name": "X", "Type": "Service"}, requestid="r1")).raw == first.raw
