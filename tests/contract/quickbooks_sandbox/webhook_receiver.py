"""A receiver of webhooks for the tests here: real HTTP, answers as told, keeps what came."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from shared.wire import decode
from tests.contract.quickbooks_sandbox.books_client import Books
from tests.support.quickbooks_sandbox import QuickBooksSandbox

TOKEN = "verifier"


@dataclass(slots=True)
class Received:
    """One delivery as it came."""

    raw: bytes
    headers: dict[str, str]

    @property
    def events(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = decode(self.raw)
        return found

    @property
    def is_signed(self) -> bool:
        wanted = base64.b64encode(hmac.new(TOKEN.encode(), self.raw, hashlib.sha256).digest()).decode()
        return hmac.compare_digest(wanted, self.headers["intuit-signature"])


@dataclass(slots=True)
class Receiver:
    """What came, and the statuses still to be answered with; 200 once they are used up. 0: no answer in time."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)
    came: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def handle(self, request: web.Request) -> web.Response:
        one = Received(await request.read(), {name.lower(): value for name, value in request.headers.items()})
        async with self.came:
            self.received.append(one)
            self.came.notify_all()
        status = self.statuses.pop(0) if self.statuses else 200
        if status == 0:
            await asyncio.sleep(5)
        return web.Response(status=status or 200)

    async def wait(self, count: int) -> list[Received]:
        """The deliveries, once so many have come. Raises TimeoutError."""
        async with asyncio.timeout(15), self.came:
            await self.came.wait_for(lambda: len(self.received) >= count)
        return self.received

    async def wait_events(self, count: int) -> list[dict[str, Any]]:
        """The CloudEvents of all deliveries, once so many have come."""
        async with asyncio.timeout(15), self.came:
            await self.came.wait_for(lambda: len(self.events()) >= count)
        return self.events()

    def events(self) -> list[dict[str, Any]]:
        return [event for one in self.received for event in one.events]


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """A receiver on a free port of the loopback."""
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/hook", receiver.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
        yield receiver
    finally:
        await runner.cleanup()


async def register(sandbox: QuickBooksSandbox, receiver: Receiver, **plan: Any) -> dict[str, Any]:
    return await sandbox.control("POST", "webhooks", {"url": receiver.url, "verifier_token": TOKEN, **plan})


async def log(sandbox: QuickBooksSandbox) -> dict[str, Any]:
    return await sandbox.control("GET", "webhooks/deliveries")


async def settled(sandbox: QuickBooksSandbox) -> dict[str, Any]:
    """The log, once nothing waits any more."""
    async with asyncio.timeout(15):
        while (document := await log(sandbox))["waiting"]:  # noqa: ASYNC110  # asked over HTTP
            await asyncio.sleep(0.01)
    return document


async def customers(books: Books, count: int, prefix: str = "C") -> None:
    for number in range(count):
        await books.post("customer", {"DisplayName": f"{prefix}{number}"})
