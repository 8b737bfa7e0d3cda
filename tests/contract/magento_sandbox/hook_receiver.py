"""A receiver of webhooks: a real HTTP server that keeps what it gets and answers as it is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from shared import wire
from tests.support.magento_sandbox import MagentoSandbox

WAIT_SECONDS = 10.0
Respond = Callable[["Received"], Awaitable[web.Response | None]]


@dataclass
class Received:
    event: str
    body: bytes
    headers: dict[str, str]
    method: str = "POST"
    query: dict[str, str] = field(default_factory=dict)

    @property
    def json(self) -> Any:
        return wire.decode(self.body)


@dataclass
class Receiver:
    """`answers` are the statuses of the next calls, then 202; `respond` answers instead, unless it says None. `drop`:
    the connection is closed without an answer, for those events only if it names some."""

    url: str = ""
    received: list[Received] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    drop: bool | frozenset[str] = False
    respond: Respond | None = None
    headers: dict[str, str] = field(default_factory=dict)

    async def take(self, request: web.Request) -> web.Response:
        got = Received(
            request.match_info["event"], await request.read(), dict(request.headers), request.method,
            dict(request.query),
        )  # fmt: skip
        self.received.append(got)
        drops = got.event in self.drop if isinstance(self.drop, frozenset) else self.drop
        if drops and request.transport is not None:
            request.transport.close()
        answer = await self.respond(got) if self.respond is not None else None
        if answer is not None:
            return answer
        return web.Response(status=self.answers.pop(0) if self.answers else 202, headers=self.headers)

    def at(self, event: str) -> str:
        """The address of an event."""
        return self.url.replace("{event}", event)

    def events(self) -> list[str]:
        return [one.event for one in self.received]

    async def wait_for(self, number: int) -> None:
        """Until so many requests came."""
        async with asyncio.timeout(WAIT_SECONDS):
            while len(self.received) < number:  # noqa: ASYNC110 - requests come when they come
                await asyncio.sleep(0.005)


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = web.Application(client_max_size=2**22)
    app.router.add_route("*", "/hooks/{event}", receiver.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hooks/{{event}}"
    try:
        yield receiver
    finally:
        await runner.cleanup()


async def settled(shop: MagentoSandbox) -> dict[str, Any]:
    """The counts once nothing is pending."""
    async with asyncio.timeout(WAIT_SECONDS):
        while (counts := await shop.deliveries())["pending"]:  # noqa: ASYNC110 - counts come by asking
            await asyncio.sleep(0.01)
    return counts
