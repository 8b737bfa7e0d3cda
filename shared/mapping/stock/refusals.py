"""Why a SKU's quantity can't go from one system to the other, whichever way. Pure."""

from __future__ import annotations

from shared.commerce.stock import OnHand, StockCase
from shared.mapping.stock.decision import Outcome


def refusal(case: StockCase) -> tuple[Outcome, str] | None:
    """In the order in which a person would put it right; None when there is one item whose quantity is known."""
    product = case.product
    if product.composite:
        return Outcome.COMPOSITE, "its parts carry the stock, each under its own SKU"
    if not product.managed:
        return Outcome.NOT_MANAGED, "the shop doesn't count this product (Manage Stock is off)"
    if not case.items:
        return Outcome.NO_ITEM, "QuickBooks has no item of this SKU"
    active = [item for item in case.items if item.active]
    if not active:
        return Outcome.ITEM_INACTIVE, f"{case.items[0].name} is inactive in QuickBooks"
    tracked = tracked_items(case)
    if not tracked:
        return Outcome.NOT_TRACKED, f"{active[0].name} is no inventory item: QuickBooks keeps no quantity of it"
    if len(tracked) > 1:
        names = ", ".join(f"{item.name} ({item.item_id})" for item in tracked)
        return Outcome.AMBIGUOUS, f"several items of QuickBooks have this SKU: {names}"
    if tracked[0].quantity is None:
        return Outcome.NO_QUANTITY, f"{tracked[0].name} shows no quantity on hand"
    return None


def tracked_items(case: StockCase) -> list[OnHand]:
    """The active items that the books keep a quantity of."""
    return [item for item in case.items if item.active and item.tracked]
