"""Follows a backfill's document until it has ended: a bar on a terminal, lines elsewhere."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from services.backfill_view import Speed, counts, progress_line, seconds_left, span
from services.ingest.backfill.job import Job, State
from shared import limits

NOBODY = (
    "no ingest process has taken it up yet; is `bookbridge run` (or `bookbridge ingest`) running? "
    "It begins as soon as one does."
)


class Show(Protocol):
    """Where the progress goes."""

    def update(self, job: Job, a_minute: float | None) -> None: ...

    def say(self, text: str) -> None: ...

    def close(self) -> None: ...


async def follow(read: Callable[[], Job | None], show: Show, since: datetime | None = None) -> Job:
    """The job when it has ended. `since` is when it last changed before it was resumed: what it says from then is no
    news."""
    start, told, speed = time.monotonic(), False, Speed()
    try:
        while True:
            job, now = read(), time.monotonic()
            fresh = job is not None and (since is None or job.changed_at != since)
            if job is not None and fresh:
                speed.saw(now, job.handled)
                show.update(job, speed.a_minute)
                if job.ended:
                    return job
            if not told and now - start > limits.BACKFILL_SILENCE_SECONDS and not fresh:
                told = True
                show.say(NOBODY)
            await asyncio.sleep(limits.BACKFILL_LOOK_SECONDS)
    finally:
        show.close()


class Bar:
    """A bar that is drawn over itself."""

    def __init__(self, console: Console, name: str) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[done]}"),
            TextColumn("{task.fields[more]}"),
            console=console,
            transient=True,
        )
        self._task = self._progress.add_task(f"{name}: waiting", total=None, done="", more="")
        self._progress.start()

    def update(self, job: Job, a_minute: float | None) -> None:
        more = counts(job) if job.found is not None else ""
        left = seconds_left(job, a_minute)
        if a_minute:
            more += f", {a_minute:,.0f}/min"
        if left is not None:
            more += f", {span(left)} left"
        if job.state is State.PAUSED:
            more = job.why
        self._progress.update(
            self._task,
            description=f"{job.id}: {job.state.value}",
            total=job.found,
            completed=job.handled,
            done="" if job.found is None else f"{job.handled:,}/{job.found:,}",
            more=more,
        )

    def say(self, text: str) -> None:
        self._progress.console.print(text, style="yellow", markup=False, highlight=False)

    def close(self) -> None:
        self._progress.stop()


class Lines:
    """A line when the state changes, and one now and then."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._state: State | None = None
        self._at = 0.0

    def update(self, job: Job, a_minute: float | None) -> None:
        now = time.monotonic()
        if job.ended or (job.state is self._state and now - self._at < limits.BACKFILL_PLAIN_SECONDS):
            return
        self._state, self._at = job.state, now
        self._write(progress_line(job, a_minute))

    def say(self, text: str) -> None:
        self._write(text)

    def close(self) -> None:
        pass


class Silent:
    """For machines: the end is all they want. What a person must know still goes to standard error."""

    def __init__(self, complain: Callable[[str], None]) -> None:
        self._complain = complain

    def update(self, job: Job, a_minute: float | None) -> None:
        pass

    def say(self, text: str) -> None:
        self._complain(text)

    def close(self) -> None:
        pass
