"""What a consumer loop is doing, told to metrics and to the watchdog every few seconds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from services.process import Process
from shared import limits
from shared.log.loop import Progress
from shared.log.port import LogUnavailable


async def watch_progress(process: Process, group: str, progress: Progress, more: Callable[[], None]) -> None:
    """Until cancelled. `more` sets gauges of the service's own.

    A loop that doesn't poll is stuck at once; one that polls but finishes nothing, with records in hand, after a while:
    what waits for a remote system or a person is retried, and so counts as progress.
    """
    polling, working = f"{group}: poll", f"{group}: work"
    process.watchdog.watch(polling, limits.STUCK_POLL_SECONDS)
    process.watchdog.watch_work(working, limits.STUCK_WORK_SECONDS)
    seen_poll: float | None = None
    seen_work = (0, 0)
    try:
        while True:
            if progress.last_poll != seen_poll:
                seen_poll = progress.last_poll
                process.watchdog.beat(polling)
            if progress.queued:
                process.watchdog.begin(working)
            if (progress.finished, progress.retries) != seen_work or not progress.queued:
                seen_work = (progress.finished, progress.retries)
                process.watchdog.beat(working, idle=not progress.queued)
            await _gauges(process, group, progress)
            more()
            await asyncio.sleep(limits.PROGRESS_SECONDS)
    finally:
        process.watchdog.forget(polling)
        process.watchdog.forget(working)


async def _gauges(process: Process, group: str, progress: Progress) -> None:
    metrics = process.metrics
    metrics.consumer_in_flight.labels(group).set(progress.running)
    metrics.consumer_queued.labels(group).set(progress.queued)
    metrics.consumer_paused.labels(group).set(len(progress.paused))
    metrics.partitions_restoring.labels(group).set(len(progress.restoring))
    committed = dict(progress.committed)
    try:
        ends = await process.log.end_offsets(committed)
    except LogUnavailable:
        return  # the polls tell of it
    lag = sum(max(0, ends[source] - offset) for source, offset in committed.items())
    metrics.consumer_lag.labels(group).set(lag)
