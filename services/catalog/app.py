"""The catalogue service: composition, and what happens when realms come, go, or get new settings."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import structlog

from services.catalog.outcome import Outcome
from services.catalog.products import Shelves
from services.catalog.realm import Catalog
from services.catalog.status_book import StatusBook
from services.catalog.takeover import batches_of_last_minute
from services.companies import open_company
from services.consuming import consume, end
from services.items import ItemKeeper
from services.locks import KeyLocks
from services.process import Process
from services.quotas import Quotas
from services.reference import Reference
from shared import limits
from shared.commerce.product import ProductKey
from shared.links.batch_writer import BatchWriter
from shared.links.store import LinkStore
from shared.links.writer import Writer
from shared.log.loop import Progress
from shared.log.partitions import partition_for
from shared.log.port import LogUnavailable, NewRecord, NotOwner, Record
from shared.log.signals import backoff
from shared.quickbooks.lists import Told
from shared.quickbooks.tokens import TokenFollower
from shared.settings.loader import Loaded
from shared.settings.products import Workflow
from shared.topics import COMMANDS, OUTCOMES, PRODUCTS
from shared.wire import encode

GROUP = "catalog"
_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Realm:
    follower: TokenFollower
    reference: Reference
    catalog: Catalog


class CatalogService:
    """Owns the catalogues of the companies whose partitions the group gives it; one without a workflow costs nothing.

    The products are read from their topic's projection, and every start plans anew: so a record may be passed as soon
    as the plan that follows it is due."""

    def __init__(self, process: Process, quotas: Quotas) -> None:
        self._process = process
        self._quotas = quotas
        self._progress = Progress()
        self._owned: set[int] = set()
        self._realms: dict[str, _Realm] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Until the process stops. Raises StopService when going on would lose something."""
        process = self._process
        process.health.ready_when("catalog", self._not_ready)
        process.health.warn_when("catalog", self._waits)
        async with (
            LinkStore(process.log, process.folder / "catalog-links.sqlite") as links,
            Shelves(process.log, process.folder, self._product_changed, self._order_changed) as shelves,
            StatusBook(process.log, process.folder / "catalog-status.sqlite") as statuses,
        ):
            self._links, self._shelves, self._statuses = links, shelves, statuses
            process.settings.subscribe(self._settings_changed)
            process.lists.subscribe(self._told)
            try:
                await consume(
                    process,
                    GROUP,
                    [PRODUCTS],
                    self._handle,
                    progress=self._progress,
                    on_assigned=self._assigned,
                    on_revoked=self._revoked,
                    coalesce=True,
                )
            finally:
                await end(list(self._tasks.values()))

    # --- what changes

    async def _handle(self, records: Sequence[Record]) -> None:
        """The projection reads them, too; see the class."""

    async def _product_changed(self, record: Record, before: bytes | None, after: bytes | None) -> None:
        loaded = self._process.settings.get(record.key.partition(":")[0])
        if loaded is None or before == after:
            return
        self._changed(loaded.settings.quickbooks.realm)
        if (found := self._realms.get(loaded.settings.quickbooks.realm)) is not None:
            found.catalog.hurry.product(ProductKey(loaded.settings.connection, int(record.key.rpartition(":")[2])))

    async def _order_changed(self, record: Record, before: bytes | None, after: bytes | None) -> None:
        """It may be the first that sells a product. Asked only where some shop's workflow is `sold`."""
        loaded = self._process.settings.get(record.key.partition(":")[0])
        if loaded is not None and before != after:
            self._changed(loaded.settings.quickbooks.realm)

    async def _told(self, told: Told) -> None:
        if told.entity in ("Item", "Account") and not told.refused:
            self._changed(told.realm)

    async def _settings_changed(self, loaded: Loaded) -> None:
        realm = loaded.settings.quickbooks.realm
        if (found := self._realms.get(realm)) is not None:
            found.reference.distrust()
            found.catalog.settings_changed()
        else:
            self._begin(realm)

    def _changed(self, realm: str) -> None:
        if (found := self._realms.get(realm)) is not None:
            found.catalog.changed()

    # --- realms come and go

    async def _assigned(self, partitions: Collection[int]) -> None:
        self._owned |= set(partitions)
        self._process.lists.own(GROUP, partitions)
        for loaded in self._process.settings.all().values():
            self._begin(loaded.settings.quickbooks.realm)

    async def _revoked(self, partitions: Collection[int]) -> None:
        self._owned -= set(partitions)
        for realm in [one for one in self._tasks if partition_for(one, limits.PARTITIONS) in partitions]:
            await self._leave(realm)
        await self._links.release(partitions)
        await self._statuses.release(partitions)
        await self._shelves.leave(partitions)
        await self._process.lists.release(GROUP, partitions)

    async def _leave(self, realm: str) -> None:
        await end([self._tasks.pop(realm)])
        if (found := self._realms.pop(realm, None)) is not None:
            found.reference.close()
            self._process.tokens.leave(realm, found.follower)

    def _begin(self, realm: str) -> None:
        """Starts the realm's task, if it is ours and any of its shops has a workflow."""
        ours = partition_for(realm, limits.PARTITIONS) in self._owned
        if ours and realm not in self._tasks and self._shops(realm):
            task = self._tasks[realm] = asyncio.create_task(self._work(realm), name=f"catalogue of {realm}")
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and task.exception() is not None:
            self._process.stop.set()

    def _shops(self, realm: str) -> list[Loaded]:
        every = self._process.settings.all().values()
        found = [one for one in every if one.settings.quickbooks.realm == realm]
        return [one for one in found if one.settings.products.workflow is not Workflow.OFF]

    async def _work(self, realm: str) -> None:
        partition = partition_for(realm, limits.PARTITIONS)
        failures = 0
        while True:
            try:
                await self._links.own([partition])
                await self._statuses.own([partition])
                used = await batches_of_last_minute(self._process.log, realm)
                break
            except LogUnavailable as error:
                failures += 1
                _log.warning("the catalogue waits for the log", realm=realm, error_class=type(error).__qualname__)
                await asyncio.sleep(backoff(failures))
            except NotOwner:
                return
        self._quotas.of(realm).assume_batches(used)
        found = self._realms[realm] = self._open(realm)
        await found.catalog.run()

    def _open(self, realm: str) -> _Realm:
        process = self._process
        follower = TokenFollower(realm, self._ask_for_token)
        process.tokens.inform(realm, follower)
        client = open_company(process, realm, self._shops(realm)[0].settings.quickbooks, follower, self._quotas)
        reference = Reference(client, process.lists.of(realm), partial(self._ask_for_lists, realm))
        links = self._links.of(realm)
        writer = Writer(links, client, lambda: datetime.now(UTC))
        catalog = Catalog(
            links=links,
            writer=writer,
            batches=BatchWriter(writer, links, client),
            keeper=ItemKeeper(links, writer, reference, KeyLocks()),
            reference=reference,
            shelves=self._shelves,
            shops=lambda: self._shops(realm),
            publish=partial(self._publish, realm),
            status=partial(self._statuses.keeper, realm),
            metrics=process.metrics,
        )
        return _Realm(follower, reference, catalog)

    # --- what is told and asked for

    async def _publish(self, realm: str, key: ProductKey, outcome: Outcome) -> None:
        headers = {"schema": "1", "realm": realm, "at": datetime.now(UTC).isoformat()}
        await self._process.log.append(NewRecord(OUTCOMES, str(key), encode(outcome.document()), realm, headers))
        _log.info(
            "product",
            connection=key.connection,
            product=key.id,
            outcome=outcome.status.value,
            reason=outcome.reason,
            setting=outcome.setting,
            item=outcome.item,
        )

    async def _ask_for_token(self, realm: str, version: int) -> None:
        value = encode({"command": "refresh-token", "version": version})
        await self._process.log.append(NewRecord(COMMANDS, realm, value, realm, {"schema": "1", "to": "ingest"}))

    async def _ask_for_lists(self, realm: str, names: Mapping[str, Any]) -> int:
        value = encode({"command": "reload", **names})
        headers = {"schema": "1", "to": "ingest"}
        return (await self._process.log.append(NewRecord(COMMANDS, realm, value, realm, headers))).offset

    def _not_ready(self) -> str | None:
        if self._progress.last_poll is None:
            return "the log hasn't answered yet"
        return f"restoring {len(self._progress.restoring)} partitions" if self._progress.restoring else None

    def _waits(self) -> str | None:
        return (
            "; ".join(sorted(one.catalog.waits_for for one in self._realms.values() if one.catalog.waits_for)) or None
        )
