"""Sales, settings and books for the mapping's tests."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from shared.commerce.party import Address, Party
from shared.commerce.payment import Payment
from shared.commerce.sale import Line, LineKind, Sale, Source, Stage, TaxShare
from shared.mapping.books import Books, Company
from shared.mapping.document import Document, DocumentKind
from shared.mapping.sale import sale_document
from shared.settings.model import Magento, QuickBooks, Settings

NOON = datetime(2026, 11, 24, 12, tzinfo=ZoneInfo("America/New_York"))
HOME = Address(("1 Main St",), "Austin", "TX", "78701", "US")
BUYER = Party("7", "ann@example.com", "Ann", "Lee", "", "555 0100", HOME, HOME)
NAMES = {
    "Account": {"sales of product income": "79", "discounts given": "86", "checking": "35", "paypal": "36"},
    "Class": {"web": "5"},
    "Department": {"online": "2"},
    "PaymentMethod": {"check": "3"},
    "TaxCode": {"texas": "21", "austin": "22"},
}


def company(**more: Any) -> Company:
    return Company(**({"country": "US", "home_currency": "USD"} | more))


def books(**more: Any) -> Books:
    return Books(company(**more), NAMES)


def settings(**sections: Any) -> Settings:
    """Settings with everything at its default but what is given: settings(sales={"discount": "net"})."""
    shop = Magento(url="https://shop.example")
    document = {"connection": "main", "magento": shop, "quickbooks": QuickBooks(realm="1"), **sections}
    return Settings.model_validate(document)


def line(**more: Any) -> Line:
    """A line of 1 x 10.00 without discount and tax."""
    fields: dict[str, Any] = {
        "kind": LineKind.GOODS, "sku": "A", "name": "Product A", "quantity": Decimal(1), "amount": Decimal("10.00"),
    }  # fmt: skip
    return Line(**(fields | more))


def sale(*lines: Line, **more: Any) -> Sale:
    """A live sale whose discount and tax are its lines' and whose total is their sum, unless given."""
    discount = more.get("discount", sum((one.discount for one in lines), Decimal(0)))
    tax = more.get("tax", sum((one.tax for one in lines), Decimal(0)))
    fields: dict[str, Any] = {
        "source": Source("main", 41, "000000041", 1, "processing"),
        "stage": Stage.LIVE,
        "placed_at": NOON,
        "currency": "USD",
        "lines": lines,
        "discount": discount,
        "discount_label": "",
        "tax": tax,
        "taxes": (TaxShare("US-TX", Decimal("8.25"), tax),) if tax else (),
        "total": sum((one.amount for one in lines), Decimal(0)) - discount + tax,
        "buyer": BUYER,
        "payment": Payment("checkmo"),
    }
    return Sale(**(fields | more))


def document(
    what: Sale,
    how: Settings | None = None,
    where: Books | None = None,
    kind: DocumentKind = DocumentKind.SALES_RECEIPT,
    attempt: int = 0,
) -> Document:
    """The document of a sale whose customer is 11 and whose items are numbered from 100."""
    items = {one: str(100 + i) for i, one in enumerate(what.lines)}
    return sale_document(
        what, how or settings(), where or books(), kind=kind, customer="11", items=items, attempt=attempt
    )
