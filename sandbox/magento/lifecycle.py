"""What the control routes do to an order: the same actions as over REST, asked for in a few words.

Each action takes the order and the request's body and answers the document it made, or the order. What is plainly wrong
is refused with the reason in our own words (400, 409); what Magento refuses, in Magento's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, ParamSpec, TypeVar

from sandbox.magento.aftersale.open_quantities import to_invoice, to_refund, to_ship
from sandbox.magento.aftersale.order import Line, Order
from sandbox.magento.cart import cart_of
from sandbox.magento.control_input import (
    amount,
    comment,
    flag,
    item_ids,
    known,
    quantities,
    text,
    tracks,
    whole,
)
from sandbox.magento.errors import ControlError, MagentoError
from sandbox.magento.in_shop import in_shop
from sandbox.magento.life import comments, crediting, editing, invoicing, rows, shipping, stopping
from sandbox.magento.life.requests import CreditRequest, InvoiceRequest, Quantities, ShipRequest
from sandbox.magento.placing import prepare
from sandbox.magento.shop import Document, Kind, Shop

Action = Callable[[Shop, Document, dict[str, Any]], Document]
P = ParamSpec("P")
R = TypeVar("R")
_OVER = ("canceled", "closed", "complete")
_STOPPED = ("canceled", "closed", "holded", "payment_review")


def invoice(shop: Shop, order: Document, body: dict[str, Any], announce_order: bool = True) -> Document:
    """Invoice `items` {item id: quantity}, or all that is left. `capture`: "offline" (paid at once, as every method but
    a gateway's is), "online" or "not" (left open)."""
    known(body, "items", "capture", "comment")
    _refuse(order, "invoiced", _STOPPED)
    capture = text(body, "capture") or "offline"
    if capture not in ("offline", "online", "not"):
        raise ControlError(400, f"capture is offline, online or not, and it is {capture!r}")
    wanted = _wanted(shop, order, body, to_invoice)
    return _done(
        invoicing.invoice, shop, order, InvoiceRequest(wanted, capture, comment(body)), announce_order=announce_order
    )


def ship(shop: Shop, order: Document, body: dict[str, Any]) -> Document:
    """Ship `items` {item id: quantity}, or all that is left, from `source_code`."""
    known(body, "items", "source_code", "tracks", "comment")
    _refuse(order, "shipped", _STOPPED)
    wanted = _wanted(shop, order, body, lambda line: to_ship(line, shop.config.qty_to_ship))
    return _done(
        shipping.ship, shop, order, ShipRequest(wanted, text(body, "source_code"), tracks(body), comment(body))
    )


def credit(shop: Shop, order: Document, body: dict[str, Any]) -> Document:
    """Refund `items` {item id: quantity}, or all that was invoiced and is not yet refunded, with `shipping_amount` (all
    that is left when absent) and adjustments, in base currency; of one invoice with `invoice_id`."""
    names = ("items", "shipping_amount", "adjustment_positive", "adjustment_negative", "return_to_stock_items")
    known(body, *names, "invoice_id", "online", "comment")
    _refuse(order, "refunded", _STOPPED)
    request = CreditRequest(
        shipping=amount(body, "shipping_amount"),
        extra=amount(body, "adjustment_positive") or Decimal(0),
        fee=amount(body, "adjustment_negative") or Decimal(0),
        returned=item_ids(body, "return_to_stock_items"),
        online=flag(body, "online"),
        comment=comment(body),
    )
    request = replace(request, quantities=_wanted(shop, order, body, to_refund))
    of = _invoice_of(shop, order, body) if "invoice_id" in body else None
    return _done(crediting.credit, shop, order, request, of)


def cancel(shop: Shop, order: Document, body: dict[str, Any]) -> Document:
    """Cancel what is neither invoiced nor shipped; refused when that is nothing."""
    known(body)
    _refuse(order, "cancelled", (*_OVER, "holded", "payment_review"))
    if not stopping.cancel(shop, order):
        raise ControlError(409, f"order {order.entity_id} is wholly invoiced; refund it instead")
    return order


def hold(shop: Shop, order: Document, body: dict[str, Any]) -> Document:
    known(body)
    _refuse(order, "held", (*_OVER, "holded", "payment_review"))
    return _changed(stopping.hold, shop, order)


def unhold(shop: Shop, order: Document, body: dict[str, Any]) -> Document:
    known(body)
    if order.body.get("state") != "holded":
        raise ControlError(409, f"order {order.entity_id} is not on hold")
    return _changed(stopping.unhold, shop, order)


def review(shop: Shop, order: Document, body: dict[str, Any]) -> Document:
    """The gateway looks at the payment; `fraud`: it suspects one."""
    known(body, "fraud")
    _refuse(order, "put under review", (*_OVER, "payment_review"))
    stopping.review(shop, order, fraud=flag(body, "fraud"))
    return order


def capture(shop: Shop, order: Document, body: dict[str, Any]) -> Document:
    """Capture the open invoice `invoice_id`."""
    known(body, "invoice_id")
    return _done(invoicing.capture, shop, order, _invoice_of(shop, order, body))


def void(shop: Shop, order: Document, body: dict[str, Any]) -> Document:
    """Void the invoice `invoice_id`."""
    known(body, "invoice_id")
    return _done(invoicing.void, shop, order, _invoice_of(shop, order, body))


def edit(shop: Shop, order: Document, body: dict[str, Any]) -> Document:
    """The admin's edit: answers the new order, what `cart` says or a copy, under the next number; this one is
    canceled."""
    return _again(editing.edit, shop, order, body)


def reorder(shop: Shop, order: Document, body: dict[str, Any]) -> Document:
    """Answers the new order, what `cart` says or a copy."""
    return _again(editing.reorder, shop, order, body)


def _again(step: Callable[..., Document], shop: Shop, order: Document, body: dict[str, Any]) -> Document:
    known(body, "cart")
    if "cart" not in body:
        return _done(step, shop, order)
    cart = in_shop(shop, cart_of(body["cart"]))
    return _done(lambda: step(shop, order, prepare(shop, cart), captured=cart.paid_at_once))


def add_comment(shop: Shop, order: Document, body: dict[str, Any]) -> Document:
    known(body, "comment")
    one = comment(body)
    if one is None:
        raise ControlError(400, "comment is missing: a text, or {text, visible_on_front, notified}")
    comments.comment(shop, order, one)
    return order


def delete(shop: Shop, order: Document, body: dict[str, Any]) -> Document:
    """The order and its documents are gone; no event tells."""
    known(body)
    editing.delete(shop, order)
    return order


def edit_by_staff(shop: Shop, order: Document, patch: dict[str, Any]) -> None:
    """Merge `patch` into the order (null removes; items merge by item_id) and bump updated_at."""
    editing.patch(shop, order, patch)


def _plainly(step: Callable[[Shop, Document], None]) -> Action:
    def act(shop: Shop, order: Document, body: dict[str, Any]) -> Document:
        known(body)
        return _changed(step, shop, order)

    return act


ACTIONS: Mapping[str, Action] = {
    "invoice": invoice,
    "capture": capture,
    "void": void,
    "ship": ship,
    "creditmemo": credit,
    "cancel": cancel,
    "hold": hold,
    "unhold": unhold,
    "await_payment": _plainly(stopping.await_payment),
    "authorize": _plainly(stopping.authorize),
    "review": review,
    "accept_payment": _plainly(stopping.accept),
    "deny_payment": _plainly(stopping.deny),
    "edit": edit,
    "reorder": reorder,
    "comment": add_comment,
    "delete": delete,
}


def _changed(step: Callable[[Shop, Document], None], shop: Shop, order: Document) -> Document:
    _done(step, shop, order)
    return order


def _done(step: Callable[P, R], *arguments: P.args, **named: P.kwargs) -> R:
    """Run the action; what Magento refuses is a conflict here."""
    try:
        return step(*arguments, **named)
    except MagentoError as error:
        raise ControlError(409, error.text()) from error


def _wanted(shop: Shop, order: Document, body: dict[str, Any], left: Callable[[Line], Decimal]) -> Quantities:
    """The pieces asked for, none more than is left. A bundle whose selections have that left stands for them."""
    asked = quantities(body)
    if asked is None:
        if not any(left(line) for line in rows.read(shop, order).lines):
            raise ControlError(409, f"nothing is left of order {order.entity_id} to do that with")
        return {}
    figures = rows.read(shop, order)
    wanted: Quantities = {}
    for number, quantity in asked.items():
        for line, pieces in _meant(figures, order, number, quantity, left):
            if pieces < 0 or pieces > left(line):
                raise ControlError(
                    409, f"item {line.code} of order {order.entity_id} has {left(line):f} left, not {pieces:f}"
                )
            wanted[int(line.code)] = pieces
    if not any(wanted.values()):
        raise ControlError(409, f"nothing is left of order {order.entity_id} to do that with")
    return wanted


def _meant(
    figures: Order, order: Document, number: int, quantity: Decimal, left: Callable[[Line], Decimal]
) -> list[tuple[Line, Decimal]]:
    line = next((one for one in figures.lines if one.code == str(number)), None)
    if line is None:
        raise ControlError(409, f"order {order.entity_id} has no item {number}")
    if line.children and not left(line) and any(left(child) for child in line.children):
        return [(child, (child.per_parent or Decimal(1)) * quantity) for child in line.children]
    return [(line, quantity)]


def _invoice_of(shop: Shop, order: Document, body: dict[str, Any]) -> Document:
    number = whole(body, "invoice_id")
    document = shop.get(Kind.INVOICE, number)
    if document is None or document.body.get("order_id") != order.entity_id:
        raise ControlError(404, f"order {order.entity_id} has no invoice {number}")
    return document


def _refuse(order: Document, what: str, states: tuple[str, ...]) -> None:
    if order.body.get("state") in states:
        raise ControlError(409, f"order {order.entity_id} is {order.body.get('state')} and can't be {what}")
