"""A sale as a document of the books: a sales receipt or an invoice."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shared.commerce.sale import IdentityBroken, Line, Sale
from shared.mapping import tax, text
from shared.mapping.books import Books
from shared.mapping.customer import address_body
from shared.mapping.document import Document, DocumentKind
from shared.mapping.money import priced
from shared.mapping.number import document_numbers
from shared.mapping.parked import Parked, Reason
from shared.mapping.payment import payment_fields
from shared.settings.model import DiscountStyle, Numbers, Sales, Settings


def document_kind(settings: Sales) -> DocumentKind:
    """What the merchant wants sales to become."""
    return DocumentKind(settings.document.value)


def state_chosen(state: str, settings: Sales) -> bool:
    """Whether orders in this state of the shop reach the books."""
    return state in settings.states


def before_start(placed_at: datetime, settings: Sales) -> bool:
    """Whether an order placed then, by the clock of the book date, is too old to reach the books ever."""
    return settings.start_date is not None and placed_at.date() < settings.start_date


def check_bookable(sale: Sale, settings: Settings, books: Books) -> None:
    """Raises Parked when the sale may not reach these books, before anything is created for it."""
    if not state_chosen(sale.source.state, settings.sales):
        raise Parked(
            Reason.STATE_NOT_CHOSEN,
            f"orders in state {sale.source.state or '(none)'!r} aren't chosen; "
            f"chosen are {', '.join(settings.sales.states)}",
            "sales.states",
        )
    if before_start(sale.placed_at, settings.sales):
        raise Parked(
            Reason.BEFORE_START_DATE,
            f"the order was placed on {sale.placed_at.date()}, before {settings.sales.start_date}",
            "sales.start_date",
        )
    if not sale.lines:
        raise Parked(Reason.LINES_DIFFER, "the order has no line that could be booked")
    company = books.company
    if company.country != "US":
        raise Parked(
            Reason.COUNTRY_NOT_SUPPORTED, f"companies in {company.country} can't be posted to yet, only US ones"
        )
    if sale.currency != company.home_currency and not company.multicurrency:
        raise Parked(
            Reason.CURRENCY_NOT_SUPPORTED,
            f"the order is in {sale.currency}, the books are in {company.home_currency}, "
            "and multicurrency is switched off in QuickBooks",
        )
    if sale.tenders:
        tender = sale.tenders[0]
        raise Parked(
            Reason.TENDER_NOT_MAPPED,
            f"{tender.amount} {sale.currency} was paid by {tender.kind.replace('_', ' ')}, "
            "which has no account in the books yet",
        )
    if settings.sales.numbers is Numbers.SHOP and not company.custom_numbers:
        raise Parked(
            Reason.NUMBERS_OFF,
            "custom transaction numbers are switched off in QuickBooks; switch them on or set numbers to quickbooks",
            "sales.numbers",
        )
    if sale.discount and settings.sales.discount is DiscountStyle.LINE and not company.allows_discount:
        raise Parked(
            Reason.DISCOUNTS_OFF,
            "discounts are switched off in QuickBooks; switch them on or set discount to net",
            "sales.discount",
        )


def sale_document(
    sale: Sale,
    settings: Settings,
    books: Books,
    *,
    kind: DocumentKind,
    customer: str,
    items: Mapping[Line, str],
    attempt: int,
) -> Document:
    """The document that should exist for the sale. `customer` and `items` are Ids; `attempt` counts the document
    numbers that turned out to be another's. Raises Parked, also when the identity does not hold to the cent."""
    try:
        sale.check()
    except IdentityBroken as broken:
        raise Parked(Reason.TOTALS_DIFFER, f"{broken} {sale.currency}") from broken
    body: dict[str, Any] = {
        **_number(sale, settings.sales, attempt),
        "TxnDate": sale.placed_at.date().isoformat(),
        "CustomerRef": {"value": customer},
        "PrivateNote": _note(sale),
        "Line": _lines(sale, settings.sales, books, items),
        "ApplyTaxAfterDiscount": True,
        "TxnTaxDetail": tax.tax_detail(sale, settings.tax, books),
        **_tracking(settings.sales, books),
    }
    if books.company.multicurrency:  # required then, also for the home currency (reference, section 8)
        body["CurrencyRef"] = {"value": sale.currency}
    if kind is DocumentKind.SALES_RECEIPT:
        body |= payment_fields(sale.payment, settings.payments, books)
    if address := text.email(sale.buyer.email):
        body["BillEmail"] = {"Address": address}
    for field, value in (("BillAddr", sale.buyer.billing), ("ShipAddr", sale.buyer.shipping)):
        if lines := address_body(value):
            body[field] = lines
    document = Document(kind, body, sale.total, sale.tax, sale.currency)
    document.check()
    return document


def marker(sale_key: str) -> str:
    """What the private note ends with: it says whose document it is, also when our own records are lost."""
    return f"[bookbridge {sale_key}]"


def _note(sale: Sale) -> str:
    """Whose sale it is, by which coupon it got cheaper and what was rounded; brackets are the marker's alone."""
    coupon = f"coupon {text.plain(sale.discount_label, 100)}" if sale.discount and sale.discount_label else ""
    parts = [f"Magento order {text.plain(sale.source.number, 60)}", coupon, *sale.notes]
    words = ", ".join(part for part in parts if part).replace("[", "(").replace("]", ")")
    return f"{words} {marker(sale.source.key)}"


def _number(sale: Sale, settings: Sales, attempt: int) -> dict[str, str]:
    if settings.numbers is Numbers.QUICKBOOKS:
        return {}
    candidates = document_numbers(settings.number_prefix, sale.source)
    if attempt >= len(candidates):
        raise Parked(
            Reason.NUMBER_TAKEN, f"the document number {candidates[0]} and its alternatives are taken by others"
        )
    return {"DocNumber": candidates[attempt]}


def _lines(sale: Sale, settings: Sales, books: Books, items: Mapping[Line, str]) -> list[dict[str, Any]]:
    net = settings.discount is DiscountStyle.NET
    lines = [
        _line(line, line.amount - line.discount if net else line.amount, code, items[line], sale.currency)
        for line, code in zip(sale.lines, tax.line_codes(sale), strict=True)
    ]
    if settings.class_name and books.company.class_per_line:
        reference = books.ref("Class", settings.class_name, "sales.class_name")
        for line in lines:
            line["SalesItemLineDetail"]["ClassRef"] = reference
    if sale.discount and not net:
        detail: dict[str, Any] = {"PercentBased": False}
        if settings.discount_account:
            detail["DiscountAccountRef"] = books.ref("Account", settings.discount_account, "sales.discount_account")
        lines.append({"DetailType": "DiscountLineDetail", "Amount": sale.discount, "DiscountLineDetail": detail})
    return lines


def _line(line: Line, amount: Any, code: str, item: str, currency: str) -> dict[str, Any]:
    shown = line.unit_price if amount == line.amount else None
    price = priced(line.quantity, amount, shown, currency)
    detail: dict[str, Any] = {"ItemRef": {"value": item}, "Qty": price.quantity, "TaxCodeRef": {"value": code}}
    if price.price is not None:
        detail["UnitPrice"] = price.price
    return {
        "DetailType": "SalesItemLineDetail",
        "Amount": amount,
        "Description": text.plain(line.name, 4000),
        "SalesItemLineDetail": detail,
    }


def _tracking(settings: Sales, books: Books) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if settings.class_name and books.company.class_per_document:
        fields["ClassRef"] = books.ref("Class", settings.class_name, "sales.class_name")
    if settings.location and books.company.tracks_locations:
        fields["DepartmentRef"] = books.ref("Department", settings.location, "sales.location")
    return fields
