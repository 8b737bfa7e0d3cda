"""The order that the benchmarks use: three lines, a discount and a tax, as REST shows it."""

from __future__ import annotations

from typing import Any

from sandbox.magento.config import Config
from sandbox.magento.placing import place
from sandbox.magento.row_totals import as_rest_shows
from sandbox.magento.shop import Shop
from sandbox.scenarios.orders import carts
from shared.wire import decode, encode


def three_line_order() -> dict[str, Any]:
    """The first generated cart that has three plain lines."""
    shop = Shop(Config())
    for cart in carts(seed=1, count=500):
        if len(cart.items) == 3 and all(item.type == "simple" for item in cart.items):
            order = as_rest_shows(place(shop, cart).body, "2.4.7")
            shown: dict[str, Any] = decode(encode(order))
            return shown
    raise LookupError("no cart of three plain lines among 500")
