"""The receiver's port: reads webhooks, has them checked (`receiver.py`), appends them durably and answers."""

from __future__ import annotations

import resource
import socket
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import orjson
from aiohttp import web
from prometheus_client import Counter

from services.ingest.receiver import (
    BAD_FRAMING,
    HINTS_TOPIC,
    LOG_DOWN,
    NOT_WHOLE,
    TOO_BUSY,
    TOO_LARGE,
    Connections,
    Refused,
    Target,
    check_body,
    check_head,
    find_target,
)
from services.ingest.refusal_log import RefusalLog
from services.ingest.slow_clients import Admission, allow, answered, guarded_server
from shared import limits
from shared.log.port import Log, LogError, RecordTooLarge
from shared.magento.signatures import SIGNATURE_HEADER
from shared.telemetry.metrics import Metrics

UNKNOWN = "unknown"


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Receiver:
    """Handles every request of the port. 202 means: the event survives our death."""

    def __init__(
        self, connections: Connections, log: Log, metrics: Metrics, clock: Callable[[], datetime] = _utc_now
    ) -> None:
        self._connections = connections
        self._log = log
        self._metrics = metrics
        self._clock = clock
        self._refusals = RefusalLog(time.monotonic)
        self._held_bytes = 0
        self._counters: dict[tuple[str, str, int], Counter] = {}
        self._seconds = metrics.webhook_seconds
        self._append_ok = metrics.log_append_seconds.labels(HINTS_TOPIC, "ok")
        self._append_failed = metrics.log_append_seconds.labels(HINTS_TOPIC, "failed")

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        start = time.perf_counter()
        target = find_target(self._connections, request.raw_path)
        if isinstance(target, Refused):
            answer = self._refuse(target, None)
        elif refusal := check_head(request.method, request.headers):
            answer = self._refuse(refusal, target)
        else:
            answer = await self._receive(request, target)
        answered(request)
        self._seconds.observe(time.perf_counter() - start)
        return answer

    async def _receive(self, request: web.BaseRequest, target: Target) -> web.Response:
        body = bytearray()
        try:
            if request.headers.get("expect", "").lower() == "100-continue":  # Guzzle sends it with bodies over 1 MiB
                await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
                request.writer.output_size = 0
            refusal = await self._read(request, body)
            return self._refuse(refusal, target) if refusal else await self._store(request, target, bytes(body))
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

    async def _store(self, request: web.BaseRequest, target: Target, body: bytes) -> web.Response:
        headers = request.headers
        record = check_body(
            target, headers, headers.getall(SIGNATURE_HEADER, ()), body, self._clock(), uuid.uuid4().hex
        )
        if isinstance(record, Refused):
            return self._refuse(record, target)
        allow(request, limits.LOG_CALL_SECONDS + limits.HTTP_REQUEST_SECONDS)
        start = time.perf_counter()
        try:
            await self._log.append(record)
        except RecordTooLarge:
            self._append_failed.observe(time.perf_counter() - start)
            return self._refuse(TOO_LARGE, target)
        except LogError:  # unavailable, unknown, or for an operator to mend: to the sender it is all one
            self._append_failed.observe(time.perf_counter() - start)
            return self._refuse(LOG_DOWN, target)
        self._append_ok.observe(time.perf_counter() - start)
        self._count(target, 202)
        return web.Response(status=202, body=b'{"status":"stored"}', content_type="application/json")

    def _refuse(self, refusal: Refused, target: Target | None) -> web.Response:
        self._count(target, refusal.status)
        connection = target.connection.name if target else UNKNOWN
        self._refusals.note(connection, refusal.status, refusal.message)
        body = orjson.dumps({"error": refusal.message})
        response = web.Response(status=refusal.status, body=body, content_type="application/json")
        if refusal.retry_after is not None:
            response.headers["Retry-After"] = str(refusal.retry_after)
        if refusal.status == 405:
            response.headers["Allow"] = "POST"
        return response

    def _count(self, target: Target | None, status: int) -> None:
        """Counts under names that we know ourselves: a sender must not be able to make new time series."""
        key = (target.connection.name, target.event, status) if target else (UNKNOWN, UNKNOWN, status)
        counter = self._counters.get(key)
        if counter is None:
            counter = self._counters[key] = self._metrics.webhooks.labels(key[0], key[1], str(status))
        counter.inc()


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
    max_connections: int = limits.HTTP_CONNECTIONS_MAX,
    request_seconds: float = limits.HTTP_REQUEST_SECONDS,
) -> ReceiverServer:
    """Opens the port. Raises OSError when it is taken."""
    admission = Admission(metrics, min(max_connections, _connections_allowed()), request_seconds)
    runner = web.ServerRunner(guarded_server(receiver.handle, admission), shutdown_timeout=limits.HTTP_SHUTDOWN_SECONDS)
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
