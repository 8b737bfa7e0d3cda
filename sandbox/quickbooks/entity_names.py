"""Entities of QuickBooks by what covers them, those that this sandbox doesn't model included.

Sources: Intuit's pages on webhooks and on change data capture (reference, sections 3 and 11).
"""

from __future__ import annotations

WEBHOOK_ENTITIES = frozenset(
    {
        "Account",
        "Bill",
        "BillPayment",
        "Budget",
        "Class",
        "CreditMemo",
        "Currency",
        "Customer",
        "Department",
        "Deposit",
        "Employee",
        "Estimate",
        "Invoice",
        "Item",
        "JournalCode",
        "JournalEntry",
        "Payment",
        "PaymentMethod",
        "Preferences",
        "Purchase",
        "PurchaseOrder",
        "RefundReceipt",
        "SalesReceipt",
        "TaxAgency",
        "Term",
        "TimeActivity",
        "Transfer",
        "Vendor",
        "VendorCredit",
    }
)
NOT_IN_CDC = frozenset({"JournalCode", "TaxAgency", "TaxCode", "TaxRate", "TimeActivity"})
UNSURE_IN_CDC = frozenset({"InventoryAdjustment", "CompanyInfo", "Preferences"})
CDC_ENTITIES = WEBHOOK_ENTITIES - NOT_IN_CDC - UNSURE_IN_CDC
