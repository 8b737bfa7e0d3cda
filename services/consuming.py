"""One consuming service: lanes around its handler, the loop, and what watches both."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any

from services.attempts import counted, told
from services.process import Process
from services.progress import watch_progress
from shared.log.deadletters import DeadLetters
from shared.log.lanes import Handle, Lanes
from shared.log.loop import Progress, run_consumer
from shared.log.port import TopicPartition

Hook = Callable[[Collection[int]], Awaitable[None]]


async def consume(
    process: Process,
    group: str,
    topics: Sequence[str],
    handle: Handle,
    *,
    progress: Progress,
    on_assigned: Hook,
    on_revoked: Hook,
    coalesce: bool = False,
    gauges: Callable[[], None] = lambda: None,
) -> None:
    """Handles `topics` until the process stops; the hooks hear of partition numbers, which are realms' (all topics have
    the same number of them): `on_revoked` of those of which no topic is left here. Raises StopService."""
    owned: set[TopicPartition] = set()

    async def assigned(partitions: frozenset[TopicPartition]) -> None:
        owned.update(partitions)
        await on_assigned({source.partition for source in partitions})

    async def revoked(partitions: frozenset[TopicPartition]) -> None:
        owned.difference_update(partitions)
        await on_revoked({source.partition for source in partitions} - {source.partition for source in owned})

    bury = counted(DeadLetters(process.log, group).bury, group, process.metrics)
    lanes = Lanes(told(handle, group), bury=bury, coalesce=coalesce)
    async with beside(process, f"progress of {group}", watch_progress(process, group, progress, gauges)):
        await run_consumer(
            process.log,
            lanes,
            group=group,
            topics=topics,
            stop=process.stop,
            progress=progress,
            on_assigned=assigned,
            on_revoked=revoked,
        )


@asynccontextmanager
async def beside(process: Process, name: str, work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Work without an end that runs while the block does. Should it fail, the process stops and the error is raised: a
    service must not go on without its other half, looking healthy."""
    task = asyncio.create_task(work, name=name)
    task.add_done_callback(lambda _: process.stop.set())
    try:
        yield
        if task.done() and not task.cancelled():
            task.result()
    finally:
        await end([task])


async def end(tasks: Collection[asyncio.Task[None]]) -> None:
    """Cancels tasks and waits until they are gone."""
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)
