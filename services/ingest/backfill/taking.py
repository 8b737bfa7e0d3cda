"""What becomes of the rows that a backfill reads: published, unchanged, unreadable; or, in a dry run, counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from services.ingest.backfill.job import Flaw, Job, Page
from services.ingest.backfill.kinds import LISTINGS
from services.ingest.backfill.selection import placed_before
from services.ingest.backfill.wanted import Kind
from services.ingest.reading.fetched import Fetched
from services.ingest.reading.published import Published
from services.ingest.reading.publisher import Publisher, Verdict
from services.ingest.reading.reader import read_one
from services.ingest.reading.rows import Rows
from services.ingest.reading.walk import BrokenRow
from services.ingest.shops import Shop
from shared.log.port import RecordTooLarge
from shared.magento.calls import at_once
from shared.magento.faults import BadAnswer, NotFound
from shared.settings.loader import Loaded
from shared.telemetry.metrics import Metrics

_TOO_LARGE = "it is larger than a record of the log may be"


class Taking:
    """See the module. A page that is taken twice is published once."""

    def __init__(self, publisher: Publisher, published: Published, metrics: Metrics) -> None:
        self._publisher = publisher
        self._published = published
        self._metrics = metrics

    async def whole(self, job: Job, loaded: Loaded, read: Sequence[Fetched]) -> Page:
        """Durable on return. Raises RetryLater, LogUnavailable, NotOwner."""
        told = await at_once(*(self._publish(job, loaded, one) for one in read)) if read else []
        flaws = tuple(
            Flaw(name=str(one.id), why=_TOO_LARGE) for one, what in zip(read, told, strict=True) if what is None
        )
        published = told.count(Verdict.PUBLISHED)
        unchanged = len(read) - len(flaws) - published
        start = loaded.settings.sales.start_date if job.wanted.kind is Kind.ORDERS else None
        before = sum(
            placed_before(one.document, start, str(one.content.get("time_zone")), loaded.settings.time_zone)
            for one in read
        )
        return self._page(job, published=published, unchanged=unchanged, flaws=flaws, before_start=before)

    async def broken(self, job: Job, loaded: Loaded, shop: Shop, row: BrokenRow) -> Page:
        """A row that no list shows may still be shown alone. Raises as `whole` does."""
        try:
            read = await read_one(shop, LISTINGS[job.wanted.kind].kind, row.id)
        except (BadAnswer, NotFound) as error:
            return self._page(job, flaws=(Flaw(name=str(row.id), why=str(error)),))
        return await self.whole(job, loaded, [read])

    def light(self, job: Job, page: Rows | BrokenRow) -> Page:
        """Of a dry run: a row whose updated_at is that of the last snapshot is known and unchanged."""
        if isinstance(page, BrokenRow):
            return Page(part=0, after_id=0, flaws=(Flaw(name=str(page.id), why=page.why),))
        unchanged = sum(self._is_known(job, row) for row in page.rows)
        return Page(part=0, after_id=0, read=len(page.rows), unchanged=unchanged)

    async def _publish(self, job: Job, loaded: Loaded, one: Fetched) -> Verdict | None:
        """None: it is too large. What was published since a forced backfill was asked for isn't published once more:
        that was this one, before a crash, or just as good."""
        last = self._published.get(one.key(job.connection)) if job.wanted.force else None
        force = job.wanted.force and (last is None or last.fetched_at < job.asked_at)
        headers = {"cause": "backfill", "event": "backfill", "event-id": job.id, "trace-id": job.id}
        try:
            return await self._publisher.publish(loaded, one, headers, force=force)
        except RecordTooLarge:
            return None

    def _is_known(self, job: Job, row: Mapping[str, Any]) -> bool:
        listing = LISTINGS[job.wanted.kind]
        last = self._published.get(f"{job.connection}:{listing.kind}:{row[listing.id_member]}")
        return last is not None and last.updated_at == str(row.get("updated_at") or "")

    def _page(
        self, job: Job, *, published: int = 0, unchanged: int = 0, before_start: int = 0, flaws: Sequence[Flaw] = ()
    ) -> Page:
        for result, number in (("published", published), ("unchanged", unchanged), ("unreadable", len(flaws))):
            self._metrics.backfilled.labels(job.connection, job.wanted.kind.value, result).inc(number)
        return Page(
            part=0,
            after_id=0,
            read=published + unchanged,
            published=published,
            unchanged=unchanged,
            before_start=before_start,
            flaws=tuple(flaws),
        )
