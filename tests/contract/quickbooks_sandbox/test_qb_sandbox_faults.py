"""The fault plan: holds, drops, delays and errors, and writes that outlive their caller."""

from __future__ import annotations

import asyncio
import time

import aiohttp
import pytest

from tests.contract.quickbooks_sandbox.books_client import Books, failure, line, sale


async def _until_count(books: Books, count: int) -> None:
    async with asyncio.timeout(10):
        while (await books.sandbox.ledger())["count"] != count:  # noqa: ASYNC110  # asked over HTTP
            await asyncio.sleep(0.01)


async def test_a_reply_dropped_after_the_commit_leaves_the_document(books: Books) -> None:
    rule = await books.sandbox.add_fault(
        "drop_after_commit", match={"entity": "salesreceipt", "operation": "create"}, times=1
    )
    error = await failure(books.post("salesreceipt", sale(line(5)), requestid="r1"))
    assert issubclass(error, aiohttp.ClientConnectionError)
    assert (await books.sandbox.ledger())["count"] == 1
    assert (await books.sandbox.fault(rule))["matched"] == 1
    assert (await books.post("salesreceipt", sale(line(5)), requestid="r1")).of("SalesReceipt")["Id"] == "1"
    assert (await books.sandbox.ledger())["count"] == 1


async def test_a_held_write_is_done_when_released_though_its_caller_is_gone(books: Books) -> None:
    rule = await books.sandbox.add_fault("hold_before_commit", match={"operation": "create"}, times=1)
    call = asyncio.create_task(books.post("salesreceipt", sale(line(5)), requestid="r1"))
    await books.sandbox.wait_held(rule)
    call.cancel()
    await asyncio.gather(call, return_exceptions=True)
    assert (await books.sandbox.ledger())["count"] == 0
    assert (await books.sandbox.fault(rule))["held"] == 1
    await books.sandbox.release(rule)
    await _until_count(books, 1)
    assert (await books.post("salesreceipt", sale(line(5)), requestid="r1")).of("SalesReceipt")["Id"] == "1"


async def test_a_write_held_after_its_commit_is_in_the_books_already(books: Books) -> None:
    rule = await books.sandbox.add_fault("hold_after_commit", match={"method": "POST"}, times=1)
    call = asyncio.create_task(books.post("salesreceipt", sale(line(5))))
    await books.sandbox.wait_held(rule)
    assert (await books.sandbox.ledger())["count"] == 1 and not call.done()
    await books.sandbox.clear_faults()
    assert (await call).status == 200


async def test_a_hold_with_seconds_ends_by_itself(books: Books) -> None:
    await books.sandbox.add_fault("hold_before_commit", match={"operation": "create"}, seconds=0.2)
    began = time.monotonic()
    assert (await books.post("salesreceipt", sale(line(5)))).status == 200
    assert time.monotonic() - began >= 0.2


async def test_a_delay_delays(books: Books) -> None:
    await books.sandbox.add_fault("delay", match={"operation": "query"}, seconds=0.2, times=1)
    began = time.monotonic()
    assert (await books.query("select * from Item")).status == 200
    assert time.monotonic() - began >= 0.2


@pytest.mark.parametrize(
    ("status", "body", "content_type", "text"),
    [
        (503, "html", "text/html", b"<html>"),
        (502, "fault", "application/json", b'"code":"10000"'),
        (429, "xml", "application/xml", b"ThrottleExceeded"),
        (401, "lowercase", "application/json", b'"fault"'),
    ],
)
async def test_a_planned_error_has_its_status_and_body_and_no_effect(
    books: Books, status: int, body: str, content_type: str, text: bytes
) -> None:
    await books.sandbox.add_fault("status", match={"entity": "SalesReceipt"}, status=status, body=body, times=1)
    reply = await books.post("salesreceipt", sale(line(5)), requestid="r1")
    assert (reply.status, reply.content_type) == (status, content_type) and text in reply.raw
    assert (await books.sandbox.ledger())["count"] == 0
    assert (await books.post("salesreceipt", sale(line(5)), requestid="r1")).status == 200


async def test_skip_and_times_choose_the_calls(books: Books) -> None:
    rule = await books.sandbox.add_fault("status", match={"operation": "read"}, skip=1, times=2)
    statuses = [(await books.get("customer/1")).status for _ in range(5)]
    assert statuses == [200, 503, 503, 200, 200]
    assert (await books.sandbox.fault(rule))["matched"] == 2
    assert (await books.query("select * from Item")).status == 200


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [("update", {}), ("void", {"operation": "update", "include": "void"}), ("delete", {"operation": "delete"})],
)
async def test_rules_tell_operations_apart(books: Books, operation: str, parameters: dict[str, str]) -> None:
    receipt = (await books.post("salesreceipt", sale(line(5)))).of("SalesReceipt")
    await books.sandbox.add_fault("status", match={"operation": operation})
    body = {"Id": receipt["Id"], "SyncToken": "0", "sparse": True, "PrivateNote": "x"}
    assert (await books.post("salesreceipt", body, **parameters)).status == 503
    assert (await books.post("salesreceipt", sale(line(5)))).status == 200


async def test_a_rule_that_makes_no_sense_is_refused_with_the_reason(books: Books) -> None:
    with pytest.raises(AssertionError, match="effect"):
        await books.sandbox.add_fault("explode")
    with pytest.raises(AssertionError, match="status"):
        await books.sandbox.add_fault("status", status=200)
