"""Quebec: federal GST and provincial QST on each sale, and HST for what goes to Ontario."""

from __future__ import annotations

from decimal import Decimal

from sandbox.quickbooks.templates.common import ACCOUNTS, bundle
from sandbox.quickbooks.templates.template import Account, Agency, Rate, TaxCode, Template

# Ids of codes and of the rates of GST and QST are those of a public note on a real Quebec company.
QUEBEC = Template(
    name="quebec",
    summary="Canada, Quebec: GST and QST, codes on lines",
    settings={"country": "CA", "home_currency": "CAD", "partner_tax": "off"},
    address={
        "Line1": "4200 boulevard Saint-Laurent",
        "City": "Montréal",
        "Country": "CAN",
        "CountrySubDivisionCode": "QC",
        "PostalCode": "H2W 2R2",
    },
    time_zone="America/Toronto",
    phone="(514) 555-0142",
    accounts=(
        *ACCOUNTS,
        Account("GST/HST Payable", "Other Current Liability", "GlobalTaxPayable"),  # 15
        Account("QST Payable", "Other Current Liability", "GlobalTaxPayable"),  # 16
    ),
    agencies=(
        Agency("1", "Canada Revenue Agency", "GST/HST Payable"),
        Agency("2", "Revenu Québec", "QST Payable"),
    ),
    rates=(
        Rate("3", "GST 0%", Decimal(0), special="ZERO_RATE", display="ReadOnly", description="Zero-rated"),
        Rate("4", "GST exempt", Decimal(0), display="ReadOnly", description="Exempt"),
        Rate("7", "GST", Decimal(5), description="GST 5%"),
        Rate("12", "HST ON", Decimal(13), description="HST Ontario 13%"),
        Rate("21", "QST 9.975", Decimal("9.975"), agency="2", description="QST 9.975%"),
    ),
    codes=(
        TaxCode("3", "Out of Scope", taxable=False, group=False),
        TaxCode("4", "Exempt", ("4",)),
        TaxCode("5", "Zero-rated", ("3",)),
        TaxCode("6", "GST", ("7",)),
        TaxCode("7", "HST ON", ("12",)),
        TaxCode("9", "GST/QST QC - 9.975", ("7", "21")),
        TaxCode("10", "QST QC - 9.975", ("21",)),
    ),
    items=bundle("9"),
)
