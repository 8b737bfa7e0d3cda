"""What the engine made, under the names of the magento-after-sale vectors."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from sandbox.magento.aftersale import open_quantities as open_
from sandbox.magento.aftersale.order import Draft, DraftLine, Line, Order, ToShip


def open_quantities(line: Line, reading: ToShip) -> dict[str, Any]:
    """What can still be done with the line, and its status."""
    canceled = deepcopy(line)
    open_.cancel(canceled, reading)
    to_invoice, to_ship, to_refund = open_.to_invoice(line), open_.to_ship(line, reading), open_.to_refund(line)
    return {
        **line.figures,
        "qty_to_invoice": to_invoice,
        "qty_to_ship": to_ship,
        "qty_to_refund": to_refund,
        "qty_to_cancel": open_.to_cancel(line, reading),
        **{f"{name}_after_cancel": value for name, value in canceled.figures.items()},
        "simple_qty_to_ship": open_.unshipped(line, reading),
        "can_invoice": to_invoice > 0,
        "can_ship": to_ship > 0,
        "can_refund": to_refund > 0,
        "is_dummy_for_money": open_.bears_no_money(line),
        "is_dummy_for_shipment": open_.is_not_shipped_itself(line),
        "is_children_calculated": (line.parent or line).children_calculated,
        "is_ship_separately": (line.parent or line).ship_separately,
        "is_processing_available": open_.can_go_on(line, reading),
        "status": open_.status(line),
    }


def document(draft: Draft) -> dict[str, Any]:
    """The figures of a document: `totals`, `items`, `item_qty`; the admin's names beside Magento's columns."""
    return {
        "totals": _totals(draft),
        "items": {one.line.code: _item(one) for one in draft.lines},
        "item_qty": {one.line.code: one.quantity for one in draft.lines},
    }


def counters(order: Order) -> dict[str, Any]:
    return dict(order.figures)


def _totals(draft: Draft) -> dict[str, Any]:
    totals: dict[str, Any] = dict(draft.totals)
    for prefix in ("", "base_"):
        amount = totals.get(prefix + "grand_total", 0)
        fees = sum(one.amount(f"{prefix}weee_row_amount") for one in draft.lines)
        fee_tax = sum(one.amount(f"{prefix}weee_tax_amount") for one in draft.lines)
        totals |= {
            f"{prefix}subtotal_excl_tax": totals.get(prefix + "subtotal", 0),
            f"{prefix}grand_total_incl_tax": amount,
            f"{prefix}grand_total_excl_tax": amount - totals.get(prefix + "tax_amount", 0),
            f"{prefix}shipping_excl_tax": totals.get(prefix + "shipping_amount", 0),
            f"{prefix}weee_excl_tax": fees,
            f"{prefix}weee_incl_tax": fees + fee_tax,
        }
    return totals


def _item(one: DraftLine) -> dict[str, Any]:
    # A document's figure that no rule wrote is nothing; lines without tax are told as 0.
    figures: dict[str, Any] = {
        name: one.amount(name)
        for prefix in ("", "base_")
        for name in (
            f"{prefix}row_total", f"{prefix}tax_amount", f"{prefix}discount_amount",
            f"{prefix}discount_tax_compensation_amount",
        )
    }  # fmt: skip
    figures |= one.figures | {"qty": one.quantity, "is_last": one.last}
    line = one.line
    whole = line.amount("weee_row_amount_incl_tax") - line.amount("weee_row_amount")
    figures["weee_tax_share"] = [one.amount("weee_tax_amount"), whole]
    if one.fees:
        figures["applied"] = dict(one.fees[0].figures)
    return figures
