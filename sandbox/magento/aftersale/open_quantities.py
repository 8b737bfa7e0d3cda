"""What is open of an order line: to invoice, ship, refund, cancel; and its status. Source: magento/magento2,
Sales/Model/Order/Item.php and Bundle/Model/Sales/Order/Plugin/Item.php."""

from __future__ import annotations

from decimal import Decimal

from sandbox.magento.aftersale.order import Line, ToShip
from sandbox.magento.aftersale.rounding import ZERO

BUNDLE = "bundle"


def bears_no_money(line: Line) -> bool:
    """A parent whose children carry the money, or a child whose parent does."""
    if line.children:
        return line.children_calculated
    return line.parent is not None and not line.parent.children_calculated


def is_not_shipped_itself(line: Line) -> bool:
    """A parent whose children are shipped each by itself, or a child that goes with its parent."""
    if line.children:
        return line.ship_separately
    return line.parent is not None and not line.parent.ship_separately


def to_invoice(line: Line) -> Decimal:
    if bears_no_money(line):
        return ZERO
    return max(line.amount("qty_ordered") - line.amount("qty_invoiced") - line.amount("qty_canceled"), ZERO)


def to_ship(line: Line, reading: ToShip) -> Decimal:
    return ZERO if is_not_shipped_itself(line) else unshipped(line, reading)


def unshipped(line: Line, reading: ToShip) -> Decimal:
    """Like `to_ship`, and known for lines that go with another too."""
    shipped, refunded = line.amount("qty_shipped"), line.amount("qty_refunded")
    gone = max(shipped, refunded) if reading == "larger" else shipped + refunded
    return max(line.amount("qty_ordered") - gone - line.amount("qty_canceled"), ZERO)


def to_refund(line: Line) -> Decimal:
    if bears_no_money(line):
        return ZERO
    return max(line.amount("qty_invoiced") - line.amount("qty_refunded"), ZERO)


def to_cancel(line: Line, reading: ToShip) -> Decimal:
    """Only what is neither invoiced nor shipped. Selections of a bundle that go with it are asked for themselves."""
    return max(min(to_invoice(line), _shippable(line, reading)), ZERO)


def can_go_on(line: Line, reading: ToShip) -> bool:
    """Whether something is left to ship of a partly invoiced line after its open rest is canceled."""
    return _shippable(line, reading) > to_cancel(line, reading)


def _shippable(line: Line, reading: ToShip) -> Decimal:
    of_bundle = line.product_type == BUNDLE or (line.parent is not None and line.parent.product_type == BUNDLE)
    return unshipped(line, reading) if of_bundle and is_not_shipped_itself(line) else to_ship(line, reading)


def status(line: Line) -> str:
    """The label that the admin shows."""
    backordered = line.amount("qty_backordered") or sum((one.amount("qty_backordered") for one in line.children), ZERO)
    canceled, refunded = line.amount("qty_canceled"), line.amount("qty_refunded")
    invoiced, shipped, ordered = line.amount("qty_invoiced"), line.amount("qty_shipped"), line.amount("qty_ordered")
    wanted = ordered - canceled - refunded
    readings = (
        ("Ordered", not any((invoiced, shipped, refunded, canceled, backordered))),
        ("Shipped", bool(shipped and invoiced) and wanted == shipped),
        ("Invoiced", bool(invoiced) and not shipped and wanted == invoiced),
        ("Backordered", bool(backordered) and wanted == backordered),
        ("Refunded", bool(refunded) and ordered == refunded),
        ("Canceled", bool(canceled) and ordered == canceled),
        ("Partial", max(shipped, invoiced) < wanted),
    )
    return next((label for label, holds in readings if holds), "Mixed")


def cancel(line: Line, reading: ToShip) -> None:
    """Cancel the line's open rest. A line that is canceled already stays as it is."""
    if status(line) == "Canceled":
        return
    canceled = to_cancel(line, reading)
    line.figures["qty_canceled"] = canceled
    ordered = line.amount("qty_ordered")
    if canceled and ordered:
        share = canceled / ordered
        # The tax column takes the base amount: Magento's own slip.
        line.figures["tax_canceled"] = line.amount("tax_canceled") + line.amount("base_tax_amount") * share
        hidden = line.amount("discount_tax_compensation_amount") * share
        line.figures["discount_tax_compensation_canceled"] = line.amount("discount_tax_compensation_canceled") + hidden
