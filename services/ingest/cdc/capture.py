"""Asks QuickBooks what changed: one question for all entities while little does, and whatever it takes to miss nothing
where an answer was cut off, where the cursor is too old for change data capture, or where an entity is refused.

Cut off means: 1,000 objects came, and Intuit knows no further page. Then live rows are read by queries, and deletions,
which only change data capture tells of, behind the live rows, are asked for from a later instant on (deletions.py).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from services.ingest.cdc.books import Asked, Books
from services.ingest.cdc.deletions import TOO_LARGE, Deletions, Living
from services.ingest.cdc.position import Entity, Position, Reading, reading_from
from shared import limits
from shared.quickbooks import queries
from shared.quickbooks.cdc import Change, change, too_old
from shared.quickbooks.changed_pages import Place, next_place, smaller, statement
from shared.quickbooks.faults import Refused, Unavailable


@dataclass(frozen=True, slots=True)
class Batch:
    """Changes to make durable, as they were at the server's time `at`, and where their entities are afterwards.
    `queried` are rows of a query, whose index may lag behind."""

    changes: Sequence[Change]
    at: datetime
    moves: Mapping[str, Entity] = field(default_factory=dict)
    queried: bool = False


class Capture:
    """The changes of one company. All methods raise the errors of `faults` and cdc.Unreadable."""

    def __init__(self, books: Books, living: Living) -> None:
        self._books = books
        self._deletions = Deletions(books, living)

    async def began(self) -> datetime:
        """The server's clock, for a company that is followed from now on."""
        return (await self._books.query(queries.count("Account"))).sent_at

    async def changes(
        self, position: Position, entities: Sequence[str], now: datetime, *, deep: bool
    ) -> AsyncIterator[Batch]:
        """Everything that changed in these entities of the position, in their order where it takes several questions.
        `now` is QuickBooks' clock as far as we know."""
        states = dict(position.entities)
        async for batch in self._changes(states, entities, now, deep):
            states |= batch.moves
            yield batch
        for name in entities:
            if states[name].unsure:
                async for found in self._deletions.one_by_one(name, states[name], now):
                    yield Batch(found.changes, found.at, {name: found.state})

    async def _changes(
        self, states: Mapping[str, Entity], entities: Sequence[str], now: datetime, deep: bool
    ) -> AsyncIterator[Batch]:
        together: dict[str, Entity] = {}
        for name in entities:
            state = states[name]
            if state.reading is None and too_old(state.since(deep), now):
                state = state.read_up(state.deep)
            if state.reading is not None:
                async for batch in self._read_up(name, state, state.reading, now):
                    yield batch
            elif state.refused_at is None or now - state.refused_at >= timedelta(days=1):
                together[name] = state
        alone = [name for name, state in together.items() if _is_alone(state, now, deep)]
        groups = [[name for name in together if name not in alone], *([name] for name in alone)]
        for group in sorted(groups, key=lambda names: "Item" not in names):
            if group:
                async for batch in self._ask({name: together[name] for name in group}, now, deep):
                    yield batch

    async def _ask(self, states: Mapping[str, Entity], now: datetime, deep: bool) -> AsyncIterator[Batch]:
        """Of several entities halves are asked for when their answer was cut, too large or refused."""
        since = min(state.since(deep) for state in states.values())
        names = list(states)
        asked: Asked | None = None
        try:
            asked = await self._books.changes(names, since)
        except (Refused, Unavailable) as error:
            if isinstance(error, Unavailable) and not _is_inside(error):
                raise
            if len(names) == 1:
                async for batch in self._refused(names[0], states[names[0]], since, now, error):
                    yield batch
                return
        if asked is not None and asked.whole:
            moves = {name: state.asked(asked.sent_at, deep, asked.time) for name, state in states.items()}
            yield Batch(asked.changes, asked.time, moves)
        elif asked is not None and len(names) == 1:
            until = now + timedelta(seconds=limits.CDC_ALONE_SECONDS)
            yield Batch(asked.changes, asked.time)
            state = replace(states[names[0]], alone_until=until)
            async for batch in self._read_up(names[0], state, reading_from(since), now):
                yield batch
        else:
            async for batch in self._halves(states, now, deep):
                yield batch

    async def _halves(self, states: Mapping[str, Entity], now: datetime, deep: bool) -> AsyncIterator[Batch]:
        """A fault that QuickBooks puts into one entity's answer keeps none of the others from being told."""
        names = list(states)
        failed: Unavailable | None = None
        for half in (names[: len(names) // 2], names[len(names) // 2 :]):
            try:
                async for batch in self._ask({name: states[name] for name in half}, now, deep):
                    yield batch
            except Unavailable as error:
                if not _is_inside(error):
                    raise
                failed = error
        if failed is not None:
            raise failed

    async def _refused(
        self, name: str, state: Entity, since: datetime, now: datetime, error: Refused | Unavailable
    ) -> AsyncIterator[Batch]:
        """The answer is too large, or the instant is too old by QuickBooks' clock: queries know. Else there is no
        change data capture of the entity: it is left out for a day, so that the others go on."""
        if isinstance(error, Unavailable):
            raise error
        server = await self._books.query(queries.count("Account"))  # which every plan has: this one may not
        if error.code in TOO_LARGE or too_old(since, server.time):
            async for batch in self._read_up(name, state, reading_from(since), now):
                yield batch
        else:
            yield Batch((), server.time, {name: replace(state, refused_at=now)})

    async def _read_up(self, name: str, state: Entity, reading: Reading, now: datetime) -> AsyncIterator[Batch]:
        """By queries; where the next question begins is when the first of them was sent. Each page is progress that a
        restart keeps."""
        seen: dict[str, datetime] = {}
        began, answered = reading.began, None
        place: Place | None = reading.place
        while place is not None:
            try:
                answer = await self._books.query(statement(name, place))
            except Refused as error:
                place = smaller(place) if error.code in TOO_LARGE else None
                if place is None:
                    raise
                continue
            rows = [change(name, row) for row in answer.rows]
            seen |= {row.id: row.at for row in rows}
            began, answered = began or answer.sent_at, answer.time
            following = next_place(place, rows)
            state = replace(state, reading=Reading(reading.since, following or place, began))
            yield Batch(rows, answer.time, {name: state}, queried=True)
            place = following
        begun = began or now
        async for found in self._deletions.find(name, state, reading.since, begun, seen):
            state = found.state
            yield Batch(found.changes, found.at, {name: state})
        yield Batch((), begun, {name: replace(state, reading=None).read(begun, answered)})


def _is_alone(state: Entity, now: datetime, deep: bool) -> bool:
    """What filled an answer is soon behind a question that doesn't go back far."""
    if state.refused_at is not None or state.alone_until is None:
        return state.refused_at is not None
    begun = state.alone_until - timedelta(seconds=limits.CDC_ALONE_SECONDS)
    return now < (state.alone_until if deep else begun + timedelta(seconds=limits.CDC_ALONE_NEAR_SECONDS))


def _is_inside(error: Unavailable) -> bool:
    """Whether it was a fault inside an answer that else succeeded."""
    return error.status == 200
