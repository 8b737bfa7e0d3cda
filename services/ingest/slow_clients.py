"""A guard round aiohttp's server: connections that are slow, silent or too many don't stay.

One rule: a connection has HTTP_REQUEST_SECONDS to hand over one whole request, counted from its opening or from our
last answer, and taking that answer counts too. Nothing sent, a head or a body that trickles, a second request that
trickles, an answer that isn't read: all are the same late connection, and are cut. While we work on a request (the
append), the handler moves the deadline with `allow`. aiohttp itself limits only the wait between requests.

Cut means aborted: a plain close would wait for ever for a client that doesn't read.

A head that can't be read is refused here as well, and told of without its bytes.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, cast

from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web import BaseRequest, RequestHandler, Response, Server, StreamResponse

from services.ingest.refusal_log import RefusalLog
from shared import limits
from shared.telemetry.metrics import Metrics


@dataclass(slots=True)
class Admission:
    """The count of open connections and its bound, shared by the connections of one server."""

    metrics: Metrics
    max_connections: int
    request_seconds: float
    open: int = 0
    unreadable: RefusalLog = field(default_factory=lambda: RefusalLog(time.monotonic, "request head unreadable"))

    def enter(self) -> bool:
        if self.open >= self.max_connections:
            self.metrics.connections_cut.labels("full").inc()
            return False
        self.open += 1
        self.metrics.connections_open.set(self.open)
        return True

    def leave(self) -> None:
        self.open -= 1
        self.metrics.connections_open.set(self.open)


class GuardedHandler(RequestHandler):
    """aiohttp's connection with a deadline."""

    __slots__ = ("_admission", "_admitted", "_deadline", "_silent", "_timer")

    def __init__(self, admission: Admission, manager: Server, **options: Any) -> None:
        super().__init__(manager, **options)
        self._admission = admission
        self._admitted = False
        self._silent = True
        self._deadline = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def allow(self, seconds: float) -> None:
        """The connection may live for so many seconds from now."""
        self._deadline = self._loop.time() + seconds

    def answered(self) -> None:
        """The answer goes out now: the time for it and the next request begins."""
        self._silent = True
        self.allow(self._admission.request_seconds)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._admitted = self._admission.enter()
        tcp = cast(asyncio.Transport, transport)
        if not self._admitted:
            tcp.abort()
            return
        self.allow(self._admission.request_seconds)
        self._timer = self._loop.call_at(self._deadline, self._check, tcp)
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        self._silent = False
        super().data_received(data)

    def handle_error(
        self,
        request: BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> StreamResponse:
        """aiohttp would log and echo the line it can't read, in which a secret, a cookie or a code may be."""
        if not isinstance(exc, HttpProcessingError):
            return super().handle_error(request, status, exc, message)
        self._admission.unreadable.note("unknown", status, type(exc).__name__)
        response = Response(
            status=status, body=b'{"error":"the head is malformed or too long"}', content_type="application/json"
        )
        response.force_close()
        return response

    def connection_lost(self, exc: BaseException | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._admitted:
            self._admitted = False
            self._admission.leave()
        super().connection_lost(exc)

    def _check(self, transport: asyncio.Transport) -> None:
        if self._loop.time() < self._deadline:
            self._timer = self._loop.call_at(self._deadline, self._check, transport)
            return
        self._timer = None
        idle = self._silent and not transport.get_write_buffer_size()
        self._admission.metrics.connections_cut.labels("idle" if idle else "slow").inc()
        transport.abort()


class GuardedServer(Server):
    """aiohttp's low-level server, whose connections are guarded."""

    def __init__(
        self, handler: Callable[[BaseRequest], Awaitable[StreamResponse]], admission: Admission, **options: Any
    ) -> None:
        super().__init__(handler)
        self._admission = admission
        self._options = options

    def __call__(self) -> RequestHandler:
        return GuardedHandler(self._admission, self, loop=self._loop, **self._options)


def guarded_server(handler: Callable[[BaseRequest], Awaitable[StreamResponse]], admission: Admission) -> GuardedServer:
    """A server for `handler` with every bound on requests set."""
    return GuardedServer(
        handler,
        admission,
        access_log=None,
        keepalive_timeout=2 * admission.request_seconds,  # a second line behind the guard
        lingering_time=limits.HTTP_LINGER_SECONDS,
        max_line_size=limits.HTTP_LINE_MAX_BYTES,
        max_field_size=limits.HTTP_LINE_MAX_BYTES,
        max_headers=limits.HTTP_HEADERS_MAX,
        read_bufsize=limits.HTTP_READ_BUFFER_BYTES,
        auto_decompress=False,  # the signature is over the bytes as sent, and nothing may swell in memory
    )


def allow(request: BaseRequest, seconds: float) -> None:
    """Gives the connection of `request` so many seconds from now; without a guard there is nothing to do."""
    if isinstance(request.protocol, GuardedHandler):
        request.protocol.allow(seconds)


def answered(request: BaseRequest) -> None:
    """Says that the handler of `request` is done and its answer goes out."""
    if isinstance(request.protocol, GuardedHandler):
        request.protocol.answered()
