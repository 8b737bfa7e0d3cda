"""Corrections of a company's items, each made once, and the look at the books that comes before one.

Steps of a correction, and what a crash after each means:
1. its intent is in the item's link    -> whoever owns the realm next settles it before the item is decided on again
2. QuickBooks was told                 -> same: it is looked for, and else sent again as it was, under its requestid
3. the answer is in the link           -> done; the next look at the item shows it
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from services.inventory.adjusting_documents import (
    ADJUSTMENT,
    Correction,
    adjustment,
    is_adjustment,
    is_updated,
    item_update,
    link_key,
)
from shared import limits
from shared.commerce.stock import Seen
from shared.links.state import Intent
from shared.links.store import LinkLost, RealmLinks
from shared.links.writer import STANDS, Writer
from shared.log.signals import RetryLater
from shared.quickbooks import queries
from shared.quickbooks.cdc import instant, sent_at
from shared.quickbooks.client import QuickBooksClient
from shared.quickbooks.faults import NOT_IN_PLAN, NOT_SUPPORTED, BooksClosed, QuickBooksError, Refused
from shared.settings.stock import AdjustBy
from shared.wire import decode

_BEFORE_START = "6270"


class Corrected(StrEnum):
    """What became of a correction. After the two in the middle no other is worth a try today."""

    ADJUSTED = "adjusted"
    NOT_IN_PLAN = "not_in_plan"
    BOOKS_CLOSED = "books_closed"
    BEFORE_START = "before_start"  # the item's own start date lies later than the correction's
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Result:
    """`document` is how people find it, `text` what QuickBooks said against it."""

    outcome: Corrected
    document: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Fresh:
    """Items asked for by their Ids, those of them that are active; when that was true, and QuickBooks' own time of
    day."""

    asked: frozenset[str]
    rows: Mapping[str, Mapping[str, Any]]
    seen: Seen
    at: datetime

    def quantity(self, item: str) -> Decimal | None:
        """What is on hand; None for one that isn't there or shows none."""
        shown = self.rows.get(item, {}).get("QtyOnHand")
        return None if shown is None else Decimal(str(shown))


class StockBooks:
    """Of one realm. All calls under `turn`, which is held by one connection of the realm at a time."""

    def __init__(
        self,
        links: RealmLinks,
        writer: Writer,
        client: QuickBooksClient,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._links = links
        self._writer = writer
        self._client = client
        self._clock = clock
        self.turn = asyncio.Lock()
        self._open: set[str] | None = None  # links whose intent stands; None before all were looked at

    async def settle(self) -> None:
        """Ends every correction whose outcome isn't known. Raises the errors of `faults` after which one still stands,
        RetryLater, LogUnavailable, NotOwner."""
        if self._open is None:
            self._open = await self._standing()
        trouble: Exception | None = None
        for key in sorted(self._open):
            try:
                await self._end(key)
            except (*STANDS, LinkLost, RetryLater) as error:
                trouble = error
        if isinstance(trouble, LinkLost):
            raise RetryLater(limits.ADJUST_LOOK_SECONDS, "another process corrected an item at the same moment")
        if trouble is not None:
            raise trouble

    async def _standing(self) -> set[str]:
        found = set()
        for number, (key, state) in enumerate(self._links.scan(link_key(self._links.realm, ""))):
            if state.intent is not None:
                found.add(key)
            if number % limits.ADJUST_SCAN == 0:
                await asyncio.sleep(0)
        return found

    async def _end(self, key: str) -> None:
        state = self._links.get(key)
        if state.intent is not None:
            try:
                await self._writer.settle(key, state, self._find)
            except STANDS:
                raise
            except QuickBooksError as error:
                if self._links.get(key).intent is not None:  # it couldn't be looked for
                    raise RetryLater(limits.ADJUST_REFUSED_SECONDS, _unresolved(key, error)) from error
        self._open = (self._open or set()) - {key}

    async def look(self, items: Collection[str]) -> Fresh:
        """Metered. Raises the errors of `faults`, cdc.Unreadable."""
        begin = self._clock()
        statement = queries.select("Item", queries.one_of("Id", sorted(items)))
        rows, told = await self._client.timed_query(statement)
        at = instant(told)
        seen = Seen(sent_at(at, self._clock() - begin), at)
        return Fresh(frozenset(items), {str(row["Id"]): row for row in rows}, seen, datetime.fromisoformat(told))

    async def correct(self, correction: Correction, by: AdjustBy, account: str, fresh: Fresh) -> Result:
        """Makes it, unless QuickBooks refuses. Raises the errors of `faults` after which it stands (`settle` goes on),
        RetryLater, LogUnavailable, NotOwner."""
        key = link_key(self._links.realm, correction.item)
        state = self._links.get(key)
        if state.intent is not None:
            self._stands(key)
            raise RetryLater(limits.ADJUST_LOOK_SECONDS, "a correction's outcome isn't known yet")
        if by is AdjustBy.ADJUSTMENT:
            write = adjustment(correction, account, key, state.generation)
        else:
            write = item_update(correction, fresh.rows[correction.item])
        try:
            done = await self._writer.perform(key, state, write, self._find)
        except STANDS:
            self._stands(key)
            raise
        except LinkLost as lost:
            raise RetryLater(limits.ADJUST_LOOK_SECONDS, "another process corrects the same item") from lost
        except QuickBooksError as error:
            return Result(_refusal(error), text=str(error))
        return Result(Corrected.ADJUSTED, f"{write.entity} {done.answer.get('DocNumber') or done.answer['Id']}")

    def _stands(self, key: str) -> None:
        if self._open is not None:  # else all are looked at anyway
            self._open.add(key)

    async def _find(self, intent: Intent) -> Mapping[str, Any] | None:
        body = decode(intent.body.encode())
        if intent.entity != ADJUSTMENT:
            row = await self._client.read(intent.entity, body["Id"])
            return row if is_updated(row, body) else None
        try:
            async for row in self._client.query_all(ADJUSTMENT, queries.equals("TxnDate", body["TxnDate"])):
                if is_adjustment(row, body):
                    return row
        except Refused:
            # Whether adjustments can be queried isn't documented. QuickBooks knows a requestid again for a while.
            if (datetime.now(UTC) - intent.decided_at).total_seconds() > limits.ADJUST_RESEND_SECONDS:
                raise
        return None


def _refusal(error: QuickBooksError) -> Corrected:
    if isinstance(error, BooksClosed):
        return Corrected.BOOKS_CLOSED
    if error.code in (NOT_IN_PLAN, NOT_SUPPORTED):
        return Corrected.NOT_IN_PLAN
    return Corrected.BEFORE_START if error.code == _BEFORE_START else Corrected.REFUSED


def _unresolved(key: str, error: QuickBooksError) -> str:
    item = key.rpartition(":")[2]
    return (
        f"nobody knows whether the last correction of item {item} came through, and QuickBooks doesn't let adjustments "
        f"be looked for ({error.code}): see its list of inventory adjustments"
    )
