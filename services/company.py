"""The ways of a company and the names of its lists, from the objects that QuickBooks shows. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from shared.mapping.books import Books, Company

NAMED = ("Account", "Class", "Department", "PaymentMethod", "TaxCode")
"""The lists whose entries settings name."""

Rows = Iterable[Mapping[str, Any]]

_COUNTRIES = {"USA": "US"}  # addresses use three letters since 2025, CompanyInfo.Country two


def books_of(info: Mapping[str, Any], preferences: Mapping[str, Any], lists: Mapping[str, Rows]) -> Books:
    """What the mapping must know. Of several active entries with one name the oldest counts."""
    names: dict[str, dict[str, str]] = {}
    for entity, rows in lists.items():
        names[entity] = {}
        for row in sorted(rows, key=lambda one: (len(str(one["Id"])), str(one["Id"]))):
            if row.get("Active") is not False:
                names[entity].setdefault(
                    str(row.get("FullyQualifiedName") or row.get("Name", "")).lower(), str(row["Id"])
                )
    return Books(_company(info, preferences), names)


def _company(info: Mapping[str, Any], preferences: Mapping[str, Any]) -> Company:
    def section(name: str) -> Mapping[str, Any]:
        value = preferences.get(name)
        return value if isinstance(value, dict) else {}

    country = str(info.get("Country") or "")
    currency, tax = section("CurrencyPrefs"), section("TaxPrefs")
    forms, accounting = section("SalesFormsPrefs"), section("AccountingInfoPrefs")
    goods = section("ProductAndServicesPrefs")
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
        tracks_quantity=_yes(goods.get("QuantityOnHand", True)),
    )


def _yes(value: Any) -> bool:
    """Preferences come as booleans or, in older companies, as text."""
    return value is True or str(value).lower() == "true"
