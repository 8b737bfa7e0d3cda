"""Brings aiokafka's rebalance callbacks, which run in a task of its own, into our `poll`.

aiokafka calls the listener in its coordination task and only logs what it raises. Here the listener puts an event in a
queue; `poll` works the queue off, so callbacks run where their errors are seen and never beside the records' work.
A revocation holds the rebalance up until `poll` has done it, but no longer than a late member is waited for. An
assignment holds nothing up: aiokafka sends no heartbeats while it waits for that callback.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Set
from dataclasses import dataclass, field
from typing import Any

from aiokafka.abc import ConsumerRebalanceListener

from shared.log.port import TopicPartition


@dataclass(slots=True)
class Rebalance:
    """One event: partitions gained, or lost (then `done` is awaited by the group)."""

    gained: bool
    partitions: frozenset[TopicPartition]
    done: asyncio.Event = field(default_factory=asyncio.Event)


class RebalanceQueue(ConsumerRebalanceListener):  # type: ignore[misc]
    """The listener to give to aiokafka, and the events that `poll` has yet to attend to."""

    def __init__(self, namespace: str, patience_seconds: float) -> None:
        self._namespace = namespace
        self._patience_seconds = patience_seconds
        self._events: deque[Rebalance] = deque()
        self._arrived = asyncio.Event()
        self.lost = False  # a revocation was not attended to in time: the partitions may be another's by now

    async def on_partitions_revoked(self, revoked: Set[Any]) -> None:
        event = self._put(gained=False, partitions=revoked)
        try:
            async with asyncio.timeout(self._patience_seconds):
                await event.done.wait()
        except TimeoutError:
            self.lost = True

    async def on_partitions_assigned(self, assigned: Set[Any]) -> None:
        self._put(gained=True, partitions=assigned)

    def next(self) -> Rebalance | None:
        """The oldest event not yet attended to. The caller sets its `done`."""
        if self._events:
            return self._events.popleft()
        self._arrived.clear()
        return None

    async def wait(self) -> None:
        """Returns when there is an event."""
        await self._arrived.wait()

    def release(self) -> None:
        """Nobody will poll any more: lets a waiting revocation go on."""
        for event in self._events:
            event.done.set()

    def _put(self, gained: bool, partitions: Set[Any]) -> Rebalance:
        names = frozenset(
            TopicPartition(each.topic.removeprefix(self._namespace), each.partition) for each in partitions
        )
        event = Rebalance(gained, names)
        self._events.append(event)
        self._arrived.set()
        return event
