"""One sweep of one shop: what changed since the last one, and a piece of what the start date asks for.

The cursor moves in steps, each after what it passes is durable (a crash between two repeats the second):
1. a page is listed; what it leads to is read, published, and what can't be read is named in the outcomes
2. before the next page, this one is noted as done, with the window that it belongs to: a restart goes on there
3. behind the last page of the last list the window is done, and the cursor is at its end
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

from services.ingest.cursors import Cursors
from services.ingest.shops import NoRight, Shop
from services.ingest.sweep import coverage
from services.ingest.sweep.cursor import SweepCursor, Walk, What
from services.ingest.sweep.finding import Finding, Found
from services.ingest.sweep.lists import CHANGES, ORDERS, Listing
from services.ingest.sweep.walker import walk
from services.ingest.sweep.windows import cut, end_of, start_of
from shared import limits
from shared.log.signals import RetryLater
from shared.magento.search import Filter, Window
from shared.settings.loader import Loaded
from shared.telemetry.metrics import Metrics

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Sweep:
    """The sweeps of a connection under the settings of one version."""

    loaded: Loaded
    shop: Shop
    cursors: Cursors
    finding: Finding
    metrics: Metrics
    cursor: SweepCursor

    @property
    def key(self) -> str:
        return key_of(self.loaded.settings.connection)

    async def changes(self) -> Found:
        """Everything changed up to now, but for the lag. Raises RetryLater, MagentoError, LogUnavailable."""
        await self.finding.look_at_the_clock(self.shop)
        found = await self._walk() if self.cursor.walk else Found()
        now, skew = datetime.now(UTC), self.finding.skew
        for span in cut(start_of(self.cursor.reached, skew), end_of(now, skew)):
            self.cursor = self.cursor.begin(Walk.of(What.CHANGED, span, skew))
            found += await self._walk()
        found += await self._mend()
        return found

    async def older(self) -> bool:
        """A window of the orders that the start date asks for; False when there is none left."""
        start_date = self.loaded.settings.sales.start_date
        zones = {*self.shop.zones.values(), self.loaded.settings.time_zone} - {"shop"}
        wanted = coverage.start_of_day(start_date, zones) if start_date else None
        covered = coverage.cover(self.cursor, wanted)
        if covered is None:
            if self.cursor.cover is not None:  # the date was moved before all was read: the rest is asked for no more
                await self._put(self.cursor.uncovered())
            return False
        span = coverage.step(covered, self.cursor.since)
        self.cursor = self.cursor.begin(Walk.of(What.CREATED, span), covered)
        await self._walk()
        return True

    async def _walk(self) -> Found:
        """The walk that the cursor tells of, from where it stands to its end."""
        under_way, found = self.cursor.walk, Found()
        if under_way is None:
            return found
        lists = _lists(under_way.what)
        filters = Window(under_way.what, under_way.start, under_way.end).filters()
        for part in range(under_way.part, len(lists)):
            after_id = under_way.after_id if part == under_way.part else 0
            try:
                found += await self._part(part, lists[part], filters, after_id)
            except NoRight as refused:  # the nightly compare makes up for it when the right is given
                _log.warning("the shop refuses a list", connection=self.loaded.settings.connection, why=str(refused))
        await self._put(self.cursor.finish())
        return found

    async def _part(self, part: int, listing: Listing, filters: Sequence[Filter], after_id: int) -> Found:
        found, pages = Found(), 0
        async for page in walk(self.shop, listing, filters, after_id):
            if pages:  # the one before is done; most lists have but one page, whose end the window's end tells
                await self._put(self.cursor.turn(part, after_id))
            this = await self.finding.page(self.shop, listing, page)
            self._note(this)
            found += this
            after_id, pages = page.last_id, pages + 1
        self.cursor = self.cursor.turn(part + 1, 0)
        return found

    async def _mend(self) -> Found:
        """Tries once more what couldn't be read."""
        waiting = sorted(self.cursor.unreadable, key=lambda name: self.cursor.unreadable[name].tried_at)
        found = Found()
        for name in waiting[: limits.SWEEP_UNREADABLE_TRIES]:
            kind, _, number = name.partition(":")
            try:
                found += await self.finding.alone(self.shop, kind, int(number))
            except NoRight as refused:  # it stays unreadable, behind those that waited longer
                found += Found(unreadable=(name,))
                _log.warning("can't be tried again", connection=self.loaded.settings.connection, why=str(refused))
        if waiting:
            self._note(found)
            await self._put(self.cursor)
        return found

    def _note(self, found: Found) -> None:
        now = datetime.now(UTC)
        self.cursor = self.cursor.mended(found.readable)
        for name in found.unreadable:
            self.cursor = self.cursor.flawed(name, now)
        if len(self.cursor.unreadable) > limits.SWEEP_UNREADABLE:
            raise RetryLater(
                limits.SWEEP_RETRY_SECONDS,
                f"{len(self.cursor.unreadable)} documents can't be read: the shop itself must be mended",
            )

    async def _put(self, cursor: SweepCursor) -> None:
        settings = self.loaded.settings
        document = cursor.model_dump(mode="json", by_alias=True)
        await self.cursors.put(self.key, settings.quickbooks.realm, document)
        self.cursor = cursor
        until = cursor.until - timedelta(seconds=cursor.skew_seconds)
        self.metrics.sweep_reached.labels(settings.connection).set(until.timestamp())
        self.metrics.sweep_unreadable.labels(settings.connection).set(len(cursor.unreadable))


def key_of(connection: str) -> str:
    """The cursor's key."""
    return f"{connection}:sweep"


def _lists(what: What) -> tuple[Listing, ...]:
    return CHANGES if what is What.CHANGED else (ORDERS,)
