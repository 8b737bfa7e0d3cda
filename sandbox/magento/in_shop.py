"""A cart in the shop it is placed in: what it doesn't say itself, the shop's settings say."""

from __future__ import annotations

from sandbox.magento.cart import Cart
from sandbox.magento.rest_tax import settings_of
from sandbox.magento.shop import Shop


def in_shop(shop: Shop, cart: Cart) -> Cart:
    """The cart with the shop's tax settings, unless it brings its own."""
    if "tax" in cart.model_fields_set:
        return cart
    return cart.model_copy(update={"tax": settings_of(shop)})
