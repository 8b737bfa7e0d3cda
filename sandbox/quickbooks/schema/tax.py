"""Fields of the tax lists (TaxCode and TaxRate are read and query only: TaxService makes them) and ExchangeRate."""

TAX_CODE = """
    Name str req max=100 f
    Description str max=100 f
    Active bool f
    Hidden bool ro f
    Taxable bool ro
    TaxGroup bool ro
    SalesTaxRateList any
    PurchaseTaxRateList any
    AdjustmentTaxRateList any
    TaxCodeEx any drop
    TaxCodeConfigType str ro enum=SYSTEM__GENERATED|USER__DEFINED|SCRA__DEFINED|HIDDEN__AGENCY
"""

TAX_RATE = """
    Name str ro max=100 f
    Description str ro max=100 f
    Active bool ro f
    RateValue num ro f
    AgencyRef ref:TaxAgency ro
    TaxReturnLineRef ref:any ro
    EffectiveTaxRate any[] ro
    SpecialTaxType str ro enum=NONE|ZERO__RATE|FOREIGN__TAX|REVERSE__CHARGE|ADJUSTMENT__RATE
    DisplayType str ro enum=ReadOnly|HideInTransactionForms|HideInPrintedForms|HideInAll
    OriginalTaxRate any ro
    TaxRateEx any drop
"""

TAX_AGENCY = """
    DisplayName str req max=100 f
    TaxRegistrationNumber str ro
    TaxTrackedOnPurchases bool ro
    TaxTrackedOnSales bool ro
    LastFileDate date ro
    TaxAgencyConfig str ro
"""

EXCHANGE_RATE = """
    SourceCurrencyCode str req max=3 f
    TargetCurrencyCode str max=3 f
    Rate num req
    AsOfDate date req f
    ExchangeRateEx any drop
"""

TAX_SERVICE = """
    Id str ro
    SyncToken str ro
    TaxCode str req max=100
    TaxCodeId str ro
    TaxRateDetails obj:TaxRateDetails[] req
    Fault any drop
"""

TAX_SERVICE_TYPES = {
    "TaxRateDetails": """
        TaxRateName str max=100
        TaxRateId str
        RateValue any
        TaxAgencyId str
        TaxApplicableOn str enum=Sales|Purchase|Adjustment|Other
    """,
}
