"""The inventory of a shop: in its database, with its switches."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sandbox.magento.config import Config
from sandbox.magento.stock.hooks import StockHooks
from sandbox.magento.stock.leaves import Body
from sandbox.magento.stock.legacy import LegacyStockHooks
from sandbox.magento.stock.quantity import quantity
from sandbox.magento.stock.state import Inventory
from sandbox.magento.stores import stores_of
from sandbox.storage import Database


def stock_hooks(
    database: Database, config: Config, clock: Callable[[], datetime], sku_of: Callable[[Body], str]
) -> StockHooks:
    """`sku_of`: an order item's SKU as its product has it now."""
    inventory = Inventory(database, lambda: clock().timestamp(), config.stock_index_lag_seconds)
    stores = stores_of(config)
    inventory.network.as_shipped(*stores.website_codes())
    hooks = StockHooks if config.msi else LegacyStockHooks
    provided = None if config.stock_provided is None else quantity(config.stock_provided)
    return hooks(inventory, lambda order: stores.by_id(int(order.get("store_id") or 0)).website_code, sku_of, provided)
