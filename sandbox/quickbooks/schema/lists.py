"""Fields of the small lists: accounts, payment methods, terms, classes, departments."""

_ACCOUNT_TYPES = (
    "Bank|Accounts_Receivable|Other_Current_Asset|Fixed_Asset|Other_Asset|Accounts_Payable|Credit_Card"
    "|Other_Current_Liability|Long_Term_Liability|Equity|Income|Cost_of_Goods_Sold|Expense|Other_Income"
    "|Other_Expense|Non-Posting"
)

ACCOUNT = f"""
    Name str req max=100 f
    SubAccount bool ro f
    ParentRef ref:Account f
    Description str max=100 f
    FullyQualifiedName str ro f
    AccountAlias str max=100
    TxnLocationType str max=50
    Active bool f
    Classification str ro enum=Asset|Equity|Expense|Liability|Revenue f
    AccountType str enum={_ACCOUNT_TYPES} f
    AccountSubType str f
    AccountPurposes any[]
    AcctNum str max=20
    AcctNumExtn str
    BankNum str drop
    OpeningBalance num
    OpeningBalanceDate date
    CurrentBalance num ro f
    CurrentBalanceWithSubAccounts num ro
    CurrencyRef ref:Currency
    TaxAccount bool
    TaxCodeRef ref:TaxCode
    OnlineBankingEnabled bool
    FIName str
    JournalCodeRef ref:any
    AccountEx any drop
"""

PAYMENT_METHOD = """
    Name str req max=31 f
    Active bool f
    Type str enum=CREDIT__CARD|NON__CREDIT__CARD f
    PaymentMethodEx any drop
"""

TERM = """
    Name str req max=31 f
    Active bool f
    Type str ro
    DiscountPercent num
    DueDays int f
    DiscountDays int
    DayOfMonthDue int
    DueNextMonthDays int
    DiscountDayOfMonth int
    SalesTermEx any drop
"""

CLASS = """
    Name str req max=100 clean f
    SubClass bool ro
    ParentRef ref:Class
    FullyQualifiedName str ro f
    Active bool f
    ClassEx any drop
"""

DEPARTMENT = """
    Name str req max=100 clean f
    SubDepartment bool ro
    ParentRef ref:Department
    FullyQualifiedName str ro f
    Active bool f
    DepartmentEx any drop
    Address obj:PhysicalAddress
"""
