"""One followed company: a question to its end, and what is remembered from one question to the next."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from datetime import datetime, timedelta

from services.ingest.cdc.books import Books
from services.ingest.cdc.capture import Batch, Capture
from services.ingest.cdc.clock import Clock
from services.ingest.cdc.meter import Meter
from services.ingest.cdc.position import Position, position_in
from services.ingest.cdc.teller import Teller
from services.ingest.cursors import Cursors
from shared import limits
from shared.log.port import LogUnavailable
from shared.quickbooks.cdc import ENTITIES
from shared.quickbooks.client import QuickBooksClient
from shared.quickbooks.faults import Missing
from shared.telemetry.metrics import Metrics

_RESET = "10200"  # "the company was reset": nothing that we know of it holds any more


class Company:
    """Begins with what its cursor holds."""

    def __init__(
        self,
        realm: str,
        cursors: Cursors,
        teller: Teller,
        metrics: Metrics,
        clock: Clock,
        budget: Callable[[], int],
        lists_at: Callable[[], Awaitable[datetime | None]],
    ) -> None:
        """`budget` tells the metered calls of a month, as settings have it now; `lists_at` since when the company's
        lists need to be told of changes, by the server's clock: None before the first was read."""
        self.realm = realm
        self.budget = budget
        self.active_until: datetime | None = None
        self.whole_at: datetime | None = None
        """When all entities were last asked for."""
        self.named: set[str] = set()
        """Entities that webhooks named since they were last asked for."""
        self.told_of = asyncio.Event()
        self._cursors = cursors
        self._teller = teller
        self._metrics = metrics
        self._clock = clock
        self._lists_at = lists_at
        document = cursors.get(self._cursor)
        self.meter = Meter(document, clock.now, clock.wait)
        self._position = Position() if document is None else position_in(document)
        self._saved = document
        self._ahead = timedelta(0)  # QuickBooks' clock before ours, as the last answer told

    @property
    def _cursor(self) -> str:
        return f"{self.realm}:cdc"

    async def ask(self, client: QuickBooksClient, entities: Collection[str]) -> None:
        """One question about these entities, to its end. Raises the errors of `faults`, Unreadable, LogUnavailable."""
        books = Books(client, self.meter, self._spend)
        capture = Capture(books, lambda entity: self._teller.living(self.realm, entity))
        whole = len(entities) == len(ENTITIES)
        begin = self._clock.now()
        try:
            if missing := ENTITIES - self._position.entities.keys():
                now = await capture.began()
                self._position = self._position.begun(missing, min(now, await self._lists_at() or now))
            deep = whole and (self._long_ago(begin) or self._position.deep_due(entities))
            async for batch in capture.changes(self._position, _in_order(entities), begin + self._ahead, deep=deep):
                await self._take(batch, "cdc" if whole else "webhook")
            if whole:
                self.whole_at = begin
        except Missing as error:
            if error.code == _RESET:
                self._position = self._position.reset()
            raise
        finally:
            self._measure()
            with suppress(LogUnavailable):  # the next question saves it
                await self._save()

    def busy(self) -> None:
        """Something happens in the books: the fast pace begins."""
        self.active_until = self._clock.now() + timedelta(seconds=limits.CDC_ACTIVE_SECONDS)

    async def _take(self, batch: Batch, cause: str) -> None:
        why = "full-read" if batch.queried else cause
        if await self._teller.tell(self.realm, batch.changes, batch.at, why, queried=batch.queried):
            self.busy()
        self._position = self._position.moved(batch.moves)
        if batch.changes:
            self._ahead = batch.at - self._clock.now()
        if any(one.reading is not None for one in batch.moves.values()):
            await self._save()  # the progress of a long reading

    def _long_ago(self, now: datetime) -> bool:
        return self.whole_at is None or (now - self.whole_at).total_seconds() >= limits.CDC_DEEP_SECONDS

    async def _spend(self) -> None:
        await self.meter.spend(self.budget, self._save)

    async def _save(self) -> None:
        """The position is that of durable changes only, so it can be written at any time."""
        document = self._position.document() | self.meter.document()
        if document != self._saved:
            await self._cursors.put(self._cursor, self.realm, document)
            self._saved = document
            self.meter.saved()

    def _measure(self) -> None:
        metrics = self._metrics
        metrics.cdc_calls_month.labels(self.realm).set(self.meter.spent.calls)
        metrics.cdc_calls_budget.labels(self.realm).set(self.budget())
        if (oldest := self._position.oldest) is not None:
            metrics.cdc_position.labels(self.realm).set(oldest.timestamp())


def _in_order(entities: Collection[str]) -> list[str]:
    """Items first: where several questions are needed, sales are then known at least as far as quantities are, and
    whoever reads a quantity knows which sales it holds."""
    return sorted(entities, key=lambda name: (name != "Item", name))
