"""What a document can be refused for. The shop tells it in Magento's words."""

from __future__ import annotations

from decimal import Decimal


class Refused(Exception):
    """A document that Magento doesn't make. `code` is the sandbox's own name of the reason."""

    def __init__(self, code: str, *, maximum: Decimal | None = None, item: str | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.maximum = maximum
        self.item = item


def shipping_over_maximum(maximum: Decimal) -> Refused:
    return Refused("shipping_refund_over_maximum", maximum=maximum)


def no_shipping_to_refund() -> Refused:
    """Shipping is asked back of an order that was shipped for nothing."""
    return Refused("shipping_refund_without_shipping")


def refund_quantity_invalid(item: str) -> Refused:
    return Refused("refund_quantity_invalid", item=item)


def invoice_quantity_invalid(item: str) -> Refused:
    return Refused("invoice_quantity_invalid", item=item)


def refund_over_paid(maximum: Decimal) -> Refused:
    return Refused("refund_over_paid", maximum=maximum)


def memo_already_registered() -> Refused:
    return Refused("creditmemo_already_registered")
