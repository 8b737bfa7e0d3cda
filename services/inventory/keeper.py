"""The books' quantities into one shop's source: a turn after each change, and a walk over all SKUs now and then.

A turn takes SKUs, decides on them by what is known at this moment, and writes those that differ. Its writes are
absolute: a turn that failed or was killed in the middle is done again, and what is there already is found unchanged.
Nothing is written before the first run was found harmless or a person confirmed it (first_run.py).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress

import structlog

from services.inventory.access import Access
from services.inventory.desk import NotServed, NotYet, Tell, silent
from services.inventory.first_run import FirstRun, Held, all_skus
from services.inventory.knowledge import Knowledge
from services.inventory.looking import look
from services.inventory.outcome import Status, StockOutcome
from services.inventory.pausing import TROUBLES, pause, words
from services.inventory.pending import Pending
from services.inventory.preview import NotKnown, Preview
from services.inventory.shelf import Shelf
from services.inventory.similar import similar
from services.inventory.telling import Teller
from services.inventory.turn import Turns
from shared import limits
from shared.log.port import LogUnavailable, NotOwner
from shared.log.signals import RetryLater
from shared.magento.source_stock import NoSource
from shared.magento.stock_rows import same_sku
from shared.mapping.stock.decision import StockDecision
from shared.settings.loader import Loaded

_log = structlog.get_logger(__name__)


class StockKeeper:
    """Of one connection; one task runs it, `run` until cancelled. Beside it the desk asks."""

    def __init__(
        self,
        connection: str,
        *,
        knowledge: Knowledge,
        access: Access,
        first: FirstRun,
        turns: Turns,
        teller: Teller,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._connection = connection
        self._knowledge = knowledge
        self._access = access
        self._first = first
        self._turns = turns
        self._teller = teller
        self._clock = clock
        self._pending = Pending(clock)
        self._wake = asyncio.Event()
        self._walk_due = 0.0
        self._trouble = ""

    # --- what happens around it

    def changed(self, skus: frozenset[str] | None) -> None:
        """These SKUs (in same_sku form) may need another quantity; None: all may."""
        self._pending.add(skus)

    def settings_changed(self) -> None:
        """All is decided anew, and what waited for a person to act waits no longer."""
        self._pending.restart()
        self._wake.set()

    @property
    def waits_for(self) -> str:
        """What a person should know, "" when there is nothing."""
        parts = [self._trouble] if self._trouble else []
        if self._trouble and self._pending.count:
            parts.append(f"{self._pending.count} SKUs wait")
        if long := self._turns.waits_long():
            parts.append(f"{long} SKUs wait for a look at the books")
        return f"{self._connection}: " + ", ".join(parts) if parts else ""

    @property
    def pending(self) -> int:
        """SKUs that are to be looked at."""
        return self._pending.count

    # --- its turns

    async def run(self) -> None:
        """Returns when the connection is another process's. Raises StopService."""
        self._pending.restart()
        failures = 0
        while True:
            await self._until_something_is_to_be_done()
            self._wake.clear()
            try:
                await self._turn()
                failures, self._trouble = 0, ""
                self._teller.over("")
            except NotOwner:
                return
            except TROUBLES as error:
                failures += 1
                await self._sit_out(error, failures)

    async def _until_something_is_to_be_done(self) -> None:
        while True:
            if self._clock() >= self._walk_due:
                self._pending.add(None)
                self._walk_due = self._clock() + limits.STOCK_WALK_SECONDS
            with suppress(RetryLater):  # there are no settings: the turn says so
                self._pending.add(self._turns.waited_enough(self._access.settings()))
            if await self._pending.wait(limits.STOCK_LOOK_SECONDS):
                break
        await asyncio.sleep(limits.STOCK_SETTLE_SECONDS)

    async def _turn(self) -> None:
        await self._teller.tell()
        loaded = self._access.settings()
        shelf = await self._open(loaded)
        if loaded.settings.stock.preview:
            self._pending.clear()
            return
        if not self._first.given(loaded):
            await self._begin(loaded, shelf)
        if taken := self._pending.take(shelf.most):
            try:
                again = await self._turns.do(loaded, shelf, taken, self._pending.changed)
            except BaseException:
                self._pending.put_back(taken)
                raise
            self._pending.add(again)
        else:
            await self._walk(loaded, shelf)

    async def _begin(self, loaded: Loaded, shelf: Shelf) -> None:
        """The first run, which looks at all SKUs. While it waits for a person it is done again after a change."""
        self._pending.clear()
        try:
            await self._first.run(loaded, shelf)
        except Held:
            raise
        except BaseException:
            self._pending.restart()
            raise
        self._pending.restart()

    async def _walk(self, loaded: Loaded, shelf: Shelf) -> None:
        if self._pending.walk_wanted:
            groups = await all_skus(self._knowledge, loaded, shelf.step)
            self._pending.begin_walk(same_sku(sku) for group in groups for sku in group)
        now = self._clock()
        skus = self._pending.step(shelf.step)
        again = await self._turns.do(loaded, shelf, dict.fromkeys(skus, now), self._pending.changed)
        self._pending.add(again)
        self._pending.stepped(len(skus))

    async def _open(self, loaded: Loaded) -> Shelf:
        """The shop's stock, when something can be told of it."""
        if (why := self._knowledge.waits_for(loaded)) is not None:
            raise RetryLater(limits.STOCK_LOOK_SECONDS, why)
        return await self._access.shelf(loaded)

    async def _sit_out(self, error: Exception, failures: int) -> None:
        seconds, said = pause(error, failures), words(error)
        if said != self._trouble:
            _log.warning("stock waits", connection=self._connection, why=said, error_class=type(error).__name__)
        self._trouble = said
        if isinstance(error, NoSource):
            self._teller.note(StockOutcome(Status.NO_SOURCE, "", "", text=said))
            with suppress(LogUnavailable):  # then the next turn tells it
                await self._teller.tell()
        if not isinstance(error, RetryLater):
            self._access.forget()
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return

    # --- what the desk asks

    async def preview(self, tell: Tell = silent) -> Preview:
        """Raises NotYet, NotServed."""
        try:
            loaded = self._access.settings()
            return await self._first.preview(loaded, await self._open(loaded), tell)
        except NotOwner as error:
            raise NotServed(f"{self._connection} goes to another process") from error
        except TROUBLES as error:
            raise NotYet(words(error)) from error

    async def confirm(self, digest: str) -> None:
        """Raises NotYet, NotServed, OtherPreview."""
        try:
            loaded = self._access.settings()
            await self._first.confirm(loaded, await self._open(loaded), digest)
        except NotOwner as error:
            raise NotServed(f"{self._connection} goes to another process") from error
        except TROUBLES as error:
            raise NotYet(words(error)) from error
        self.settings_changed()

    async def explain(self, sku: str) -> StockDecision | NotKnown:
        """Raises NotYet, NotServed."""
        try:
            loaded = self._access.settings()
            found = await look(self._knowledge, await self._open(loaded), loaded, [same_sku(sku)])
        except NotOwner as error:
            raise NotServed(f"{self._connection} goes to another process") from error
        except TROUBLES as error:
            raise NotYet(words(error)) from error
        return found[0].decision if found else await not_known(self._knowledge, loaded, sku)


async def not_known(knowledge: Knowledge, loaded: Loaded, sku: str) -> NotKnown:
    """A SKU that the shop has no product of, with those that may have been meant."""
    groups = await all_skus(knowledge, loaded, limits.STOCK_KNOWN_AT_ONCE)
    meant = await asyncio.to_thread(similar, sku, [one for group in groups for one in group])
    return NotKnown(sku, "the shop has no product of this SKU that is known", meant)
