"""Magento's documents, as far as the mapping needs them. Unknown fields are allowed; an absent one reads as null.

Magento leaves out what is null, mixes numbers with numeric strings, and lets extensions add anything
(reference: order resource of Magento 2.3 to 2.4.8), so these models take what they can and say plainly what they can't.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator

from shared.commerce.money import ZERO

# Amounts and quantities are decimal(20,4) and decimal(12,4) columns: more than this is no amount of a shop.
_TOO_LARGE = Decimal(10) ** 16
_NO = (None, "", 0, "0", False)


def read_number(value: Any) -> Decimal | None:
    """ "" and null are "not there"; a float can't come in, since documents are decoded to Decimal; -0 is 0.

    Raises ValueError.
    """
    kind = type(value)
    if kind is str:
        value = value.strip() or None
    if value is None:
        return None
    if kind is float:
        raise ValueError("a float reached an amount: decode documents with shared.wire")
    if kind is not Decimal and kind is not int and kind is not str:
        raise ValueError(f"a number was expected, not {kind.__name__}")
    try:
        number = Decimal(value)
        fits = -_TOO_LARGE < number < _TOO_LARGE
    except InvalidOperation as error:  # no number, or "NaN", which can't be compared
        raise ValueError("a number was expected, such as 12.50") from error
    if not fits:
        raise ValueError("the number is larger than any amount")
    return number or ZERO


def _text(value: Any) -> str | None:
    """Text or a number as text, without outer spaces; None for what is blank or no text at all: a name or a city that
    can't be read is no reason to hold an order."""
    if isinstance(value, str):
        return value.strip() or None
    return str(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else None


def _whole(value: Any) -> Any:
    return None if value == "" else value


def _rows(value: Any) -> Any:
    """PHP writes a list with gaps in its keys as an object."""
    if value is None:
        return []
    return list(value.values()) if isinstance(value, dict) else value


def _parts(value: Any) -> list[Any]:
    """The objects of a list that no amount depends on: what is no list of objects is no reason to hold an order."""
    rows = _rows(value)
    return [row for row in rows if isinstance(row, dict | BaseModel)] if isinstance(rows, list) else []


def _object(value: Any) -> Any:
    """PHP writes an empty object as []."""
    return value if isinstance(value, dict | BaseModel) else None


def _street(value: Any) -> list[str]:
    lines = value.splitlines() if isinstance(value, str) else _rows(value)
    return [line for line in map(_text, lines if isinstance(lines, list) else []) if line]


def _instant(value: Any) -> Any:
    """Magento writes UTC as `2026-11-24 03:00:00`, without a zone."""
    if not isinstance(value, str):
        return value
    parsed = datetime.fromisoformat(value.strip())
    if parsed.year < 1990:
        raise ValueError("the date is not set")  # and no zone could carry it below year 1
    return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)


Number = Annotated[Decimal | None, PlainValidator(read_number)]
Text = Annotated[str | None, PlainValidator(_text)]
Flag = Annotated[bool, PlainValidator(lambda value: value not in _NO)]
Id = Annotated[int | None, BeforeValidator(_whole)]
Instant = Annotated[datetime, BeforeValidator(_instant)]


class _Document(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, coerce_numbers_to_str=True, str_strip_whitespace=True)


class OrderAddress(_Document):
    """A billing or shipping address."""

    firstname: Text = None
    lastname: Text = None
    company: Text = None
    street: Annotated[list[str], PlainValidator(_street)] = []
    city: Text = None
    region: Text = None
    region_code: Text = None
    postcode: Text = None
    country_id: Text = None
    telephone: Text = None
    email: Text = None


class OrderItem(_Document):
    """A row of an order: a parent, a child of a parent, or a plain product."""

    item_id: Id = None
    parent_item_id: Id = None
    product_type: Text = None
    sku: Text = None
    name: Text = None
    is_virtual: Flag = False
    qty_ordered: Number = None
    qty_canceled: Number = None
    price: Number = None
    base_price: Number = None
    row_total: Number = None
    base_row_total: Number = None
    row_total_incl_tax: Number = None
    base_row_total_incl_tax: Number = None
    tax_amount: Number = None
    base_tax_amount: Number = None
    discount_amount: Number = None
    base_discount_amount: Number = None
    discount_tax_compensation_amount: Number = None
    base_discount_tax_compensation_amount: Number = None
    weee_tax_applied_row_amount: Number = None
    base_weee_tax_applied_amount: Number = None
    base_weee_tax_applied_row_amnt: Number = None
    # Of stock alone, and read there: one that can't be read is no reason to hold the order's document.
    product_id: Any = None
    qty_invoiced: Any = None
    qty_shipped: Any = None
    qty_refunded: Any = None


class OrderPayment(_Document):
    """How the order is paid. One per order in Magento itself."""

    method: Text = None
    last_trans_id: Text = None
    po_number: Text = None


class AppliedTax(_Document):
    """What one tax rate brought over the whole order. `amount` may carry four decimals."""

    code: Text = None
    percent: Number = None
    amount: Number = None
    base_amount: Number = None


class Shipping(_Document):
    """Where the goods go."""

    address: Annotated[OrderAddress | None, BeforeValidator(_object)] = None


class ShippingAssignment(_Document):
    """The shipping of an order: a list of one in Magento itself."""

    shipping: Annotated[Shipping | None, BeforeValidator(_object)] = None


class OrderExtension(_Document):
    """Extension attributes. Those of unknown extensions stay readable in `model_extra`."""

    model_config = ConfigDict(extra="allow", frozen=True, coerce_numbers_to_str=True)

    shipping_assignments: Annotated[list[ShippingAssignment], BeforeValidator(_parts)] = []
    applied_taxes: Annotated[list[AppliedTax], BeforeValidator(_parts)] = []
    customer_balance_amount: Number = None
    base_customer_balance_amount: Number = None
    gift_cards_amount: Number = None
    base_gift_cards_amount: Number = None
    reward_currency_amount: Number = None
    base_reward_currency_amount: Number = None


class Order(_Document):
    """An order as `GET /V1/orders/{id}` answers it."""

    entity_id: int = Field(gt=0, lt=2**63)
    increment_id: str = Field(min_length=1)
    store_id: Id = 0
    state: Text = None
    created_at: Instant
    base_currency_code: Text = None
    order_currency_code: Text = None
    coupon_code: Text = None
    discount_description: Text = None
    customer_id: Text = None
    customer_email: Text = None
    customer_firstname: Text = None
    customer_lastname: Text = None
    subtotal: Number = None
    base_subtotal: Number = None
    grand_total: Number = None
    base_grand_total: Number = None
    tax_amount: Number = None
    base_tax_amount: Number = None
    discount_amount: Number = None
    base_discount_amount: Number = None
    discount_tax_compensation_amount: Number = None
    base_discount_tax_compensation_amount: Number = None
    shipping_amount: Number = None
    base_shipping_amount: Number = None
    shipping_tax_amount: Number = None
    base_shipping_tax_amount: Number = None
    shipping_discount_amount: Number = None
    base_shipping_discount_amount: Number = None
    shipping_discount_tax_compensation_amount: Number = None
    base_shipping_discount_tax_compensation_amnt: Number = None
    shipping_description: Text = None
    total_canceled: Number = None
    base_total_canceled: Number = None
    total_refunded: Number = None
    base_total_refunded: Number = None
    items: Annotated[list[OrderItem], BeforeValidator(_rows)] = []
    billing_address: Annotated[OrderAddress | None, BeforeValidator(_object)] = None
    payment: Annotated[OrderPayment | None, BeforeValidator(_object)] = None
    extension_attributes: Annotated[OrderExtension, BeforeValidator(lambda value: _object(value) or {})] = Field(
        default_factory=OrderExtension
    )


class Snapshot(_Document):
    """What ingest publishes to `magento.orders`: the order with what belongs to it, as read at `fetched_at`.

    `time_zone` is that of the order's store. Documents are verbatim; they are modelled when they are read. Snapshots of
    the first releases have no shipments.
    """

    connection: str
    fetched_at: Instant
    time_zone: str
    order: Order
    invoices: Annotated[list[dict[str, Any]], BeforeValidator(_rows)] = []
    creditmemos: Annotated[list[dict[str, Any]], BeforeValidator(_rows)] = []
    shipments: Annotated[list[dict[str, Any]], BeforeValidator(_rows)] = []
