"""Composition of what corrects the books where the shop is the master."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import AsyncExitStack
from types import TracebackType

from services.inventory.adjusting_company import Companies
from services.inventory.adjusting_guard import Guard
from services.inventory.adjusting_keeper import BooksKeeper, Ways
from services.inventory.adjusting_sources import CountedSources, open_sources
from services.inventory.adjusting_survey import Survey
from services.inventory.adjusting_sweeps import Sweeps
from services.inventory.adjusting_turn import Corrections
from services.inventory.approvals import Approvals
from services.inventory.knowledge import Knowledge
from services.inventory.telling import Teller
from services.process import Process
from services.quotas import Quotas
from services.shop_clients import open_shop
from shared import limits
from shared.log.signals import RetryLater
from shared.secrets import SecretsError
from shared.settings.loader import Loaded


class ShopIsMaster:
    """Opens workers for connections whose `stock.direction` is `shop_to_books`."""

    def __init__(self, process: Process, quotas: Quotas) -> None:
        self._process = process
        self._companies = Companies(process, quotas)
        self._sweeps = Sweeps(process.log, process.folder / "stock-sweeps.sqlite")
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> ShopIsMaster:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self._companies)
            await stack.enter_async_context(self._sweeps)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.__aexit__(kind, error, trace)

    def keeper(self, connection: str, knowledge: Knowledge, approvals: Approvals, teller: Teller) -> BooksKeeper:
        """The worker of one connection."""
        process = self._process
        survey = Survey(knowledge, self._sweeps, lambda: process.settings.all().values())
        return BooksKeeper(
            connection,
            knowledge=knowledge,
            ways=Ways(lambda: process.settings.get(connection), self._sources, self._companies.books),
            survey=survey,
            guard=Guard(approvals, process.metrics),
            corrections=Corrections(survey, teller, self._companies.account),
            teller=teller,
        )

    async def release(self, partitions: Collection[int]) -> None:
        """They are another's, and their workers have ended."""
        await self._companies.release(partitions)

    async def _sources(self, loaded: Loaded) -> CountedSources:
        process = self._process
        try:
            client = open_shop(process.session, process.secrets, process.metrics, loaded)
        except SecretsError as error:
            raise RetryLater(limits.STOCK_REFUSED_SECONDS, str(error)) from error
        return await open_sources(client, loaded.settings.stock.counted_sources)
