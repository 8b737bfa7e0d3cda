"""The ways of a company and the names of its lists, from the objects that QuickBooks shows. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from shared.mapping.books import Books, Company
from shared.quickbooks.listed import SINGLE

NAMED = ("Account", "Class", "Department", "PaymentMethod", "TaxCode")
"""The lists whose entries settings name."""

Rows = Iterable[Mapping[str, Any]]

_COUNTRIES = {"USA": "US"}  # addresses use three letters since 2025, CompanyInfo.Country two


def books_of(rows_of: Callable[[str], Rows], entities: Iterable[str]) -> Books:
    """What the mapping must know, with the names of these lists. Of several active entries with one name the oldest
    counts."""
    names: dict[str, dict[str, str]] = {}
    for entity in entities:
        names[entity] = {}
        for row in sorted(rows_of(entity), key=lambda one: (len(str(one["Id"])), str(one["Id"]))):
            if row.get("Active") is not False:
                names[entity].setdefault(
                    str(row.get("FullyQualifiedName") or row.get("Name", "")).lower(), str(row["Id"])
                )
    info, preferences = (next(iter(rows_of(entity)), {}) for entity in SINGLE)
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
        has_categories=_feature(info, "ItemCategoriesFeature"),
        closed_until=str(accounting.get("BookCloseDate") or ""),
    )


def _feature(info: Mapping[str, Any], name: str) -> bool:
    """Whether the company has a feature (reference, section 8: CompanyInfo); one that isn't told of counts as there."""
    rows = info.get("NameValue")
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, dict) and row.get("Name") == name:
            return _yes(row.get("Value"))
    return True


def _yes(value: Any) -> bool:
    """Preferences come as booleans or, in older companies, as text."""
    return value is True or str(value).lower() == "true"
