"""Fields of CompanyInfo and Preferences, and of the groups of preferences."""

_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"

COMPANY_INFO = f"""
    CompanyName str max=1024
    LegalName str max=1024
    CompanyAddr obj:PhysicalAddress
    CustomerCommunicationAddr obj:PhysicalAddress
    LegalAddr obj:PhysicalAddress
    CompanyEmailAddr obj:EmailAddress
    CustomerCommunicationEmailAddr obj:EmailAddress
    CompanyURL obj:WebSiteAddress
    PrimaryPhone obj:TelephoneNumber
    OtherContactInfo any[]
    CompanyFileName str max=512
    FlavorStratum str max=512
    SampleFile bool
    CompanyUserId str max=512
    CompanyUserAdminEmail str max=100
    CompanyStartDate date ro
    EmployerId str
    FiscalYearStartMonth str enum={_MONTHS}
    TaxYearStartMonth str enum={_MONTHS}
    QBVersion str max=512
    Country str
    ShipAddr obj:PhysicalAddress
    OtherAddr obj:PhysicalAddress[]
    Mobile obj:TelephoneNumber
    Fax obj:TelephoneNumber
    Email obj:EmailAddress
    WebAddr obj:WebSiteAddress
    LastImportedTime time
    LastSyncTime time
    SupportedLanguages str
    DefaultTimeZone str
    MultiByteCharsSupported bool
    NameValue obj:NameValue[]
    FifoCalculationStatus str enum=None|InProgress|Completed|Error
    CompanyInfoEx any
"""

PREFERENCES = """
    AccountingInfoPrefs obj:CompanyAccountingPrefs
    AdvancedInventoryPrefs any
    ProductAndServicesPrefs obj:ProductAndServicesPrefs
    SalesFormsPrefs obj:SalesFormsPrefs
    EmailMessagesPrefs any
    PrintDocumentPrefs any
    VendorAndPurchasesPrefs obj:VendorAndPurchasesPrefs
    TimeTrackingPrefs any
    TaxPrefs obj:TaxPrefs
    FinanceChargesPrefs any
    CurrencyPrefs obj:CurrencyPrefs
    ReportPrefs any
    OtherPrefs obj:OtherPrefs
"""

PREFERENCE_TYPES = {
    "CurrencyPrefs": """
        MultiCurrencyEnabled bool ro
        HomeCurrency ref:any ro
    """,
    "TaxPrefs": """
        UsingSalesTax bool ro
        PartnerTaxEnabled bool ro
        HideTaxManagement bool
        TaxGroupCodeRef ref:any ro
        TaxRateRef ref:TaxRate
        PaySalesTax str enum=Annually|Monthly|Quarterly
        NonTaxableSalesTaxCodeRef ref:any max=3
        TaxableSalesTaxCodeRef ref:any max=3
    """,
    "CompanyAccountingPrefs": f"""
        UseAccountNumbers bool ro
        DefaultARAccount ref:any
        DefaultAPAccount ref:any
        RequiresAccounts bool
        TrackDepartments bool
        DepartmentTerminology str
        ClassTrackingPerTxn bool
        ClassTrackingPerTxnLine bool
        AutoJournalEntryNumber bool
        FirstMonthOfFiscalYear str enum={_MONTHS} ro
        TaxYearMonth str enum={_MONTHS} ro
        TaxForm str ro
        BookCloseDate date
        OtherContactInfo any[]
        CustomerTerminology str
    """,
    "ProductAndServicesPrefs": """
        ForSales bool
        ForPurchase bool
        InventoryAndPurchaseOrder bool
        QuantityWithPriceAndRate bool
        QuantityOnHand bool
        UOM str enum=Disabled|SinglePerItem|MultiplePerItem
        RevenueRecognition bool
        RevenueRecognitionFrequency str
    """,
    "SalesFormsPrefs": """
        UsingProgressInvoicing bool ro
        CustomField any[] ro
        CustomTxnNumbers bool
        DelayedCharges bool
        SalesEmailCc obj:EmailAddress
        SalesEmailBcc obj:EmailAddress
        EmailCopyToCompany bool
        AllowDeposit bool
        AllowDiscount bool
        DefaultDiscountAccount str
        AllowEstimates bool
        EstimateMessage str ro
        ETransactionEnabledStatus str enum=Enabled|NotApplicable ro
        ETransactionAttachPDF bool
        ETransactionPaymentEnabled bool
        IPNSupportEnabled bool ro
        InvoiceMessage str
        AllowServiceDate bool
        AllowShipping bool
        DefaultShippingAccount str
        DefaultItem ref:any
        DefaultTerms ref:any
        DefaultDeliveryMethod str
        AutoApplyCredit bool ro
        AutoApplyPayments bool
        PrintItemWithZeroAmount bool
        DefaultShipMethodRef ref:any max=256
        DefaultMarkup num
        TrackReimbursableExpensesAsIncome bool
        UsingSalesOrders bool
        UsingPriceLevels bool ro
        DefaultFOB str
        DefaultCustomerMessage str
    """,
    "VendorAndPurchasesPrefs": """
        EnableBills bool
        TrackingByCustomer bool
        BillableExpenseTracking bool
        DefaultTerms ref:any
        DefaultMarkup num
        DefaultMarkupAccount ref:any
        AutomaticBillPayment bool
        TPAREnabled bool
        POCustomField any[]
        MsgToVendors str
        UsingInventory bool
        UsingMultiLocationInventory bool
        DaysBillsAreDue int
        DiscountAccountRef ref:Account max=4000
    """,
    "OtherPrefs": """
        NameValue obj:NameValue[]
    """,
    "NameValue": """
        Name str
        Value str
    """,
}
"""By the name of the type."""
