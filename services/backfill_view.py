"""What `bookbridge backfill` shows of a backfill, as words and rows. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from services.ingest.backfill.job import Job, State
from services.ingest.backfill.wanted import Kind, Wanted
from shared import limits

COLUMNS = ("id", "asked (UTC)", "what", "state", "found", "done", "published", "unchanged", "bad", "took")
NUMBERS = frozenset({"found", "done", "published", "unchanged", "bad", "took"})


@dataclass(slots=True)
class Speed:
    """Documents a minute over the last SPEED_SECONDS, and the time left from it."""

    _seen: deque[tuple[float, int]] = field(default_factory=deque)

    def saw(self, now: float, handled: int) -> None:
        if not self._seen or self._seen[-1][1] != handled:
            self._seen.append((now, handled))
        while self._seen[0][0] < now - limits.BACKFILL_SPEED_SECONDS and len(self._seen) > 2:
            self._seen.popleft()

    @property
    def a_minute(self) -> float | None:
        """None as long as too little was seen."""
        (since, first), (until, last) = self._seen[0], self._seen[-1]
        return (last - first) * 60 / (until - since) if until > since and last > first else None


def seconds_left(job: Job, a_minute: float | None) -> float | None:
    """At the speed that was seen, else at the rate in force. None while that can't be said."""
    speed = a_minute or float(job.rate)
    if job.found is None or job.state is not State.RUNNING or not speed:
        return None
    return max(0, job.found - job.handled) * 60 / speed


def span(seconds: float) -> str:
    """`45 s`, `12 min`, `3 h 05 min`."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 60} min" if whole < 3600 else f"{whole // 3600} h {whole % 3600 // 60:02} min"


def progress_line(job: Job, a_minute: float | None) -> str:
    """Where no terminal is: one line at a time."""
    parts = [f"backfill {job.id}: {job.state.value}"]
    if job.state is State.PAUSED:
        parts[0] += f" ({job.why})"
    if job.found is not None:
        parts.append(f"{job.handled:,} of {job.found:,}")
        parts.append(counts(job))
    if a_minute:
        parts.append(f"{a_minute:,.0f} a minute")
    left = seconds_left(job, a_minute)
    if left is not None and job.handled < (job.found or 0):
        parts.append(f"{span(left)} left")
    return ", ".join(parts)


def counts(job: Job) -> str:
    words = (
        [f"{job.unchanged:,} known and unchanged"]
        if job.wanted.dry_run
        else [
            f"{job.published:,} published",
            f"{job.unchanged:,} unchanged",
        ]
    )
    if job.unreadable:
        words.append(f"{job.unreadable:,} unreadable")
    return ", ".join(words)


def end_lines(job: Job) -> Iterator[str]:
    """The whole story of a backfill that has ended."""
    kind = job.wanted.kind.value
    took = f" in {span((job.ended_at - job.started_at).total_seconds())}" if job.ended_at and job.started_at else ""
    why = f": {job.why}" if job.why else ""
    yield f"backfill {job.id} of {job.connection} ({job.wanted.words()}): {job.state.value}{took}{why}"
    if job.wanted.dry_run and job.state is State.DONE:
        yield from _dry_lines(job)
    else:
        yield f"{job.read:,} {kind} read: {counts(job)}"
    for flaw in job.flaws:
        yield f"unreadable: {flaw.name}: {flaw.why}"
    if job.unreadable > len(job.flaws):
        yield f"and {job.unreadable - len(job.flaws):,} more that are unreadable"
    if job.missing:
        more = f" and {job.missing - len(job.missing_names):,} more" if job.missing > len(job.missing_names) else ""
        yield f"not in the shop: {', '.join(job.missing_names)}{more}"
    if job.before_start:
        yield (
            f"{job.before_start:,} {kind} were placed before the start date and stay out of the books; "
            "to book them, set sales.start_date to an earlier day"
        )
    if job.state in (State.FAILED, State.CANCELLED):
        yield f"to go on from where it was: bookbridge backfill {job.connection} --resume {job.id}"


def _dry_lines(job: Job) -> Iterator[str]:
    kind, left = job.wanted.kind.value, job.read - job.unchanged
    yield f"{job.read:,} {kind}: {job.unchanged:,} known and unchanged, {left:,} new or changed"
    took = span(job.read * 60 / job.rate)
    yield f"reading them all takes some {took} at {job.rate:,} a minute, and {job.calls:,} calls to the shop"
    yield "nothing was published"


def row(job: Job) -> tuple[str, ...]:
    """A line of `--list`, under COLUMNS."""
    what = job.wanted.words() + (", dry run" if job.wanted.dry_run else "") + (", forced" if job.wanted.force else "")
    return (
        job.id,
        f"{job.asked_at:%m-%d %H:%M}",
        what,
        job.state.value,
        "" if job.found is None else f"{job.found:,}",
        f"{100 * job.handled // job.found} %" if job.found else "",
        f"{job.published:,}",
        f"{job.unchanged:,}",
        f"{job.unreadable:,}",
        _took(job),
    )


def notes(jobs: list[Job]) -> Iterator[str]:
    """What a table has no room for: why some wait or have failed."""
    for job in jobs:
        if job.why:
            yield f"{job.id} is {job.state.value}: {job.why}"


def _took(job: Job) -> str:
    until = job.ended_at or job.changed_at
    if job.started_at is None or until is None:
        return ""
    seconds = max(0, int((until - job.started_at).total_seconds()))
    if seconds < 3600:
        return f"{seconds} s" if seconds < 60 else f"{seconds // 60} min"
    return f"{seconds // 3600} h" if seconds < 2 * 86400 else f"{seconds // 86400} d"


def start_warning(wanted: Wanted, start: date | None, connection: str) -> str:
    """What to know before orders are read that the settings keep out of the books; "" when there is nothing."""
    if wanted.kind is not Kind.ORDERS or start is None or wanted.first_day is None or wanted.first_day >= start:
        return ""
    return (
        f"orders placed before {start} will be read but stay out of the books: that is sales.start_date "
        f"in the settings of {connection}; to book them, set it to {wanted.first_day} or earlier"
    )
