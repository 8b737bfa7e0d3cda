"""The shop's quantities into one company's books: every quarter of an hour all SKUs, those that differ twice a minute.

Nothing is corrected before a person confirmed a preview, nor when more would be emptied than the guard lets pass.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog

from services.inventory.adjusting_books import StockBooks
from services.inventory.adjusting_guard import Guard
from services.inventory.adjusting_sources import CountedSources
from services.inventory.adjusting_survey import Survey
from services.inventory.adjusting_turn import Corrections
from services.inventory.desk import NotYet, Tell, silent
from services.inventory.first_run import all_skus
from services.inventory.keeper import not_known
from services.inventory.knowledge import Knowledge
from services.inventory.outcome import Status, StockOutcome, decided
from services.inventory.pausing import TROUBLES, pause, words
from services.inventory.preview import NotKnown, Preview
from services.inventory.telling import Teller
from shared import limits
from shared.log.port import NotOwner
from shared.log.signals import RetryLater
from shared.magento.source_stock import NoSource
from shared.magento.stock_rows import same_sku
from shared.mapping.stock.decision import Outcome, StockDecision
from shared.quickbooks.cdc import Unreadable
from shared.quickbooks.faults import QuickBooksError, Throttled
from shared.settings.loader import Loaded
from shared.settings.stock import StockDirection

_TROUBLES = (*TROUBLES, QuickBooksError, Unreadable)
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Ways:
    """How shop and books are reached under these settings."""

    settings: Callable[[], Loaded | None]
    sources: Callable[[Loaded], Awaitable[CountedSources]]
    books: Callable[[Loaded], Awaitable[StockBooks]]


class BooksKeeper:
    """Of one connection; one task runs it, `run` until cancelled. Beside it the desk asks."""

    def __init__(
        self,
        connection: str,
        *,
        knowledge: Knowledge,
        ways: Ways,
        survey: Survey,
        guard: Guard,
        corrections: Corrections,
        teller: Teller,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._connection = connection
        self._knowledge = knowledge
        self._ways = ways
        self._survey = survey
        self._guard = guard
        self._corrections = corrections
        self._teller = teller
        self._clock = clock
        self._changed: set[str] = set()
        self._walk_due = self._read_due = 0.0
        self._wake = asyncio.Event()
        self._one = asyncio.Lock()  # of the survey: turn, preview and confirmation
        self._opened: tuple[str, CountedSources] | None = None
        self._trouble = ""

    # --- what happens around it

    def changed(self, skus: frozenset[str] | None) -> None:
        """They are read in the next turn; None: all are."""
        if skus is None or len(self._changed) + len(skus) > limits.STOCK_PENDING:
            self._changed.clear()
            self._walk_due = 0.0
        else:
            self._changed |= skus

    def settings_changed(self) -> None:
        """What waited for a person to act waits no longer."""
        self._corrections.settings_changed()
        self._wake.set()

    @property
    def waits_for(self) -> str:
        """What a person should know, "" when there is nothing."""
        return f"{self._connection}: {self._trouble}" if self._trouble else ""

    @property
    def pending(self) -> int:
        """SKUs that are to be read or corrected."""
        return len(self._changed | self._survey.differing.keys())

    # --- its turns

    async def run(self) -> None:
        """Returns when the connection is another process's. Raises StopService."""
        failures = 0
        while True:
            self._wake.clear()
            seconds = limits.ADJUST_TURN_SECONDS
            try:
                async with self._one:
                    more = await self._turn()
                seconds = 0.0 if more else seconds
                failures, self._trouble = 0, ""
            except NotOwner:
                return
            except _TROUBLES as error:
                failures += 1
                seconds = self._say(error, failures)
            try:
                async with asyncio.timeout(seconds):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def _turn(self) -> bool:
        """Whether more is due at once."""
        await self._teller.tell()
        loaded, sources = await self._open()
        if self._clock() >= self._walk_due:
            await self._walk(loaded, sources)
        elif self._clock() >= self._read_due:
            await self._read(loaded, sources, sorted(self._changed | self._survey.differing.keys()))
            self._read_due = self._clock() + limits.ADJUST_TURN_SECONDS
        if loaded.settings.stock.preview:
            return False
        books = await self._ways.books(loaded)
        async with books.turn:
            await books.settle()
            self._guard.check(loaded, self._survey.lines.values())
            try:
                return await self._corrections.make(loaded, sources, books)
            finally:
                await self._teller.tell()

    async def _walk(self, loaded: Loaded, sources: CountedSources, tell: Tell = silent) -> None:
        self._survey.lines.clear()
        groups = await all_skus(self._knowledge, loaded, sources.step)
        await self._read(loaded, sources, [sku for group in groups for sku in group], tell)
        self._walk_due = self._clock() + limits.ADJUST_WALK_SECONDS
        self._read_due = self._clock() + limits.ADJUST_TURN_SECONDS

    async def _read(self, loaded: Loaded, sources: CountedSources, skus: Sequence[str], tell: Tell = silent) -> None:
        for start in range(0, len(skus), sources.step):
            tell(start, len(skus))
            some = skus[start : start + sources.step]
            for decision in await self._survey.read(loaded, sources, some):
                if decision.outcome is not Outcome.WRITE:
                    self._teller.note(decided(decision, ""))
            self._changed.difference_update(map(same_sku, some))

    async def _open(self) -> tuple[Loaded, CountedSources]:
        loaded = self._ways.settings()
        if loaded is None or loaded.settings.stock.direction is not StockDirection.SHOP_TO_BOOKS:
            raise RetryLater(limits.ADJUST_TURN_SECONDS, "its settings don't say that the shop is the master")
        if (why := self._knowledge.waits_for(loaded)) is not None:
            raise RetryLater(limits.ADJUST_LOOK_SECONDS, why)
        if self._opened is None or self._opened[0] != loaded.version:
            self._survey.clear()
            self._walk_due = 0.0
            self._opened = (loaded.version, await self._ways.sources(loaded))
        return loaded, self._opened[1]

    def _say(self, error: Exception, failures: int) -> float:
        said = words(error)
        if said != self._trouble:
            _log.warning("stock waits", connection=self._connection, why=said, error_class=type(error).__name__)
        self._trouble = said
        if isinstance(error, NoSource):
            self._teller.note(StockOutcome(Status.NO_SOURCE, "", "", text=said))
        if not isinstance(error, RetryLater):
            self._opened = None  # the shop may be another than it was
        return error.wait_seconds if isinstance(error, Throttled) else pause(error, failures)

    # --- what the desk asks

    async def preview(self, tell: Tell = silent) -> Preview:
        """Raises NotYet."""
        try:
            async with self._one:
                loaded, sources = await self._open()
                await self._walk(loaded, sources, tell)
                return self._guard.preview(loaded, self._survey.lines.values())
        except _TROUBLES as error:
            raise NotYet(words(error)) from error

    async def confirm(self, digest: str) -> None:
        """Raises NotYet, OtherPreview."""
        try:
            async with self._one:
                loaded, sources = await self._open()
                if not self._guard.was_shown(digest):
                    await self._walk(loaded, sources)
                    self._guard.preview(loaded, self._survey.lines.values())
                await self._guard.confirm(loaded, digest)
        except _TROUBLES as error:
            raise NotYet(words(error)) from error
        self._wake.set()

    async def explain(self, sku: str) -> StockDecision | NotKnown:
        """Raises NotYet."""
        try:
            loaded, sources = await self._open()
            found = await self._survey.read(loaded, sources, [same_sku(sku)])
        except _TROUBLES as error:
            raise NotYet(words(error)) from error
        return found[0] if found else await not_known(self._knowledge, loaded, sku)
