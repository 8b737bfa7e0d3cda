"""Asks QuickBooks what changed: one question for all entities while little does, and whatever it takes to miss nothing
where an answer was cut off or the cursor is too old for change data capture.

Cut off means: 1,000 objects came, and Intuit knows no further page. Then live rows are queried by their last change,
and deletions, which only change data capture tells of and which come behind the live ones, are found by looking which
of the transactions that were ever told of are still there. The same serves a cursor of over 30 days.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from shared import limits
from shared.quickbooks import queries
from shared.quickbooks.cdc import (
    NAME_LISTS,
    TRANSACTIONS,
    Answer,
    Change,
    change,
    next_since,
    parse,
    tombstone,
    too_old,
)
from shared.quickbooks.client import QuickBooksClient
from shared.quickbooks.faults import Refused

Living = Callable[[str], Iterable[str]]
"""entity -> Ids of the objects that were told of and not told to be deleted."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Changes to make durable, as they were at the server's time `at`, and what each entity's cursor may be then."""

    changes: Sequence[Change]
    at: datetime
    since: Mapping[str, datetime] = field(default_factory=dict)


class Capture:
    """The changes of one company. Counts its calls, each of which is metered."""

    def __init__(self, client: QuickBooksClient, living: Living) -> None:
        self._client = client
        self._living = living
        self.calls = 0

    async def changes(self, since: Mapping[str, datetime], now: datetime) -> AsyncIterator[Batch]:
        """Everything that changed in these entities since their instants. `now` is ours: it only decides how old they
        are. Raises the errors of `faults`, cdc.Unreadable."""
        recent = {entity: at for entity, at in since.items() if not too_old(at, now)}
        for entity in sorted(since.keys() - recent.keys()):
            answer = await self._ask([entity], now - timedelta(seconds=limits.CDC_OVERLAP_SECONDS))
            async for batch in self._read_up(entity, since[entity], answer):
                yield batch
        if recent:
            async for batch in self._recent(recent):
                yield batch

    async def _recent(self, since: Mapping[str, datetime]) -> AsyncIterator[Batch]:
        answer = await self._ask(sorted(since), min(since.values()))
        if answer.whole:
            yield Batch(
                answer.changes, answer.time, {entity: next_since(at, answer.time) for entity, at in since.items()}
            )
            return
        for entity, at in sorted(since.items()):
            alone = answer if len(since) == 1 else await self._ask([entity], at)
            if alone.whole:
                yield Batch(alone.changes, alone.time, {entity: next_since(at, alone.time)})
            else:
                async for batch in self._read_up(entity, at, alone):
                    yield batch

    async def _read_up(self, entity: str, since: datetime, answer: Answer) -> AsyncIterator[Batch]:
        """By queries; `answer` was given before the first of them, and its time is where the next question begins."""
        yield Batch(answer.changes, answer.time)
        async for rows in self._live(entity, since):
            yield Batch([change(entity, row) for row in rows], answer.time)
        if entity in TRANSACTIONS:
            async for gone in self._gone(entity):
                yield Batch([tombstone(entity, number, answer.time) for number in gone], answer.time)
        yield Batch((), answer.time, {entity: next_since(since, answer.time)})

    async def _live(self, entity: str, since: datetime) -> AsyncIterator[list[dict[str, Any]]]:
        """Pages by the last change. Each begins at the second in which the one before ended, since rows that change
        meanwhile move to the end and the rest moves up; within one second pages overlap."""
        where = queries.active_and_inactive() if entity in NAME_LISTS else ""
        start = 1
        for _ in range(limits.CDC_PAGES_MAX):
            self.calls += 1
            rows = await self._client.query(queries.changed_since(entity, since, where, start=start))
            yield rows
            if len(rows) < limits.QUICKBOOKS_PAGE_ROWS:
                return
            last = change(entity, rows[-1]).at
            if last > since:
                since, start = last, 1
            else:
                start += limits.QUICKBOOKS_PAGE_ROWS - limits.CDC_PAGE_OVERLAP_ROWS
        raise Refused("too-many-rows", f"more than {limits.CDC_PAGES_MAX} pages of changed {entity}")

    async def _gone(self, entity: str) -> AsyncIterator[list[str]]:
        ids = list(self._living(entity))
        for begin in range(0, len(ids), limits.CDC_IDS_AT_ONCE):
            some = ids[begin : begin + limits.CDC_IDS_AT_ONCE]
            self.calls += 1
            rows = await self._client.query(queries.select(entity, queries.one_of("Id", some)))
            there = {str(row.get("Id")) for row in rows}
            yield [number for number in some if number not in there]

    async def _ask(self, entities: Sequence[str], since: datetime) -> Answer:
        self.calls += 1
        return parse(await self._client.changes(entities, since))
