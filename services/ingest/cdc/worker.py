"""Follows the books of each owned company: asks, tells `quickbooks.changes` what is news, moves the cursor."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from services.companies import open_company
from services.ingest.cdc.clock import Clock
from services.ingest.cdc.company import Company
from services.ingest.cdc.pace import may_hurry, pause_seconds, poke_pause_seconds
from services.ingest.cdc.teller import Teller
from services.ingest.cdc.trouble import Trouble
from services.ingest.cursors import Cursors
from services.ingest.keepers import Keepers
from services.process import Process
from services.quotas import Quotas
from shared import limits
from shared.log.port import LogUnavailable, NotOwner
from shared.quickbooks.cdc import ENTITIES, MOVE_ITEMS, NAME_LISTS, Unreadable
from shared.quickbooks.faults import QuickBooksError
from shared.settings.model import QuickBooks
from shared.settings.stock import StockDirection

_WAITED_OUT = (QuickBooksError, LogUnavailable, NotOwner, Unreadable)
_NAMES = {entity.lower(): entity for entity in ENTITIES}
_MOVE_ITEMS = frozenset(entity.lower() for entity in (*MOVE_ITEMS, "Item"))
_WITH_ITEMS = frozenset({"Item", "Invoice", "SalesReceipt"})


class CdcWorker:
    """The work of `Workers` for each owned realm."""

    def __init__(
        self,
        process: Process,
        cursors: Cursors,
        teller: Teller,
        keepers: Keepers,
        quotas: Quotas,
        clock: Clock | None = None,
    ) -> None:
        self._process = process
        self._cursors = cursors
        self._teller = teller
        self._keepers = keepers
        self._quotas = quotas
        self._clock = clock or Clock()
        self._companies: dict[str, Company] = {}

    async def follow(self, realm: str) -> None:
        """Until cancelled. Waits out what QuickBooks and the log do."""
        self._companies.pop(realm, None)  # another process may have moved the cursor since it was ours
        trouble = Trouble(realm, self._clock)
        entities: Collection[str] = ENTITIES
        while True:
            failed = await self.turn(realm, entities)
            if failed is not None:
                await self._clock.wait(trouble.wait_seconds(failed))
                entities = ENTITIES
                continue
            trouble.over()
            entities = await self._wait(self._company(realm))

    async def poke(self, realm: str, command: Mapping[str, Any]) -> None:
        """The command `poll`: QuickBooks told that something changed. Names that aren't followed are passed by.
        Where stock is kept, what moves quantities brings the items with it, and items the sales: one question may be
        about any number."""
        named = command.get("entities")
        names = [str(one).lower() for one in named] if isinstance(named, list) else list(_NAMES)
        wanted = {_NAMES[name] for name in names if name in _NAMES}
        if self._keeps_stock(realm) and _MOVE_ITEMS.intersection(names):
            wanted |= _WITH_ITEMS
        company = self._companies.get(realm)  # a company that isn't ours yet is asked when it is
        if wanted and company is not None:
            company.named |= wanted
            company.told_of.set()

    async def turn(self, realm: str, entities: Collection[str]) -> Exception | None:
        """One question about these entities, to the end. What was in its way."""
        settings = self._settings(realm)
        if not settings:
            return None  # taken back since
        try:
            company = self._company(realm)
            client = open_company(self._process, realm, settings[0], self._keepers.source(realm), self._quotas)
            await company.ask(client, entities)
        except _WAITED_OUT as error:
            return error
        return None

    async def _wait(self, company: Company) -> Collection[str]:
        """Until the next question is due: the entities to ask for. Webhooks bring theirs forward and put off no
        others."""
        asked_at = self._clock.now()
        while True:
            company.told_of.clear()
            budget = company.budget()
            now, spent = self._clock.now(), company.meter.spent
            pause = pause_seconds(now, company.active_until, spent, budget)
            left = pause - (now - (company.whole_at or asked_at)).total_seconds()
            if left <= 0:
                company.named.clear()
                return ENTITIES
            if company.named and may_hurry(now, spent, budget):
                since_asked = (now - asked_at).total_seconds()
                rest = poke_pause_seconds(now, spent, budget) - since_asked
                await self._clock.wait(max(limits.CDC_POKE_SECONDS, rest))
                named, company.named = company.named, set()
                return named
            await self._clock.wait(min(left, limits.CDC_LOOK_SECONDS), company.told_of)

    def _company(self, realm: str) -> Company:
        if realm not in self._companies:
            self._companies[realm] = Company(
                realm,
                self._cursors,
                self._teller,
                self._process.metrics,
                self._clock,
                lambda: self._budget(realm),
                lambda: self._lists_at(realm),
            )
        return self._companies[realm]

    async def _lists_at(self, realm: str) -> datetime | None:
        board = self._process.lists
        await board.until_ready(realm)
        loaded = [one for entity in NAME_LISTS if (one := board.of(realm).loaded(entity)) is not None]
        return min((one.at for one in loaded if not one.refused), default=None)

    def _settings(self, realm: str) -> list[QuickBooks]:
        connections = [one.settings.quickbooks for one in self._process.settings.all().values()]
        return [one for one in connections if one.realm == realm]

    def _keeps_stock(self, realm: str) -> bool:
        documents = [one.settings for one in self._process.settings.all().values()]
        return any(one.stock.direction is not StockDirection.OFF for one in documents if one.quickbooks.realm == realm)

    def _budget(self, realm: str) -> int:
        return max((one.metered_calls_month for one in self._settings(realm)), default=limits.CDC_CALLS_MONTH)
