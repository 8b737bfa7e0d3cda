"""United Kingdom: VAT by codes on lines."""

from __future__ import annotations

from decimal import Decimal

from sandbox.quickbooks.templates.common import ACCOUNTS, bundle
from sandbox.quickbooks.templates.template import Account, Agency, Rate, TaxCode, Template

UK = Template(
    name="uk",
    summary="United Kingdom: VAT, codes on lines",
    settings={"country": "GB", "home_currency": "GBP", "partner_tax": "off"},
    address={
        "Line1": "17 Tanner Row",
        "City": "York",
        "Country": "GBR",
        "CountrySubDivisionCode": "North Yorkshire",
        "PostalCode": "YO1 6JB",
    },
    time_zone="Europe/London",
    phone="01904 496 0017",
    accounts=(
        *ACCOUNTS,
        Account("VAT Control", "Other Current Liability", "GlobalTaxPayable"),  # 15
        Account("VAT Suspense", "Other Current Liability", "GlobalTaxSuspense"),  # 16
    ),
    agencies=(Agency("1", "HM Revenue & Customs (VAT)", "VAT Control"),),
    rates=(
        Rate("2", "Standard 20%", Decimal(20), description="VAT on sales, standard rate"),
        Rate("3", "Reduced 5%", Decimal(5), description="VAT on sales, reduced rate"),
        Rate("4", "Zero 0%", Decimal(0), special="ZERO_RATE", display="ReadOnly", description="VAT on sales, zero"),
        Rate("5", "Exempt", Decimal(0), display="ReadOnly", description="Exempt from VAT"),
    ),
    codes=(
        TaxCode("2", "20.0% S", ("2",)),
        TaxCode("3", "5.0% R", ("3",)),
        TaxCode("4", "0.0% Z", ("4",)),
        TaxCode("5", "Exempt", ("5",)),
        TaxCode("6", "No VAT", taxable=False, group=False),
    ),
    items=bundle("2"),
)
