"""What the books already hold: the company's ways, its lists, its items and customers, in memory.

Loaded by paged queries once per realm and owner (metered: a call per thousand rows); after that an
order costs no read.
Our own writes are added at once. What people change in QuickBooks is seen by a reload, when a reference is gone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.mapping.books import Books, Company
from shared.mapping.customer import CustomerNeed
from shared.mapping.item import ItemNeed
from shared.quickbooks import queries
from shared.quickbooks.client import QuickBooksClient

_LISTS = ("Account", "Class", "Department", "PaymentMethod", "TaxCode")
_COUNTRIES = {"USA": "US"}  # addresses use three letters since 2025, CompanyInfo.Country two


class Reference:
    """The books of one realm as this process knows them."""

    def __init__(self, client: QuickBooksClient) -> None:
        self._client = client
        self.books = Books(Company("", ""))
        self.loaded = False
        self._items: dict[str, Mapping[str, Any]] = {}
        self._customers: dict[str, Mapping[str, Any]] = {}
        self._item_by_sku: dict[str, str] = {}
        self._item_by_name: dict[str, str] = {}
        self._customer_by_email: dict[tuple[str, str], str] = {}
        self._customer_by_name: dict[str, str] = {}

    async def load(self) -> None:
        """Reads everything anew. Raises the errors of `faults`."""
        company = _company(await self._client.company_info(), await self._client.preferences())
        self.books = Books(company)
        names: dict[str, dict[str, str]] = {}
        for entity in _LISTS:
            names[entity] = {}
            async for row in self._client.query_all(entity):
                names[entity].setdefault(
                    str(row.get("FullyQualifiedName") or row.get("Name", "")).lower(), str(row["Id"])
                )
        self._items.clear()
        self._item_by_sku.clear()
        self._item_by_name.clear()
        async for row in self._client.query_all("Item"):
            self.add_item(row)
        self._customers.clear()
        self._customer_by_email.clear()
        self._customer_by_name.clear()
        async for row in self._client.query_all("Customer"):
            self.add_customer(row)
        self.books = Books(company, names)
        self.loaded = True

    def add_item(self, row: Mapping[str, Any]) -> None:
        """Notes an active item; the first of several with one SKU is the one that counts."""
        if row.get("Active", True) and row.get("Type") != "Category":
            number = str(row["Id"])
            self._items[number] = row
            if sku := str(row.get("Sku") or ""):
                self._item_by_sku.setdefault(sku.lower(), number)
            self._item_by_name.setdefault(str(row.get("Name", "")).lower(), number)

    def add_customer(self, row: Mapping[str, Any]) -> None:
        """Notes an active customer."""
        if row.get("Active", True):
            number = str(row["Id"])
            self._customers[number] = row
            self._customer_by_name.setdefault(str(row.get("DisplayName", "")).lower(), number)
            if email := email_of(row):
                self._customer_by_email.setdefault((email, self._currency(row)), number)

    def item(self, need: ItemNeed) -> Mapping[str, Any] | None:
        """The item that people or we made for this need."""
        found = self._item_by_sku.get(need.sku.lower()) if need.sku else self._item_by_name.get(need.name.lower())
        return None if found is None else self._items[found]

    def customer(self, need: CustomerNeed) -> Mapping[str, Any] | None:
        """The customer that people or we made for this need: by e-mail and currency, else by exact name."""
        currency = need.currency or self.books.company.home_currency
        found = self._customer_by_email.get((need.email, currency)) if need.email else None
        if found is None:
            for name in need.names[: 1 if need.email else None]:
                candidate = self._customer_by_name.get(name.lower())
                if candidate is not None and fits_customer(self._customers[candidate], need, self.books.company):
                    found = candidate
                    break
        return None if found is None else self._customers[found]

    def _currency(self, row: Mapping[str, Any]) -> str:
        return currency_of(row) or self.books.company.home_currency

    def customer_named(self, name: str) -> Mapping[str, Any] | None:
        """The active customer of this name, whoever it is."""
        found = self._customer_by_name.get(name.lower())
        return None if found is None else self._customers[found]

    def item_named(self, name: str) -> Mapping[str, Any] | None:
        """The active item of this name, whatever its SKU."""
        found = self._item_by_name.get(name.lower())
        return None if found is None else self._items[found]

    def knows(self, entity: str, number: str) -> bool:
        """Whether an active item or customer has this Id."""
        return number in (self._items if entity == "Item" else self._customers)

    async def find_customer(self, name: str) -> Mapping[str, Any] | None:
        """Asks QuickBooks for a customer of this name, active or not (metered)."""
        return await self._by_name("Customer", "DisplayName", name)

    async def find_item(self, name: str) -> Mapping[str, Any] | None:
        """Asks QuickBooks for an item of this name, active or not (metered)."""
        return await self._by_name("Item", "Name", name)

    async def find_item_by_sku(self, sku: str) -> Mapping[str, Any] | None:
        """Asks QuickBooks for an active item of this SKU (metered)."""
        rows = await self._client.query(queries.select("Item", queries.equals("Sku", sku), size=10))
        return next((row for row in rows if row.get("Type") != "Category"), None)

    async def _by_name(self, entity: str, field: str, name: str) -> Mapping[str, Any] | None:
        where = queries.both(queries.equals(field, name), queries.active_and_inactive())
        rows = await self._client.query(queries.select(entity, where, size=10))
        return next((row for row in rows if str(row.get(field, "")).lower() == name.lower()), None)


def email_of(row: Mapping[str, Any]) -> str:
    """The customer's e-mail in lower case, "" without one."""
    return str((row.get("PrimaryEmailAddr") or {}).get("Address") or "").strip().lower()


def currency_of(row: Mapping[str, Any]) -> str:
    """The currency that a customer is kept in."""
    return str((row.get("CurrencyRef") or {}).get("value") or "")


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
