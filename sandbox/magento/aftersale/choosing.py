"""Which lines a document has, with which quantities, from what a request asks for. Sources: Sales/Model/Service/
InvoiceService.php, Sales/Model/Order/CreditmemoFactory.php and ShipmentFactory.php of magento/magento2.

A request names order lines and quantities; an empty one wants all that is open. Lines that carry no money come with the
lines they belong to.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_DOWN, Decimal

from sandbox.magento.aftersale import refusals
from sandbox.magento.aftersale.open_quantities import (
    BUNDLE,
    bears_no_money,
    is_not_shipped_itself,
    to_invoice,
    to_refund,
    to_ship,
    unshipped,
)
from sandbox.magento.aftersale.order import Draft, DraftLine, Issued, Line, Order
from sandbox.magento.aftersale.rounding import ZERO

Quantities = Mapping[str, Decimal]  # by line code


def invoice(order: Order, wanted: Quantities) -> Draft:
    """Raises Refused when more is asked for than is open."""
    prepared = _with_children(order, wanted)
    lines: list[DraftLine] = []
    for line in order.lines:
        if line.locked_do_invoice or not _can_invoice(line, prepared):
            continue
        if line.code in prepared:
            quantity = prepared[line.code]
        elif bears_no_money(line):
            quantity = line.amount("qty_ordered") or Decimal(1)
        else:
            quantity = ZERO if wanted else to_invoice(line)
        quantity = _pieces(line, quantity)
        if quantity > to_invoice(line) and not bears_no_money(line):
            raise refusals.invoice_quantity_invalid(line.name or line.code)
        lines.append(DraftLine(line, quantity, last=quantity == to_invoice(line)))
    # Lines that carry no money have nothing open and don't count here; a credit memo that holds one is never the last.
    last = all(one.last for one in lines if not bears_no_money(one.line))
    return Draft("invoice", order, lines, last=last)


def credit_memo(order: Order, wanted: Quantities, invoice: Issued | None = None) -> Draft:
    """Of an invoice, no more of a line than the invoice has and earlier memos of it left. Raises Refused."""
    limits = None if invoice is None else _limits(order, invoice)
    lines: list[DraftLine] = []
    for line in order.lines:
        if (limits is not None and line.code not in limits) or not _can_refund(line, wanted, limits):
            continue
        quantity = _to_credit(line, wanted, limits)
        if invoice is not None:
            quantity = min(quantity, invoice.quantities[line.code])
        quantity = _pieces(line, quantity)
        if quantity > to_refund(line) and not bears_no_money(line):
            raise refusals.refund_quantity_invalid(line.name or line.code)
        lines.append(DraftLine(line, quantity, last=quantity == to_refund(line)))
    draft = Draft("creditmemo", order, lines, last=all(one.last for one in lines), invoice=invoice)
    if not lines:
        draft.last = not any(to_refund(line) for line in order.lines)
    draft.totals["total_qty"] = sum((one.quantity for one in lines), ZERO)
    return draft


def shipment(order: Order, wanted: Quantities) -> dict[str, Decimal]:
    """Pieces by line code; a bundle's selections that go with it by their own count."""
    reading = order.rules.to_ship
    chosen: dict[str, Decimal] = {}
    for line in order.lines:
        if line.is_virtual or line.locked_do_ship:
            continue
        if not is_not_shipped_itself(line):
            asked = wanted.get(line.code, ZERO) if wanted else to_ship(line, reading)
            chosen[line.code] = _pieces(line, min(asked, to_ship(line, reading)))
        elif line.parent is not None and chosen.get(line.parent.code):
            each = line.per_parent or Decimal(1)
            chosen[line.code] = min(each * chosen[line.parent.code], unshipped(line, reading))
    return {code: quantity for code, quantity in chosen.items() if quantity > 0}


def _with_children(order: Order, wanted: Quantities) -> dict[str, Decimal]:
    """What is asked for of a parent is asked for of its children too, unless they are named themselves."""
    prepared = dict(wanted)
    for line in order.lines:
        if line.code in prepared:
            for child in line.children:
                if child.per_parent is not None:
                    prepared.setdefault(child.code, child.per_parent * prepared[line.code])
        elif line.parent is not None and line.parent.code in prepared:
            prepared[line.code] = prepared[line.parent.code]
    return prepared


def _can_invoice(line: Line, wanted: Quantities) -> bool:
    if not bears_no_money(line):
        return to_invoice(line) > 0
    relatives = line.children or ([line.parent] if line.parent else [])
    if wanted:
        return any(wanted.get(one.code, ZERO) > 0 for one in relatives)
    return any(to_invoice(one) > 0 for one in relatives)


def _can_refund(line: Line, wanted: Quantities, limits: Quantities | None) -> bool:
    if not bears_no_money(line):
        return _within(line, limits)
    relatives = line.children or ([line.parent] if line.parent else [])
    if wanted:
        return any(wanted.get(one.code, ZERO) > 0 for one in relatives)
    return any(_within(one, limits) for one in relatives)


def _within(line: Line, limits: Quantities | None) -> bool:
    return limits is None or limits.get(line.code, ZERO) > 0


def _limits(order: Order, invoice: Issued) -> dict[str, Decimal]:
    left = dict(invoice.quantities)
    for memo in order.memos_of(invoice):
        for code, quantity in memo.quantities.items():
            if code in left:
                left[code] -= quantity
    return left


def _to_credit(line: Line, wanted: Quantities, limits: Quantities | None) -> Decimal:
    if bears_no_money(line):
        return _going_along(line, wanted)
    quantity = wanted.get(line.code, ZERO) if wanted else to_refund(line)
    return quantity if limits is None else min(quantity, limits[line.code])


def _going_along(line: Line, wanted: Quantities) -> Decimal:
    """Of a line without money: as many as its parent's; a bundle with priced selections counts as a whole."""
    if line.parent is not None and line.parent.code in wanted:
        pieces = wanted[line.parent.code]
    elif line.product_type == BUNDLE:
        pieces = line.amount("qty_invoiced")
    else:
        pieces = to_refund(line.parent) if line.parent is not None else Decimal(1)
    return pieces * line.per_parent if line.per_parent is not None else pieces


def _pieces(line: Line, quantity: Decimal) -> Decimal:
    """Whole pieces where the product is sold in such; never less than none."""
    if line.whole_pieces:
        quantity = quantity.to_integral_value(ROUND_DOWN)
    return max(quantity, ZERO)
