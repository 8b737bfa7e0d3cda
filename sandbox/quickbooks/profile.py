"""CompanyInfo and Preferences: what a connector reads once when it connects."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sandbox.quickbooks.store import Company, Record
from sandbox.quickbooks.templates import Template

_STARTED = "2020-01-01T00:00:00-08:00"
DEFAULT_ACCOUNTS = {"DefaultDiscountAccount": "3", "DefaultShippingAccount": "9"}
"""Ids of the accounts for discounts and shipping, until Preferences name others."""
_SWITCHED = frozenset(
    {
        "AllowDeposit",
        "AllowDiscount",
        "AllowShipping",
        "CustomTxnNumbers",
        "QuantityOnHand",
        "TrackDepartments",
        "BookCloseDate",
        "ClassTrackingPerTxn",
        "ClassTrackingPerTxnLine",
    }
)


def put_profile(company: Company, template: Template) -> None:
    """What a fresh company tells about itself. Countries of addresses are ISO-3 since autumn 2025, Country is not."""
    address = {"Id": "1", **template.address}
    system = {
        "domain": "QBO",
        "sparse": False,
        "Id": "1",
        "SyncToken": "0",
        "MetaData": {"CreateTime": _STARTED, "LastUpdatedTime": _STARTED},
    }
    document = {
        "CompanyName": f"Sandbox Company {company.realm}",
        "LegalName": f"Sandbox Company {company.realm}",
        "CompanyAddr": address,
        "CustomerCommunicationAddr": address,
        "LegalAddr": address,
        "PrimaryPhone": {"FreeFormNumber": template.phone},
        "EmployerId": "12-3456789",
        "CompanyStartDate": "2020-01-01",
        "FiscalYearStartMonth": "January",
        "Country": template.country,
        "Email": {"Address": "books@sandbox.example"},
        "WebAddr": {},
        "SupportedLanguages": "en",
        "DefaultTimeZone": template.time_zone,
        "NameValue": [
            {"Name": "NeoEnabled", "Value": "true"},
            {"Name": "SubscriptionStatus", "Value": "PAID"},
            {"Name": "OfferingSku", "Value": "QuickBooks Online Plus"},
        ],
    }
    company.put(Record("CompanyInfo", document | system))
    company.put(Record("Preferences", system))


def profile_record(company: Company, name: str) -> Record:
    """The one object of CompanyInfo or Preferences as stored; of Preferences what has no switch in the settings."""
    return company.need(name, "1")


def company_info(company: Company) -> dict[str, Any]:
    """CompanyInfo."""
    return profile_record(company, "CompanyInfo").document


def default_account(company: Company, preference: str) -> str:
    """Id of the account that one of DEFAULT_ACCOUNTS names."""
    chosen = profile_record(company, "Preferences").document.get("SalesFormsPrefs", {})
    return str(chosen.get(preference, DEFAULT_ACCOUNTS[preference]))


def preferences(company: Company) -> dict[str, Any]:
    """Preferences: from the company's settings, and from what was set through the API and has no switch."""
    stored = profile_record(company, "Preferences").document
    computed = _from_settings(company)
    groups = {name: {**computed.get(name, {}), **value} for name, value in stored.items() if isinstance(value, dict)}
    merged = {**computed, **stored, **groups}
    for group, values in computed.items():  # a switch that was turned meanwhile wins over what was sent
        merged[group] = {**merged[group], **{name: values[name] for name in _SWITCHED & values.keys()}}
    return merged


def mark_changed(company: Company) -> None:
    """A switch that Preferences tell of was turned: they are an object that changed, as after a click of a user."""
    record = profile_record(company, "Preferences")
    document = {**record.document, "SyncToken": str(int(record.document["SyncToken"]) + 1)}
    document["MetaData"] = {**document["MetaData"], "LastUpdatedTime": company.clock.stamp()}
    company.put(replace(record, document=document))


def _from_settings(company: Company) -> dict[str, Any]:
    """PartnerTaxEnabled is absent in the old manual tax model, and outside the US."""
    settings = company.settings
    tax: dict[str, Any] = {"UsingSalesTax": settings.using_sales_tax}
    if settings.using_sales_tax:
        if settings.country == "US":
            tax["TaxGroupCodeRef"] = {"value": "2"}
        if settings.partner_tax == "on" and settings.country == "US":
            tax["PartnerTaxEnabled"] = True
    accounting: dict[str, Any] = {
        "FirstMonthOfFiscalYear": "January",
        "UseAccountNumbers": False,
        "TaxYearMonth": "January",
        "ClassTrackingPerTxn": settings.class_tracking == "transaction",
        "ClassTrackingPerTxnLine": settings.class_tracking == "line",
        "TrackDepartments": settings.track_departments,
        "DepartmentTerminology": "Location",
        "CustomerTerminology": "Customers",
    }
    if settings.book_close_date is not None:
        accounting["BookCloseDate"] = settings.book_close_date.isoformat()
    return {
        "AccountingInfoPrefs": accounting,
        "ProductAndServicesPrefs": {
            "ForSales": True,
            "ForPurchase": True,
            "QuantityWithPriceAndRate": True,
            "QuantityOnHand": settings.quantity_on_hand,
        },
        "SalesFormsPrefs": {
            "AllowDeposit": settings.allow_deposit,
            "AllowDiscount": settings.allow_discount,
            "AllowEstimates": True,
            "AllowServiceDate": False,
            "AllowShipping": settings.allow_shipping,
            "AutoApplyCredit": settings.auto_apply_credit,
            "CustomTxnNumbers": settings.custom_txn_numbers,
            **DEFAULT_ACCOUNTS,
            "ETransactionEnabledStatus": "NotApplicable",
            "UsingPriceLevels": False,
            "UsingProgressInvoicing": False,
        },
        "VendorAndPurchasesPrefs": {"BillableExpenseTracking": True, "TrackingByCustomer": True},
        "TimeTrackingPrefs": {"UseServices": False, "WorkWeekStartDate": "Monday"},
        "TaxPrefs": tax,
        "CurrencyPrefs": {
            "MultiCurrencyEnabled": settings.multicurrency,
            "HomeCurrency": {"value": settings.home_currency},
        },
        "ReportPrefs": {"ReportBasis": "Accrual", "CalcAgingReportFromTxnDate": False},
        "OtherPrefs": {"NameValue": [{"Name": "SalesFormsPrefs.DefaultCustomerMessage", "Value": "Thank you!"}]},
    }
