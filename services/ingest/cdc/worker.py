"""Follows the books of each owned company: asks, tells `quickbooks.changes` what is news, moves the cursor."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from services.companies import open_company
from services.ingest.cdc.capture import Capture
from services.ingest.cdc.pace import may_hurry, pause_seconds
from services.ingest.cdc.position import Position, first_position, read_position
from services.ingest.cdc.teller import Teller
from services.ingest.cursors import Cursors
from services.ingest.keepers import Keepers
from services.process import Process
from services.quotas import Quotas
from shared import limits
from shared.log.port import LogUnavailable, NotOwner
from shared.quickbooks.cdc import ENTITIES, Unreadable
from shared.quickbooks.faults import QuickBooksError, Reconnect, Throttled
from shared.settings.model import QuickBooks

_log = structlog.get_logger(__name__)
_WAITED_OUT = (QuickBooksError, LogUnavailable, NotOwner, Unreadable)


class CdcWorker:
    """The work of `Workers` for each owned realm."""

    def __init__(
        self,
        process: Process,
        cursors: Cursors,
        teller: Teller,
        keepers: Keepers,
        quotas: Quotas,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._process = process
        self._cursors = cursors
        self._teller = teller
        self._keepers = keepers
        self._quotas = quotas
        self._now = now
        self._poked: dict[str, set[str]] = {}
        self._news: dict[str, asyncio.Event] = {}
        self._active_until: dict[str, datetime] = {}
        self._whole_at: dict[str, datetime] = {}  # when all entities were last asked for

    async def follow(self, realm: str) -> None:
        """Until cancelled. Waits out what QuickBooks and the log do."""
        failures = 0
        entities: Collection[str] = ENTITIES
        while True:
            failed = await self.turn(realm, entities)
            if failed is None:
                failures = 0
                if entities is ENTITIES:
                    self._whole_at[realm] = self._now()
                entities = await self._wait(realm)
                continue
            failures += 1
            wait = _pause(failed, failures)
            _log.warning(
                "changes in the books can't be read yet",
                realm=realm,
                error_class=type(failed).__name__,
                reason=str(failed),
                again_in_seconds=wait,
            )
            await asyncio.sleep(wait)
            entities = ENTITIES

    async def poke(self, realm: str, command: Mapping[str, Any]) -> None:
        """The command `poll`: QuickBooks told that something changed. Names that aren't followed are passed by."""
        named = command.get("entities")
        known = {entity.lower(): entity for entity in ENTITIES}
        names = [str(one).lower() for one in named] if isinstance(named, list) else list(known)
        wanted = {known[name] for name in names if name in known}
        if wanted:
            self._poked.setdefault(realm, set()).update(wanted)
            self._event(realm).set()

    def _busy(self, realm: str) -> None:
        """Something happens in the books: the fast pace begins."""
        self._active_until[realm] = self._now() + timedelta(seconds=limits.CDC_ACTIVE_SECONDS)

    async def _wait(self, realm: str) -> Collection[str]:
        """Until the next question is due: the entities to ask for. Webhooks bring theirs forward and put off no
        others."""
        asked_at = self._now()
        while True:
            self._event(realm).clear()
            budget = self._budget(realm)
            now, spent = self._now(), self._position(realm).spent
            pause = pause_seconds(now, self._active_until.get(realm), spent, budget)
            left = pause - (now - self._whole_at.get(realm, asked_at)).total_seconds()
            if left <= 0:
                self._poked.pop(realm, None)
                return ENTITIES
            if self._poked.get(realm) and may_hurry(now, spent, budget):
                since_asked = (now - asked_at).total_seconds()
                await asyncio.sleep(max(limits.CDC_POKE_SECONDS, limits.CDC_POKE_PAUSE_SECONDS - since_asked))
                return self._poked.pop(realm)
            with suppress(TimeoutError):
                async with asyncio.timeout(min(left, limits.CDC_LOOK_SECONDS)):
                    await self._event(realm).wait()

    async def turn(self, realm: str, entities: Collection[str]) -> Exception | None:
        """One question about these entities, to the end. What was in its way."""
        settings = self._settings(realm)
        if not settings:
            return None  # taken back since
        try:
            client = open_company(self._process, realm, settings[0], self._keepers.source(realm), self._quotas)
            capture = Capture(client, lambda entity: self._teller.living(realm, entity))
            await self._read(realm, capture, entities)
        except _WAITED_OUT as error:
            return error
        return None

    async def _read(self, realm: str, capture: Capture, entities: Collection[str]) -> None:
        cause = "cdc" if len(entities) == len(ENTITIES) else "webhook"
        position, counted = self._position(realm), 0
        try:
            async for batch in capture.changes(position.of(entities), self._now()):
                if await self._teller.tell(realm, batch.changes, batch.at, cause):
                    self._busy(realm)
                if batch.since:
                    position = position.moved(batch.since, capture.calls - counted, self._now())
                    counted = capture.calls
                    await self._cursors.put(_cursor(realm), realm, position.document())
        finally:
            if capture.calls > counted:  # a question that failed may have cost its call all the same
                position = position.moved({}, capture.calls - counted, self._now())
                with suppress(LogUnavailable):
                    await self._cursors.put(_cursor(realm), realm, position.document())
            self._measure(realm, position)

    def _position(self, realm: str) -> Position:
        document = self._cursors.get(_cursor(realm))
        now = self._now()
        return first_position(ENTITIES, now) if document is None else read_position(document, ENTITIES, now)

    def _settings(self, realm: str) -> list[QuickBooks]:
        connections = [one.settings.quickbooks for one in self._process.settings.all().values()]
        return [one for one in connections if one.realm == realm]

    def _budget(self, realm: str) -> int:
        return max((one.metered_calls_month for one in self._settings(realm)), default=limits.CDC_CALLS_MONTH)

    def _event(self, realm: str) -> asyncio.Event:
        return self._news.setdefault(realm, asyncio.Event())

    def _measure(self, realm: str, position: Position) -> None:
        metrics = self._process.metrics
        metrics.cdc_calls_month.labels(realm).set(position.spent.calls)
        metrics.cdc_calls_budget.labels(realm).set(self._budget(realm))
        metrics.cdc_position.labels(realm).set(position.oldest.timestamp())


def _cursor(realm: str) -> str:
    return f"{realm}:cdc"


def _pause(error: Exception, failures: int) -> float:
    if isinstance(error, Throttled):
        return error.wait_seconds
    if isinstance(error, Reconnect):  # mostly a look at our own records: a company just connected must not wait
        return limits.RECONNECT_SECONDS
    return min(limits.CDC_RETRY_SECONDS * 2.0 ** min(failures - 1, 10), limits.CDC_RETRY_MAX_SECONDS)
