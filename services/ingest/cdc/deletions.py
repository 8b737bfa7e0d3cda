"""Deletions that change data capture could not show: those behind more live rows than an answer holds, and those of
before it looks back to.

An answer from a later instant on has room for the deletions since then. Those before that instant have one trace left:
the objects aren't there any more. So every object that was told of is looked for, 1,000
Ids a query; where that is many queries, once an hour. Names can vanish, too: two customers can be merged.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.ingest.cdc.books import Asked, Books
from services.ingest.cdc.position import Entity
from shared import limits
from shared.quickbooks.cdc import Change, tombstone
from shared.quickbooks.changed_pages import beginning_of_last, still_there
from shared.quickbooks.faults import ANSWER_TOO_LARGE, Refused

TOO_LARGE = frozenset({ANSWER_TOO_LARGE, "10100"})
"""Codes of an answer that never fits: ours and Intuit's."""

Living = Callable[[str], Iterable[str]]
"""entity -> Ids of the objects that were told of and not told to be deleted."""


@dataclass(frozen=True, slots=True)
class Found:
    """Changes, the server's time, and where the entity is once they are durable."""

    changes: Sequence[Change]
    at: datetime
    state: Entity


class Deletions:
    """Of one company."""

    def __init__(self, books: Books, living: Living) -> None:
        self._books = books
        self._living = living

    async def find(
        self,
        name: str,
        state: Entity,
        since: datetime | None,
        began: datetime,
        seen: Mapping[str, datetime],
    ) -> AsyncIterator[Found]:
        """What is gone of an entity that was just read up from `since` (None: from the oldest) on, as far as change
        data capture can tell. `began` is when that began, `seen` are the live rows."""
        reach = began - timedelta(days=limits.CDC_DAYS)
        begin = reach if since is None else max(since, reach)
        later = beginning_of_last(limits.CDC_OBJECTS - limits.CDC_ROOM_FOR_DELETED, list(seen.values()), begin)
        whole = False
        async for asked in self._from(name, later):
            whole = asked.whole
            yield Found(asked.changes, asked.time, state)
        unsure = state.unsure or since is None or later > since or not whole
        yield Found((), began, replace(state, unsure=unsure))

    async def _from(self, name: str, since: datetime) -> AsyncIterator[Asked]:
        """Change data capture from there on, as far as it comes: deletions are in the order of their times. Whether the
        last answer is whole says whether nothing is left out."""
        for _ in range(limits.CDC_SHIFTS):
            try:
                asked = await self._books.changes([name], since)
            except Refused:
                return  # too large, or no change data capture of this entity
            yield asked
            last = max((one.at for one in asked.changes if one.deleted), default=since)
            if asked.whole or last <= since:
                return
            since = last

    async def one_by_one(self, name: str, state: Entity, now: datetime) -> AsyncIterator[Found]:
        """Looks for each that was told of, unless that takes many queries and was done within the hour."""
        lately = state.checked_at is not None and now - state.checked_at < timedelta(hours=1)
        ids: list[str] = []
        for one in self._living(name):
            ids.append(one)
            if lately and len(ids) > limits.CDC_IDS_AT_ONCE * limits.CDC_CHEAP_QUERIES:
                return
            if len(ids) % limits.HELD_SCAN_ROWS == 0:
                await asyncio.sleep(0)
        for begin in range(0, len(ids), limits.CDC_IDS_AT_ONCE):
            async for gone, at in self._gone(name, ids[begin : begin + limits.CDC_IDS_AT_ONCE]):
                yield Found(gone, at, state)
        yield Found((), now, replace(state, unsure=False, checked_at=now))

    async def _gone(self, name: str, ids: Sequence[str]) -> AsyncIterator[tuple[list[Change], datetime]]:
        try:
            answer = await self._books.query(still_there(name, ids))
        except Refused as error:
            if error.code not in TOO_LARGE or len(ids) == 1:
                raise
            for half in (ids[: len(ids) // 2], ids[len(ids) // 2 :]):
                async for found in self._gone(name, half):
                    yield found
            return
        there = {str(row.get("Id")) for row in answer.rows}
        yield [tombstone(name, one, answer.time) for one in ids if one not in there], answer.time
