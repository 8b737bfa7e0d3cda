"""One backfill, from where it is to its end.

1. a page is read from the shop, not faster than the rate allows
2. each of its rows is published, or found unchanged; a row that breaks its page is read alone, or named
3. the job's document passes the page. A crash before that repeats the page, which is unchanged then.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import aclosing

from services.ingest.backfill.job import Job, Page
from services.ingest.backfill.jobs import Jobs, Step
from services.ingest.backfill.kinds import LISTINGS, calls_for, count
from services.ingest.backfill.pace import Pace, page_size
from services.ingest.backfill.selection import Part, Zones, parts_of, zones_of
from services.ingest.backfill.taking import Taking
from services.ingest.reading import pages
from services.ingest.reading.rows import Rows, read_rows
from services.ingest.reading.walk import BrokenRow, walk
from services.ingest.shops import Shop
from shared import limits
from shared.magento.faults import BadAnswer
from shared.magento.search import Filter
from shared.settings.loader import Loaded

AnyPage = pages.Page | Rows


class _Ended(Exception):
    """Someone has ended the backfill while it waited for its turn."""


class Run:
    """Works on `job` until it has ended."""

    def __init__(self, job: Job, loaded: Loaded, shop: Shop, jobs: Jobs, taking: Taking) -> None:
        self._job = job
        self._loaded = loaded
        self._shop = shop
        self._jobs = jobs
        self._taking = taking
        self._listing = LISTINGS[job.wanted.kind]
        self._pace = Pace(1)

    async def go(self) -> None:
        """Raises RetryLater (the shop is down), LogUnavailable, NotOwner: begin again from the job's document then."""
        try:
            parts = await self._begin()
            while not self._job.ended:
                if self._job.cancel:
                    await self._change(Job.cancelled)
                elif self._job.part < len(parts):
                    await self._read(parts[self._job.part])
                else:
                    await self._finish()
        except BadAnswer as error:  # not of one row: those are named and passed
            await self._fail(f"the shop's answers make no sense: {error}")

    async def _begin(self) -> Sequence[Part]:
        job = self._job
        zones = job.zones or await self._zones()
        parts = parts_of(job.wanted, zones, job.asked_at)
        found = await self._count(parts) if job.found is None else job.found
        rate = job.wanted.rate or self._loaded.settings.schedule.backfill_rate
        self._pace = Pace(rate)
        await self._change(lambda one, at: one.begin(found, rate, zones, at))
        return parts

    async def _zones(self) -> Zones:
        if self._job.wanted.first_day is None:
            return ()
        await self._shop.confirm()
        return zones_of(self._shop.zones, self._loaded.settings.time_zone)

    async def _count(self, parts: Sequence[Part]) -> int | None:
        found = 0
        for part in parts:
            one = len(part.names) or await count(self._shop, self._listing, part.filters)
            if one is None:
                return None
            found += one
        return found

    async def _read(self, part: Part) -> None:
        """One part, or what of it comes before someone ends the backfill."""
        walking = walk(self._page, part.filters, self._job.after_id, page_size(self._job.rate))
        try:
            async with aclosing(walking):
                async for page in walking:
                    await self._take(part, page)
                    if self._job.ended:
                        return
        except _Ended:
            return
        missing = tuple(name for name in part.names if name not in self._job.seen)
        await self._turn(Page(part=self._job.part + 1, after_id=0, missing=missing))

    async def _page(self, filters: Sequence[Filter], after_id: int, size: int) -> AnyPage:
        """One page, when it may be read. What fails has cost the shop as much as what comes."""
        await self._turn_comes()
        began, rows = time.monotonic(), size
        try:
            if self._job.wanted.dry_run:
                light = await read_rows(self._shop, self._listing, filters, after_id, size)
                rows = len(light.rows)
                return light
            whole = await pages.read_page(self._shop, self._listing.kind, filters, after_id, size)
            rows = len(whole.fetched)
            return whole
        finally:
            self._pace.spend(rows, began)

    async def _turn_comes(self) -> None:
        while not self._job.ended and not self._job.cancel:
            seconds = self._pace.wait(time.monotonic())
            if not seconds:
                return
            await self._jobs.wait(self._job.connection, seconds)
            self._job = self._jobs.get(self._job.connection, self._job.id) or self._job
        raise _Ended

    async def _take(self, part: Part, page: AnyPage | BrokenRow) -> None:
        if isinstance(page, pages.Page):
            taken = await self._taking.whole(self._job, self._loaded, page.fetched)
        elif isinstance(page, Rows) or self._job.wanted.dry_run:
            taken = self._taking.light(self._job, page)
        else:
            taken = await self._taking.broken(self._job, self._loaded, self._shop, page)
        at = page.id if isinstance(page, BrokenRow) else page.last_id
        seen = self._names(page) if part.names else ()
        await self._turn(taken.model_copy(update={"part": self._job.part, "after_id": at, "seen": seen}))
        if self._job.bad_run >= limits.BACKFILL_BAD_RUN:
            await self._fail(f"{self._job.bad_run} in a row can't be read; the last: {self._job.flaws[-1].why}")

    def _names(self, page: AnyPage | BrokenRow) -> tuple[str, ...]:
        """What came, as it was named when it was asked for."""
        member = "increment_id" if self._job.wanted.numbers else self._listing.id_member
        if isinstance(page, BrokenRow):
            return () if self._job.wanted.numbers else (str(page.id),)
        rows = page.rows if isinstance(page, Rows) else [one.document for one in page.fetched]
        return tuple(str(row.get(member)) for row in rows)

    async def _finish(self) -> None:
        calls = calls_for(self._listing, self._job.read, page_size(self._job.rate))
        await self._change(lambda job, at: job.estimate(calls).finish(at))

    async def _turn(self, page: Page) -> None:
        await self._change(lambda job, now: job.turn(page, now))

    async def _fail(self, why: str) -> None:
        await self._change(lambda job, now: job.fail(why, now))

    async def _change(self, step: Step) -> None:
        realm = self._loaded.settings.quickbooks.realm
        self._job = await self._jobs.change(self._job.connection, realm, self._job.id, step)
