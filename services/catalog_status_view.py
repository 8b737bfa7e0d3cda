"""How far a catalogue is, in words. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from services.backfill_view import span
from services.catalog.status import CatalogStatus, State
from shared import limits

PERMITTED = limits.QUOTA_BATCHES_PER_MINUTE * limits.BATCH_ITEMS
NOBODY = "is `bookbridge run` (or `bookbridge catalog`) running?"
_DAY = "%Y-%m-%d %H:%M:%S UTC"


def status_lines(status: CatalogStatus) -> Iterator[str]:
    """Everything that is known."""
    yield f"{status.connection}: {headline(status)}"
    if status.total:
        yield f"  {counts(status)}"
    if status.state is State.APPLYING:
        yield f"  {pace(status)}"
    if status.refused:
        yield f"  QuickBooks refused {status.refused:,}: see their outcomes, and the log of the process"
    if status.conflicts:
        yield f"  {status.conflicts:,} products wait for a person: bookbridge catalog plan {status.connection}"
    if status.silent:
        yield f"  nothing was told since {status.told_at:{_DAY}}: {NOBODY}"


def headline(status: CatalogStatus) -> str:
    """What the service does."""
    match status.state:
        case State.WAITING:
            return f"waits: {status.why}"
        case State.PLANNING:
            return "a plan is being made"
        case State.APPLYING:
            return "products become items"
    left = "all that could be" if status.refused else "everything"
    return f"{left} is in the books, since {status.told_at:{_DAY}}"


def counts(status: CatalogStatus) -> str:
    """Operations, and those of them that are written to QuickBooks."""
    return (
        f"{status.done:,} of {status.total:,} products done; "
        f"{status.written:,} of {status.to_write:,} items written to QuickBooks"
    )


def pace(status: CatalogStatus) -> str:
    """How fast, and how long it takes."""
    words = [] if status.a_minute is None else [f"{status.a_minute:,} written a minute"]
    if status.to_write - status.written >= limits.CATALOG_BATCH_FROM:
        words.append(f"QuickBooks takes at most {PERMITTED:,}")
    if (left := status.seconds_left) is not None:
        words.append(f"{span(left)} left")
    return ", ".join(words)


def progress_line(status: CatalogStatus) -> str:
    """Where no terminal is: one line at a time."""
    parts = [headline(status)]
    if status.total:
        parts.append(counts(status))
    if status.state is State.APPLYING:
        parts.append(pace(status))
    return f"{status.connection}: " + ", ".join(parts)
