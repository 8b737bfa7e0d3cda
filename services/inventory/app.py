"""The inventory service: composition, and what happens when connections come, go, or get new settings.

Which worker a connection gets is told by `stock.direction`: see `InventoryService._open`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any, Protocol

import structlog

from services.consuming import beside, consume, end
from services.inventory.access import Access, same_shop
from services.inventory.adjusting_app import ShopIsMaster
from services.inventory.adjusting_keeper import BooksKeeper
from services.inventory.approvals import Approvals
from services.inventory.desk import Clerk, Desk, NotServed, NotYet
from services.inventory.first_run import FirstRun
from services.inventory.http import StockDoor, own_signatures
from services.inventory.keeper import StockKeeper
from services.inventory.knowledge import Knowledge
from services.inventory.outcome import StockOutcome
from services.inventory.pulse import Pulse
from services.inventory.questions import DOOR
from services.inventory.telling import Teller
from services.inventory.turn import Turns
from services.process import Process
from services.quotas import Quotas
from services.shop_clients import open_shop
from shared import limits
from shared.log.loop import Progress
from shared.log.partitions import partition_for
from shared.log.port import LogUnavailable, NewRecord, NotOwner, Record
from shared.log.signals import backoff
from shared.settings.loader import Loaded
from shared.settings.stock import StockDirection
from shared.topics import OUTCOMES, SETTINGS
from shared.wire import encode

GROUP = "inventory"
_log = structlog.get_logger(__name__)


class Worker(Clerk, Protocol):
    """Keeps the stock of one connection, and answers for it."""

    @property
    def waits_for(self) -> str:
        """What a person should know, "" when there is nothing."""

    @property
    def pending(self) -> int:
        """SKUs that are to be looked at."""

    def changed(self, skus: frozenset[str] | None) -> None: ...

    def settings_changed(self) -> None: ...

    async def run(self) -> None: ...


class InventoryService:
    """Owns the stock of the connections whose companies' partitions the group gives it; one whose direction is off
    costs nothing. What is known is read from projections, and every start looks at all of it: so no record of the
    group's topic has to be handled, it only says who owns what."""

    def __init__(self, process: Process, quotas: Quotas) -> None:
        self._process = process
        self._quotas = quotas
        self._progress = Progress()
        self._pulse = Pulse(process.config.kafka_session_seconds)
        self._owned: set[int] = set()
        self._workers: dict[str, Worker] = {}
        self._tasks: dict[str, tuple[StockDirection, int, asyncio.Task[None]]] = {}
        self._ending: set[asyncio.Task[None]] = set()
        self._failure: BaseException | None = None
        self.desk = Desk(self._clerk)

    async def run(self) -> None:
        """Until the process stops. Raises StopService when going on would lose something."""
        process = self._process
        process.health.ready_when("inventory", self._not_ready)
        process.health.warn_when("inventory", self._waits)
        async with (
            Approvals(process.log, process.folder / "stock-approvals.sqlite") as approvals,
            Knowledge(process, self._changed) as knowledge,
            ShopIsMaster(process, self._quotas) as master,
            beside(process, "pulse of the inventory", self._pulse.run()),
        ):
            self._approvals, self._knowledge, self._master = approvals, knowledge, master
            process.settings.subscribe(self._settings_changed)
            process.doors.open(DOOR, StockDoor(self.desk, own_signatures(process)).handle)
            try:
                await consume(
                    process,
                    GROUP,
                    [SETTINGS],
                    self._handle,
                    progress=self._progress,
                    on_assigned=self._assigned,
                    on_revoked=self._revoked,
                    coalesce=True,
                )
            finally:
                process.doors.close(DOOR)
                await end([task for _, _, task in self._tasks.values()] + list(self._ending))
            if self._failure is not None:
                raise self._failure

    async def _handle(self, records: Sequence[Record]) -> None:
        """See the class."""

    # --- which worker does it

    def _open(self, connection: str, direction: StockDirection) -> Worker | None:
        """The worker for a direction; None where there is none."""
        makers: Mapping[StockDirection, Callable[[str], Worker]] = {
            StockDirection.BOOKS_TO_SHOP: self._books_to_shop,
            StockDirection.SHOP_TO_BOOKS: self._shop_to_books,
        }
        make = makers.get(direction)
        return None if make is None else make(connection)

    def _books_to_shop(self, connection: str) -> StockKeeper:
        process = self._process
        access = Access(
            connection,
            lambda: self._process.settings.all().values(),
            partial(open_shop, process.session, process.secrets, process.metrics),
        )
        teller = Teller(connection, partial(self._publish, connection), process.metrics)
        return StockKeeper(
            connection,
            knowledge=self._knowledge,
            access=access,
            first=FirstRun(self._knowledge, self._approvals, process.metrics),
            turns=Turns(connection, self._knowledge, access, teller, self._sure, process.metrics),
            teller=teller,
        )

    def _shop_to_books(self, connection: str) -> BooksKeeper:
        teller = Teller(connection, partial(self._publish, connection), self._process.metrics)
        return self._master.keeper(connection, self._knowledge, self._approvals, teller)

    # --- what changes

    def _changed(self, connection: str, skus: frozenset[str] | None) -> None:
        if (worker := self._workers.get(connection)) is not None:
            worker.changed(skus)

    async def _settings_changed(self, loaded: Loaded) -> None:
        name = loaded.settings.connection
        running = self._tasks.get(name)
        if running is not None and running[0] is not loaded.settings.stock.direction:
            self._later(self._change_direction(loaded))
            return
        self._begin(loaded)
        for other, worker in self._workers.items():
            theirs = self._process.settings.get(other)
            if theirs is not None and same_shop(theirs.settings, loaded.settings):
                worker.settings_changed()  # also those of others: their source may be free now, or taken twice

    async def _change_direction(self, loaded: Loaded) -> None:
        await self._leave(loaded.settings.connection)
        now = self._process.settings.get(loaded.settings.connection)
        if now is not None:
            self._begin(now)

    # --- connections come and go

    async def _assigned(self, partitions: Collection[int]) -> None:
        self._owned |= set(partitions)
        for loaded in self._process.settings.all().values():
            self._begin(loaded)

    async def _revoked(self, partitions: Collection[int]) -> None:
        self._owned -= set(partitions)
        for name in [name for name, (_, partition, _) in self._tasks.items() if partition in partitions]:
            await self._leave(name)
        await self._master.release(partitions)
        await self._knowledge.release(partitions)

    async def _leave(self, connection: str) -> None:
        if (found := self._tasks.pop(connection, None)) is not None:
            self._workers.pop(connection, None)
            await end([found[2]])

    def _begin(self, loaded: Loaded) -> None:
        """Starts the connection's worker, if it is ours, and any is to run."""
        name, direction = loaded.settings.connection, loaded.settings.stock.direction
        partition = partition_for(loaded.settings.quickbooks.realm, limits.PARTITIONS)
        if partition not in self._owned or name in self._tasks:
            return
        if direction is StockDirection.OFF:
            if self._approvals.stands(name):
                self._later(self._forget(loaded))
            return
        if (worker := self._open(name, direction)) is None:
            _log.error("stock.direction isn't available", connection=name, direction=direction.value)
            return
        task = asyncio.create_task(self._work(name, partition, worker), name=f"stock of {name}")
        task.add_done_callback(self._ended)
        self._tasks[name] = (direction, partition, task)

    async def _work(self, name: str, partition: int, worker: Worker) -> None:
        failures = 0
        while True:
            try:
                await self._knowledge.own([partition])
                break
            except LogUnavailable as error:
                failures += 1
                _log.warning("stock waits for the log", connection=name, error_class=type(error).__qualname__)
                await asyncio.sleep(backoff(failures))
            except NotOwner:
                return
        self._workers[name] = worker
        pending = self._process.metrics.stock_pending.labels(name)
        pending.set_function(lambda: worker.pending)
        try:
            await worker.run()
        finally:
            pending.set_function(lambda: 0)
            self._process.metrics.stock_held.labels(name).set(0)

    async def _forget(self, loaded: Loaded) -> None:
        """Who switches it on again sees a preview again."""
        failures = 0
        while True:
            try:
                return await self._approvals.forget(loaded.settings)
            except LogUnavailable:
                failures += 1
                await asyncio.sleep(backoff(failures))

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        """Beside the settings' projection, which must not wait."""
        task = asyncio.create_task(work, name="stock settings")
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        failure = None if task.cancelled() else task.exception()
        if failure is not None:
            self._failure = self._failure or failure
            self._process.stop.set()

    # --- what is told

    async def _publish(self, connection: str, outcome: StockOutcome) -> None:
        loaded = self._process.settings.get(connection)
        if loaded is None:
            return
        realm = loaded.settings.quickbooks.realm
        headers = {"schema": "1", "realm": realm, "at": datetime.now(UTC).isoformat()}
        key = f"{connection}:stock:{outcome.sku}"
        await self._process.log.append(NewRecord(OUTCOMES, key, encode(outcome.document()), realm, headers))

    def _sure(self, since: float) -> bool:
        """Whether what we owned then is surely still ours: the log answered a moment ago, and we never stood still."""
        polled = self._progress.last_poll
        recent = polled is not None and time.monotonic() - polled < self._pulse.safe_seconds
        return recent and self._pulse.steady(since)

    def _clerk(self, connection: str) -> Worker:
        if (worker := self._workers.get(connection)) is not None:
            return worker
        loaded = self._process.settings.get(connection)
        if loaded is None:
            raise NotServed(f"there is no connection {connection!r}")
        if loaded.settings.stock.direction is StockDirection.OFF:
            raise NotServed(f'stock.direction of {connection} is "off"')
        if connection in self._tasks:
            raise NotYet(f"what is known of {connection} is being restored; ask again in a moment")
        raise NotServed(f"another process keeps the stock of {connection}")

    def _not_ready(self) -> str | None:
        if self._progress.last_poll is None:
            return "the log hasn't answered yet"
        return f"restoring {len(self._progress.restoring)} partitions" if self._progress.restoring else None

    def _waits(self) -> str | None:
        return "; ".join(sorted(one.waits_for for one in self._workers.values() if one.waits_for)) or None
