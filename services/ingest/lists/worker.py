"""Keeps the lists of a company whole and fresh: read when there are none, when they are old, and when asked for."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import structlog

from services.companies import open_company
from services.ingest.keepers import Keepers
from services.ingest.lists.asks import Ask, due
from services.ingest.lists.lists import Lists
from services.ingest.lists.loader import Loader
from services.process import Process
from services.quotas import Quotas
from shared import limits
from shared.log.port import LogUnavailable, NotOwner
from shared.quickbooks.faults import NOT_IN_PLAN, NOT_SUPPORTED, QuickBooksError, Reconnect, Refused, Throttled
from shared.quickbooks.listed import ENTITIES, OF_PLANS
from shared.settings.model import QuickBooks

_log = structlog.get_logger(__name__)
_WAITED_OUT = (QuickBooksError, LogUnavailable, NotOwner)


class ListsWorker:
    """The work of `Workers` for each owned realm."""

    def __init__(
        self,
        process: Process,
        lists: Lists,
        keepers: Keepers,
        quotas: Quotas,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._process = process
        self._lists = lists
        self._keepers = keepers
        self._quotas = quotas
        self._now = now

    async def keep(self, realm: str) -> None:
        """Until cancelled. Waits out what QuickBooks and the log do; raises StopService when its topic is corrupt."""
        failures = 0
        await self._process.lists.until_ready(realm)
        while True:
            asked = self._lists.asked(realm)
            asked.clear()
            failed = await self._turn(realm)
            failures = failures + 1 if failed else 0
            wait = limits.LISTS_LOOK_SECONDS if failed is None else _pause(failed, failures)
            if failed is not None:
                _log.warning(
                    "lists can't be read yet",
                    realm=realm,
                    error_class=type(failed).__name__,
                    reason=str(failed),
                    again_in_seconds=wait,
                )
            with suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await asked.wait()

    async def _turn(self, realm: str) -> Exception | None:
        """All that was asked for and is due; what is in the way of a part of it."""
        connections = [one.settings.quickbooks for one in self._process.settings.all().values()]
        settings = [one for one in connections if one.realm == realm]
        if not settings:
            return None  # taken back since
        failed: Exception | None = None
        try:
            loader = self._loader(realm, settings[0])
            if (ask := self._lists.wanted(realm)) is not None:
                failed = await self._do(realm, loader, ask)
                await self._lists.answer(realm, ask)
            lists = self._process.lists.of(realm)
            refresh = timedelta(hours=min(one.lists_refresh_hours for one in settings))
            read_at = {entity: one.read_at for entity in ENTITIES if (one := lists.loaded(entity)) is not None}
            failed = await self._read(realm, loader, due(read_at, self._now(), refresh)) or failed
        except _WAITED_OUT as error:
            return error
        finally:
            self._measure(realm)
        return failed

    async def _do(self, realm: str, loader: Loader, ask: Ask) -> Exception | None:
        failed = await self._read(realm, loader, [entity for entity in ENTITIES if entity in ask.entities])
        for entity, numbers in ask.ids.items():
            await loader.check(entity, numbers)
        return failed

    async def _read(self, realm: str, loader: Loader, entities: Sequence[str]) -> Exception | None:
        """A list that QuickBooks refuses holds up no other. One that the company's plan doesn't have is asked for again
        when it would be read anew."""
        failed: Exception | None = None
        for entity in entities:
            began = time.monotonic()
            try:
                count = await loader.load(entity)
            except Refused as error:
                if entity in OF_PLANS and error.code in (NOT_IN_PLAN, NOT_SUPPORTED):
                    await self._lists.refused(realm, entity, error.code, self._now())
                    _log.warning("the company's plan has no such list", realm=realm, list=entity, reason=str(error))
                    continue
                failed = error
                _log.warning("list refused", realm=realm, list=entity, reason=str(error))
                continue
            seconds = round(time.monotonic() - began, 3)
            _log.info("list read", realm=realm, list=entity, objects=count, seconds=seconds)
        return failed

    def _loader(self, realm: str, settings: QuickBooks) -> Loader:
        process = self._process
        client = open_company(process, realm, settings, self._keepers.source(realm), self._quotas)
        return Loader(
            realm, client, self._lists, process.lists, self._now, lambda it: process.metrics.list_reads.labels(it).inc()
        )

    def _measure(self, realm: str) -> None:
        lists, metrics = self._process.lists.of(realm), self._process.metrics
        for entity in ENTITIES:
            if (loaded := lists.loaded(entity)) is not None:
                metrics.list_refused.labels(realm, entity).set(1 if loaded.refused else 0)
                metrics.list_objects.labels(realm, entity).set(loaded.count)
                metrics.list_read_at.labels(realm, entity).set(loaded.read_at.timestamp())


def _pause(error: Exception, failures: int) -> float:
    if isinstance(error, Throttled):
        return error.wait_seconds
    if isinstance(error, Reconnect):  # mostly a look at our own records: a company just connected must not wait
        return limits.RECONNECT_SECONDS
    return min(limits.LISTS_FAILED_SECONDS * 2.0 ** min(failures - 1, 10), limits.LISTS_FAILED_MAX_SECONDS)
