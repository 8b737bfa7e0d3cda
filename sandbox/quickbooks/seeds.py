"""A fresh set of books, made from a company template."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sandbox.quickbooks import operations
from sandbox.quickbooks.clock import Clock
from sandbox.quickbooks.currencies import currency_ref
from sandbox.quickbooks.exchange_rates import store_rate
from sandbox.quickbooks.profile import put_profile
from sandbox.quickbooks.schema import ENTITIES
from sandbox.quickbooks.settings import CompanySettings
from sandbox.quickbooks.store import Company, Record
from sandbox.quickbooks.templates import TEMPLATES, US, Template
from sandbox.quickbooks.templates.common import METHODS, TERMS
from sandbox.quickbooks.templates.template import Item, Rate, TaxCode
from sandbox.storage import Database

_STATE_PERCENT = Decimal("7.25")


def settings_of(template: Template, chosen: CompanySettings) -> CompanySettings:
    """The template's switches, under those that were chosen in so many words."""
    return CompanySettings.model_validate({**template.settings, **chosen.model_dump(exclude_unset=True)})


def new_company(
    realm: str, clock: Clock, settings: CompanySettings, database: Database | None = None, *, template: Template = US
) -> Company:
    """A fresh set of books with its lists filled; in memory without a database."""
    company = Company(realm, clock, settings, database)
    fill(company, template)
    return company


def fill(company: Company, template: Template) -> None:
    """Give fresh books their lists."""
    with company.atomic():
        _put_lists(company, template)


def _put_lists(company: Company, template: Template) -> None:
    for account in template.accounts:
        body: dict[str, Any] = {"Name": account.name, "AccountType": account.kind, "AccountSubType": account.subtype}
        if account.currency is not None:
            body["CurrencyRef"] = currency_ref(account.currency)
        operations.create(company, ENTITIES["Account"], body)
    for name, kind in METHODS:
        operations.create(company, ENTITIES["PaymentMethod"], {"Name": name, "Type": kind})
    for name, days in TERMS:
        operations.create(company, ENTITIES["Term"], {"Name": name, "DueDays": days})
    _put_tax_lists(company, template)
    put_profile(company, template)
    for code, day, rate in template.exchange_rates:
        store_rate(company, code, day, rate)
    for item in template.items:
        _put(company, "Item", item.id, _item(item, template))
    for name, currency in template.customers:
        operations.create(company, ENTITIES["Customer"], {"DisplayName": name, "CurrencyRef": currency_ref(currency)})


def _put_tax_lists(company: Company, template: Template) -> None:
    """Tax lists are made by TaxService in the real one, so they don't come in by the usual door here either."""
    for agency in template.agencies:
        document = {"DisplayName": agency.name, "TaxTrackedOnPurchases": False, "TaxTrackedOnSales": True}
        side = None if agency.payable is None else {"payable": agency.payable}
        _put(company, "TaxAgency", agency.id, document, side)
    for rate in template.rates:
        _put(company, "TaxRate", rate.id, _rate(rate, company.settings.tax_percent))
    names = {rate.id: rate.name for rate in template.rates}
    for code in template.codes:
        _put(company, "TaxCode", code.id, _code(code, names))


def put_automated_rates(company: Company) -> None:
    """The rates that automated sales tax finds, after a change of tax_percent."""
    template = next(one for one in TEMPLATES.values() if one.country == "US")
    for rate in template.rates:
        if isinstance(rate.percent, str) and company.settings.country == "US":
            _put(company, "TaxRate", rate.id, _rate(rate, company.settings.tax_percent))


def _rate(rate: Rate, tax_percent: Decimal) -> dict[str, Any]:
    state = min(tax_percent, _STATE_PERCENT)
    shares = {"state": state, "local": tax_percent - state}
    result = {
        "Name": rate.name,
        "Description": rate.description,
        "RateValue": shares[rate.percent] if isinstance(rate.percent, str) else rate.percent,
        "AgencyRef": {"value": rate.agency},
        "Active": True,
        "SpecialTaxType": rate.special,
    }
    return result if rate.display is None else {**result, "DisplayType": rate.display}


def _code(code: TaxCode, names: dict[str, str]) -> dict[str, Any]:
    details = [
        {"TaxTypeApplicable": "TaxOnAmount", "TaxRateRef": {"value": rate_id, "name": names[rate_id]}, "TaxOrder": 0}
        for rate_id in code.rates
    ]
    return {
        "Name": code.name,
        "Description": code.description or code.name,
        "Active": True,
        "Hidden": False,
        "Taxable": code.taxable,
        "TaxGroup": code.group,
        "SalesTaxRateList": {"TaxRateDetail": details},
        "PurchaseTaxRateList": {"TaxRateDetail": []},
    }


def _item(item: Item, template: Template) -> dict[str, Any]:
    result: dict[str, Any] = {"Name": item.name, "FullyQualifiedName": item.name, "Active": True, "Type": item.kind}
    result |= {"SubItem": False, "Level": 0, "TrackQtyOnHand": False, "Taxable": item.tax_code is not None}
    if item.price is not None:
        result |= {"UnitPrice": item.price, "IncomeAccountRef": {"value": "1", "name": template.accounts[0].name}}
    if item.tax_code is not None and template.country != "US":
        result["SalesTaxCodeRef"] = {"value": item.tax_code}
    if item.parts:
        names = {one.id: one.name for one in template.items}
        parts = [{"ItemRef": {"value": part, "name": names[part]}, "Qty": quantity} for part, quantity in item.parts]
        result |= {"PrintGroupedItems": False, "ItemGroupDetail": {"ItemGroupLine": parts}}
    return result


def _put(company: Company, entity: str, object_id: str, content: dict[str, Any], side: Any = None) -> None:
    stamp = company.clock.stamp()
    system = {"domain": "QBO", "sparse": False, "Id": object_id, "SyncToken": "0"}
    document = {**content, **system, "MetaData": {"CreateTime": stamp, "LastUpdatedTime": stamp}}
    company.put(Record(entity, document, side=side))
