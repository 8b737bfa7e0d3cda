"""What every company template has: the shop's chart of accounts, payment methods, terms, a bundle."""

from __future__ import annotations

from decimal import Decimal

from sandbox.quickbooks.templates.template import Account, Item

ACCOUNTS = (
    Account("Sales of Product Income", "Income", "SalesOfProductIncome"),  # 1
    Account("Services", "Income", "ServiceFeeIncome"),  # 2
    Account("Discounts given", "Income", "DiscountsRefundsGiven"),  # 3
    Account("Undeposited Funds", "Other Current Asset", "UndepositedFunds"),  # 4
    Account("Checking", "Bank", "Checking"),  # 5
    Account("Cost of Goods Sold", "Cost of Goods Sold", "SuppliesMaterialsCogs"),  # 6
    Account("Inventory Asset", "Other Current Asset", "Inventory"),  # 7
    Account("Accounts Receivable (A/R)", "Accounts Receivable", "AccountsReceivable"),  # 8
    Account("Shipping Income", "Income", "SalesOfProductIncome"),  # 9
    Account("Sales Tax Payable", "Other Current Liability", "SalesTaxPayable"),  # 10
    Account("Gift Cards Outstanding", "Other Current Liability", "OtherCurrentLiabilities"),  # 11
    Account("Merchant Fees", "Expense", "BankCharges"),  # 12
    Account("Payment Clearing", "Bank", "Checking"),  # 13
    Account("Opening Balance Equity", "Equity", "OpeningBalanceEquity"),  # 14
)
METHODS = (
    ("Cash", "NON_CREDIT_CARD"),
    ("Check", "NON_CREDIT_CARD"),
    ("Visa", "CREDIT_CARD"),
    ("MasterCard", "CREDIT_CARD"),
    ("American Express", "CREDIT_CARD"),
    ("PayPal", "NON_CREDIT_CARD"),
)
TERMS = (("Due on receipt", 0), ("Net 15", 15), ("Net 30", 30), ("Net 60", 60))

WRAP, CARD, GIFT_SET = "9001", "9002", "9003"


def bundle(tax_code: str | None) -> tuple[Item, ...]:
    """A bundle of a service and two goods; its ids are far from those that new items get."""
    return (
        Item(WRAP, "Gift wrap", "Service", Decimal("3.50"), tax_code),
        Item(CARD, "Greeting card", "NonInventory", Decimal("1.25"), tax_code),
        Item(GIFT_SET, "Gift set", "Group", parts=((WRAP, Decimal(1)), (CARD, Decimal(2)))),
    )
