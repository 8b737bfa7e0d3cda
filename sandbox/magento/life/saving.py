"""Saving an order: its row, its state, its events."""

from __future__ import annotations

from sandbox.magento import announcing
from sandbox.magento.aftersale.order import Order
from sandbox.magento.aftersale.states import default_status
from sandbox.magento.life import rows
from sandbox.magento.shop import Body, Document, Shop


def save(shop: Shop, order: Document, changed: Body, *, announce: bool = True) -> None:
    """Keep the row as it is, and announce what the change means."""
    before = order.body
    if order.recorded is not None:  # from here on it is a row of this shop, still in the shape it was recorded in
        order.recorded, order.as_shown = None, True
    order.body = changed | {"updated_at": max(shop.now(), str(before.get("updated_at", "")))}
    shop.save(order)
    if announce:
        announcing.order_saved(shop, order, before)


def save_counted(
    shop: Shop,
    document: Document,
    order: Order,
    changed: Body | None = None,
    *,
    in_process: bool = False,
    announce: bool = True,
) -> None:
    """Keep the counters that the engine moved, and the state that follows from what is left to do."""
    body = rows.written(document.body if changed is None else changed, order)
    after = rows.standing(shop, Document(document.kind, body, hidden=document.hidden), order)
    state = after.saved(in_process=in_process)
    save(shop, document, with_state(body, state), announce=announce)


def with_state(body: Body, state: str) -> Body:
    """The row in that state, with the state's own status; a status chosen for the state it is in stays."""
    if body.get("state") == state:
        return body
    return body | {"state": state, "status": default_status(state)}
