"""The orders service: composition, and what happens when realms come, go, or get new settings."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from datetime import UTC, datetime

import structlog

from services.consuming import beside, consume, end
from services.orders.again import plan_again
from services.orders.handler import OrdersHandler
from services.orders.lacking import Lacking
from services.orders.outcome import Outcome, Status
from services.orders.realms import Realms
from services.process import Process
from services.quotas import Quotas
from shared import limits
from shared.links.store import LinkStore
from shared.log.loop import Progress
from shared.log.partitions import partition_for
from shared.log.port import LogUnavailable, Record
from shared.log.signals import StopService, backoff
from shared.mapping.parked import Reason
from shared.settings.loader import Loaded
from shared.topics import COMMANDS, ORDERS

GROUP = "orders"
_log = structlog.get_logger(__name__)


class OrdersService:
    """Owns the links of the partitions that the group gives it."""

    def __init__(self, process: Process, quotas: Quotas) -> None:
        self._process = process
        self._quotas = quotas
        self._progress = Progress()
        self._owned: set[int] = set()
        self._replanning: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Until the process stops. Raises StopService when going on would lose something."""
        process = self._process
        process.health.ready_when("orders", self._not_ready)
        async with LinkStore(process.log, process.folder / "links.sqlite") as links:
            self._links = links
            self._realms = Realms(process, links, self._quotas)
            process.health.warn_when("orders", self._waits)
            self._lacking = Lacking(process, links, self._owns)
            handler = OrdersHandler(
                process.log, process.settings, links, self._realms.bookkeeper, self._report, self._lacking.planning
            )
            process.settings.subscribe(self._settings_changed)
            try:
                async with beside(process, "what orders lack", self._lacking.watch()):
                    await consume(
                        process,
                        GROUP,
                        [ORDERS, COMMANDS],
                        handler.handle,
                        progress=self._progress,
                        on_assigned=self._assigned,
                        on_revoked=self._revoked,
                        gauges=self._gauges,
                    )
            finally:
                await end(self._replanning)

    def _gauges(self) -> None:
        for realm in {one.settings.quickbooks.realm for one in self._process.settings.all().values()}:
            if self._owns(realm):
                self._realms.look(realm)
        for realm, quota in self._quotas.all().items():
            self._process.metrics.quota_waiting.labels(realm).set(quota.waiting)

    def _owns(self, realm: str) -> bool:
        return partition_for(realm, limits.PARTITIONS) in self._owned

    def _waits(self) -> str | None:
        return "; ".join(sorted(self._realms.waits().values())) or None

    def _not_ready(self) -> str | None:
        if self._progress.last_poll is None:
            return "the log hasn't answered yet"
        return f"restoring {len(self._progress.restoring)} partitions" if self._progress.restoring else None

    async def _assigned(self, partitions: Collection[int]) -> None:
        self._owned |= set(partitions)
        self._process.lists.own(GROUP, partitions)
        await self._links.own(partitions)
        self._drop_realms(partitions)
        for loaded in self._process.settings.all().values():
            if partition_for(loaded.settings.quickbooks.realm, limits.PARTITIONS) in partitions:
                await self._plan_held_again(loaded)
                self._lacking.look(loaded.settings.quickbooks.realm)

    async def _revoked(self, partitions: Collection[int]) -> None:
        self._owned -= set(partitions)
        self._lacking.forget()
        await self._links.release(partitions)
        self._drop_realms(partitions)
        await self._process.lists.release(GROUP, partitions)

    def _drop_realms(self, partitions: Collection[int]) -> None:
        for realm in self._realms.known():
            if partition_for(realm, limits.PARTITIONS) in partitions:
                self._realms.drop(realm)

    async def _settings_changed(self, loaded: Loaded) -> None:
        self._realms.distrust(loaded.settings.quickbooks.realm, loaded.settings.quickbooks)
        task = asyncio.create_task(self._until_planned_again(loaded), name="plan held orders again")
        self._replanning.add(task)
        task.add_done_callback(self._replanning.discard)

    async def _until_planned_again(self, loaded: Loaded) -> None:
        """Commands given twice do no harm. What stopped the links' projection ends the service by another way."""
        failures = 0
        while self._process.settings.get(loaded.settings.connection) is loaded:
            try:
                await self._realms.renew(loaded.settings.quickbooks.realm)
                await self._plan_held_again(loaded)
                return
            except LogUnavailable as error:
                failures += 1
                _log.warning("held orders can't be planned again yet", error_class=type(error).__qualname__)
                await asyncio.sleep(backoff(failures))
            except StopService:
                return

    async def _plan_held_again(self, loaded: Loaded) -> None:
        """Asks for a new plan of every order that waits under other settings, or for an outcome that nobody knew, by a
        command each: durable, in order."""
        settings = loaded.settings
        count = 0
        for row, (key, state) in enumerate(self._links.scan(f"{settings.connection}:order:")):
            if row % limits.HELD_SCAN_ROWS == 0:
                await asyncio.sleep(0)
            if state.held is not None and (
                state.held.settings != loaded.version or state.held.reason == Reason.UNCERTAIN
            ):
                await plan_again(self._process.log, key, settings.quickbooks.realm, "settings")
                count += 1
        if count:
            _log.info("held orders are planned again", connection=settings.connection, orders=count)

    def _report(self, outcome: Outcome, record: Record, connection: str) -> None:
        metrics = self._process.metrics
        metrics.orders.labels(connection, outcome.status.value, outcome.reason).inc()
        seconds = _since(record.headers.get("received-at", ""))
        if outcome.status is Status.POSTED and record.headers.get("cause") == "webhook" and seconds is not None:
            metrics.webhook_to_books_seconds.labels(connection).observe(seconds)
        _log.info(
            "order",
            connection=connection,
            order=outcome.order,
            number=outcome.number,
            outcome=outcome.status.value,
            reason=outcome.reason,
            setting=outcome.setting,
            document=outcome.id,
            total=None if outcome.total is None else str(outcome.total),
            currency=outcome.currency,
            cause=record.headers.get("cause", ""),
            trace=record.headers.get("trace-id", ""),
            seconds_since_webhook=seconds,
            offset=f"{record.partition}@{record.offset}",
        )


def _since(instant: str) -> float | None:
    try:
        return round((datetime.now(UTC) - datetime.fromisoformat(instant)).total_seconds(), 3)
    except ValueError:
        return None
