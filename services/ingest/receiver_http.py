"""The receiver's port: reads webhooks, has them checked (`receiver.py`), appends them durably and answers."""

from __future__ import annotations

import asyncio
import resource
import socket
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import orjson
from aiohttp import web
from prometheus_client import Counter

from services.ingest.adobe_http import AdobeHttp
from services.ingest.receiver import find_target
from services.ingest.refusal_log import RefusalLog
from services.ingest.senders import sender
from services.ingest.slow_clients import Admission, allow, answered, guarded_server
from services.ingest.sources.connection import Connections
from services.ingest.sources.webhook import (
    BAD_FRAMING,
    LOG_DOWN,
    NOT_WHOLE,
    TOO_BUSY,
    TOO_LARGE,
    TOO_MANY_VISITS,
    TOO_SLOW,
    NeedsKey,
    Refused,
    Target,
    Webhook,
    check_head,
)
from shared import limits
from shared.log.port import Log, LogError, NewRecord, RecordTooLarge
from shared.telemetry.metrics import Metrics
from shared.topics import HINTS

UNKNOWN = "unknown"
Handle = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Receiver:
    """Handles every request of the port. An answer that takes a webhook means: what it told survives our death."""

    def __init__(
        self,
        connections: Connections,
        log: Log,
        metrics: Metrics,
        adobe: AdobeHttp,
        clock: Callable[[], datetime] = _utc_now,
    ) -> None:
        self._connections = connections
        self._log = log
        self._metrics = metrics
        self._adobe = adobe
        self._clock = clock
        self._refusals = RefusalLog(time.monotonic)
        self._ignored = RefusalLog(time.monotonic, "webhook events ignored")
        self._held_bytes = 0
        self._counters: dict[tuple[str, str, int], Counter] = {}
        self._seconds = metrics.webhook_seconds
        self._append_ok = metrics.log_append_seconds.labels(HINTS, "ok")
        self._append_failed = metrics.log_append_seconds.labels(HINTS, "failed")

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        start = time.perf_counter()
        path, _, query = request.raw_path.partition("?")
        target = find_target(self._connections, path)
        if isinstance(target, Refused):
            answer = self._refuse(target, None)
        elif refusal := check_head(target, request.method, request.headers):
            answer = self._refuse(refusal, target)
        elif target.answer_seconds is None:
            answer = await self._receive(request, target, query)
        else:
            answer = await self._receive_in_time(request, target, query, target.answer_seconds)
        answered(request)
        self._seconds.observe(time.perf_counter() - start)
        return answer

    async def _receive_in_time(
        self, request: web.BaseRequest, target: Target, query: str, seconds: float
    ) -> web.Response:
        try:
            async with asyncio.timeout(seconds):
                return await self._receive(request, target, query)
        except TimeoutError:
            return self._refuse(TOO_SLOW, target)

    async def _receive(self, request: web.BaseRequest, target: Target, query: str) -> web.Response:
        body = bytearray()
        try:
            if request.headers.get("expect", "").lower() == "100-continue":  # Guzzle sends it with bodies over 1 MiB
                await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
                request.writer.output_size = 0
            refusal = await self._read(request, body)
            if refusal:
                return self._refuse(refusal, target)
            received_at, new_id = self._clock(), uuid.uuid4().hex
            webhook = Webhook(request.method, query, request.headers, bytes(body), received_at, new_id)
            return await self._take(request, target, webhook)
        except ConnectionError:  # cut by the guard, or gone: nobody reads this answer, but it is counted
            return self._refuse(NOT_WHOLE, target)
        except web.RequestPayloadError:
            return self._refuse(BAD_FRAMING, target)
        finally:
            self._held_bytes -= len(body)

    async def _read(self, request: web.BaseRequest, body: bytearray) -> Refused | None:
        """Reads into `body`, within the bounds for one body and for all bodies of this time."""
        content = request.content
        while not content.at_eof():
            chunk = await content.readany()
            body += chunk
            self._held_bytes += len(chunk)
            if len(body) > limits.WEBHOOK_BODY_MAX_BYTES:
                return TOO_LARGE
            if self._held_bytes > limits.WEBHOOK_BODIES_MAX_BYTES:
                return TOO_BUSY
        return None

    async def _take(self, request: web.BaseRequest, target: Target, webhook: Webhook) -> web.Response:
        outcome = target.take(webhook)
        while isinstance(outcome, NeedsKey):
            allow(request, limits.ADOBE_KEY_SECONDS + limits.HTTP_REQUEST_SECONDS)
            outcome = outcome.then(await self._adobe.key(outcome.path, _sender(request)))
        if isinstance(outcome, Refused):
            return self._refuse(outcome, target)
        if outcome.records:
            allow(request, limits.LOG_CALL_SECONDS + limits.HTTP_REQUEST_SECONDS)
            if refusal := await self._store(outcome.records):
                return self._refuse(refusal, target)
        if outcome.visit and not self._adobe.visit(outcome.visit, target.connection, _sender(request)):
            return self._refuse(TOO_MANY_VISITS, target)
        for one in outcome.ignored:
            self._metrics.webhook_events_ignored.labels(target.connection, one.reason).inc()
            self._ignored.note(target.connection, outcome.answer.status, one.text)
        answer = outcome.answer
        self._count(target, answer.status)
        return web.Response(status=answer.status, body=answer.body, content_type=answer.content_type)

    async def _store(self, records: Sequence[NewRecord]) -> Refused | None:
        """Appends all of them, or says why the sender must come again: with all, since a hint twice does no harm."""
        if len(records) == 1:
            return await self._append(records[0])
        places = asyncio.Semaphore(limits.WEBHOOK_APPENDS_AT_ONCE)

        async def append(record: NewRecord) -> Refused | None:
            async with places:
                return await self._append(record)

        refusals = await asyncio.gather(*(append(record) for record in records))
        return next((refusal for refusal in refusals if refusal), None)

    async def _append(self, record: NewRecord) -> Refused | None:
        start = time.perf_counter()
        try:
            await self._log.append(record)
        except RecordTooLarge:
            self._append_failed.observe(time.perf_counter() - start)
            return TOO_LARGE
        except LogError:  # unavailable, unknown, or for an operator to mend: to the sender it is all one
            self._append_failed.observe(time.perf_counter() - start)
            return LOG_DOWN
        self._append_ok.observe(time.perf_counter() - start)
        return None

    def _refuse(self, refusal: Refused, target: Target | None) -> web.Response:
        self._count(target, refusal.status)
        connection = target.connection if target else UNKNOWN
        self._refusals.note(connection, refusal.status, refusal.message)
        body = orjson.dumps({"error": refusal.message})
        response = web.Response(status=refusal.status, body=body, content_type="application/json")
        if refusal.retry_after is not None:
            response.headers["Retry-After"] = str(refusal.retry_after)
        if target and refusal.status == 405:
            response.headers["Allow"] = ", ".join(sorted(target.methods))
        return response

    def _count(self, target: Target | None, status: int) -> None:
        """Counts under names that we know ourselves: a sender must not be able to make new time series."""
        key = (target.connection, target.event, status) if target else (UNKNOWN, UNKNOWN, status)
        counter = self._counters.get(key)
        if counter is None:
            counter = self._counters[key] = self._metrics.webhooks.labels(key[0], key[1], str(status))
        counter.inc()


def _sender(request: web.BaseRequest) -> str:
    return sender(request.remote, request.headers.getall("X-Forwarded-For", []))


@dataclass(frozen=True, slots=True)
class ReceiverServer:
    """The open port. `port` is the one bound, also when 0 was asked for."""

    port: int
    admission: Admission
    _runner: web.ServerRunner

    async def close(self) -> None:
        """Takes no more connections, lets requests under way end, within HTTP_SHUTDOWN_SECONDS."""
        await self._runner.cleanup()


async def serve(
    receiver: Receiver,
    metrics: Metrics,
    host: str,
    port: int,
    *,
    pages: Mapping[str, Handle] | None = None,
    max_connections: int = limits.HTTP_CONNECTIONS_MAX,
    request_seconds: float = limits.HTTP_REQUEST_SECONDS,
) -> ReceiverServer:
    """Opens the port. `pages` are what a browser may ask for, by path; all else is a webhook or refused as one. Raises
    OSError when the port is taken."""
    by_path = pages or {}

    def handle(request: web.BaseRequest) -> Awaitable[web.StreamResponse]:
        return by_path.get(request.raw_path.partition("?")[0], receiver.handle)(request)

    admission = Admission(metrics, min(max_connections, _connections_allowed()), request_seconds)
    runner = web.ServerRunner(guarded_server(handle, admission), shutdown_timeout=limits.HTTP_SHUTDOWN_SECONDS)
    await runner.setup()
    try:
        listener = _listen(host, port)
    except OSError:
        await runner.cleanup()
        raise
    await web.SockSite(runner, listener, backlog=limits.HTTP_BACKLOG).start()
    return ReceiverServer(listener.getsockname()[1], admission, runner)


def _listen(host: str, port: int) -> socket.socket:
    """The listening socket. Its buffers are inherited by the connections: without bounds of ours the system gives each
    up to some MiB for answers that nobody reads and bodies that we don't read yet."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family, backlog=limits.HTTP_BACKLOG)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, limits.HTTP_SEND_BUFFER_BYTES)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, limits.HTTP_RECEIVE_BUFFER_BYTES)
    return listener


def _connections_allowed() -> int:
    """How many connections the system lets us hold, after asking for as many as we want (the usual limit is 1,024)."""
    wanted = limits.HTTP_CONNECTIONS_MAX + limits.HTTP_FILES_RESERVED
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return max(1, soft - limits.HTTP_FILES_RESERVED)
