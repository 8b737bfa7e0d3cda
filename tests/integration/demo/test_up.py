"""`bookbridge up`: a person who looks sees both sides tell Bookbridge what happens."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from sandbox.demo import up
from sandbox.demo.control import Books, new_session
from sandbox.demo.failures import CouldNotRun
from sandbox.demo.ports import free_ports
from shared.config import LogKind
from tests.integration.ingest_receiver.support import eventually

UP_SECONDS = 100.0  # usually fifteen; the machine may be busy with other tests


@pytest.mark.timeout(UP_SECONDS + 30)
async def test_the_books_tell_bookbridge_of_every_change_and_are_answered_200(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ports = free_ports()
    monkeypatch.setattr(up, "FIXED", ports)
    monkeypatch.setattr(up, "FOLDER", tmp_path / "up")
    running = asyncio.create_task(up.run_up(LogKind.EMBEDDED))
    try:
        async with new_session() as session:
            books = Books(session, ports.books)

            async def two_delivered() -> bool:
                return bool((await deliveries(books, running))["counts"].get("delivered", 0) >= 2)

            await eventually(two_delivered, UP_SECONDS)
            told = await deliveries(books, running)
            async with session.get(f"http://127.0.0.1:{ports.health}/metrics") as answer:
                metrics = await answer.text()
            said = ""

            async def stock_written() -> bool:
                nonlocal said
                said += capsys.readouterr().out
                return "495 -> 500" in said

            await eventually(stock_written, UP_SECONDS)
    finally:
        running.cancel()
        await asyncio.wait([running])
    answers = [attempt["answer"] for one in told["deliveries"] for attempt in one["attempts"]]
    assert set(answers) == {"200"}, told["deliveries"]
    counted = 'bookbridge_webhooks_total{connection="quickbooks",event="quickbooks",status="200"}'
    assert counted in metrics
    assert f"http://127.0.0.1:{ports.ingest}/webhooks/quickbooks" in said


async def deliveries(books: Books, running: asyncio.Task[None]) -> dict[str, Any]:
    """Of the books so far; none while they aren't up."""
    if running.done():
        running.result()
    try:
        return await books.deliveries()
    except CouldNotRun:
        return {"counts": {}, "deliveries": []}
