"""What the books already hold: the company's ways, its lists, its items and customers.

Read from `quickbooks.lists`, which ingest keeps (services/ingest/lists): a restart costs no metered read, and what
people change in QuickBooks is known as soon as ingest is told. Our own writes are known at once. When a reference turns
out wrong, or settings may name what was made a moment ago, ingest is asked to read it anew, and its answer is waited
for: until then the orders that need it come again.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from services.company import NAMED, books_of
from services.lacks import is_here
from shared import limits
from shared.log.port import NotOwner
from shared.log.signals import RetryLater
from shared.mapping.books import Books, Company
from shared.mapping.customer import CustomerNeed
from shared.mapping.item import ItemNeed
from shared.quickbooks import queries
from shared.quickbooks.client import QuickBooksClient
from shared.quickbooks.listed import LARGE, SINGLE, email_of
from shared.quickbooks.lists import RealmLists

Used = tuple[str, str]
"""Item or Customer, and its Id."""

Ask = Callable[[Mapping[str, Any]], Awaitable[int]]
"""Gives ingest the command to read lists or objects anew; its offset, by which the answer is known."""

NEEDED = (*SINGLE, *NAMED, "Item", "Customer")
"""Without one of them whole, what is missing in it would be taken for not there."""


class Known(NamedTuple):
    """What was known when a document was planned: readings asked for, and changes of the small lists."""

    loads: int
    revision: int


class Reference:
    """The books of one realm as this process knows them. Look-ups raise NotOwner when the realm is another's."""

    def __init__(
        self, client: QuickBooksClient, lists: RealmLists, ask: Ask, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._client = client
        self._lists = lists
        self._ask = ask
        self._clock = clock
        self._missed: dict[str, float] = {}  # SKU -> when QuickBooks was last asked for it in vain
        self._books: tuple[int, Books] | None = None
        self._stale = False
        self._answer = -1  # the command whose answer must be here before anything is planned
        self._loads = 0
        self._wanted: set[Used] = set()
        self._asked: set[Used] = set()  # of the command under way
        self._checked: dict[Used, int] = {}  # object -> the last of the loads that read it anew
        self._loading: asyncio.Task[None] | None = None

    def close(self) -> None:
        """The realm is another's."""
        if self._loading is not None:
            self._loading.cancel()

    # --- whether it can be used

    def ensure(self) -> None:
        """Raises RetryLater while a list isn't here as a whole, or is being read anew for new settings."""
        if missing := self._lists.missing(NEEDED):
            raise RetryLater(limits.LISTS_WAIT_SECONDS, unloaded(self._lists.realm, missing))
        if self._stale or self._lists.answered() < self._answer:
            why = f"company {self._lists.realm}: ingest reads its lists anew for the new settings"
            raise RetryLater(limits.LISTS_WAIT_SECONDS, why)

    def distrust(self) -> None:
        """Settings changed, and may name what was made since the lists were told of: `renew` follows."""
        self._stale = True

    async def renew(self) -> None:
        """Has the named lists read anew; nothing is planned before that is done. Raises LogUnavailable."""
        self._answer = await self._ask({"entities": [*SINGLE, *NAMED]})
        self._stale = False
        self._missed.clear()

    @property
    def known(self) -> Known:
        """What is known now: `reload` and `changed` take it."""
        return Known(self._loads, self._lists.revision)

    async def reload(self, used: Collection[Used], known: Known) -> None:
        """Has these objects read anew, and the named lists, unless that was done since `known`.

        Raises RetryLater when the answer takes long; LogUnavailable, NotOwner."""
        deadline = self._clock() + limits.LISTS_RELOAD_SECONDS
        while unread := {one for one in used if self._checked.get(one, 0) <= known.loads}:
            self._wanted |= unread - self._asked
            if self._loading is None:
                self._loading = asyncio.create_task(self._load(), name=f"reload of {self._lists.realm}")
                self._loading.add_done_callback(self._loaded)
            loading = self._loading
            await asyncio.wait([loading], timeout=deadline - self._clock())
            if not loading.done():
                why = f"company {self._lists.realm}: a reference is gone, and ingest hasn't read the lists anew yet"
                raise RetryLater(limits.LISTS_WAIT_SECONDS, why)
            if loading.cancelled():
                raise NotOwner(f"company {self._lists.realm} belongs to another process")
            loading.result()

    async def _load(self) -> None:
        """One command for all that is wanted, and its answer. It may be lost, so it is given again after a while."""
        self._asked, self._wanted = self._wanted, set()
        ids = {entity: sorted(number for kind, number in self._asked if kind == entity) for entity in LARGE}
        while True:
            offset = await self._ask({"entities": list(NAMED), "ids": ids})
            with suppress(TimeoutError):
                async with asyncio.timeout(limits.LISTS_ASK_AGAIN_SECONDS):
                    await self._lists.until_answered(offset)
                    break
        self._loads += 1
        if len(self._checked) > limits.LISTS_CHECKED:
            self._checked.clear()
        self._checked |= dict.fromkeys(self._asked, self._loads)

    def _loaded(self, task: asyncio.Task[None]) -> None:
        self._asked, self._loading = set(), None
        if not task.cancelled():
            task.exception()  # those who wait have it; perhaps nobody waits any more

    def changed(self, known: Known) -> bool:
        """Whether any list but items and customers has changed since."""
        return self._lists.revision != known.revision

    # --- what is known

    @property
    def books(self) -> Books:
        """The company's ways and the names of its lists."""
        revision = self._lists.revision
        if self._books is None or self._books[0] != revision:
            self._books = revision, books_of(self._lists.all, NAMED)
        return self._books[1]

    def add_item(self, row: Mapping[str, Any]) -> None:
        """Notes an item that we made or found."""
        self._lists.note("Item", row)

    def add_customer(self, row: Mapping[str, Any]) -> None:
        """Notes a customer that we made or found."""
        self._lists.note("Customer", row)

    def item(self, need: ItemNeed) -> Mapping[str, Any] | None:
        """The item that people or we made for this need."""
        found = self._lists.items_of_sku(need.sku) if need.sku else self._lists.named("Item", need.name)
        return found[0] if found else None

    def customer(self, need: CustomerNeed) -> Mapping[str, Any] | None:
        """The customer that people or we made for this need: by e-mail and currency, else by exact name."""
        company = self.books.company
        for row in self._lists.customers_of_email(need.email) if need.email else ():
            if (currency_of(row) or company.home_currency) == (need.currency or company.home_currency):
                return row
        for name in need.names[: 1 if need.email else None]:
            namesake = self.customer_named(name)
            if namesake is not None and fits_customer(namesake, need, company):
                return namesake
        return None

    def customer_named(self, name: str) -> Mapping[str, Any] | None:
        """The active customer of this name, whoever it is."""
        return next(iter(self._lists.named("Customer", name)), None)

    def item_named(self, name: str) -> Mapping[str, Any] | None:
        """The active item of this name, whatever its SKU."""
        return next(iter(self._lists.named("Item", name)), None)

    def item_of_id(self, number: str) -> Mapping[str, Any] | None:
        """The item of this Id, active or not."""
        return self._lists.get("Item", number)

    def items(self) -> Iterator[Mapping[str, Any]]:
        """All items, active or not."""
        return self._lists.known("Item")

    def knows(self, entity: str, number: str) -> bool:
        """Whether an active item or customer has this Id."""
        found = self._lists.get(entity, number)
        return found is not None and found.get("Active") is not False

    def has(self, lack: str) -> bool:
        """Whether the books have now what an order lacked."""
        return is_here(lack, self._lists)

    # --- what QuickBooks is asked for: rare, since each costs a metered read

    async def find_customer(self, name: str) -> Mapping[str, Any] | None:
        """Asks QuickBooks for a customer of this name, active or not (metered)."""
        return await self._by_name("Customer", "DisplayName", name)

    async def find_item(self, name: str) -> Mapping[str, Any] | None:
        """Asks QuickBooks for an item of this name, active or not (metered)."""
        return await self._by_name("Item", "Name", name)

    async def find_items(self, field: str, values: Collection[str]) -> list[Mapping[str, Any]]:
        """Asks QuickBooks for the items with one of these names or Ids, active or not (metered, unless there are
        none)."""
        if not values:
            return []
        where = queries.both(queries.one_of(field, values), queries.active_and_inactive())
        return [row async for row in self._client.query_all("Item", where)]

    async def find_item_by_sku(self, sku: str) -> Mapping[str, Any] | None:
        """Asks QuickBooks for an active item of this SKU (metered), but not again and again for one it doesn't have."""
        now = self._clock()
        if now - self._missed.get(sku.lower(), -math.inf) < limits.MISSED_SKU_SECONDS:
            return None
        rows = await self._client.query(queries.select("Item", queries.equals("Sku", sku), size=10))
        found = next((row for row in rows if row.get("Type") != "Category"), None)
        if found is None:
            if len(self._missed) >= limits.MISSED_SKUS:
                self._missed.clear()
            self._missed[sku.lower()] = now
        return found

    async def _by_name(self, entity: str, field: str, name: str) -> Mapping[str, Any] | None:
        where = queries.both(queries.equals(field, name), queries.active_and_inactive())
        rows = await self._client.query(queries.select(entity, where, size=10))
        return next((row for row in rows if str(row.get(field, "")).lower() == name.lower()), None)


def unloaded(realm: str, missing: Collection[str]) -> str:
    """What orders wait for, in words."""
    return f"company {realm}: ingest hasn't loaded {', '.join(missing)} yet"


def fits_customer(row: Mapping[str, Any], need: CustomerNeed, company: Company) -> bool:
    """Whether a customer found by name is the one we need: not another person's, and in the right currency."""
    wanted = need.currency or company.home_currency
    same_person = not need.email or email_of(row) in ("", need.email)
    return bool(row.get("Active", True)) and same_person and (currency_of(row) or company.home_currency) == wanted


def currency_of(row: Mapping[str, Any]) -> str:
    """The currency that a customer is kept in."""
    return str((row.get("CurrencyRef") or {}).get("value") or "")
