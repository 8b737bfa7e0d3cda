"""The delivery engine: one bounded queue in order of due time, a few requests at once, counts and a log.

Times are those of the shop's clock; wake() after it was advanced. What is tried again, and when, is the senders' own.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import itertools
from collections import OrderedDict
from collections.abc import Callable

import aiohttp
from yarl import URL

from sandbox.magento import limits
from sandbox.magento.webhooks.delivery import Answer, Counts, Delivery, Lost, Request, Sender, Silence, State

Due = Delivery | Callable[[], None]


class Engine:
    """start() it inside a running loop, close() it at the end."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """clock: seconds since 1970."""
        self.clock = clock
        self.counts = Counts()
        self._log: OrderedDict[str, Delivery] = OrderedDict()
        self._queue: list[tuple[float, int, Due]] = []
        self._tie = itertools.count()
        self._moved = asyncio.Event()
        self._in_flight: set[asyncio.Task[None]] = set()
        self._slots: dict[str, float] = {}  # by sender: when its rate lets the next one go
        self._session: aiohttp.ClientSession | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def pending(self) -> int:
        """Deliveries and other work that is due now or later, or under way."""
        return len(self._queue) + len(self._in_flight)

    def start(self) -> None:
        connector = aiohttp.TCPConnector(limit=0)  # bounded by _in_flight, and by the requests of shoppers
        self._session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def close(self) -> None:
        """End all sending."""
        tasks = [*self._in_flight] + ([self._task] if self._task else [])
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    def forget(self) -> None:
        """Drop what is pending, count from zero, with an empty log."""
        self._queue.clear()
        self._slots.clear()
        self._log.clear()
        self.counts = Counts()

    def wake(self) -> None:
        """The clock was moved: look again at what is due."""
        self._moved.set()

    def schedule(self, delivery: Delivery, seconds: float = 0.0) -> None:
        """Queue a new delivery; beyond the bound of the queue it is lost."""
        self.expect(delivery)
        self.later(delivery, seconds)

    def expect(self, delivery: Delivery) -> None:
        """Count a delivery that comes later, by another's doing."""
        self._count(delivery, "scheduled")

    def later(self, due: Due, seconds: float) -> None:
        """Attempt a delivery, or call, after so many seconds of the clock."""
        if len(self._queue) >= limits.WEBHOOKS_PENDING_MAX:
            if isinstance(due, Delivery):
                self.end(due, State.LOST, "the queue is full")
            return
        heapq.heappush(self._queue, (self.clock() + seconds, next(self._tie), due))
        self._moved.set()

    def end(self, delivery: Delivery, state: State, note: str = "") -> None:
        """A delivery is over."""
        delivery.state, delivery.note = state, note or delivery.note
        delivery.sender.counts.end(state)
        self.counts.end(state)
        if state is not State.DROPPED:
            self._remember(delivery)

    async def attempt(self, delivery: Delivery) -> Answer:
        """Send once, now, and let the sender judge."""
        sender = delivery.sender
        try:
            request = sender.prepare(delivery)
        except Lost as lost:
            self.end(delivery, State.LOST, str(lost))
            sender.passed_over(delivery)
            return Answer(None)
        delivery.request = request
        delivery.tries += 1
        self._remember(delivery)
        for counts in (self.counts, sender.counts):
            counts.sent += 1
            counts.by_event[delivery.event] += 1
        answer = await self.send(request)
        delivery.tell(self.clock(), answer.told)
        if answer.status is not None:
            for counts in (self.counts, sender.counts):
                counts.answered[answer.told] += 1
        verdict = sender.judge(delivery, answer)
        if isinstance(verdict, State):
            self.end(delivery, verdict)
        else:
            delivery.waited += verdict
            self.later(delivery, verdict * sender.disturbance.time_scale)
        return answer

    async def send(self, request: Request) -> Answer:
        """One request without a delivery around it."""
        if self._session is None:
            return Answer(None, Silence.CONNECT)
        seconds = min(request.total_seconds or limits.WEBHOOK_TOTAL_MAX_SECONDS, limits.WEBHOOK_TOTAL_MAX_SECONDS)
        timeout = aiohttp.ClientTimeout(total=seconds, connect=request.connect_seconds)
        started = asyncio.get_running_loop().time()
        try:
            # A sender that sets no Content-Type sends none, so none may be added here either.
            async with self._session.request(
                request.method, URL(request.url), data=request.body, headers=request.headers, timeout=timeout,
                skip_auto_headers=("Content-Type", "User-Agent", "Accept"),
                allow_redirects=request.redirects > 0, max_redirects=max(request.redirects, 1),
            ) as response:  # fmt: skip
                body = await response.content.read(limits.WEBHOOK_ANSWER_BYTES)
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientConnectorError, TimeoutError, ValueError):
            return Answer(None, Silence.CONNECT)
        except (aiohttp.ClientError, OSError):
            return Answer(None, Silence.BROKEN)
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status, None, headers, body, asyncio.get_running_loop().time() - started)

    def log(self) -> list[Delivery]:
        """The latest deliveries that were attempted or ended, oldest first."""
        return list(self._log.values())

    def logged(self, delivery_id: str) -> Delivery | None:
        return self._log.get(delivery_id)

    def _remember(self, delivery: Delivery) -> None:
        self._log.setdefault(delivery.id, delivery)
        while len(self._log) > limits.WEBHOOK_LOG:
            self._log.popitem(last=False)

    def _count(self, delivery: Delivery, name: str) -> None:
        for counts in (self.counts, delivery.sender.counts):
            setattr(counts, name, getattr(counts, name) + 1)

    async def _run(self) -> None:
        while True:
            if len(self._in_flight) >= limits.WEBHOOKS_IN_FLIGHT:
                await asyncio.wait(self._in_flight, return_when=asyncio.FIRST_COMPLETED)
            elif (wait := self._seconds_to_next()) > 0:
                self._moved.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(min(wait, limits.WEBHOOK_LOOK_SECONDS)):
                        await self._moved.wait()
            else:
                self._begin(heapq.heappop(self._queue)[2])

    def _seconds_to_next(self) -> float:
        return self._queue[0][0] - self.clock() if self._queue else limits.WEBHOOK_LOOK_SECONDS

    def _begin(self, due: Due) -> None:
        if not isinstance(due, Delivery):
            due()
            return
        if due.sender.closed:
            self.end(due, State.DROPPED)
            due.sender.passed_over(due)
            return
        if self._held_by_rate(due.sender, due):
            return
        task = asyncio.get_running_loop().create_task(self._attempted(due))
        self._in_flight.add(task)
        task.add_done_callback(self._in_flight.discard)

    async def _attempted(self, delivery: Delivery) -> None:
        await self.attempt(delivery)

    def _held_by_rate(self, sender: Sender, due: Delivery) -> bool:
        rate = sender.disturbance.rate_per_second
        if not rate:
            return False
        now, slot = self.clock(), self._slots.get(sender.name, 0.0)
        if slot > now:
            heapq.heappush(self._queue, (slot, next(self._tie), due))
            return True
        self._slots[sender.name] = max(slot, now - 1.0 / rate) + 1.0 / rate
        return False
