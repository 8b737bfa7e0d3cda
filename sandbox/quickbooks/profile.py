"""CompanyInfo and Preferences: what a connector reads once when it connects."""

from __future__ import annotations

from typing import Any

from sandbox.quickbooks.store import Company

_STARTED = "2020-01-01T00:00:00-08:00"


def company_info(company: Company) -> dict[str, Any]:
    """CompanyInfo. Countries of its addresses are ISO-3 since autumn 2025, Country itself is not."""
    address = {
        "Id": "1",
        "Line1": "123 Sierra Way",
        "City": "San Pablo",
        "Country": "USA",
        "CountrySubDivisionCode": "CA",
        "PostalCode": "87999",
    }
    return {
        "CompanyName": f"Sandbox Company {company.realm}",
        "LegalName": f"Sandbox Company {company.realm}",
        "CompanyAddr": address,
        "CustomerCommunicationAddr": address,
        "LegalAddr": address,
        "PrimaryPhone": {"FreeFormNumber": "(510) 555-0100"},
        "EmployerId": "12-3456789",
        "CompanyStartDate": "2020-01-01",
        "FiscalYearStartMonth": "January",
        "Country": "US",
        "Email": {"Address": "books@sandbox.example"},
        "WebAddr": {},
        "SupportedLanguages": "en",
        "DefaultTimeZone": "America/Los_Angeles",
        "NameValue": [
            {"Name": "NeoEnabled", "Value": "true"},
            {"Name": "SubscriptionStatus", "Value": "PAID"},
            {"Name": "OfferingSku", "Value": "QuickBooks Online Plus"},
        ],
        "domain": "QBO",
        "sparse": False,
        "Id": "1",
        "SyncToken": "0",
        "MetaData": {"CreateTime": _STARTED, "LastUpdatedTime": _STARTED},
    }


def preferences(company: Company) -> dict[str, Any]:
    """Preferences, from the company's settings. PartnerTaxEnabled is absent in the old manual tax model."""
    settings = company.settings
    tax: dict[str, Any] = {"UsingSalesTax": settings.using_sales_tax}
    if settings.using_sales_tax:
        tax["TaxGroupCodeRef"] = {"value": "2"}
        if settings.partner_tax == "on":
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
            "DefaultDiscountAccount": "3",
            "DefaultShippingAccount": "9",
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
        "domain": "QBO",
        "sparse": False,
        "Id": "1",
        "SyncToken": "0",
        "MetaData": {"CreateTime": _STARTED, "LastUpdatedTime": _STARTED},
    }
