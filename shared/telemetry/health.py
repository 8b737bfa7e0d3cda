"""The operator's port of a service: /health/live, /health/ready, /metrics, /version."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import orjson
from aiohttp import web
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

from shared import limits
from shared.telemetry.metrics import Metrics
from shared.telemetry.watchdog import Watchdog

Check = Callable[[], str | None]
"""Says why not, in plain words, or None while all is well. It must answer at once: no input or output."""


@dataclass(slots=True)
class Health:
    """What the service knows about itself. Its parts register their checks; without any it is ready."""

    service: str
    version: str
    watchdog: Watchdog | None = None
    _ready: dict[str, Check] = field(default_factory=dict)
    _warn: dict[str, Check] = field(default_factory=dict)

    def ready_when(self, part: str, check: Check) -> None:
        """The service is ready only while `check` says None."""
        self._ready[part] = check

    def warn_when(self, part: str, check: Check) -> None:
        """The service works, and yet a person should know what `check` says."""
        self._warn[part] = check

    def warnings(self) -> dict[str, str]:
        """Part -> what a person should know."""
        return {part: text for part, check in self._warn.items() if (text := check()) is not None}

    def not_ready(self) -> dict[str, str]:
        """Part -> reason, for each part that is not ready."""
        return {part: reason for part, check in self._ready.items() if (reason := check()) is not None}

    def stuck(self) -> list[str]:
        """What makes the process one to be restarted."""
        return self.watchdog.overdue() if self.watchdog is not None else []


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(slots=True)
class Doors:
    """Addresses that services answer beside the four, by POST, as soon as they are there: the port is served before."""

    _handlers: dict[str, Handler] = field(default_factory=dict)

    def open(self, name: str, handler: Handler) -> None:
        """Answers POST /`name`. Whoever reaches the port may ask: the handler decides who is answered."""
        self._handlers[name] = handler

    def close(self, name: str) -> None:
        """It isn't answered any more."""
        self._handlers.pop(name, None)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        handler = self._handlers.get(request.match_info["door"])
        return _json(404, {"error": "no such address"}) if handler is None else await handler(request)


def build_app(health: Health, metrics: Metrics, doors: Doors | None = None) -> web.Application:
    """The application with the four addresses, and the doors."""

    async def live(_request: web.Request) -> web.Response:
        stuck = health.stuck()
        return _json(503 if stuck else 200, {"live": not stuck, "stuck": stuck})

    async def ready(_request: web.Request) -> web.Response:
        reasons = health.not_ready()
        return _json(
            503 if reasons else 200, {"ready": not reasons, "waiting_for": reasons, "warnings": health.warnings()}
        )

    async def show_metrics(_request: web.Request) -> web.Response:
        return web.Response(body=metrics.exposition(), headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4})

    async def version(_request: web.Request) -> web.Response:
        return _json(200, {"service": health.service, "version": health.version})

    app = web.Application()
    app.router.add_get("/health/live", live)
    app.router.add_get("/health/ready", ready)
    app.router.add_get("/metrics", show_metrics)
    app.router.add_get("/version", version)
    app.router.add_post("/{door}", (doors or Doors()).handle)
    return app


@dataclass(frozen=True, slots=True)
class Served:
    """A running server. `port` is the one bound, also when 0 was asked for."""

    host: str
    port: int
    runner: web.AppRunner

    async def close(self) -> None:
        await self.runner.cleanup()


async def serve(app: web.Application, host: str, port: int) -> Served:
    """Serves `app` on a port of its own. Raises OSError when the port is taken."""
    runner = web.AppRunner(
        app,
        access_log=None,
        keepalive_timeout=limits.HEALTH_KEEPALIVE_SECONDS,
        shutdown_timeout=limits.HEALTH_SHUTDOWN_SECONDS,
    )
    await runner.setup()
    site = web.TCPSite(runner, host, port)
    try:
        await site.start()
    except OSError:
        await runner.cleanup()
        raise
    return Served(host, site.port, runner)


def _json(status: int, document: object) -> web.Response:
    return web.Response(status=status, body=orjson.dumps(document), content_type="application/json")
