"""A cart in the shop it is placed in: what it doesn't say itself, the shop's settings say."""

from __future__ import annotations

from typing import Any

from sandbox.magento.cart import Cart
from sandbox.magento.customers import accounts, groups
from sandbox.magento.rest_tax import class_name, settings_of
from sandbox.magento.shop import Kind, Shop
from sandbox.magento.stores import stores_of


def in_shop(shop: Shop, cart: Cart) -> Cart:
    """The cart with the shop's tax settings and the tax class of the buyer's group, unless it brings its own."""
    if "tax" in cart.model_fields_set:
        return cart
    change: dict[str, Any] = {"tax": settings_of(shop)}
    if "tax_class" not in cart.buyer.model_fields_set:
        name = _group_class(shop, cart)
        change["buyer"] = cart.buyer if name is None else cart.buyer.model_copy(update={"tax_class": name})
    return cart.model_copy(update=change)


def _group_class(shop: Shop, cart: Cart) -> str | None:
    """The tax class of the buyer's customer group."""
    stores = stores_of(shop.config)
    view = stores.by_code(cart.store)
    account = None
    if cart.buyer.registered and view is not None:
        account = accounts.by_email(shop, cart.buyer.email, stores.website_id(view))
    number = groups.NOT_LOGGED_IN if not cart.buyer.registered else account["group_id"] if account else groups.GENERAL
    group = shop.get(Kind.CUSTOMER_GROUP, number)
    return None if group is None else class_name(shop, group.body["tax_class_id"])
