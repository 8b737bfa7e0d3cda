"""Exactly one document, whatever dies and wherever: the promise itself (P1, P7), on both logs."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import pytest

from tests.support.deployment import Deployment, kill, pause
from tests.support.kafka_broker import Broker

CREATE = {"method": "POST", "entity": "SalesReceipt", "operation": "create"}
IN_THE_BOOKS = ("posted",)
pytestmark = pytest.mark.timeout(180)


async def expect_one_document(deployed: Deployment, placed: dict[str, Any]) -> dict[str, Any]:
    (document,) = await deployed.documents()
    assert document["status"] == "live"
    assert Decimal(document["total"]) == Decimal(placed["grand_total"])
    assert Decimal(document["tax"]) == Decimal(placed["tax_amount"])
    state = (await deployed.links(deployed.key(placed)))[-1]
    assert state.intent is None
    assert state.booked is not None and state.booked.id == document["id"]
    return document


async def test_killed_while_quickbooks_is_at_it_one_document_results(deployed: Deployment) -> None:
    """Between intent and answer; the write goes through after our death."""
    writer = await deployed.start_all()
    rule = await deployed.books.add_fault("hold_before_commit", match=CREATE, times=1)
    placed = await deployed.place()
    await deployed.books.wait_held(rule)
    states = await deployed.links(deployed.key(placed))
    assert states[-1].intent is not None, "the intent stands in the log before QuickBooks hears of it"
    kill(writer)
    await writer.process.wait()
    assert await deployed.documents() == []
    await deployed.books.release(rule)
    await deployed.restart_writer()
    await deployed.until_outcome(deployed.key(placed), *IN_THE_BOOKS)
    await expect_one_document(deployed, placed)


async def test_killed_before_quickbooks_acted_one_document_results(deployed: Deployment) -> None:
    """Between intent and answer; the request never did anything."""
    writer = await deployed.start_all()
    rule = await deployed.books.add_fault("drop_before_commit", match=CREATE)
    placed = await deployed.place()

    async def dropped() -> bool:
        return bool((await deployed.books.fault(rule))["matched"])

    await deployed.until(dropped, "the request was dropped")
    kill(writer)
    await writer.process.wait()
    assert await deployed.documents() == []
    assert (await deployed.links(deployed.key(placed)))[-1].intent is not None
    await deployed.books.clear_faults()
    await deployed.restart_writer()
    await deployed.until_outcome(deployed.key(placed), *IN_THE_BOOKS)
    await expect_one_document(deployed, placed)


async def test_killed_between_answer_and_written_one_document_results(
    deployed: Deployment, request: pytest.FixtureRequest
) -> None:
    writer = await deployed.start_all()
    name = "run" if deployed.kind == "embedded" else "orders"
    rule = await deployed.books.add_fault("hold_after_commit", match=CREATE, times=1)
    placed = await deployed.place()
    await deployed.books.wait_held(rule)
    async with log_refuses_writes(deployed, request):
        await deployed.books.release(rule)

        async def answered() -> bool:
            return await deployed.metric(name, 'entity="salesreceipt",kind="write",metered="no",status="2xx"') == 1

        await deployed.until(answered, "the answer has reached the process")
        kill(writer)
        await writer.process.wait()
    if deployed.kind == "embedded":  # a broker that wakes up takes what was on its way to it, which is the other case
        states = await deployed.links(deployed.key(placed))
        assert states[-1].intent is not None and states[-1].booked is None, "the answer is not in the log"
    assert len(await deployed.documents()) == 1
    await deployed.restart_writer()
    await deployed.until_outcome(deployed.key(placed), *IN_THE_BOOKS)
    await expect_one_document(deployed, placed)


async def test_killed_with_the_answer_at_the_door_one_document_results(deployed: Deployment) -> None:
    """The process stands still while QuickBooks answers, and dies before it hears: on either log nothing is noted."""
    writer = await deployed.start_all()
    rule = await deployed.books.add_fault("hold_after_commit", match=CREATE, times=1)
    placed = await deployed.place()
    await deployed.books.wait_held(rule)
    pause(writer)
    await deployed.books.release(rule)

    async def answered() -> bool:
        return (await deployed.books.usage())["by_kind"].get("create", 0) >= 1 and len(await deployed.documents()) == 1

    await deployed.until(answered, "QuickBooks has answered")
    kill(writer)
    await writer.process.wait()
    states = await deployed.links(deployed.key(placed))
    assert states[-1].intent is not None and states[-1].booked is None, "the answer is not in the log"
    await deployed.restart_writer()
    await deployed.until_outcome(deployed.key(placed), *IN_THE_BOOKS)
    await expect_one_document(deployed, placed)


@asynccontextmanager
async def log_refuses_writes(deployed: Deployment, request: pytest.FixtureRequest) -> AsyncIterator[None]:
    """The log is there and takes nothing: another process holds SQLite's write lock, or the broker is stopped."""
    if deployed.kind == "embedded":
        connection = sqlite3.connect(deployed.folder / "data" / "log.sqlite", isolation_level=None, timeout=10)
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            connection.execute("ROLLBACK")
            connection.close()
    else:
        broker: Broker = request.getfixturevalue("kafka_broker")
        broker.freeze()
        try:
            yield
        finally:
            broker.thaw()


@pytest.mark.parametrize("memory", ["remembers", "forgets at once"])
async def test_committed_and_reply_dropped_one_document_results(deployed: Deployment, memory: str) -> None:
    """Also when QuickBooks has forgotten the requestid: then the document is found by its number and its marker."""
    if memory == "forgets at once":
        await deployed.books.settings(requestid_memory=0)
    await deployed.start_all()
    await deployed.books.add_fault("drop_after_commit", match=CREATE, times=1)
    placed = await deployed.place()
    await deployed.until_outcome(deployed.key(placed), *IN_THE_BOOKS)
    assert {"uncertain"} <= await statuses(deployed, placed)
    await expect_one_document(deployed, placed)


async def statuses(deployed: Deployment, placed: dict[str, Any]) -> set[str]:
    """Outcomes in the log, and the uncertain state, which the process tells as it happens."""
    name = "run" if deployed.kind == "embedded" else "orders"
    seen = {one["status"] for one in await deployed.outcomes(deployed.key(placed))}
    if await deployed.metric(name, 'bookbridge_orders_total{connection="main",outcome="uncertain"'):
        seen.add("uncertain")
    return seen


async def test_dropped_before_commit_one_document_results(deployed: Deployment) -> None:
    await deployed.start_all()
    await deployed.books.add_fault("drop_before_commit", match=CREATE, times=2)
    placed = await deployed.place()
    await deployed.until_outcome(deployed.key(placed), *IN_THE_BOOKS)
    await expect_one_document(deployed, placed)
