"""What can be sold of one SKU on one stock: index row, salable or not, for which quantity, how much is backordered.

`held` is the index row (None: the SKU isn't on that stock), `reserved` the sum of its reservations, which is negative
while orders are open.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sandbox.magento.stock.configuration import Backorders, Settings
from sandbox.magento.stock.quantity import ZERO
from sandbox.magento.stock.sources import SourceItem


@dataclass(frozen=True)
class Holding:
    """In-stock pieces on the enabled sources of a stock, reservations not counted."""

    quantity: Decimal
    any_in_stock: bool


@dataclass(frozen=True)
class Refusal:
    """Why a quantity can't be sold: Magento's code and message, with what stands for %1."""

    code: str
    message: str
    parameters: tuple[Decimal, ...] = ()


NOT_ASSIGNED = Refusal("is_salable_with_reservations-no_data", "The requested sku is not assigned to given stock.")
NOT_ENOUGH = Refusal("is_salable_with_reservations-not_enough_qty", "The requested qty is not available")
OUT_OF_STOCK = Refusal("is_any_source_item_in_stock-no_source_items_in_stock", "There are no source items in stock")


def holding(rows: Sequence[SourceItem]) -> Holding | None:
    """The index row made of a SKU's rows on the enabled sources of a stock. Rows out of stock count as nothing."""
    if not rows:
        return None
    in_stock = [row.quantity for row in rows if row.in_stock]
    return Holding(sum(in_stock, ZERO), bool(in_stock))


def is_salable(settings: Settings, held: Holding | None, reserved: Decimal) -> bool:
    if held is None:
        return False
    if not settings.manage_stock:
        return True
    if not held.any_in_stock:
        return False
    return settings.unlimited or held.quantity + reserved - settings.threshold > 0


def salable_quantity(settings: Settings, held: Holding | None, reserved: Decimal) -> Decimal:
    """What may still be sold, 0 when nothing is salable. With unlimited backorders it can be negative."""
    if held is None or not is_salable(settings, held, reserved):
        return ZERO
    return held.quantity + reserved - settings.threshold


def refusal(settings: Settings, held: Holding | None, reserved: Decimal, requested: Decimal) -> Refusal | None:
    """Why the cart can't take that quantity, or None (the chain used when adding to the cart)."""
    if held is None:
        return NOT_ASSIGNED
    if (wrong := _wrong_quantity(settings, requested)) is not None:
        return wrong
    if settings.manage_stock and not held.any_in_stock:
        return OUT_OF_STOCK
    return refusal_of_order(settings, held, reserved, requested)


def refusal_of_order(settings: Settings, held: Holding | None, reserved: Decimal, requested: Decimal) -> Refusal | None:
    """Why an order can't be placed for that quantity, or None: a shorter chain, the cart has checked the rest."""
    if held is None:
        return NOT_ASSIGNED
    if settings.unlimited or not settings.manage_stock:
        return None
    return None if held.quantity + reserved - settings.threshold >= requested else NOT_ENOUGH


def is_salable_for(settings: Settings, held: Holding | None, reserved: Decimal, requested: Decimal) -> bool:
    return refusal(settings, held, reserved, requested) is None


def backordered(settings: Settings, held: Holding | None, reserved: Decimal, requested: Decimal) -> Decimal:
    """The part of a requested quantity that isn't there, 0 without backorders. A negative threshold is no stock, so it
    doesn't lower it; earlier orders' backorders don't raise it above what is requested (GetBackorderQty)."""
    if held is None or not settings.manage_stock or settings.backorders is Backorders.NO:
        return ZERO
    salable = salable_quantity(settings, held, reserved)
    return min(max(requested - salable - settings.min_qty, ZERO), requested)


def _wrong_quantity(settings: Settings, requested: Decimal) -> Refusal | None:
    """IsCorrectQtyCondition: zero as a bound means there is none."""
    if settings.min_sale_qty and requested < settings.min_sale_qty:
        text = "The fewest you may purchase is %1."
        return Refusal("is_correct_qty-min_sale_qty", text, (settings.min_sale_qty,))
    if settings.max_sale_qty and requested > settings.max_sale_qty:
        text = "The requested qty exceeds the maximum qty allowed in shopping cart"
        return Refusal("is_correct_qty-max_sale_qty", text)
    if settings.qty_increments and requested % settings.qty_increments != 0:
        text = "You can buy this product only in quantities of %1 at a time."
        return Refusal("is_correct_qty-qty_increment", text, (settings.qty_increments,))
    if not settings.is_qty_decimal and requested != requested.to_integral_value():
        return Refusal("is_correct_qty-is_qty_decimal", "You cannot use decimal quantity for this product.")
    return None
