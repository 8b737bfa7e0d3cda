"""Fields of Customer."""

CUSTOMER = """
    IntuitId str
    Organization bool drop
    Title str max=16 clean f
    GivenName str max=100 clean f
    MiddleName str max=100 clean f
    FamilyName str max=100 clean f
    Suffix str max=16 clean f
    FullyQualifiedName str ro f
    CompanyName str max=100 f
    DisplayName str max=500 clean f
    PrintOnCheckName str max=110 clean f
    UserId str drop
    Active bool f
    V4IDPseudonym str ro
    PrimaryPhone obj:TelephoneNumber
    AlternatePhone obj:TelephoneNumber
    Mobile obj:TelephoneNumber
    Fax obj:TelephoneNumber
    PrimaryEmailAddr obj:EmailAddress f
    WebAddr obj:WebSiteAddress
    OtherContactInfo any[] drop
    DefaultTaxCodeRef ref:TaxCode
    Taxable bool
    BillAddr obj:PhysicalAddress
    ShipAddr obj:PhysicalAddress
    OtherAddr any[] drop
    ContactName str drop
    AltContactName str drop
    Notes str max=2000
    Job bool f
    BillWithParent bool
    RootCustomerRef ref:any ro
    ParentRef ref:Customer f
    Level int ro
    CustomerTypeRef ref:any
    SalesTermRef ref:Term
    SalesRepRef ref:any drop
    TaxGroupCodeRef ref:any drop
    TaxRateRef ref:any drop
    PaymentMethodRef ref:PaymentMethod
    CCDetail any drop
    PriceLevelRef ref:any drop
    Balance num ro f
    OpenBalanceDate date
    BalanceWithJobs num ro f
    CreditLimit num drop
    AcctNum str max=99 drop
    CurrencyRef ref:Currency
    OverDueBalance num drop
    TotalRevenue num drop
    TotalExpense num drop
    PreferredDeliveryMethod str
    ResaleNum str max=16
    JobInfo any drop
    TDSEnabled bool
    CustomerEx any drop
    SecondaryTaxIdentifier str
    ARAccountRef ref:Account
    PrimaryTaxIdentifier str
    TaxExemptionReasonId str
    IsProject bool ro
    BusinessNumber str max=10
    GSTIN str max=15
    GSTRegistrationType str max=15
    IsCISContractor bool
    ClientCompanyId str ro
    ClientEntityId str ro
    Source str drop
    TaxRegime str
"""
