"""The state an order gets when it is saved, and what it can still be asked for. Sources: magento/magento2,
Sales/Model/ResourceModel/Order/Handler/State.php and Sales/Model/Order.php; reference 3.1."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from sandbox.magento.aftersale.open_quantities import can_go_on, to_invoice, to_refund, to_ship
from sandbox.magento.aftersale.order import Order
from sandbox.magento.aftersale.rounding import DUST, ZERO, cents

Completion = Literal["shipped", "shipped_or_refunded"]

NEW, PENDING_PAYMENT, PROCESSING, COMPLETE = "new", "pending_payment", "processing", "complete"
CLOSED, CANCELED, HOLDED, PAYMENT_REVIEW = "closed", "canceled", "holded", "payment_review"
# Each state's status as shipped, and the label the admin shows for it.
DEFAULT_STATUS = {NEW: "pending"}
LABELS = {
    "pending": "Pending",
    "pending_payment": "Pending Payment",
    "processing": "Processing",
    "complete": "Complete",
    "closed": "Closed",
    "canceled": "Canceled",
    "holded": "On Hold",
    "payment_review": "Payment Review",
    "fraud": "Suspected Fraud",
}


def default_status(state: str) -> str:
    return DEFAULT_STATUS.get(state, state)


@dataclass
class Standing:
    """An order with its state. `completion`: whether pieces refunded instead of shipped count for complete."""

    order: Order
    state: str
    is_virtual: bool = False
    open_invoices: bool = False
    completion: Completion = "shipped_or_refunded"

    def stopped(self) -> bool:
        return self.state in (HOLDED, PAYMENT_REVIEW)

    def over(self) -> bool:
        return self.state in (CANCELED, COMPLETE, CLOSED)

    def can_invoice(self) -> bool:
        if self.stopped() or self.over():
            return False
        return any(to_invoice(line) > 0 and not line.locked_do_invoice for line in self.order.lines)

    def can_ship(self) -> bool:
        """Asked of complete and closed orders too."""
        if self.stopped() or self.is_virtual or self.state == CANCELED:
            return False
        return any(
            to_ship(line, self.order.rules.to_ship) > 0
            and not line.is_virtual
            and not line.locked_do_ship
            and line.amount("qty_refunded") != line.amount("qty_ordered")
            for line in self.order.lines
        )

    def can_credit(self) -> bool:
        if self.stopped() or self.state in (CANCELED, CLOSED):
            return False
        order = self.order
        kept = cents(order.amount("total_paid")) - order.amount("total_refunded")
        fee_only = abs(kept - order.amount("adjustment_negative")) < DUST
        if abs(order.amount("grand_total")) >= DUST:
            return abs(kept) >= DUST and not fee_only
        nothing_over = order.amount("total_paid") <= order.amount("grand_total")
        given_back = order.amount("total_refunded") == order.amount("total_paid")
        credited = given_back and any(one.kind == "creditmemo" for one in order.documents)
        return not ((self.can_invoice() and nothing_over) or credited or (not nothing_over and fee_only))

    def can_cancel(self) -> bool:
        if self.stopped() or self.over():
            return False
        return any(to_invoice(line) for line in self.order.lines)

    def can_hold(self) -> bool:
        return not self.stopped() and not self.over()

    def can_edit(self) -> bool:
        invoiced = any(one.kind == "invoice" for one in self.order.documents)
        return not self.stopped() and not self.over() and not invoiced

    def saved(self, *, in_process: bool = False) -> str:
        """The state after a save. `in_process`: an invoice or a shipment came with it."""
        state = PROCESSING if self.state == NEW and in_process else self.state
        after = Standing(self.order, state, self.is_virtual, self.open_invoices, self.completion)
        waiting = self.open_invoices and self._due() >= 1
        if state == CANCELED or after.stopped() or after.can_invoice() or waiting:
            return state
        if state in (PROCESSING, COMPLETE) and not self.is_virtual and not after.can_credit() and not after.can_ship():
            return CLOSED
        if state == PROCESSING and (not after.can_ship() or self._refunded_or_shipped()):
            return COMPLETE
        return state

    def after_cancel(self) -> str:
        """The state that canceling the open rest leaves, before it is saved. Ask before the lines are canceled."""
        state = CANCELED
        for line in self.order.lines:
            if state != PROCESSING and to_refund(line):
                state = PROCESSING if can_go_on(line, self.order.rules.to_ship) else COMPLETE
        return state

    def _due(self) -> Decimal:
        return max(self.order.amount("grand_total") - self.order.amount("total_paid"), ZERO)

    def _refunded_or_shipped(self) -> bool:
        """Counted over whole pieces of simple rows; shipments over all rows, as Magento does it."""
        if self.completion == "shipped":
            return False
        simple = [line for line in self.order.lines if line.product_type == "simple"]
        shipped = sum(int(line.amount("qty_shipped")) for line in self.order.lines)
        refunded = sum(int(line.amount("qty_refunded")) for line in simple)
        ordered = sum(int(line.amount("qty_ordered")) for line in simple)
        return shipped > 0 and ordered <= refunded + shipped
