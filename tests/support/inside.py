"""Services inside the test, so that their limits can be shortened; log, shop, books and HTTP are real."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from services import quotas
from services.ingest.app import IngestService
from services.orders.app import OrdersService
from services.process import Process, open_process
from services.quotas import Quotas
from shared.config import Config
from shared.settings.loader import load
from shared.settings.store import publish
from tests.support.deployment import Deployment

Start = Callable[[Process, Quotas], Coroutine[Any, Any, None]]
"""Runs a service until the process is asked to stop."""


@asynccontextmanager
async def services_inside(
    made: Deployment, monkeypatch: pytest.MonkeyPatch, *, orders: bool, more: Sequence[Start] = ()
) -> AsyncIterator[None]:
    """Ingest, with `orders` the orders service too, and `more`, until the block ends; settings are in force."""
    for name, value in {**made.common, "BOOKBRIDGE_DATA": str(made.folder / "data")}.items():
        monkeypatch.setenv(name, value)
    stop = asyncio.Event()
    async with open_process("run", Config(health_port=0), stop) as process:
        loaded = load(made.document.read_text(), "main.toml")
        await process.settings.reach(await publish(process.log, loaded, "test", datetime.now(UTC)))
        shares = quotas.whole()
        ingest = IngestService(process, shares)
        parts: list[Coroutine[Any, Any, None]] = [ingest.run()]
        if orders:
            parts.append(OrdersService(process, shares).run())
        parts += [start(process, shares) for start in more]
        running = asyncio.gather(*parts)
        try:
            async with asyncio.timeout(20):
                while not ingest.port and not running.done():  # noqa: ASYNC110 - it has no event to wait for
                    await asyncio.sleep(0.01)
            yield
        finally:
            stop.set()
            async with asyncio.timeout(60):
                await running
