"""Processes of tests that append to a log, and what they were promised."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from shared.log.port import Log
from tests.support.log_reading import EVENTS, PATIENCE_SECONDS, eventually, partitions_of, read_everything


@dataclass
class Writer:
    """A child process that appends numbers, with the acknowledgements it has printed: number -> (partition, offset)."""

    process: asyncio.subprocess.Process
    acknowledged: dict[int, tuple[int, int]] = field(default_factory=dict)
    reading: asyncio.Task[None] | None = None

    async def acknowledges(self, count: int) -> None:
        """Waits for so many more acknowledgements."""
        wanted = len(self.acknowledged) + count

        async def enough() -> bool:
            assert self.process.returncode is None, "the writer has ended by itself"
            return len(self.acknowledged) >= wanted

        await eventually(enough, 2 * PATIENCE_SECONDS)

    async def kill(self) -> None:
        """kill -9; afterwards `acknowledged` holds all that it had told the world."""
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()
        if self.reading is not None:
            await self.reading

    async def read(self) -> None:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            if line.endswith(b"\n"):
                number, partition, offset = map(int, line.split())
                self.acknowledged[number] = (partition, offset)


@asynccontextmanager
async def writer(address: str) -> AsyncIterator[Writer]:
    """A writer to EVENTS of the log at the address (the topic exists)."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.log_child", address, EVENTS.name, stdout=asyncio.subprocess.PIPE
    )
    child = Writer(process)
    child.reading = asyncio.create_task(child.read())
    try:
        yield child
    finally:
        await child.kill()


async def assert_kept(log: Log, acknowledged: dict[int, tuple[int, int]]) -> None:
    """Every acknowledged number is in the log exactly once, where the acknowledgement said."""
    records = await read_everything(log, partitions_of(EVENTS))
    times = Counter(int(record.value or b"-1") for record in records)
    places = {int(record.value or b"-1"): (record.partition, record.offset) for record in records}
    lost = [number for number in acknowledged if number not in times]
    doubled = [number for number in acknowledged if times[number] > 1]
    moved = [number for number, place in acknowledged.items() if places.get(number) != place]
    assert (lost, doubled, moved) == ([], [], []), f"of {len(acknowledged)} acknowledged"
