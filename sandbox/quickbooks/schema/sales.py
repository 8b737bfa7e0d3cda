"""Fields that the sales forms share, and those that one of them has alone."""

SUB_TYPES = (
    "InvoiceTax|InvoiceRetail|JournalTaxAdjustment|ProjectCostEstimate|EmployeeReimbursableExpense"
    "|EmployeeReimbursableExpensePayment|RetainageRelease"
)
_E_INVOICE = "Sent|Viewed|Paid|Delivery_Error|Updated|Error|Accepted|Rejected|Sent_With_ICN_Error|Delivered|Disputed"

SALES = f"""
    DocNumber str max=21 f
    TxnDate date f
    TxnSubType str enum={SUB_TYPES}
    DepartmentRef ref:Department
    CurrencyRef ref:Currency
    ExchangeRate num
    PrivateNote str max=4000
    TxnStatus str
    LinkedTxn obj:LinkedTxn[] ro
    Line obj:Line[] req
    TxnTaxDetail obj:TxnTaxDetail
    TxnSource str
    TaxFormType str
    TaxFormNum str
    TransactionLocationType str
    Tag any[]
    TxnApprovalInfo any
    RecurDataRef ref:any ro
    RecurringInfo any
    ProjectRef ref:any
    TotalCostAmount num
    HomeTotalCostAmount num
    AutoDocNumber bool
    CustomerRef ref:Customer f
    CustomerMemo obj:Memo
    BillAddr obj:PhysicalAddress
    ShipAddr obj:PhysicalAddress
    FreeFormAddress bool ro
    ShipFromAddr obj:PhysicalAddress
    RemitToRef ref:any ro drop
    ClassRef ref:Class
    DueDate date f
    SalesRepRef ref:any drop
    PONumber str max=15
    FOB str max=15
    ShipMethodRef ref:any
    ShipDate date
    TrackingNum str
    GlobalTaxCalculation str enum=TaxInclusive|TaxExcluded|NotApplicable
    TotalAmt num ro f
    HomeTotalAmt num ro
    ApplyTaxAfterDiscount bool
    ShippingTaxIncludedInTotalTax bool
    TemplateRef ref:any drop
    PrintStatus str enum=NotSet|NeedToPrint|PrintComplete
    EmailStatus str enum=NotSet|NeedToSend|EmailSent
    BillEmail obj:EmailAddress
    BillEmailCc obj:EmailAddressList
    BillEmailBcc obj:EmailAddressList
    ARAccountRef ref:any drop
    Balance num ro f
    HomeBalance num ro
    FinanceCharge bool
    PaymentMethodRef ref:PaymentMethod
    PaymentType str enum=Cash|Check|CreditCard|Expense|Other
    CheckPayment any
    CreditCardPayment any
    DepositToAccountRef ref:Account
    DeliveryInfo any ro
    DiscountRate num
    DiscountAmt num
    GovtTxnRefIdentifier str max=30
    TaxExemptionRef ref:any ro
    LessCIS num
    PaymentRefNum str max=21
"""

SALES_RECEIPT = """
    SalesTermRef ref:any drop
    SalesReceiptEx any drop
"""

INVOICE = f"""
    CustomerRef ref:Customer req f
    SalesTermRef ref:Term
    Deposit num
    AllowIPNPayment bool
    AllowOnlinePayment bool
    AllowOnlineCreditCardPayment bool
    AllowOnlineACHPayment bool
    AllowOnlinePayPalPayment bool
    AllowOnlineAffirmPayment bool
    EInvoiceStatus str enum={_E_INVOICE}
    ECloudStatusTimeStamp time ro
    CfdiUse int
    Exportation str
    GlobalInfo any
    invoiceStatus str
    callToAction str
    invoiceStatusLog any[]
    InvoiceEx any drop
    InvoiceLink str ro
    PaymentDetailsMessage str
    ConvenienceFeeDetail any
    EnabledSurchargeInfo any
    InvoiceLinkSecurityCode str ro
    InvoiceLinkExpiryDate date ro
    AutoPayEligible bool
    SchedulePayEligible bool
    ScheduledPaymentId str
    GratuityEnabled bool
    FinancingProductType str enum=GET__PAID__UPFRONT
    SubscriptionPaymentsSetting str enum=SALE__TERM
    TxnRetainageDetail any
"""

CREDIT_MEMO = """
    CustomerRef ref:Customer req f
    SalesTermRef ref:any
    RemainingCredit num ro f
    InvoiceRef ref:Invoice
    CreditMemoEx any drop
"""

REFUND_RECEIPT = """
    SalesTermRef ref:any drop
    PaymentRefNum str max=100
    DepositToAccountRef ref:Account req
    RemainingCredit num ro
    RefundReceiptEx any drop
"""
