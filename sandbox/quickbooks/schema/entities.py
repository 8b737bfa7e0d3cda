"""The entities this sandbox knows, and which of their fields a query may filter by."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.quickbooks.schema.accounting import DEPOSIT, INVENTORY_ADJUSTMENT, JOURNAL_ENTRY, PAYMENT
from sandbox.quickbooks.schema.customer import CUSTOMER
from sandbox.quickbooks.schema.fields import Field, parse_fields
from sandbox.quickbooks.schema.item import ITEM
from sandbox.quickbooks.schema.lists import ACCOUNT, CLASS, DEPARTMENT, PAYMENT_METHOD, TERM
from sandbox.quickbooks.schema.people import PERSON
from sandbox.quickbooks.schema.profile import COMPANY_INFO, PREFERENCES
from sandbox.quickbooks.schema.sales import CREDIT_MEMO, INVOICE, REFUND_RECEIPT, SALES, SALES_RECEIPT
from sandbox.quickbooks.schema.tax import EXCHANGE_RATE, TAX_AGENCY, TAX_CODE, TAX_RATE, TAX_SERVICE

_COMMON = """
    Id str ro f
    SyncToken str ro
    MetaData obj:MetaData ro f
    CustomField obj:CustomField[]
    AttachableRef any[] drop
    domain str ro
    sparse bool ro
    status str ro
"""


@dataclass(frozen=True, slots=True)
class Entity:
    """One entity: its name in JSON, its fields, and what may be done with it."""

    name: str
    fields: dict[str, Field]
    transaction: bool = False
    writable: bool = True
    total_count: bool = False  # whether a query's answer tells totalCount (recordings: Invoice yes, name lists no)
    sales_form: bool = False  # a transaction that sells or takes back: it has item lines and sales tax

    @property
    def path(self) -> str:
        """The entity's segment in the address."""
        return self.name.lower()


def _entity(
    name: str, text: str, *, transaction: bool = False, writable: bool = True, total_count: bool = False
) -> Entity:
    fields = parse_fields(_COMMON) | parse_fields(text)
    return Entity(name, fields, transaction=transaction, writable=writable, total_count=total_count)


def _sales_form(name: str, text: str, *, total_count: bool = False) -> Entity:
    fields = parse_fields(_COMMON) | parse_fields(SALES) | parse_fields(text)
    return Entity(name, fields, transaction=True, total_count=total_count, sales_form=True)


ENTITIES: dict[str, Entity] = {
    entity.name: entity
    for entity in (
        _entity("Account", ACCOUNT),
        _entity("PaymentMethod", PAYMENT_METHOD),
        _entity("Term", TERM),
        _entity("Class", CLASS),
        _entity("Department", DEPARTMENT),
        _entity("CompanyInfo", COMPANY_INFO, writable=False),
        _entity("Preferences", PREFERENCES, writable=False),
        _entity("ExchangeRate", EXCHANGE_RATE, writable=False, total_count=True),
        _entity("TaxAgency", TAX_AGENCY),
        _entity("TaxRate", TAX_RATE, writable=False),
        _entity("TaxCode", TAX_CODE, writable=False),
        _entity("Customer", CUSTOMER),
        _entity("Vendor", PERSON),
        _entity("Employee", PERSON),
        _entity("Item", ITEM),
        _sales_form("SalesReceipt", SALES_RECEIPT),
        _sales_form("Invoice", INVOICE, total_count=True),
        _sales_form("CreditMemo", CREDIT_MEMO),
        _sales_form("RefundReceipt", REFUND_RECEIPT),
        _entity("Payment", PAYMENT, transaction=True),
        _entity("JournalEntry", JOURNAL_ENTRY, transaction=True),
        _entity("InventoryAdjustment", INVENTORY_ADJUSTMENT, transaction=True),
        _entity("Deposit", DEPOSIT, transaction=True),
    )
}
"""By name, in the order in which references between them can be seeded."""

TAX_SERVICE_FIELDS = parse_fields(TAX_SERVICE)
"""Of the body of POST /taxservice/taxcode, which is no entity: nothing is stored under this name."""
