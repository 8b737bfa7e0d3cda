"""The company that a sandbox starts with: US, accounts of a shop, automated sales tax."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sandbox.quickbooks import operations
from sandbox.quickbooks.clock import Clock
from sandbox.quickbooks.schema import ENTITIES
from sandbox.quickbooks.settings import CompanySettings
from sandbox.quickbooks.store import Company, Record

_ACCOUNTS = (
    ("Sales of Product Income", "Income", "SalesOfProductIncome"),  # 1
    ("Services", "Income", "ServiceFeeIncome"),  # 2
    ("Discounts given", "Income", "DiscountsRefundsGiven"),  # 3
    ("Undeposited Funds", "Other Current Asset", "UndepositedFunds"),  # 4
    ("Checking", "Bank", "Checking"),  # 5
    ("Cost of Goods Sold", "Cost of Goods Sold", "SuppliesMaterialsCogs"),  # 6
    ("Inventory Asset", "Other Current Asset", "Inventory"),  # 7
    ("Accounts Receivable (A/R)", "Accounts Receivable", "AccountsReceivable"),  # 8
    ("Shipping Income", "Income", "SalesOfProductIncome"),  # 9
    ("Sales Tax Payable", "Other Current Liability", "SalesTaxPayable"),  # 10
    ("Gift Cards Outstanding", "Other Current Liability", "OtherCurrentLiabilities"),  # 11
    ("Merchant Fees", "Expense", "BankCharges"),  # 12
    ("Payment Clearing", "Bank", "Checking"),  # 13
    ("Opening Balance Equity", "Equity", "OpeningBalanceEquity"),  # 14
)
_METHODS = (
    ("Cash", "NON_CREDIT_CARD"),
    ("Check", "NON_CREDIT_CARD"),
    ("Visa", "CREDIT_CARD"),
    ("MasterCard", "CREDIT_CARD"),
    ("American Express", "CREDIT_CARD"),
    ("PayPal", "NON_CREDIT_CARD"),
)
_TERMS = (("Due on receipt", 0), ("Net 15", 15), ("Net 30", 30), ("Net 60", 60))
_STATE_PERCENT = Decimal("7.25")


def new_company(realm: str, clock: Clock, settings: CompanySettings) -> Company:
    """A fresh set of books with its lists filled."""
    company = Company(realm, clock, settings)
    for name, kind, subtype in _ACCOUNTS:
        operations.create(company, ENTITIES["Account"], {"Name": name, "AccountType": kind, "AccountSubType": subtype})
    for name, kind in _METHODS:
        operations.create(company, ENTITIES["PaymentMethod"], {"Name": name, "Type": kind})
    for name, days in _TERMS:
        operations.create(company, ENTITIES["Term"], {"Name": name, "DueDays": days})
    put_tax_lists(company)
    return company


def put_tax_lists(company: Company) -> None:
    """Tax lists are made by TaxService in the real one, so they don't come in by the usual door here either."""
    percent = company.settings.tax_percent
    state = min(percent, _STATE_PERCENT)
    _put(company, "TaxAgency", "1", {"DisplayName": "California Department of Tax and Fee Administration"})
    for rate_id, name, value in (("3", "California State", state), ("4", "California, local", percent - state)):
        rate = {"Name": name, "Description": "Sales Tax", "RateValue": value, "AgencyRef": {"value": "1"}}
        _put(company, "TaxRate", rate_id, {**rate, "Active": True, "SpecialTaxType": "NONE", "DisplayType": "ReadOnly"})
    _put(company, "TaxCode", "TAX", _code("TAX", taxable=True, group=False, rates=[]))
    _put(company, "TaxCode", "NON", _code("NON", taxable=False, group=False, rates=[]))
    rates = [("3", "California State"), ("4", "California, local")]
    _put(company, "TaxCode", "2", _code("California", taxable=True, group=True, rates=rates))
    _put(company, "TaxCode", "5", _code("Out of state", taxable=True, group=True, rates=[]))


def _code(name: str, *, taxable: bool, group: bool, rates: list[tuple[str, str]]) -> dict[str, Any]:
    details = [
        {"TaxTypeApplicable": "TaxOnAmount", "TaxRateRef": {"value": rate_id, "name": rate_name}, "TaxOrder": 0}
        for rate_id, rate_name in rates
    ]
    return {
        "Name": name,
        "Description": name,
        "Active": True,
        "Hidden": False,
        "Taxable": taxable,
        "TaxGroup": group,
        "SalesTaxRateList": {"TaxRateDetail": details},
        "PurchaseTaxRateList": {"TaxRateDetail": []},
    }


def _put(company: Company, entity: str, object_id: str, content: dict[str, Any]) -> None:
    stamp = company.clock.stamp()
    system = {"domain": "QBO", "sparse": False, "Id": object_id, "SyncToken": "0"}
    company.put(Record(entity, {**content, **system, "MetaData": {"CreateTime": stamp, "LastUpdatedTime": stamp}}))
