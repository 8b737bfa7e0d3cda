"""Orders canceled, held and put under review. Sources: Sales/Model/Order.php, Sales/Model/CronJob/
CleanExpiredOrders.php."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from sandbox.magento import limits
from sandbox.magento.aftersale import open_quantities
from sandbox.magento.aftersale.order import CURRENCIES
from sandbox.magento.aftersale.states import HOLDED, PAYMENT_REVIEW, PENDING_PAYMENT, PROCESSING, default_status
from sandbox.magento.errors import InvalidInput
from sandbox.magento.life import payments, refusing, rows
from sandbox.magento.life.saving import save, save_counted, with_state
from sandbox.magento.shop import Document, Kind, Shop

_FORMAT = "%Y-%m-%d %H:%M:%S"


def cancel(shop: Shop, order: Document, *, though_in_review: bool = False) -> bool:
    """Cancel what is neither invoiced nor shipped. False: nothing can be canceled. An order under review is canceled
    only by denying its payment."""
    figures = rows.read(shop, order)
    standing = rows.standing(shop, order, figures)
    if not standing.can_cancel() and not (though_in_review and standing.state == PAYMENT_REVIEW):
        return False
    state = standing.after_cancel()
    pieces: dict[int, Decimal] = {}
    for line in figures.lines:
        before = line.amount("qty_canceled")
        open_quantities.cancel(line, figures.rules.to_ship)
        pieces[int(line.code)] = line.amount("qty_canceled") - before
    for currency in CURRENCIES:
        column, amount = currency.column, figures.amount
        for name in ("subtotal", "tax", "shipping"):
            whole = column(name if name == "subtotal" else f"{name}_amount")
            figures.figures[column(f"{name}_canceled")] = amount(whole) - amount(column(f"{name}_invoiced"))
        # Invoiced discounts are kept negative, so that what is canceled of a partly invoiced one comes out too large.
        whole_discount = abs(amount(column("discount_amount")))
        figures.figures[column("discount_canceled")] = whole_discount - amount(column("discount_invoiced"))
        figures.figures[column("total_canceled")] = amount(column("grand_total")) - amount(column("total_paid"))
    _give_up_authorization(shop, order)
    save_counted(shop, order, figures, with_state(order.body, state))
    shop.stock.canceled(order.body, {number: count for number, count in pieces.items() if count})
    return True


def hold(shop: Shop, order: Document) -> None:
    """Raises InvalidInput."""
    if not rows.standing(shop, order).can_hold():
        raise InvalidInput(refusing.HOLD)
    before = {"hold_before_state": order.body["state"], "hold_before_status": order.body.get("status")}
    save(shop, order, order.body | before | {"state": HOLDED, "status": default_status(HOLDED)})


def unhold(shop: Shop, order: Document) -> None:
    """Raises InvalidInput."""
    if order.body.get("state") != HOLDED:
        raise InvalidInput(refusing.UNHOLD)
    changed = dict(order.body)
    changed |= {"state": changed.pop("hold_before_state"), "status": changed.pop("hold_before_status")}
    save(shop, order, changed)


def await_payment(shop: Shop, order: Document) -> None:
    """The buyer was sent to a payment page and hasn't come back."""
    save(shop, order, order.body | {"state": PENDING_PAYMENT, "status": default_status(PENDING_PAYMENT)})


def authorize(shop: Shop, order: Document) -> None:
    """The gateway keeps the money ready: nothing is invoiced, the order is in process."""
    payment = dict(order.body.get("payment") or {})
    for prefix in ("", "base_"):
        payment[f"{prefix}amount_authorized"] = order.body.get(f"{prefix}grand_total")
    order.body = order.body | {"payment": payment}
    body = payments.transaction(shop, order, "authorization", closed=False)
    save(shop, order, with_state(body, PROCESSING))


def review(shop: Shop, order: Document, *, fraud: bool = False) -> None:
    """The gateway looks at the payment."""
    status = "fraud" if fraud else default_status(PAYMENT_REVIEW)
    save(shop, order, order.body | {"state": PAYMENT_REVIEW, "status": status})


def accept(shop: Shop, order: Document) -> None:
    """Raises InvalidInput: the order is not under review."""
    if order.body.get("state") != PAYMENT_REVIEW:
        raise InvalidInput("The payment review action is unavailable.")
    save(shop, order, with_state(order.body, PROCESSING))


def deny(shop: Shop, order: Document) -> None:
    """Raises InvalidInput: the order is not under review."""
    if order.body.get("state") != PAYMENT_REVIEW:
        raise InvalidInput("The payment review action is unavailable.")
    cancel(shop, order, though_in_review=True)


def cancel_expired(shop: Shop) -> int:
    """What Magento's cron does: orders that await payment too long are canceled. Answers how many."""
    before = (shop.clock() - timedelta(minutes=limits.PENDING_PAYMENT_MINUTES)).strftime(_FORMAT)
    expired = [order for order in shop.with_status(Kind.ORDER, PENDING_PAYMENT) if order.body["updated_at"] <= before]
    if not expired:
        return 0
    with shop.atomic():
        return sum(cancel(shop, order) for order in expired)


def _give_up_authorization(shop: Shop, order: Document) -> None:
    if (authorized := payments.last_open(shop, order, "authorization")) is not None:
        payments.close(shop, order, authorized)
        order.body = payments.transaction(shop, order, "void", closed=True, parent=authorized)
