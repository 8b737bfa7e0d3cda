"""A server that answers with the bytes a test gives it, and remembers what it was sent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web
from yarl import URL


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as it arrived."""

    method: str
    url: URL
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer; `drop` closes the connection instead, `seconds` makes it slow."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    drop: bool = False
    seconds: float = 0.0


Script = Callable[[Sent], Reply]


@dataclass
class Scripted:
    """`script` chooses the answer; replies set in `replies` go first, in order."""

    url: str = ""
    script: Script = lambda sent: Reply()
    replies: list[Reply] = field(default_factory=list)
    seen: list[Sent] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        sent = Sent(request.method, request.url, dict(request.headers), await request.read())
        self.seen.append(sent)
        reply = self.replies.pop(0) if self.replies else self.script(sent)
        await asyncio.sleep(reply.seconds)
        if reply.drop:
            assert request.transport is not None
            request.transport.close()
            return web.Response()
        return web.Response(status=reply.status, body=reply.body, headers=reply.headers)


@asynccontextmanager
async def scripted() -> AsyncIterator[Scripted]:
    """A running server on a free port of the loopback."""
    server = Scripted()
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", server.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        server.url = f"http://{host}:{port}"
        yield server
    finally:
        await runner.cleanup()
