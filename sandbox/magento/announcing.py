"""From changes of the shop to events: which names of reference 1.3 a save raises."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sandbox.magento.shop import Body, Document, Shop

ADDRESS = "address_id"  # hidden column of a customer whose address is what an event is about


def _due(body: Body) -> Decimal:
    return Decimal(body.get("base_total_due") or 0)


def order_saved(shop: Shop, order: Document, before: Body | None) -> None:
    """`before` is the order's row as it was, None when the row is new."""
    body = order.body
    if before is None:
        shop.announce("sales.order.created", order)
    if _due(body) == 0 and (before is None or _due(before) != 0):
        shop.announce("sales.order.paid", order)
    if before is None or before.get("state") == body.get("state"):
        return
    shop.announce("sales.order.updated", order)  # raised by a change of state only
    if body.get("state") == "holded":
        shop.announce("sales.order.holded", order)
    elif before.get("state") == "holded":
        shop.announce("sales.unholdedcreated", order)  # the module's own slip: nobody subscribes to this name
    if body.get("state") == "canceled":
        shop.announce("sales.order.cancelled", order)


def invoice_saved(shop: Shop, invoice: Document, before: Body | None) -> None:
    if before is None:
        shop.announce("sales.invoice.created", invoice)
    if _paid(invoice.body) and (before is None or not _paid(before)):
        shop.announce("sales.invoice.paid", invoice)


def addresses_saved(shop: Shop, customer: Document, before: list[Body]) -> None:
    """`before`: the addresses the account had. One that is deleted is not told of."""
    known = {one["id"]: one for one in before}
    for address in customer.body["addresses"]:
        if known.get(address["id"]) != address:
            told = Document(customer.kind, customer.body, hidden={ADDRESS: address["id"]})
            shop.announce(f"customer.address.{'updated' if address['id'] in known else 'created'}", told)


def _paid(body: dict[str, Any]) -> bool:
    return bool(body.get("state") == 2)
