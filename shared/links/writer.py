"""One write to the books under the protection of its intent (design, idea 5).

Steps of `perform`, and what a crash after each means:
1. the intent is in the log and stands first -> whoever owns the realm next finds it and `settle`s it
2. QuickBooks was told                       -> same; the requestid makes the second telling harmless
3. what it answered is in the log            -> done; a replay finds nothing to do

An intent is never changed: a retry sends its bytes under its requestid. It ends as `booked`, or, when QuickBooks
certainly refused it, is withdrawn and the generation grows, so that the next attempt is a new one.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

from shared import limits
from shared.links.moves import after_write
from shared.links.state import Booked, Intent, LinkState
from shared.links.store import RealmLinks
from shared.mapping.document import answer_difference
from shared.quickbooks.batch import BatchItem, ItemAnswer
from shared.quickbooks.faults import (
    AlreadyAccepted,
    Missing,
    OutcomeUnknown,
    QuickBooksError,
    Reconnect,
    StaleObject,
    Throttled,
    TokenRefused,
    Unavailable,
)
from shared.quickbooks.paths import create_path, update_path, void_path
from shared.quickbooks.requestids import requestid
from shared.wire import encode

Find = Callable[[Intent], Awaitable[Mapping[str, Any] | None]]
"""Looks in the books for what an intent would have made; None when it isn't there."""

# Certainly nothing was done, so the same bytes go out again later without looking first.
_NOT_DONE = (Throttled, Unavailable, Reconnect, TokenRefused)

STANDS = (*_NOT_DONE, OutcomeUnknown)
"""Errors after which the intent stands, to be settled."""


class BooksClient(Protocol):
    """What the writer needs of the QuickBooks client."""

    async def write(
        self, path: str, body: bytes, requestid: str, guard: Callable[[], Awaitable[None]] | None = None
    ) -> dict[str, Any]: ...

    async def read(self, entity: str, id: str) -> dict[str, Any]: ...

    def batch_place(self) -> AbstractAsyncContextManager[None]: ...

    async def batch(
        self, items: Sequence[BatchItem], requestid: str, guard: Callable[[], Awaitable[None]] | None = None
    ) -> dict[str, ItemAnswer]: ...


@dataclass(frozen=True, slots=True)
class Write:
    """One write: `action` is create, update or void; sums are 0 for what has none."""

    entity: str
    action: str
    body: Mapping[str, Any]
    content_hash: str = ""
    total: Decimal = Decimal(0)
    tax: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Done:
    """The link after a write, the intent it fulfilled, and the object as QuickBooks shows it."""

    state: LinkState
    intent: Intent
    answer: Mapping[str, Any]


class Writer:
    """Writes of one realm. Not for two tasks at one key at a time: lanes and key locks see to that."""

    def __init__(
        self,
        links: RealmLinks,
        client: BooksClient,
        now: Callable[[], datetime],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._links = links
        self._clock = clock
        self._client = client
        self._now = now
        self._not_done: set[str] = set()  # names of intents in hand; each leaves when its intent ends

    async def perform(self, key: str, state: LinkState, write: Write, find: Find, **changes: object) -> Done:
        """Writes, with `changes` to the link recorded beside the intent.

        Raises LinkLost (another was first), LogUnavailable, and the errors of `faults`: after Throttled, Unavailable,
        Reconnect and OutcomeUnknown the intent stands and `settle` goes on; after any other it is withdrawn.
        """
        intent = self.intent(key, state, write)
        state = await self._links.put(key, state, intent=intent, held=None, **changes)
        return await self._send(key, state, intent, find)

    async def settle(self, key: str, state: LinkState, find: Find) -> Done:
        """Ends the intent that stands: reads whether it was carried out, else sends the same bytes again, once the log
        shows that it still stands. Raises as `perform`; Missing also when what it was to change is gone."""
        intent = state.intent
        if intent is None:
            raise ValueError(f"{key} has no intent")
        if not self.surely_not_done(intent):
            try:
                found = await find(intent)
            except Missing as error:  # what it would have changed is gone: it can never be carried out
                await self._withdraw(key, state, intent, error)
                raise
            if found is not None:
                return await self.ended(key, state, intent, found, find)
        await self._links.still(key, state)  # the state may be old, and the look-up took its time
        return await self._send(key, state, intent, find)

    def surely_not_done(self, intent: Intent) -> bool:
        """Whether its last sending certainly changed nothing, so that no look is needed before the next."""
        return _name(intent) in self._not_done

    def intent(self, key: str, state: LinkState, write: Write) -> Intent:
        """The intent of a write that begins from this state."""
        path = {"create": create_path, "update": update_path, "void": void_path}[write.action](write.entity)
        return Intent(
            entity=write.entity,
            action=write.action,
            generation=state.generation,
            requestid=requestid(self._links.realm, key, write.entity.lower(), write.action, state.generation),
            path=path,
            body=encode(write.body).decode(),
            content_hash=write.content_hash,
            total=write.total,
            tax=write.tax,
            number=str(write.body.get("DocNumber", "")),
            decided_at=self._now(),
        )

    async def _send(self, key: str, state: LinkState, intent: Intent, find: Find) -> Done:
        confirmed = self._clock()

        async def guard() -> None:
            # A process that was stopped for a while, or waited long for the quota, may have been overtaken meanwhile.
            if self._clock() - confirmed > limits.INTENT_FRESH_SECONDS:
                await self._links.still(key, state)

        try:
            answer: ItemAnswer = await self._deliver(intent, guard)
        except QuickBooksError as error:
            answer = error
        return await self.ended(key, state, intent, answer, find)

    async def _deliver(self, intent: Intent, guard: Callable[[], Awaitable[None]]) -> ItemAnswer:
        if not intent.bid:
            return await self._client.write(intent.path, intent.body.encode(), intent.requestid, guard)
        async with self._client.batch_place():  # known again by requestid and bId, also without those it was with
            answers = await self._client.batch([batch_item(intent)], intent.requestid, guard)
        return answers[intent.bid]

    async def ended(self, key: str, state: LinkState, intent: Intent, answer: ItemAnswer, find: Find) -> Done:
        """Records what became of a sending. Raises the answer where it is an error, as `perform` does."""
        if isinstance(answer, _NOT_DONE):
            self._not_done.add(_name(intent))
            raise answer
        if isinstance(answer, OutcomeUnknown):
            self._not_done.discard(_name(intent))
            raise answer
        if isinstance(answer, AlreadyAccepted):
            self._not_done.discard(_name(intent))
            found = await find(intent)
            if found is None:  # the first one may still be running
                raise OutcomeUnknown(answer.code, answer.message, status=answer.status, tid=answer.tid) from answer
            return await self._booked(key, state, intent, found)
        if isinstance(answer, QuickBooksError):
            await self._withdraw(key, state, intent, answer)
            raise answer
        return await self._booked(key, state, intent, answer)

    async def _booked(self, key: str, state: LinkState, intent: Intent, answer: Mapping[str, Any]) -> Done:
        booked = Booked(
            entity=intent.entity,
            id=str(answer["Id"]),
            sync_token=str(answer["SyncToken"]),
            content_hash=intent.content_hash,
            requestid=intent.requestid,
            total=intent.total,
            number=str(answer.get("DocNumber", "")),
            difference=_difference(answer, intent),
            moves=after_write(state.booked, intent.action, intent.entity, answer),
        )
        if intent.action == "void" and state.booked is not None:  # what it was voided for stays known
            known = {"sync_token": booked.sync_token, "voided": True, "moves": booked.moves}
            booked = state.booked.model_copy(update=known)
        self._not_done.discard(_name(intent))
        state = await self._links.put(
            key, state, intent=None, booked=booked, acted=intent.action, generation=state.generation + 1
        )
        return Done(state, intent, answer)

    async def _withdraw(self, key: str, state: LinkState, intent: Intent, error: QuickBooksError) -> None:
        """The write certainly did not happen. After a stale SyncToken the next attempt needs the latest one."""
        booked = state.booked
        if isinstance(error, StaleObject) and booked is not None:
            self._not_done.add(_name(intent))  # if the reading fails, the intent stands and is refused once more
            try:
                latest = await self._client.read(booked.entity, booked.id)
                booked = booked.model_copy(update={"sync_token": str(latest["SyncToken"])})
            except Missing:
                pass  # deleted meanwhile: the next attempt is told so
        self._not_done.discard(_name(intent))
        await self._links.put(key, state, intent=None, booked=booked, generation=state.generation + 1)


def batch_item(intent: Intent) -> BatchItem:
    """The intent as an item of its batch."""
    return BatchItem(intent.bid, intent.entity, intent.action, intent.body.encode())


def _name(intent: Intent) -> str:
    return intent.requestid + intent.bid


def _difference(answer: Mapping[str, Any], intent: Intent) -> Decimal:
    """0 for what has no sums."""
    difference = answer_difference(answer, intent.total, intent.tax)
    return -intent.total if difference is None else difference
