"""The quota of one realm, kept on our side so that QuickBooks never refuses: 500 a minute, 10 a second, 10 at once,
and 40 batches a minute.

Why no server can count more than the limit. A window limit (n calls in w seconds) gives a call its place when it is
sent, and takes the place back only w seconds after its answer has arrived. Say a server, counting by whatever moment
s_i between sending and answer, saw n + 1 calls within one window [t, t + w]. Let x be the one that was sent last, at
T <= s_x <= t + w. Each other call i was sent before T, and its answer came no earlier than s_i >= t, so its place was
free again no earlier than t + w + margin > T. At T, then, all n places were taken, and x was not let through: a
contradiction. Delays of the network and the setting of the server's clock occur nowhere in this; the margin covers
clocks that run at slightly different speeds. The limit "at once" is the same with w = 0, where the margin covers a
server that ends its count a moment after its last byte.

A call that ends without an answer (time-out, lost connection, cancelled) may reach the server after we gave it up:
its place, in every window and in the "at once" limit, stays taken for QUOTA_LOST_CALL_SECONDS more. That bound is an
assumption, the one point where the argument leans on the network.

A batch takes a place among the batches first, in a queue of its own, and one among all calls when it is sent: so no
other call ever waits behind one that waits for a batch's place, which takes up to a minute. The place is taken before
the sending and comes back no earlier than a minute after the answer, so the argument holds.

Several processes on one realm hold fixed shares (limits.QUOTA_SHARES) that sum to 1. A share is rounded down, so the
sum over the processes never passes the limit.
"""

from __future__ import annotations

import asyncio
import heapq
import math
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from fractions import Fraction

from shared import limits
from shared.quickbooks.faults import Throttled, Unavailable

WHOLE = Fraction(1)


class _Limit:
    """`places` calls at a time; a place comes back `keep_seconds` after its call has ended."""

    def __init__(self, places: int, keep_seconds: float) -> None:
        self.places = places
        self._keep = keep_seconds
        self._running = 0
        self._back_at: list[float] = []  # heap of the moments at which ended calls give their place back

    def start(self) -> None:
        self._running += 1

    def end(self, at: float) -> None:
        self._running -= 1
        heapq.heappush(self._back_at, at + self._keep)

    def assume(self, calls: int, now: float) -> None:
        """As if so many calls had just ended."""
        for _ in range(min(calls, self.places)):
            heapq.heappush(self._back_at, now + self._keep)

    def wait_seconds(self, now: float) -> float:
        """0 when a place is free, infinity when only the end of a running call can free one."""
        while self._back_at and self._back_at[0] <= now:
            heapq.heappop(self._back_at)
        if self._running + len(self._back_at) < self.places:
            return 0.0
        return self._back_at[0] - now if self._back_at else math.inf


class Quota:
    """The calls this process may make to one realm. First come, first served; a caller that waits can be cancelled."""

    def __init__(
        self,
        share: Fraction = WHOLE,
        *,
        waiters_max: int = limits.QUOTA_WAITERS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`share` of the realm's quota (see limits.QUOTA_SHARES). ValueError when it leaves less than one call."""
        if not 0 < share <= 1:
            raise ValueError(f"the share of a quota is {share}, but must be above 0 and at most 1")
        margin = limits.QUOTA_MARGIN_SECONDS
        self._limits = (
            _Limit(_part(limits.QUOTA_CALLS_PER_MINUTE, share), 60.0 + margin),
            _Limit(_part(limits.QUOTA_CALLS_PER_SECOND, share), 1.0 + margin),
            _Limit(_part(limits.QUOTA_CALLS_AT_ONCE, share), margin),
        )
        self._batches = _Limit(limits.QUOTA_BATCHES_PER_MINUTE, 60.0 + margin)
        self._batch_turn = asyncio.Lock()
        self._batch_ended = asyncio.Event()
        self._clock = clock
        self._waiters_max = waiters_max
        self._waiting = 0
        self._turn = asyncio.Lock()  # its queue is first in, first out; the holder is the head of our queue
        self._call_ended = asyncio.Event()  # heard by the head only
        self._paused_until = -math.inf

    def assume_used(self) -> None:
        """Called by a process that has just become the realm's owner: what its predecessor did in the last moments
        counts at QuickBooks, and nobody can tell how much it was. The second is taken for used up (a second's wait),
        and half of the minute: a predecessor that used more than the other half would have had a backlog of minutes.
        """
        minute, second, _ = self._limits
        minute.assume(minute.places // 2, self._clock())
        second.assume(second.places, self._clock())

    def assume_batches(self, batches: int) -> None:
        """As if so many batches had just been answered: what the log shows of a predecessor's last minute."""
        self._batches.assume(batches, self._clock())

    @property
    def waiting(self) -> int:
        """Callers that queue for a place, for metrics."""
        return self._waiting

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """A place for one call: enter before sending, leave when the whole answer has arrived.

        Leaving by Unavailable means that nothing was sent, by any other exception that no answer came.
        Raises Throttled at once when too many callers wait.
        """
        await self._take()
        lost = limits.QUOTA_LOST_CALL_SECONDS
        try:
            yield
            lost = 0.0
        except Unavailable:
            lost = 0.0
            raise
        finally:
            ended_at = self._clock() + lost
            for limit in self._limits:
                limit.end(ended_at)
            self._call_ended.set()

    @asynccontextmanager
    async def batch(self) -> AsyncIterator[None]:
        """A place for one batch: enter before anything is prepared for it, leave when it was answered or given up. The
        call itself takes a `slot`, too."""
        async with self._batch_turn:
            while (wait := self._batches.wait_seconds(self._clock())) > 0:
                self._batch_ended.clear()
                await _until(self._batch_ended, wait)
            self._batches.start()
        lost = limits.QUOTA_LOST_CALL_SECONDS
        try:
            yield
            lost = 0.0
        finally:
            self._batches.end(self._clock() + lost)
            self._batch_ended.set()

    def backoff(self, seconds: float) -> None:
        """After a 429: no call of this realm starts for so long. Calls under way are not touched."""
        until = self._clock() + min(seconds, limits.QUOTA_BACKOFF_MAX_SECONDS)
        self._paused_until = max(self._paused_until, until)

    async def _take(self) -> None:
        if self._waiting >= self._waiters_max:
            raise Throttled("queue-full", f"{self._waiting} calls wait for this realm's quota already")
        self._waiting += 1
        try:
            async with self._turn:
                await self._until_free()
                for limit in self._limits:
                    limit.start()
        finally:
            self._waiting -= 1

    async def _until_free(self) -> None:
        while (wait := self._wait_seconds()) > 0:
            self._call_ended.clear()
            await _until(self._call_ended, wait)

    def _wait_seconds(self) -> float:
        now = self._clock()
        return max(self._paused_until - now, *(limit.wait_seconds(now) for limit in self._limits))


async def _until(ended: asyncio.Event, seconds: float) -> None:
    """Returns at the event, or after so long."""
    with suppress(TimeoutError):
        async with asyncio.timeout(None if seconds == math.inf else seconds):
            await ended.wait()


def _part(calls: int, share: Fraction) -> int:
    part = math.floor(calls * share)
    if part < 1:
        raise ValueError(f"a share of {share} leaves no call of {calls}: give this process a larger share")
    return part
