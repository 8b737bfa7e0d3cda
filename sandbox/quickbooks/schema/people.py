"""Fields of Vendor and Employee, as far as names go: they share the name space of customers."""

PERSON = """
    Title str max=16 clean f
    GivenName str max=100 clean f
    MiddleName str max=100 clean f
    FamilyName str max=100 clean f
    Suffix str max=16 clean f
    CompanyName str max=100 f
    DisplayName str max=500 clean f
    PrintOnCheckName str max=110 clean f
    Active bool f
    PrimaryPhone obj:TelephoneNumber
    Mobile obj:TelephoneNumber
    PrimaryEmailAddr obj:EmailAddress f
    BillAddr obj:PhysicalAddress
    PrimaryAddr obj:PhysicalAddress
    Balance num ro f
    CurrencyRef ref:Currency
"""
