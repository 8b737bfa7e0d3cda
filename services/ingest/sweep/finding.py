"""What a page of a list leads to: read where it isn't known yet, published where it is news, named where it can't be
read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import structlog

from services.ingest.reading.fetched import Fetched, Kind, gone
from services.ingest.reading.pages import BrokenPage, read_ids
from services.ingest.reading.published import Published
from services.ingest.reading.publisher import Publisher, Verdict
from services.ingest.reading.reader import read_one
from services.ingest.shops import Shop
from services.ingest.sweep.known import Known, holds
from services.ingest.sweep.lists import Listing, leads
from services.ingest.sweep.walker import Page
from services.ingest.sweep.windows import skew_of
from shared.log.port import Log, NewRecord, RecordTooLarge
from shared.magento.faults import BadAnswer, NotFound
from shared.settings.loader import Loaded
from shared.telemetry.metrics import Metrics
from shared.topics import OUTCOMES
from shared.wire import encode

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Found:
    """What a sweep, or a part of one, came to. Names are kind:id."""

    rows: int = 0
    read: int = 0
    published: int = 0
    readable: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()

    def __add__(self, other: Found) -> Found:
        return Found(
            self.rows + other.rows,
            self.read + other.read,
            self.published + other.published,
            self.readable + other.readable,
            self.unreadable + other.unreadable,
        )


@dataclass(slots=True)
class Finding:
    """For one connection. `cause` and `trace` go into the headers of what is published; `skew` is what the shop's clock
    is ahead of ours; of what is `told` to be unreadable nobody needs to hear again.

    What its methods return is durable. They raise RetryLater, BadAnswer, LogUnavailable and NotOwner.
    """

    loaded: Loaded
    log: Log
    publisher: Publisher
    published: Published
    known: Known
    metrics: Metrics
    cause: str
    trace: str
    skew: timedelta = timedelta(0)
    told: set[str] = field(default_factory=set)

    async def look_at_the_clock(self, shop: Shop) -> None:
        """Measures the shop's clock against ours; raises RetryLater when the shop is down."""
        await shop.confirm()
        dated = shop.client.dated
        self.skew = skew_of(*dated) if dated else timedelta(0)
        self.metrics.shop_clock_skew.labels(self.loaded.settings.connection).set(self.skew.total_seconds())

    async def page(self, shop: Shop, listing: Listing, page: Page) -> Found:
        """What the rows lead to and our last readings don't hold already. Those of webhooks don't count: what time the
        shop had then isn't known, and most come too soon after the change."""
        if page.broken is not None:
            return await self.alone(shop, listing.kind, page.broken)
        changed = leads(listing, page.rows)
        prefix = f"{self.loaded.settings.connection}:{listing.leads_to}"
        read_at = {number: self.known.get(f"{prefix}:{number}", self.skew) for number in changed}
        wanted = [number for number, at in changed.items() if not holds(read_at[number], at)]
        return Found(rows=len(page.rows)) + await self.read(shop, listing.leads_to, wanted)

    async def read(self, shop: Shop, kind: Kind, numbers: Sequence[int]) -> Found:
        """Reads these and publishes what is news; halves of them where they don't come together, down to each alone."""
        if not numbers:
            return Found()
        if len(numbers) == 1:
            return await self.alone(shop, kind, numbers[0])
        try:
            fetched = await read_ids(shop, kind, numbers)
        except BrokenPage:
            half = len(numbers) // 2
            return await self.read(shop, kind, numbers[:half]) + await self.read(shop, kind, numbers[half:])
        found = Found()
        for one in fetched:
            found += await self._publish(f"{kind}:{one.id}", one)
        return found

    async def alone(self, shop: Shop, kind: str, number: int) -> Found:
        """One by itself; of an invoice and the like, its order."""
        name = f"{kind}:{number}"
        try:
            fetched = await read_one(shop, kind, number)
        except BadAnswer as error:
            return await self._unreadable(name, f"the shop can't show it: {error}")
        except NotFound:
            await shop.confirm()
            return await self._not_there(name, kind, number)
        return await self._publish(name, fetched)

    async def _not_there(self, name: str, kind: str, number: int) -> Found:
        """A product that was published is deleted; a document of a sale never is by itself, so that needs a second look
        and a word."""
        if kind == Kind.PRODUCT:
            if self.published.get(f"{self.loaded.settings.connection}:{name}") is None:
                return Found(readable=(name,))
            return await self._publish(name, gone(Kind.PRODUCT, number, datetime.now(UTC)))
        if name not in self.told:
            return await self._unreadable(name, "the shop lists it, but says that it isn't there")
        await self._tell(name, "not_found", "the shop doesn't have it any more")
        return Found(readable=(name,))

    async def _publish(self, name: str, fetched: Fetched) -> Found:
        """`name` is what the reading was asked for by."""
        connection = self.loaded.settings.connection
        try:
            verdict = await self.publisher.publish(self.loaded, fetched, self._headers())
        except RecordTooLarge as error:
            return await self._unreadable(name, f"its snapshot can't be kept: {error}")
        if verdict is not Verdict.OVERTAKEN:  # by what seems a later reading: that of another machine, perhaps
            self.known.note(fetched.key(connection), fetched.fetched_at, self.skew)
        is_news = verdict is Verdict.PUBLISHED
        if is_news:
            self.metrics.sweep_found.labels(connection, fetched.kind.value).inc()
        return Found(read=1, published=int(is_news), readable=(name,))

    async def _unreadable(self, name: str, why: str) -> Found:
        if name not in self.told:
            when = "by every sweep" if self.cause == "sweep" else "every night"
            await self._tell(name, "unreadable", f"{why}; it is tried again {when}")
            self.told.add(name)
        return Found(unreadable=(name,))

    async def _tell(self, name: str, status: str, text: str) -> None:
        settings = self.loaded.settings
        key, value = f"{settings.connection}:{name}", encode({"status": status, "text": text})
        await self.log.append(NewRecord(OUTCOMES, key, value, settings.quickbooks.realm, self._headers()))
        _log.warning("can't be read from the shop", key=key, status=status, why=text, trace=self.trace)

    def _headers(self) -> dict[str, str]:
        realm = self.loaded.settings.quickbooks.realm
        return {"schema": "1", "realm": realm, "cause": self.cause, "trace-id": self.trace}
