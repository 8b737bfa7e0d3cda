"""Fields of TaxCode, TaxRate and TaxAgency (read and query only: they are made by TaxService)."""

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
