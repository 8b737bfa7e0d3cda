"""The companies whose quantities this process corrects: one link store, one client and one hand for each."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType

from services.companies import open_company
from services.company import books_of
from services.inventory.adjusting_books import StockBooks
from services.process import Process
from services.quotas import Quotas
from shared import limits
from shared.links.store import LinkStore
from shared.links.writer import Writer
from shared.log.partitions import partition_for
from shared.log.port import NewRecord
from shared.log.signals import RetryLater
from shared.mapping.parked import Parked
from shared.quickbooks.tokens import TokenFollower
from shared.settings.loader import Loaded
from shared.topics import COMMANDS
from shared.wire import encode


@dataclass(frozen=True, slots=True)
class _Company:
    follower: TokenFollower
    books: StockBooks


class Companies:
    """Opened on first use, closed when the realm is another's."""

    def __init__(self, process: Process, quotas: Quotas) -> None:
        self._process = process
        self._quotas = quotas
        self._links = LinkStore(process.log, process.folder / "stock-adjustments.sqlite")
        self._companies: dict[str, _Company] = {}
        self._owned: set[int] = set()

    async def __aenter__(self) -> Companies:
        await self._links.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._links.__aexit__(kind, error, trace)

    async def books(self, loaded: Loaded) -> StockBooks:
        """Raises LogUnavailable, NotOwner."""
        realm = loaded.settings.quickbooks.realm
        partition = partition_for(realm, limits.PARTITIONS)
        if partition not in self._owned:
            await self._links.own([partition])
            self._owned.add(partition)
        if (found := self._companies.get(realm)) is None:
            follower = TokenFollower(realm, self._ask_for_token)
            self._process.tokens.inform(realm, follower)
            client = open_company(self._process, realm, loaded.settings.quickbooks, follower, self._quotas)
            links = self._links.of(realm)
            books = StockBooks(links, Writer(links, client, lambda: datetime.now(UTC)), client)
            found = self._companies[realm] = _Company(follower, books)
        return found.books

    async def release(self, partitions: Collection[int]) -> None:
        """They are another's."""
        gone = self._owned & set(partitions)
        for realm in [one for one in self._companies if partition_for(one, limits.PARTITIONS) in gone]:
            self._process.tokens.leave(realm, self._companies.pop(realm).follower)
        self._owned -= gone
        await self._links.release(gone)

    def account(self, loaded: Loaded) -> str:
        """The Id of the account that adjustments go to. Raises RetryLater when the company has none of that name."""
        settings = loaded.settings
        lists = self._process.lists.of(settings.quickbooks.realm)
        if lists.missing(["Account"]):
            raise RetryLater(limits.ADJUST_LOOK_SECONDS, "ingest hasn't read the company's accounts yet")
        try:
            reference = books_of(lists.all, ["Account"]).ref(
                "Account", settings.stock.adjust_account, "stock.adjust_account"
            )
        except Parked as parked:
            raise RetryLater(limits.ADJUST_TURN_SECONDS, str(parked)) from parked
        return reference["value"]

    async def _ask_for_token(self, realm: str, version: int) -> None:
        value = encode({"command": "refresh-token", "version": version})
        await self._process.log.append(NewRecord(COMMANDS, realm, value, realm, {"schema": "1", "to": "ingest"}))
