"""The endless work of sweeping one connection: at start, every few minutes, and as soon as an outage is over. Beside it
the nightly work, which may take long and must not hold up the sweeps."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections import defaultdict
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import structlog

from services.ingest.cursors import Cursors
from services.ingest.reading.published import Published
from services.ingest.reading.publisher import Publisher
from services.ingest.shops import Shop, Shops
from services.ingest.sweep import nightly, sweep
from services.ingest.sweep.beginning import first_published
from services.ingest.sweep.cursor import NightCursor, SweepCursor
from services.ingest.sweep.due import is_due
from services.ingest.sweep.finding import Finding
from services.ingest.sweep.known import Known
from services.process import Process
from shared import limits
from shared.log.port import LogUnavailable, NotOwner
from shared.log.signals import RetryLater, backoff
from shared.magento.faults import MagentoError
from shared.secrets import SecretsError
from shared.settings.loader import Loaded

Turn = Callable[[Loaded], Awaitable[float]]
"""Some work under these settings; seconds until the next."""

_log = structlog.get_logger(__name__)


class Sweeper:
    """Sweeps the shops of the connections that this process owns."""

    def __init__(
        self, process: Process, shops: Shops, cursors: Cursors, publisher: Publisher, published: Published
    ) -> None:
        self._process = process
        self._shops = shops
        self._cursors = cursors
        self._publisher = publisher
        self._published = published
        self._known: defaultdict[str, Known] = defaultdict(Known)
        self._waiting: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        process.settings.subscribe(self._settings_changed)

    async def sweep(self, connection: str) -> None:
        """Until cancelled."""
        await self._endless(connection, self._sweep)

    async def nightly(self, connection: str) -> None:
        """Until cancelled."""
        await self._endless(connection, self._night)

    async def _endless(self, connection: str, turn: Turn) -> None:
        failures = 0
        changed = asyncio.Event()
        self._waiting[connection].add(changed)
        try:
            while True:
                changed.clear()
                loaded = self._process.settings.get(connection)
                try:
                    pause = limits.NO_SETTINGS_SECONDS if loaded is None else await turn(loaded)
                    failures = 0
                except RetryLater as later:
                    pause = later.seconds
                    _log.info("the sweep waits", connection=connection, why=str(later), seconds=round(pause, 1))
                except (SecretsError, MagentoError) as error:
                    pause = limits.SWEEP_RETRY_SECONDS
                    _log.warning("the sweep can't go on", connection=connection, why=str(error))
                except (LogUnavailable, NotOwner) as error:  # another's by now: then we are about to be cancelled
                    failures += 1
                    pause = backoff(failures)
                    _log.warning("the sweep waits for the log", connection=connection, why=str(error))
                await _sleep(changed, pause)
        finally:
            self._waiting[connection].discard(changed)

    async def _sweep(self, loaded: Loaded) -> float:
        """One sweep, then older orders until the next one is due."""
        began = time.monotonic()
        connection = loaded.settings.connection
        shop, cursor = self._shops.shop(loaded), await self._cursor(loaded)
        finding = self._finding(loaded, "sweep")
        finding.told.update(cursor.unreadable)
        this = sweep.Sweep(loaded, shop, self._cursors, finding, self._process.metrics, cursor)
        found = await this.changes()
        _log.info(
            "shop swept",
            connection=connection,
            rows=found.rows,
            read=found.read,
            published=found.published,
            unreadable=len(this.cursor.unreadable),
            seconds=round(time.monotonic() - began, 3),
            trace=finding.trace,
        )
        due = began + loaded.settings.schedule.sweep_seconds
        while time.monotonic() < due and await this.older():
            pass
        return max(0.0, due - time.monotonic())

    async def _night(self, loaded: Loaded) -> float:
        connection, now = loaded.settings.connection, datetime.now(UTC)
        shop, document = self._shops.shop(loaded), self._cursors.get(nightly.key_of(connection))
        cursor = NightCursor.model_validate(document) if document else None
        if not shop.zones:
            await shop.confirm()
        if cursor is None or is_due(cursor.began, now, loaded.settings.schedule.nightly, _zone(shop)):
            cursor = NightCursor.begin(cursor, now)
        if not cursor.ended:
            swept = self._cursors.get(sweep.key_of(connection))
            finding = self._finding(loaded, "nightly")
            await finding.look_at_the_clock(shop)
            this = nightly.Night(loaded, shop, self._cursors, finding, self._published, self._process.metrics, cursor)
            await this.run(SweepCursor.model_validate(swept) if swept else None)
        return limits.NIGHTLY_LOOK_SECONDS

    def _finding(self, loaded: Loaded, cause: str) -> Finding:
        return Finding(
            loaded=loaded,
            log=self._process.log,
            publisher=self._publisher,
            published=self._published,
            known=self._known[loaded.settings.connection],
            metrics=self._process.metrics,
            cause=cause,
            trace=uuid.uuid4().hex,
        )

    async def _cursor(self, loaded: Loaded) -> SweepCursor:
        settings = loaded.settings
        document = self._cursors.get(sweep.key_of(settings.connection))
        if document is not None:
            return SweepCursor.model_validate(document)
        began = await first_published(self._process.log, settings.connection, settings.quickbooks.realm)
        start = (began or datetime.now(UTC)) - timedelta(seconds=limits.SWEEP_FIRST_SECONDS)
        return SweepCursor.first(start.replace(microsecond=0), timedelta(0))

    async def _settings_changed(self, loaded: Loaded) -> None:
        """They may ask for older orders, or name another shop: no work waits any longer."""
        for waiting in self._waiting[loaded.settings.connection]:
            waiting.set()


async def _sleep(unless: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await unless.wait()
    except TimeoutError:
        pass


def _zone(shop: Shop) -> ZoneInfo:
    """That of the shop's first store."""
    try:
        return ZoneInfo(shop.zones[min(shop.zones)])
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
