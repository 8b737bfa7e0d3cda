"""Fields of TaxCode, TaxRate and TaxAgency (read and query only: they are made by TaxService)."""

TAX_CODE = """
    Name str max=100 f
    Description str max=100 f
    Active bool f
    Hidden bool f
    Taxable bool
    TaxGroup bool
    SalesTaxRateList any
    PurchaseTaxRateList any
    TaxCodeConfigType str
"""

TAX_RATE = """
    Name str max=100 f
    Description str max=100 f
    Active bool f
    RateValue num f
    AgencyRef ref:TaxAgency
    TaxReturnLineRef ref:any
    EffectiveTaxRate any[]
    SpecialTaxType str
    DisplayType str
    OriginalTaxRate any
"""

TAX_AGENCY = """
    DisplayName str max=100 f
    TaxRegistrationNumber str
    TaxTrackedOnPurchases bool
    TaxTrackedOnSales bool
    LastFileDate date
    TaxAgencyConfig str
"""
