"""A handler that the tests of the lanes steer, and the records it is given."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from shared.log.lanes import Lanes
from shared.log.port import Record, TopicPartition

FIRST, SECOND = TopicPartition("orders", 0), TopicPartition("orders", 1)


def record(offset: int, key: str = "a", partition: int = 0, value: bytes = b"{}") -> Record:
    return Record("orders", partition, offset, 1_700_000_000_000 + offset, key, value, {})


async def until(condition: Callable[[], bool], seconds: float = 5.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - any condition, and none of them signals
            await asyncio.sleep(0.001)


class Handler:
    """Notes what it is given, and does for an offset what the test has laid down: errors to raise, gates to wait at."""

    def __init__(self) -> None:
        self.started: list[tuple[int, ...]] = []
        self.finished: list[int] = []
        self.buried: list[tuple[int, str]] = []
        self.errors: dict[int, list[BaseException]] = {}
        self.gates: dict[int, asyncio.Event] = {}
        self.bury_errors: list[Exception] = []

    async def __call__(self, records: Sequence[Record]) -> None:
        offsets = tuple(one.offset for one in records)
        self.started.append(offsets)
        for offset in offsets:
            if offset in self.gates:
                await self.gates[offset].wait()
            if self.errors.get(offset):
                raise self.errors[offset].pop(0)
        self.finished += offsets

    async def bury(self, one: Record, error: Exception) -> None:
        if self.bury_errors:
            raise self.bury_errors.pop(0)
        self.buried.append((one.offset, type(error).__name__))

    def gate(self, offset: int) -> asyncio.Event:
        return self.gates.setdefault(offset, asyncio.Event())


def lanes_for(handler: Handler, *, coalesce: bool = False, running: int = 64, records: int = 2_000) -> Lanes:
    return Lanes(handler, bury=handler.bury, coalesce=coalesce, running=running, records=records, jitter=lambda: 0.0)
