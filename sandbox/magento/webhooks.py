"""Mage-OS asynchronous events out: signed, retried on an HTTP error answer only, lost on silence."""

from __future__ import annotations

import asyncio
import hashlib
import heapq
import hmac
import itertools
import random
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from sandbox.magento import limits, php_json
from sandbox.magento.subscriptions import Format, Subscription

Load = Callable[[], dict[str, Any]]


@dataclass(frozen=True)
class Plan:
    """How deliveries are disturbed: copies of each, spread over a window in random order, no faster than a rate.

    time_scale multiplies the retry delays (0.01: a retry after 1 s comes after 10 ms).
    """

    copies_min: int = 1
    copies_max: int = 1
    shuffle: bool = False
    rate_per_second: float | None = None
    time_scale: float = 1.0
    seed: int = 0


@dataclass
class Delivery:
    subscription: Subscription
    load: Load
    uuid: str
    body: bytes | None = None  # made at the first attempt; retries send the same bytes
    deaths: int = 0


@dataclass
class Counts:
    scheduled: int = 0
    sent: int = 0
    delivered: int = 0
    lost: int = 0  # no answer: the real module never tries again
    dead: int = 0  # refused too often
    answered: Counter[str] = field(default_factory=Counter)  # by status
    by_event: Counter[str] = field(default_factory=Counter)  # attempts

    def shown(self) -> dict[str, Any]:
        return {**vars(self), "answered": dict(self.answered), "by_event": dict(self.by_event)}


def render(data: dict[str, Any], subscription: Subscription, event_id: str) -> bytes:
    """The body, byte for byte. 4.x key order as the CloudEvents SDK writes it (recalled)."""
    if subscription.format == "3.x":
        return php_json.encode({"data": data}).encode()
    event = {
        "specversion": "1.0",
        "id": event_id,
        "source": str(subscription.store_id),
        "type": subscription.event,
        "datacontenttype": "application/json",
        "data": data,
    }
    return php_json.encode(event).encode()


def sign(body: bytes, token: str) -> str:
    return hmac.new(token.encode(), body, hashlib.sha256).hexdigest()


def retryable(status: int, fmt: Format) -> bool:
    """3.x tries again after any error answer; 4.x only after those of the server, and 429."""
    return status >= 400 if fmt == "3.x" else status >= 500 or status == 429


def backoff_seconds(deaths: int, retry_after: str | None) -> float:
    """Before the next attempt; a numeric Retry-After counts from the second retry on."""
    if deaths <= 1:
        return 1.0
    if retry_after is not None and retry_after.isascii() and retry_after.isdigit():
        return float(retry_after)
    return float(min(limits.WEBHOOK_MAX_BACKOFF_SECONDS, deaths**2))


class Sender:
    """One queue ordered by due time, sent by a few workers at once. Start it before use, stop it at the end."""

    def __init__(self) -> None:
        self.counts = Counts()
        self._plan = Plan()
        self._random = random.Random(0)
        self._due: list[tuple[float, int, Delivery]] = []
        self._tie = itertools.count()
        self._wake = asyncio.Event()
        self._in_flight: set[asyncio.Task[None]] = set()
        self._next_slot = 0.0

    @property
    def pending(self) -> int:
        return len(self._due) + len(self._in_flight)

    def use(self, plan: Plan) -> None:
        self._plan = plan
        self._random = random.Random(plan.seed)

    def forget(self) -> None:
        """Drop what is pending and count from zero."""
        self._due.clear()
        self.counts = Counts()

    def publish(self, subscription: Subscription, load: Load) -> None:
        """Queue an event for one receiver. `load` gives the entity when the first attempt is made, not now."""
        event_id = str(uuid.UUID(int=self._random.getrandbits(128), version=4))
        for _ in range(self._random.randint(self._plan.copies_min, self._plan.copies_max)):
            delay = self._random.uniform(0, limits.WEBHOOK_SHUFFLE_SECONDS) if self._plan.shuffle else 0.0
            self.counts.scheduled += 1
            self._push(Delivery(subscription, load, event_id), delay)

    def _push(self, delivery: Delivery, delay: float) -> None:
        if len(self._due) >= limits.WEBHOOKS_PENDING_MAX:
            self.counts.lost += 1
            return
        heapq.heappush(self._due, (asyncio.get_running_loop().time() + delay, next(self._tie), delivery))
        self._wake.set()

    async def run(self) -> None:
        """Send until cancelled."""
        timeout = aiohttp.ClientTimeout(total=limits.WEBHOOK_SECONDS, connect=limits.WEBHOOK_CONNECT_SECONDS)
        connector = aiohttp.TCPConnector(limit=limits.WEBHOOKS_IN_FLIGHT)
        async with aiohttp.ClientSession(timeout=timeout, connector=connector) as session:
            try:
                while True:
                    await self._next_due()
                    if len(self._in_flight) >= limits.WEBHOOKS_IN_FLIGHT:
                        await asyncio.wait(self._in_flight, return_when=asyncio.FIRST_COMPLETED)
                        continue
                    if self._due:
                        self._start(session, heapq.heappop(self._due)[2])
            finally:
                for task in self._in_flight:
                    task.cancel()
                await asyncio.gather(*self._in_flight, return_exceptions=True)

    async def _next_due(self) -> None:
        loop = asyncio.get_running_loop()
        while not self._due or max(self._due[0][0], self._next_slot) > loop.time():
            wait = max(self._due[0][0], self._next_slot) - loop.time() if self._due else None
            self._wake.clear()
            try:
                async with asyncio.timeout(wait):
                    await self._wake.wait()
            except TimeoutError:
                continue
        if self._plan.rate_per_second:
            self._next_slot = max(self._next_slot, loop.time()) + 1.0 / self._plan.rate_per_second

    def _start(self, session: aiohttp.ClientSession, delivery: Delivery) -> None:
        task = asyncio.create_task(self._attempt(session, delivery))
        self._in_flight.add(task)
        task.add_done_callback(self._in_flight.discard)

    async def _attempt(self, session: aiohttp.ClientSession, delivery: Delivery) -> None:
        subscription = delivery.subscription
        if delivery.body is None:
            delivery.body = render(delivery.load(), subscription, delivery.uuid)
        headers = {"x-magento-signature": sign(delivery.body, subscription.token), "User-Agent": "GuzzleHttp/7"}
        if subscription.format == "3.x":
            headers["Content-Type"] = "application/json"
        self.counts.sent += 1
        self.counts.by_event[subscription.event] += 1
        try:
            # 4.x sets no Content-Type, so none may be added here either.
            async with session.post(
                subscription.url, data=delivery.body, headers=headers, skip_auto_headers=("Content-Type",)
            ) as response:
                await response.read()
        except (aiohttp.ClientError, TimeoutError, OSError):
            self.counts.lost += 1
            return
        self.counts.answered[str(response.status)] += 1
        self._settle(delivery, response.status, response.headers.get("Retry-After"))

    def _settle(self, delivery: Delivery, status: int, retry_after: str | None) -> None:
        if status < 400:
            self.counts.delivered += 1
            return
        delivery.deaths += 1
        if not retryable(status, delivery.subscription.format) or delivery.deaths > limits.WEBHOOK_MAX_DEATHS:
            self.counts.dead += 1
            return
        self._push(delivery, backoff_seconds(delivery.deaths, retry_after) * self._plan.time_scale)
