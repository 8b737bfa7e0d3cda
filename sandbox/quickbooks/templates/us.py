"""United States: automated sales tax, the same tax manual, and a company that also sells in other currencies."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from sandbox.quickbooks.templates.common import ACCOUNTS, bundle
from sandbox.quickbooks.templates.template import Account, Agency, Rate, TaxCode, Template

US = Template(
    name="us",
    summary="United States, automated sales tax",
    settings={},
    address={
        "Line1": "123 Sierra Way",
        "City": "San Pablo",
        "Country": "USA",
        "CountrySubDivisionCode": "CA",
        "PostalCode": "87999",
    },
    time_zone="America/Los_Angeles",
    phone="(510) 555-0100",
    accounts=ACCOUNTS,
    agencies=(Agency("1", "California Department of Tax and Fee Administration"),),
    rates=(
        Rate("3", "California State", "state", display="ReadOnly"),
        Rate("4", "California, local", "local", display="ReadOnly"),
    ),
    codes=(
        TaxCode("TAX", "TAX", group=False),
        TaxCode("NON", "NON", taxable=False, group=False),
        TaxCode("2", "California", ("3", "4")),
        TaxCode("5", "Out of state"),
    ),
)

US_MANUAL = replace(
    US,
    name="us-manual",
    summary="United States, sales tax by hand: a group code on the header taxes the lines marked TAX",
    settings={"partner_tax": "off"},
    rates=(
        *US.rates,
        Rate("6", "AZ State tax", Decimal("7.1"), agency="2"),
        Rate("7", "Tucson City", Decimal(2), agency="2"),
    ),
    agencies=(*US.agencies, Agency("2", "Arizona Dept. of Revenue")),
    codes=(*US.codes, TaxCode("8", "Tucson", ("6", "7"))),
    items=bundle("TAX"),
)

MULTICURRENCY = replace(
    US,
    name="multicurrency",
    summary="United States with customers in EUR, GBP and CAD",
    settings={"multicurrency": True},
    accounts=(
        *ACCOUNTS,
        *(
            Account(f"Accounts Receivable (A/R) - {code}", "Accounts Receivable", "AccountsReceivable", code)
            for code in ("EUR", "GBP", "CAD")
        ),  # 15 to 17
        Account("Exchange Gain or Loss", "Other Expense", "ExchangeGainOrLoss"),  # 18
    ),
    items=bundle("TAX"),
    customers=(("Bergmann Papier GmbH", "EUR"), ("Harrow & Finch Ltd", "GBP"), ("Maple Lane Goods Inc.", "CAD")),
    exchange_rates=(
        ("EUR", "2026-01-01", Decimal("1.08")),
        ("GBP", "2026-01-01", Decimal("1.27")),
        ("CAD", "2026-01-01", Decimal("0.73")),
    ),
)
