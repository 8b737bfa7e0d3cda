"""Fields of the transactions that move money or stock without selling: payments, deposits, journals, adjustments."""

from sandbox.quickbooks.schema.sales import SUB_TYPES

_TRANSACTION = f"""
    DocNumber str max=21 f
    TxnDate date f
    TxnSubType str enum={SUB_TYPES}
    DepartmentRef ref:Department
    CurrencyRef ref:Currency
    ExchangeRate num
    PrivateNote str max=4000
    TxnStatus str
    LinkedTxn obj:LinkedTxn[] ro
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
"""

PAYMENT = f"""
    {_TRANSACTION}
    Line obj:TxnLine[]
    CustomerRef ref:Customer req f
    RemitToRef ref:any drop
    ARAccountRef ref:Account
    DepositToAccountRef ref:Account
    PaymentMethodRef ref:PaymentMethod
    PaymentRefNum str max=21
    PaymentType str enum=Cash|Check|CreditCard|Expense|Other
    CheckPayment any
    CreditCardPayment any
    TotalAmt num req f
    UnappliedAmt num ro
    ProcessPayment bool
    PaymentExtendedType str enum=Prepayment
    PaymentEx any drop
    TaxExemptionRef ref:any ro
"""

DEPOSIT = f"""
    {_TRANSACTION}
    Line obj:TxnLine[] req
    DepositToAccountRef ref:Account req
    CashBack obj:CashBackInfo
    GlobalTaxCalculation str enum=TaxInclusive|TaxExcluded|NotApplicable
    TotalAmt num ro f
    HomeTotalAmt num ro
    DepositEx any drop
"""

JOURNAL_ENTRY = f"""
    {_TRANSACTION}
    Line obj:TxnLine[] req
    Adjustment bool
    HomeCurrencyAdjustment bool
    EnteredInHomeCurrency bool
    GlobalTaxCalculation str enum=TaxInclusive|TaxExcluded|NotApplicable
    TotalAmt num ro
    HomeTotalAmt num ro
    JournalEntryEx any drop
    TaxRateRef ref:TaxRate
"""

INVENTORY_ADJUSTMENT = f"""
    {_TRANSACTION.replace("TxnDate date f", "TxnDate date req f")}
    Line obj:TxnLine[] req
    ShippingAdjustment bool
    AdjustAccountRef ref:Account req
    CustomerRef ref:Customer
"""
