"""What the books already hold: the company's ways, its lists, its items and customers, in memory.

Loaded by paged queries once per realm and owner (metered: a call per thousand rows); after that an
order costs no read.
Our own writes are added at once. What people change in QuickBooks is seen by a reload, when a reference is gone.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Mapping
from typing import Any

from services.orders.listing import Listing, currency_of, email_of
from shared import limits
from shared.mapping.books import Books, Company
from shared.mapping.customer import CustomerNeed
from shared.mapping.item import ItemNeed
from shared.quickbooks import queries
from shared.quickbooks.client import QuickBooksClient
from shared.quickbooks.faults import QuickBooksError

_LISTS = ("Account", "Class", "Department", "PaymentMethod", "TaxCode")
_COUNTRIES = {"USA": "US"}  # addresses use three letters since 2025, CompanyInfo.Country two


class Reference:
    """The books of one realm as this process knows them."""

    def __init__(self, client: QuickBooksClient, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._clock = clock
        self._loading = asyncio.Lock()
        self._listing = Listing("")
        self._late: list[tuple[str, Mapping[str, Any]]] = []  # made by us while a reading runs, which may miss them
        self._missed: dict[str, float] = {}  # SKU -> when QuickBooks was last asked for it in vain
        self._failed: tuple[float, QuickBooksError | None] = (-math.inf, None)
        self.books = Books(Company("", ""))
        self.loaded = False
        self.loads = 0
        """How often the books were read: what was missed under an older number may be there by now."""

    async def ensure(self) -> None:
        """Reads everything, unless it stands. Raises the errors of `faults`."""
        async with self._loading:
            if self.loaded:
                return
            at, error = self._failed
            if error is not None and self._clock() - at < limits.UNAVAILABLE_SECONDS:
                raise error.with_traceback(None)  # every order of the realm asks; QuickBooks is asked once
            try:
                await self._load()
            except QuickBooksError as error:
                self._failed = (self._clock(), error)
                raise

    async def reload(self, known: int) -> None:
        """Reads everything anew, unless that was done since `loads` was `known`. Raises the errors of `faults`."""
        async with self._loading:
            if self.loads == known:
                await self._load()

    async def _load(self) -> None:
        """What was read before is used until all is here: half a list would look as if the rest were missing."""
        self.loaded = True  # from here on a `False` means that somebody wants yet another reading
        self._late.clear()
        try:
            company = _company(await self._client.company_info(), await self._client.preferences())
            names: dict[str, dict[str, str]] = {}
            for entity in _LISTS:
                names[entity] = {}
                async for row in self._client.query_all(entity):
                    names[entity].setdefault(
                        str(row.get("FullyQualifiedName") or row.get("Name", "")).lower(), str(row["Id"])
                    )
            listing = Listing(company.home_currency)
            for entity in ("Item", "Customer"):
                async for row in self._client.query_all(entity):
                    listing.add(entity, row)
        except BaseException:
            self.loaded = False
            raise
        for entity, late in self._late:
            listing.add(entity, late)
        self.books, self._listing = Books(company, names), listing
        self._missed.clear()
        self.loads += 1

    def add_item(self, row: Mapping[str, Any]) -> None:
        """Notes an item that we made or found."""
        self._add("Item", row)

    def add_customer(self, row: Mapping[str, Any]) -> None:
        """Notes a customer that we made or found."""
        self._add("Customer", row)

    def _add(self, entity: str, row: Mapping[str, Any]) -> None:
        self._listing.add(entity, row)
        if self._loading.locked():
            self._late.append((entity, row))

    def item(self, need: ItemNeed) -> Mapping[str, Any] | None:
        """The item that people or we made for this need."""
        listing = self._listing
        found = listing.item_by_sku.get(need.sku.lower()) if need.sku else listing.item_by_name.get(need.name.lower())
        return None if found is None else listing.items[found]

    def customer(self, need: CustomerNeed) -> Mapping[str, Any] | None:
        """The customer that people or we made for this need: by e-mail and currency, else by exact name."""
        listing, company = self._listing, self.books.company
        currency = need.currency or company.home_currency
        found = listing.customer_by_email.get((need.email, currency)) if need.email else None
        if found is None:
            for name in need.names[: 1 if need.email else None]:
                candidate = listing.customer_by_name.get(name.lower())
                if candidate is not None and fits_customer(listing.customers[candidate], need, company):
                    found = candidate
                    break
        return None if found is None else listing.customers[found]

    def customer_named(self, name: str) -> Mapping[str, Any] | None:
        """The active customer of this name, whoever it is."""
        found = self._listing.customer_by_name.get(name.lower())
        return None if found is None else self._listing.customers[found]

    def item_named(self, name: str) -> Mapping[str, Any] | None:
        """The active item of this name, whatever its SKU."""
        found = self._listing.item_by_name.get(name.lower())
        return None if found is None else self._listing.items[found]

    def knows(self, entity: str, number: str) -> bool:
        """Whether an active item or customer has this Id."""
        return number in (self._listing.items if entity == "Item" else self._listing.customers)

    async def find_customer(self, name: str) -> Mapping[str, Any] | None:
        """Asks QuickBooks for a customer of this name, active or not (metered)."""
        return await self._by_name("Customer", "DisplayName", name)

    async def find_item(self, name: str) -> Mapping[str, Any] | None:
        """Asks QuickBooks for an item of this name, active or not (metered)."""
        return await self._by_name("Item", "Name", name)

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


def fits_customer(row: Mapping[str, Any], need: CustomerNeed, company: Company) -> bool:
    """Whether a customer found by name is the one we need: not another person's, and in the right currency."""
    wanted = need.currency or company.home_currency
    same_person = not need.email or email_of(row) in ("", need.email)
    return bool(row.get("Active", True)) and same_person and (currency_of(row) or company.home_currency) == wanted


def _company(info: Mapping[str, Any], preferences: Mapping[str, Any]) -> Company:
    def section(name: str) -> Mapping[str, Any]:
        value = preferences.get(name)
        return value if isinstance(value, dict) else {}

    country = str(info.get("Country") or "")
    currency, tax = section("CurrencyPrefs"), section("TaxPrefs")
    forms, accounting = section("SalesFormsPrefs"), section("AccountingInfoPrefs")
    return Company(
        country=_COUNTRIES.get(country, country),
        home_currency=str((currency.get("HomeCurrency") or {}).get("value") or "USD"),
        multicurrency=_yes(currency.get("MultiCurrencyEnabled")),
        custom_numbers=_yes(forms.get("CustomTxnNumbers")),
        allows_discount=_yes(forms.get("AllowDiscount")),
        uses_sales_tax=_yes(tax.get("UsingSalesTax")),
        automated_tax=_yes(tax.get("PartnerTaxEnabled")),
        class_per_document=_yes(accounting.get("ClassTrackingPerTxn")),
        class_per_line=_yes(accounting.get("ClassTrackingPerTxnLine")),
        tracks_locations=_yes(accounting.get("TrackDepartments")),
    )


def _yes(value: Any) -> bool:
    """Preferences come as booleans or, in older companies, as text."""
    return value is True or str(value).lower() == "true"
