"""Once a day: order numbers that are missing in a row are asked for, and every product is compared.

For what the sweeps can't see: an order that came into the shop with an old updated_at (an import, a restored backup),
products changed or deleted in the shop's database, whose updated_at doesn't move (reference, section 0.8). The cursor
moves behind each page, so that a restart goes on where it was.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from services.ingest.cursors import Cursors
from services.ingest.reading.fetched import Kind, content_hash, gone
from services.ingest.reading.published import Published
from services.ingest.shops import Shop
from services.ingest.sweep.cursor import NightCursor, SweepCursor
from services.ingest.sweep.finding import Finding, Found
from services.ingest.sweep.known import shop_time
from services.ingest.sweep.lists import ORDERS, PRODUCTS
from services.ingest.sweep.numbers import Numbers, questions
from services.ingest.sweep.walker import walk
from shared import limits
from shared.magento.search import Condition, Filter, any_of
from shared.settings.loader import Loaded
from shared.telemetry.metrics import Metrics

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Night:
    """One run, or what is left of it. Raises RetryLater, BadAnswer, LogUnavailable, NotOwner."""

    loaded: Loaded
    shop: Shop
    cursors: Cursors
    finding: Finding
    published: Published
    metrics: Metrics
    cursor: NightCursor

    async def run(self, swept: SweepCursor | None) -> None:
        """`swept`: how far the sweeps have come."""
        if not self.cursor.numbers_done:
            self.finding.cause = "gap"
            await self._numbers(swept)
        if self.cursor.products_after is not None:
            self.finding.cause = "nightly"
            await self._products(self.cursor.products_after)

    async def _numbers(self, swept: SweepCursor | None) -> None:
        """Of orders since the sweeps began or the start date: older ones are missing on purpose."""
        connection = self.loaded.settings.connection
        if swept is None or swept.cover is not None:
            _log.info("missing order numbers are looked for another night", connection=connection, why="not swept yet")
            await self._put(self.cursor.numbered(self.cursor.upto, self.cursor.unreadable))
            return
        known = Numbers(self.cursor.upto)
        for row, (_, standing) in enumerate(self.published.scan(Kind.ORDER, connection)):
            if row % limits.HELD_SCAN_ROWS == 0:
                await asyncio.sleep(0)
            created_at = shop_time(standing.created_at)
            if created_at is not None and created_at >= swept.since:
                known.add(standing.number, standing.store_id)
        # A second for 100,000 orders: too long for the webhooks that come in meanwhile.
        found = await asyncio.to_thread(known.gaps)
        came, absent = await self._once_more(), 0
        for texts in questions(found.missing):
            several = len(texts) > 1
            asked = Filter("increment_id", any_of(texts), Condition.IN) if several else Filter("increment_id", texts[0])
            rows = 0
            async for page in walk(self.shop, ORDERS, [asked]):
                came += await self.finding.page(self.shop, ORDERS, page)
                rows += len(page.rows) + (page.broken is not None)
            absent += max(0, len(texts) - rows)
        counter = self.metrics.order_number_gaps
        counter.labels(connection, "found").inc(came.published)
        counter.labels(connection, "absent").inc(absent)
        counter.labels(connection, "jump").inc(found.jumps)
        unreadable = tuple(dict.fromkeys(came.unreadable))
        _log.info(
            "missing order numbers looked for",
            connection=connection,
            asked=len(found.missing),
            found=came.published,
            unreadable=len(unreadable),
        )
        if len(unreadable) > limits.SWEEP_UNREADABLE:  # the shop is what is broken: the same numbers another night
            await self._put(self.cursor.numbered(self.cursor.upto, self.cursor.unreadable))
        else:
            await self._put(self.cursor.numbered(found.upto, unreadable))

    async def _once_more(self) -> Found:
        """Orders of former nights that couldn't be read: nobody else asks for them."""
        self.finding.told.update(self.cursor.unreadable)
        found = Found()
        for name in self.cursor.unreadable:
            kind, _, number = name.partition(":")
            found += await self.finding.alone(self.shop, kind, int(number))
        return found

    async def _products(self, after_id: int) -> None:
        """Those that the shop has are read; those that it has no more are told as deleted."""
        known = await self._known_products()
        async for page in walk(self.shop, PRODUCTS, [], after_id):
            listed = [row["id"] for row in page.rows] if page.broken is None else [page.broken]
            between = known[bisect_right(known, after_id) : bisect_right(known, page.last_id)]
            await self.finding.read(self.shop, Kind.PRODUCT, listed)
            await self._missing(set(between) - set(listed))
            after_id = page.last_id
            await self._put(self.cursor.compared(after_id))
        await self._missing(known[bisect_right(known, after_id) :])
        await self._put(self.cursor.compared(None))
        _log.info("products compared", connection=self.loaded.settings.connection)

    async def _missing(self, numbers: Iterable[int]) -> None:
        for number in sorted(numbers):
            await self.finding.alone(self.shop, Kind.PRODUCT, number)

    async def _known_products(self) -> list[int]:
        """Ids of the products that were published last as being there, ascending."""
        known = []
        for row, (key, standing) in enumerate(self.published.scan(Kind.PRODUCT, self.loaded.settings.connection)):
            if row % limits.HELD_SCAN_ROWS == 0:
                await asyncio.sleep(0)
            number = int(key.rpartition(":")[2])
            if standing.hash != content_hash(gone(Kind.PRODUCT, number, datetime.now(UTC)).content):
                known.append(number)
        return sorted(known)

    async def _put(self, cursor: NightCursor) -> None:
        settings = self.loaded.settings
        document = cursor.model_dump(mode="json", by_alias=True)
        await self.cursors.put(key_of(settings.connection), settings.quickbooks.realm, document)
        self.cursor = cursor


def key_of(connection: str) -> str:
    """The cursor's key."""
    return f"{connection}:nightly"
