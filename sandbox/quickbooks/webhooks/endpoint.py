"""One endpoint: events wait for it in order of their time, one delivery is under way at once.

A delivery that isn't acknowledged is tried again by Intuit's schedule, and holds up all that comes after it.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import random
import uuid
from collections import Counter, deque
from typing import Any

import aiohttp

from sandbox import limits
from sandbox.quickbooks.clock import Clock
from sandbox.quickbooks.webhooks import envelope
from sandbox.quickbooks.webhooks.deliveries import Delivery, DeliveryLog
from sandbox.quickbooks.webhooks.events import Event
from sandbox.quickbooks.webhooks.plan import EndpointPlan

RETRY_SECONDS = (10, 20, 30, 300, 1_200, 7_200, 14_400, 21_600)  # the last one again and again
_COUNTS = ("events", "lost", "duplicated", "overflowed", "deliveries", "attempts", "delivered", "replayed")


class Endpoint:
    """Queue and sender. start() begins to send, stop() ends it."""

    def __init__(self, endpoint_id: str, plan: EndpointPlan, clock: Clock, log: DeliveryLog) -> None:
        self.id = endpoint_id
        self.plan = plan
        self.counts: Counter[str] = Counter(dict.fromkeys(_COUNTS, 0))
        self.answers: Counter[str] = Counter()
        self._clock = clock
        self._log = log
        self._random = random.Random(plan.seed)
        self._events: list[tuple[float, int, Event]] = []  # by the time when each may go
        self._again: deque[Delivery] = deque(maxlen=limits.QB_WEBHOOK_LOG)  # replays, sent before new events
        self._order = itertools.count()
        self._moved = asyncio.Event()
        self._under_way: Delivery | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self, session: aiohttp.ClientSession) -> None:
        """Send until stopped."""
        self._task = asyncio.get_running_loop().create_task(self._run(session))

    def stop(self) -> asyncio.Task[None] | None:
        """Send no more; the task that is ending."""
        if self._task is not None:
            self._task.cancel()
        return self._task

    def add(self, event: Event) -> None:
        """An event for this endpoint, disturbed as the plan says."""
        plan = self.plan
        if event.entity not in plan.entities:
            return
        self.counts["events"] += 1
        if self._random.random() < plan.lose:
            self.counts["lost"] += 1
            return
        copies = 2 if self._random.random() < plan.duplicate else 1
        self.counts["duplicated"] += copies - 1
        for _ in range(copies):
            if len(self._events) >= limits.QB_WEBHOOK_EVENTS_WAITING:
                self.counts["overflowed"] += 1
                continue
            due = self._clock.monotonic() + self._random.uniform(0, plan.delay_seconds)
            heapq.heappush(self._events, (due, next(self._order), event))
        self.wake()

    def replay(self, delivery: Delivery) -> None:
        """Send the bytes of a past delivery once more, as a delivery of its own."""
        self.counts["replayed"] += 1
        self._again.append(Delivery(str(uuid.uuid4()), self.id, delivery.raw, delivery.events, self._clock.now()))
        self.wake()

    def wake(self) -> None:
        """Look again: something came, or the clock was moved."""
        self._moved.set()

    def shown(self) -> dict[str, Any]:
        """As the control interface tells it, without the token."""
        return {
            "id": self.id,
            **self.plan.model_dump(mode="json", exclude={"verifier_token", "entities"}),
            "entities": sorted(self.plan.entities),
            "counts": dict(self.counts),
            "answers": dict(self.answers),
            "waiting": self.waiting,
        }

    @property
    def waiting(self) -> int:
        """Events not yet acknowledged, those of replays included."""
        under_way = self._under_way.events if self._under_way else 0
        return len(self._events) + sum(delivery.events for delivery in self._again) + under_way

    async def _run(self, session: aiohttp.ClientSession) -> None:
        while True:
            self._under_way = self._again.popleft() if self._again else await self._collected()
            if self._under_way is not None:
                await self._deliver(session, self._under_way)
                self._under_way = None

    async def _collected(self) -> Delivery | None:
        """A delivery of the events that are due by the end of the aggregation; None: look for replays again."""
        if not self._events:
            self._moved.clear()
            await self._moved.wait()
            return None
        opening = self._events[0][0]
        await self._until(opening)
        if self._again or not self._events:
            return None
        await self._until(opening + self.plan.aggregate_seconds)
        now = self._clock.monotonic()
        events: list[Event] = []
        while self._events and self._events[0][0] <= now and len(events) < limits.QB_WEBHOOK_EVENTS_PER_DELIVERY:
            events.append(heapq.heappop(self._events)[2])
        if not events:
            return None
        if self.plan.reorder:
            self._random.shuffle(events)
        return Delivery(str(uuid.uuid4()), self.id, envelope.body(events, self.plan), len(events), self._clock.now())

    async def _until(self, instant: float) -> None:
        """Until the sandbox's clock is there; an advanced clock ends the wait."""
        while (left := instant - self._clock.monotonic()) > 0:
            self._moved.clear()
            try:
                async with asyncio.timeout(left):
                    await self._moved.wait()
            except TimeoutError:
                continue

    async def _deliver(self, session: aiohttp.ClientSession, delivery: Delivery) -> None:
        """Try until the receiver answers 200 in time."""
        self.counts["deliveries"] += 1
        self._log.add(delivery)
        for wait in itertools.chain(RETRY_SECONDS, itertools.repeat(RETRY_SECONDS[-1])):
            answer = await self._attempt(session, delivery)
            delivery.note(self._clock.now(), answer)
            self.counts["attempts"] += 1
            self.answers[answer] += 1
            if answer == "200":
                delivery.state = "delivered"
                self.counts["delivered"] += 1
                return
            await self._until(self._clock.monotonic() + wait * self.plan.time_scale)

    async def _attempt(self, session: aiohttp.ClientSession, delivery: Delivery) -> str:
        headers = envelope.headers(delivery.raw, self.plan, delivery.id, delivery.created)
        timeout = aiohttp.ClientTimeout(total=self.plan.answer_seconds)
        try:
            async with session.post(
                self.plan.url, data=delivery.raw, headers=headers, timeout=timeout, allow_redirects=False
            ) as response:
                return str(response.status)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
            return "no answer"
