"""Up to 30 writes in one call, each under an intent of its own, as if it were alone (shared/links/writer.py).

Steps of `perform`, and what a crash after each means:
1. a place among the batches is free   -> nothing was prepared: an intent doesn't wait for minutes before it is sent
2. the intents are in the log          -> whoever owns the realm next finds and settles them
3. QuickBooks was told                 -> same; requestid and bId together make the second telling harmless
4. each item's answer is in the log    -> done
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from shared import limits
from shared.links.state import Intent, LinkState
from shared.links.store import LinkLost, RealmLinks
from shared.links.writer import BooksClient, Done, Write, Writer, batch_item
from shared.quickbooks.batch import PATH as BATCH
from shared.quickbooks.batch import ItemAnswer
from shared.quickbooks.faults import QuickBooksError
from shared.quickbooks.requestids import batch_requestid

FindAll = Callable[[Sequence[Intent]], Awaitable[Sequence[Mapping[str, Any] | None]]]
"""Looks in the books for what each of the intents would have made, in few calls."""

T = TypeVar("T")

Result = Done | LinkLost | QuickBooksError
"""What became of one write; errors mean what they mean when `Writer.perform` raises them."""


@dataclass(frozen=True, slots=True)
class Task:
    """A write of the entity `key`, whose state it begins from; `changes` are recorded beside the intent."""

    key: str
    state: LinkState
    write: Write
    changes: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Standing:
    """An intent that stands, and the state that says so."""

    key: str
    state: LinkState
    intent: Intent


class BatchWriter:
    """Batches of one realm. As for Writer: one task at a time at a key."""

    def __init__(
        self, writer: Writer, links: RealmLinks, client: BooksClient, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._writer = writer
        self._links = links
        self._client = client
        self._clock = clock

    async def perform(self, tasks: Sequence[Task], find: FindAll) -> list[Result]:
        """What became of each, in order. Raises LogUnavailable, NotOwner: then intents may stand, to be settled."""
        async with self._client.batch_place():
            decided = await _each(self._decide(task, intent) for task, intent in self._intents(tasks))
            sent = await self._send([one for one in decided if isinstance(one, Standing)], find)
        results = iter(sent)
        return [next(results) if isinstance(one, Standing) else one for one in decided]

    async def settle(self, standing: Sequence[Standing], find: FindAll) -> list[Result]:
        """Ends intents of one batch: reads which were carried out, sends the others again under their names."""
        unsure = [one for one in standing if not self._writer.surely_not_done(one.intent)]
        rows = await find([one.intent for one in unsure]) if unsure else []
        found = {one.key: row for one, row in zip(unsure, rows, strict=True) if row is not None}
        rest = [one for one in standing if one.key not in found]
        ended = await _each(self._end(one, found[one.key], find) for one in standing if one.key in found)
        sent: list[Result] = []
        if rest:
            async with self._client.batch_place():
                confirmed = await _each(self._still(one) for one in rest)
                again = iter(await self._send([one for one in confirmed if isinstance(one, Standing)], find))
                sent = [next(again) if isinstance(one, Standing) else one for one in confirmed]
        by_key = dict(zip([*found, *(one.key for one in rest)], [*ended, *sent], strict=True))
        return [by_key[one.key] for one in standing]

    def _intents(self, tasks: Sequence[Task]) -> list[tuple[Task, Intent]]:
        alone = [self._writer.intent(task.key, task.state, task.write) for task in tasks]
        name = batch_requestid(self._links.realm, [intent.requestid for intent in alone])
        return [
            (task, intent.model_copy(update={"requestid": name, "path": BATCH, "bid": str(number)}))
            for number, (task, intent) in enumerate(zip(tasks, alone, strict=True), 1)
        ]

    async def _decide(self, task: Task, intent: Intent) -> Standing:
        state = await self._links.put(task.key, task.state, intent=intent, held=None, **task.changes)
        return Standing(task.key, state, intent)

    async def _still(self, one: Standing) -> Standing:
        await self._links.still(one.key, one.state)
        return one

    async def _send(self, standing: Sequence[Standing], find: FindAll) -> list[Result]:
        if not standing:
            return []
        confirmed = self._clock()

        async def guard() -> None:
            if self._clock() - confirmed > limits.INTENT_FRESH_SECONDS:
                for one in standing:
                    await self._links.still(one.key, one.state)

        answers: dict[str, ItemAnswer]
        try:
            items = [batch_item(one.intent) for one in standing]
            answers = await self._client.batch(items, standing[0].intent.requestid, guard)
        except QuickBooksError as error:
            answers = {one.intent.bid: error for one in standing}
        except LinkLost as lost:  # nothing was sent; those that stand are settled
            return [lost for _ in standing]
        return await _each(self._end(one, answers[one.intent.bid], find) for one in standing)

    async def _end(self, one: Standing, answer: ItemAnswer, find: FindAll) -> Done:
        async def find_one(intent: Intent) -> Mapping[str, Any] | None:
            return (await find([intent]))[0]

        return await self._writer.ended(one.key, one.state, one.intent, answer, find_one)


async def _each(work: Iterable[Awaitable[T]]) -> list[T | LinkLost | QuickBooksError]:
    """All results, with errors that concern one write as results. Every other is raised, once all have ended."""
    results: list[T | LinkLost | QuickBooksError] = []
    for one in await asyncio.gather(*work, return_exceptions=True):
        if isinstance(one, BaseException) and not isinstance(one, LinkLost | QuickBooksError):
            raise one
        results.append(one)
    return results
