"""The operator's port over real HTTP, and the watchdog behind /health/live."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiohttp
import pytest

from shared.telemetry.health import Health, build_app, serve
from shared.telemetry.metrics import Metrics
from shared.telemetry.watchdog import Watchdog


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Running:
    url: str
    clock: Clock
    watchdog: Watchdog
    health: Health
    metrics: Metrics

    async def get(self, path: str) -> tuple[int, str]:
        async with aiohttp.ClientSession() as session, session.get(self.url + path) as answer:
            return answer.status, await answer.text()


@pytest.fixture
async def running() -> AsyncIterator[Running]:
    clock = Clock()
    watchdog = Watchdog(clock)
    health, metrics = Health("ingest", "1.2.3", watchdog), Metrics()
    served = await serve(build_app(health, metrics), "127.0.0.1", 0)
    try:
        yield Running(f"http://127.0.0.1:{served.port}", clock, watchdog, health, metrics)
    finally:
        await served.close()


async def test_a_service_is_ready_only_when_all_its_parts_are_and_says_which_are_not(running: Running) -> None:
    reason: str | None = "200 of 1000 records read"
    running.health.ready_when("links", lambda: reason)
    running.health.ready_when("settings", lambda: None)
    assert await running.get("/health/ready") == (
        503,
        '{"ready":false,"waiting_for":{"links":"200 of 1000 records read"},"warnings":{}}',
    )
    reason = None
    assert await running.get("/health/ready") == (200, '{"ready":true,"waiting_for":{},"warnings":{}}')


async def test_a_loop_that_stops_beating_turns_live_false_and_beating_again_turns_it_true(running: Running) -> None:
    running.watchdog.watch("poll", 30.0)
    running.clock.now += 30.0
    assert (await running.get("/health/live"))[0] == 200
    running.clock.now += 1.0
    status, text = await running.get("/health/live")
    assert status == 503
    assert "poll: no progress for 31 s, limit 30 s" in text
    running.watchdog.beat("poll")
    assert (await running.get("/health/live"))[0] == 200


async def test_metrics_and_version_are_served(running: Running) -> None:
    running.metrics.connections_open.set(3)
    status, text = await running.get("/metrics")
    assert status == 200
    assert "bookbridge_http_connections_open 3.0" in text
    assert await running.get("/version") == (200, '{"service":"ingest","version":"1.2.3"}')


async def test_a_taken_port_is_an_error_at_start(running: Running) -> None:
    port = int(running.url.rsplit(":", 1)[1])
    with pytest.raises(OSError, match="address already in use"):
        await serve(build_app(running.health, Metrics()), "127.0.0.1", port)


def test_commits_are_only_expected_while_there_is_work() -> None:
    clock = Clock()
    watchdog = Watchdog(clock)
    watchdog.watch_work("commit", 10.0)
    clock.now += 1_000
    assert watchdog.overdue() == []
    watchdog.begin("commit")
    clock.now += 6
    watchdog.begin("commit")
    clock.now += 6
    assert watchdog.overdue() == ["commit: no progress for 12 s, limit 10 s"]
    watchdog.beat("commit", idle=True)
    clock.now += 1_000
    assert watchdog.overdue() == []
    watchdog.watch("poll", 1.0)
    clock.now += 2
    watchdog.forget("poll")
    assert watchdog.overdue() == []
