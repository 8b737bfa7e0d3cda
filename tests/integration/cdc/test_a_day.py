"""Days that pass in a moment: how often the books are asked, and how late a change is told. HTTP and log are real."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from statistics import median

import pytest

from services.ingest.cdc.clock import Clock
from services.ingest.cdc.worker import CdcWorker
from services.quotas import Quotas
from shared.quickbooks.quota import WHOLE, Quota
from tests.integration.cdc.conftest import Following
from tests.integration.cdc.work import agree, ask

Act = Callable[[], Awaitable[None]]
pytestmark = pytest.mark.timeout(180)


class _Over(Exception):
    """The time of the test has passed."""


class Passing(Clock):
    """Time that passes as soon as somebody waits, in the books too; what is planned happens on its way."""

    def __init__(self, following: Following, hours: float, plan: list[tuple[float, Act]]) -> None:
        self._following = following
        self._end = self.now() + timedelta(hours=hours)
        self._plan = [(self.now() + timedelta(seconds=seconds), act) for seconds, act in plan]

    def now(self) -> datetime:
        return self._following.clock.now()

    async def wait(self, seconds: float, event: asyncio.Event | None = None) -> None:
        until = self.now() + timedelta(seconds=seconds)
        while self._plan and self._plan[0][0] <= until:
            at, act = self._plan.pop(0)
            await self._pass(at)
            await act()
            if event is not None and event.is_set():
                return
        await self._pass(until)
        if self.now() >= self._end:
            raise _Over

    async def _pass(self, until: datetime) -> None:
        seconds = (until - self.now()).total_seconds()
        if seconds > 0:
            await self._following.advance(seconds=seconds)


class _Wide(Quotas):
    """The company's limits go by its own clock, which our quota doesn't see pass."""

    def of(self, realm: str) -> Quota:
        return Quota()


@asynccontextmanager
async def _passed(following: Following, hours: float, plan: list[tuple[float, Act]]) -> AsyncIterator[CdcWorker]:
    worker = CdcWorker(
        following.process,
        following.cursors,
        following.teller,
        following.keepers,
        _Wide(WHOLE),
        Passing(following, hours, plan),
    )
    yield worker
    with pytest.raises(_Over):
        await worker.follow(following.realm)


async def _touch(following: Following, number: int) -> None:
    await following.books.seed({"Customer": [{"DisplayName": f"Buyer {number}"}]})


async def test_a_quiet_company_costs_at_most_300_metered_calls_a_day(following: Following) -> None:
    await ask(following)
    begin = await following.metered()
    async with _passed(following, 24, []):
        pass
    calls = await following.metered() - begin
    assert 24 < calls <= 300
    assert abs(following.spent() - await following.metered()) <= 30, "ours counts what a crash could hide, too"


async def test_changes_of_a_busy_company_are_told_within_30_seconds_at_the_median(following: Following) -> None:
    chance = random.Random(11)
    await ask(following)
    begin = await following.metered()
    plan: list[tuple[float, Act]] = []
    at = 0.0
    for number in range(120):
        at += chance.expovariate(1 / 45)
        plan.append((at, lambda number=number: _touch(following, number)))  # type: ignore[misc]
    hours = at / 3600 + 0.2
    async with _passed(following, hours, plan):
        pass
    delays = [
        (
            datetime.fromisoformat(one.headers["server-time"]) - datetime.fromisoformat(one.headers["changed-at"])
        ).total_seconds()
        for one in await following.told()
        if one.headers["entity"] == "Customer"
    ]
    assert len(delays) >= 120
    assert median(delays) < 30
    assert max(delays) <= 330, "the first one, which found the company quiet"
    assert (await following.metered() - begin) / hours <= 200
    await agree(following)


async def test_what_webhooks_tell_is_seen_within_seconds_while_the_company_is_quiet(following: Following) -> None:
    await ask(following)
    worker: list[CdcWorker] = []

    async def changed(number: int) -> None:
        await _touch(following, number)
        for _ in range(10):
            await worker[0].poke(following.realm, {"entities": ["Customer"]})

    plan: list[tuple[float, Act]] = [
        (3_000.0 * number, lambda number=number: changed(number))  # type: ignore[misc]
        for number in range(1, 8)
    ]
    async with _passed(following, 7, plan) as made:
        worker.append(made)
    told = [one for one in await following.told() if one.headers["cause"] == "webhook"]
    delays = [
        (
            datetime.fromisoformat(one.headers["server-time"]) - datetime.fromisoformat(one.headers["changed-at"])
        ).total_seconds()
        for one in told
    ]
    assert len(delays) == 7 and max(delays) < 10
