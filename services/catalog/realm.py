"""The catalogue of one company: settle what stands, plan, apply, again whenever something changed."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime

import structlog

from services.catalog.applying import Applier, Turn
from services.catalog.categories import CategoryMaker, Refusals
from services.catalog.conflicts import ConflictTeller
from services.catalog.hurry import Hurry
from services.catalog.outcome import Outcome, conflicts
from services.catalog.planning import look, make_plan
from services.catalog.products import Shelves
from services.catalog.status import StatusKeeper
from services.items import ItemKeeper
from services.reference import Reference
from shared import limits
from shared.commerce.product import ProductKey
from shared.links.batch_writer import BatchWriter, Result, Standing
from shared.links.state import Held, LinkState
from shared.links.store import LinkLost, RealmLinks
from shared.links.writer import STANDS, Done, Writer
from shared.log.partitions import partition_for
from shared.log.port import LogUnavailable, NotOwner
from shared.log.signals import RetryLater
from shared.magento.calls import at_once
from shared.mapping.catalog.categories import waits
from shared.mapping.catalog.plan import CatalogPlan, ItemOperation
from shared.quickbooks.faults import QuickBooksError, Throttled
from shared.settings.loader import Loaded
from shared.settings.model import Settings
from shared.settings.products import Workflow
from shared.telemetry.metrics import Metrics

Shops = Callable[[], Iterable[Loaded]]
"""The settings of the company's shops whose products become items."""

Publish = Callable[[ProductKey, Outcome], Awaitable[None]]

_log = structlog.get_logger(__name__)


class Catalog:
    """One task per realm runs it: `run` until cancelled."""

    def __init__(
        self,
        *,
        links: RealmLinks,
        writer: Writer,
        batches: BatchWriter,
        keeper: ItemKeeper,
        reference: Reference,
        shelves: Shelves,
        shops: Shops,
        publish: Publish,
        status: Callable[[str], StatusKeeper],
        metrics: Metrics,
    ) -> None:
        self._links = links
        self._writer = writer
        self._batches = batches
        self._keeper = keeper
        self._reference = reference
        self._shelves = shelves
        self._shops = shops
        self._publish = publish
        self._status = status
        self._metrics = metrics
        self._dirty = asyncio.Event()
        self._renew = False
        self._planning = 0.0  # seconds of this turn
        self._refusals = Refusals()
        self._categories = CategoryMaker(links, writer, keeper, reference, self._refusals)
        self._writing = asyncio.Lock()
        self.hurry = Hurry(links, reference, shelves, shops, self._applier)
        self._appliers: dict[str, Applier] = {}
        self._statuses: dict[str, StatusKeeper] = {}
        self._gone: set[str] = set()  # linked items that QuickBooks doesn't have
        self._conflicts = ConflictTeller(links, self._tell)
        self.waits_for = ""

    def changed(self) -> None:
        """Products, items or settings are other than they were."""
        self._dirty.set()

    def settings_changed(self) -> None:
        """They may name what was made a moment ago: the company's lists are read anew first."""
        self._renew = True
        self._refusals.forget()
        self._dirty.set()

    async def run(self) -> None:
        """Raises StopService."""
        await at_once(self._follow(), self.hurry.run())

    async def _follow(self) -> None:
        failures = 0
        self._dirty.set()
        while True:
            await self._dirty.wait()
            await asyncio.sleep(limits.CATALOG_SETTLE_SECONDS)
            self._dirty.clear()
            self._planning = 0.0
            try:
                await self._turn()
                failures, self.waits_for = 0, ""
                rest = min(limits.CATALOG_REST * self._planning, limits.CATALOG_REST_MAX_SECONDS)
            except (RetryLater, QuickBooksError, LogUnavailable) as error:
                failures += 1
                rest = self._pause(error, failures)
                await self._tell_waits(str(error))
                self._dirty.set()
            except NotOwner:
                return
            await asyncio.sleep(rest)

    def _pause(self, error: Exception, failures: int) -> float:
        if self.waits_for != str(error):
            _log.warning("the catalogue waits", realm=self._links.realm, why=str(error))
        self.waits_for = str(error)
        if isinstance(error, RetryLater):
            return error.seconds
        if isinstance(error, Throttled):
            return error.wait_seconds
        return min(limits.CATALOG_RETRY_SECONDS * float(2 ** min(failures - 1, 10)), limits.CATALOG_RETRY_MAX_SECONDS)

    async def _turn(self) -> None:
        shops = list(self._shops())
        if not shops:
            return
        partition = partition_for(self._links.realm, limits.PARTITIONS)
        sold = any(one.settings.products.workflow is Workflow.SOLD for one in shops)
        await self._shelves.follow(partition, sold=sold)
        if self._renew:
            await self._reference.renew()
            self._renew = False
        self._reference.ensure()
        linked = await look(self._links)
        async with self._writing:
            trouble = await self._settle(linked.standing)
        linked = await look(self._links)
        await self._know({*linked.skus.values(), *(one.item_id for one in linked.products)})
        for loaded in shops:
            await self._shop(loaded, linked.told)
        if trouble is not None:
            raise trouble

    async def _shop(self, loaded: Loaded, told: Mapping[ProductKey, Held]) -> None:
        settings, status = loaded.settings, self._status_of(loaded.settings.connection)
        started = time.monotonic()
        plan = await self._plan(settings)
        if plan.categories:
            await self._categories.make(plan.categories)
            plan = await self._plan(settings)
            if plan.categories:  # another process is at them
                self._dirty.set()
        self._planning += time.monotonic() - started
        found = [one for conflict in plan.conflicts for one in conflicts(conflict)]
        await self._conflicts.tell(settings.connection, found, told, loaded.version)
        waiting = len({one.product for one in found})
        status.conflicts(waiting)
        self._metrics.catalog_conflicts.labels(settings.connection).set(waiting)
        for restored in (True, False):
            count = sum(one.restored is restored for one in plan.drift)
            self._metrics.catalog_drift.labels(settings.connection, "yes" if restored else "no").set(count)
        applier = self._applier(settings.connection)
        operations = await applier.open([one for one in plan.operations if not waits(one)], loaded.version)
        self._metrics.catalog_left.labels(settings.connection).set(len(operations))
        if operations:
            again = await self._apply(applier, operations, loaded)
            if again:
                self._dirty.set()
                return
        await status.done()

    async def _apply(self, applier: Applier, operations: Sequence[ItemOperation], loaded: Loaded) -> bool:
        """Whether another plan is due at once. Raises what troubled it."""
        connection, status = loaded.settings.connection, self._status_of(loaded.settings.connection)
        turn = Turn(len(operations), to_write=sum(bool(one.body) for one in operations))
        status.begins(turn)
        progress = asyncio.create_task(self._progress(connection, turn), name="progress of the catalogue")
        try:
            await applier.apply(operations, loaded.version, turn)
        finally:
            progress.cancel()
            status.ended(turn)
            self._metrics.catalog_left.labels(connection).set(turn.total - turn.done)
        if turn.trouble is not None:
            raise turn.trouble
        return turn.again

    async def _plan(self, settings: Settings) -> CatalogPlan:
        telling = asyncio.create_task(self._tell_plans(settings.connection), name="a plan takes its time")
        try:
            return await make_plan(self._shelves, self._links, self._reference, settings, self._refusals)
        finally:
            telling.cancel()

    async def _tell_plans(self, connection: str) -> None:
        await asyncio.sleep(limits.TELL_SILENT_SECONDS)
        with suppress(LogUnavailable):
            await self._status_of(connection).plans()

    def _applier(self, connection: str) -> Applier:
        found = self._appliers.get(connection)
        if found is None:
            found = Applier(
                self._links,
                self._writer,
                self._batches,
                self._keeper,
                self._reference,
                self._refusals.names,
                self._tell,
                self._writing,
            )
            self._appliers[connection] = found
        return found

    async def _tell(self, key: ProductKey, outcome: Outcome) -> None:
        await self._publish(key, outcome)
        self._metrics.catalog_products.labels(key.connection, outcome.status.value, outcome.reason).inc()

    def _status_of(self, connection: str) -> StatusKeeper:
        if connection not in self._statuses:
            self._statuses[connection] = self._status(connection)
        return self._statuses[connection]

    async def _tell_waits(self, why: str) -> None:
        with suppress(LogUnavailable):  # the next word tells
            for loaded in self._shops():
                await self._status_of(loaded.settings.connection).waits(why)

    async def _progress(self, connection: str, turn: Turn) -> None:
        keeper = self._status_of(connection)
        while True:
            await asyncio.sleep(limits.CATALOG_PROGRESS_SECONDS)
            self._metrics.catalog_left.labels(connection).set(turn.total - turn.done)
            with suppress(LogUnavailable):
                status = await keeper.goes_on(turn)
                _log.info(
                    "products become items",
                    connection=connection,
                    done=status.done,
                    total=status.total,
                    a_minute=status.a_minute,
                    minutes_left=round((status.seconds_left or 0) / 60, 1),
                )

    async def _settle(self, standing: Iterable[tuple[str, LinkState]]) -> QuickBooksError | None:
        """Ends the intents that stand, whoever wrote them, but those of a moment ago, which may be on their way. The
        error of one that stands all the same."""
        batches: dict[str, list[Standing]] = defaultdict(list)
        results: list[Result] = []
        for key, state in standing:
            intent = state.intent
            if intent is None or _seconds_since(intent.decided_at) < limits.ITEM_INTENT_SECONDS:
                self._dirty.set()
            elif intent.bid:
                batches[intent.requestid].append(Standing(key, state, intent))
            else:
                results.append(await self._alone(key, state))
        for together in batches.values():
            results += await self._batches.settle(together, self._keeper.find_all)
        for result in results:
            if isinstance(result, Done):
                self._reference.add_item(result.answer)
        return next((one for one in results if isinstance(one, STANDS)), None)

    async def _alone(self, key: str, state: LinkState) -> Result:
        try:
            return await self._writer.settle(key, state, self._keeper.find)
        except (LinkLost, QuickBooksError) as error:
            return error

    async def _know(self, linked: set[str]) -> None:
        """Items that links lead to and no list shows yet: made right before a restart. Without a look they would count
        as gone, and be made again."""
        unknown = sorted(one for one in linked - self._gone if self._reference.item_of_id(one) is None)
        for start in range(0, len(unknown), limits.CATALOG_IDS_AT_ONCE):
            part = unknown[start : start + limits.CATALOG_IDS_AT_ONCE]
            rows = await self._reference.find_items("Id", part)
            for row in rows:
                self._reference.add_item(row)
            self._gone |= set(part) - {str(row["Id"]) for row in rows}


def _seconds_since(moment: datetime) -> float:
    return (datetime.now(UTC) - moment).total_seconds()
