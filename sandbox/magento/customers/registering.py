"""A guest who registers after the order: the account comes from the order, and the order becomes the account's."""

from __future__ import annotations

from sandbox.magento.cart import Address, Buyer
from sandbox.magento.customers import accounts
from sandbox.magento.errors import InvalidInput
from sandbox.magento.shop import Body, Document, Shop
from sandbox.magento.stores import stores_of


def register(shop: Shop, order: Document) -> Body:
    """The customer. customer_id appears on the order, whose updated_at moves. Raises InvalidInput for no guest's."""
    body = order.body
    if body.get("customer_id"):
        raise InvalidInput("The order belongs to a customer.")
    billing = body.get("billing_address") or {}
    names = {
        name: str(body.get(f"customer_{name}") or billing.get(name) or "Guest") for name in ("firstname", "lastname")
    }
    place = Address(**names, street=("",), city="", region="", postcode="")
    buyer = Buyer(email=str(body.get("customer_email") or ""), registered=True, **names)
    customer = accounts.of_buyer(shop, buyer, place, stores_of(shop.config).by_id(int(body.get("store_id") or 0)))
    order.body = body | {
        "customer_id": customer["id"], "customer_is_guest": 0, "customer_group_id": customer["group_id"],
        **{f"customer_{name}": value for name, value in names.items()}, "updated_at": shop.now(),
    }  # fmt: skip
    order.as_shown = order.as_shown or order.recorded is not None
    order.recorded = None
    shop.save(order)
    return customer
