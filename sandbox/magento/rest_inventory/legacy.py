"""The legacy stock routes. With the inventory modules they show and write the default source only (reference 7.2)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sandbox.magento import php_json
from sandbox.magento.errors import InvalidInput, NotFound, required
from sandbox.magento.rest_inventory import reading
from sandbox.magento.rest_inventory.source_items import QUANTITY_MAX
from sandbox.magento.router import Call
from sandbox.magento.shop import Document, Kind, Shop
from sandbox.magento.stock.configuration import Backorders, StockItem, stock_item_of
from sandbox.magento.stock.network import DEFAULT_SOURCE, DEFAULT_STOCK
from sandbox.magento.stock.quantity import ZERO
from sandbox.magento.stock.sources import SourceItem

_BACKORDERS = tuple(Backorders)  # by Magento's numbers: 0 no, 1 yes, 2 yes and tell the shopper
_CRITERIA = "Magento\\CatalogInventory\\Model\\ResourceModel\\Stock\\Item\\StockItemCriteriaMapper"
_NUMBERS = ("min_qty", "min_sale_qty", "max_sale_qty", "qty_increments")
_FLAGS = (
    "use_config_min_qty", "use_config_min_sale_qty", "use_config_max_sale_qty", "use_config_backorders",
    "use_config_qty_increments", "use_config_enable_qty_inc", "use_config_manage_stock", "is_qty_decimal",
    "enable_qty_increments", "manage_stock",
)  # fmt: skip


class Legacy:
    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._inventory = shop.stock.inventory

    def get(self, call: Call) -> str:
        return php_json.encode(self.shown(self._product(call.parameters["productSku"])))

    def put(self, call: Call) -> str:
        """Answers the item's id; the one in the path is not looked at, as in Magento when the product has an item."""
        product = self._product(call.parameters["productSku"])
        self.write(product, reading.entity(call, "stockItem"))
        return str(product.entity_id)

    def write(self, product: Document, given: dict[str, Any]) -> None:
        """Set what a stock item names. Raises InvalidInput."""
        sku = str(product.body["sku"])
        changes: dict[str, Any] = {name: reading.flag_of(given, name) for name in _FLAGS}
        changes |= {name: reading.number_of(given, name) for name in _NUMBERS}
        backorders = reading.number_of(given, "backorders", "int")
        if backorders is not None:
            if not 0 <= backorders < len(_BACKORDERS):
                raise reading.mistyped("backorders", given["backorders"], "int")
            changes["backorders"] = _BACKORDERS[int(backorders)]
        quantity, in_stock = reading.number_of(given, "qty"), reading.flag_of(given, "is_in_stock")
        if quantity is not None and abs(quantity) >= QUANTITY_MAX:
            raise InvalidInput("The stock item was unable to be saved. Please try again.")
        row = self._inventory.rows.get(sku, DEFAULT_SOURCE)
        if quantity is not None or in_stock is not None:
            before = row or SourceItem(sku, DEFAULT_SOURCE, ZERO)
            status = before.in_stock if in_stock is None else in_stock
            changes["in_stock"] = status
            number = before.quantity if quantity is None else quantity
            self._inventory.rows.put(SourceItem(sku, DEFAULT_SOURCE, number, status))
        named = {name: value for name, value in changes.items() if value is not None}
        self._inventory.configure(sku, stock_item_of(named, self._inventory.stock_item(sku)))

    def status(self, call: Call) -> str:
        product = self._product(call.parameters["productSku"])
        item = self.shown(product)
        salable = self._inventory.is_salable(str(product.body["sku"]), DEFAULT_STOCK)
        answer = {"product_id": product.entity_id, "stock_id": DEFAULT_STOCK, "qty": item["qty"]}
        return php_json.encode({**answer, "stock_status": int(salable), "stock_item": item})

    def low(self, call: Call) -> str:
        """Products with at most that quantity at the default source."""
        for name in ("scopeId", "qty"):
            if name not in call.query:
                raise required(name)
        most = reading.decimal(str(call.query["qty"]))
        size = reading.whole(str(call.query.get("pageSize", 0)))
        page = max(reading.whole(str(call.query.get("currentPage", 1))), 1)
        items = [self.shown(product) for product in self._shop.documents(Kind.PRODUCT)]
        low = [item for item in items if item["qty"] <= most]
        shown = low[(page - 1) * size : page * size] if size > 0 else low
        criteria: dict[str, Any] = {
            "mapper_interface_name": _CRITERIA,
            "criteria_list": [],
            "filters": [],
            "orders": [],
        }
        return php_json.encode({"items": shown, "search_criteria": criteria, "total_count": len(low)})

    def _product(self, sku: str) -> Document:
        product = self._shop.product(sku)
        if product is None:
            raise NotFound('The Product with the "%1" SKU doesn\'t exist.', [sku])
        return product

    def shown(self, product: Document) -> dict[str, Any]:
        """The product's stock item, as it is shown alone and in the product."""
        sku = str(product.body["sku"])
        item, defaults = self._inventory.stock_item(sku), self._inventory.defaults
        row = self._inventory.rows.get(sku, DEFAULT_SOURCE)
        in_force = self._inventory.settings(sku)
        return {
            "item_id": product.entity_id,
            "product_id": product.entity_id,
            "stock_id": DEFAULT_STOCK,
            "qty": ZERO if row is None else row.quantity,
            "is_in_stock": row is not None and row.in_stock,
            "is_qty_decimal": item.is_qty_decimal,
            "show_default_notification_message": False,
            "use_config_min_qty": item.use_config_min_qty,
            "min_qty": in_force.min_qty,
            "use_config_min_sale_qty": int(item.use_config_min_sale_qty),  # the interface says int here
            "min_sale_qty": in_force.min_sale_qty,
            "use_config_max_sale_qty": item.use_config_max_sale_qty,
            "max_sale_qty": in_force.max_sale_qty,
            "use_config_backorders": item.use_config_backorders,
            "backorders": _BACKORDERS.index(in_force.backorders),
            "use_config_notify_stock_qty": True,
            "notify_stock_qty": Decimal(1),
            "use_config_qty_increments": item.use_config_qty_increments,
            "qty_increments": in_force.qty_increments,
            "use_config_enable_qty_inc": item.use_config_enable_qty_inc,
            "enable_qty_increments": _increments_on(item, defaults.enable_qty_increments),
            "use_config_manage_stock": item.use_config_manage_stock,
            "manage_stock": in_force.manage_stock,
            "low_stock_date": None,
            "is_decimal_divided": False,
            "stock_status_changed_auto": 0,
        }


def _increments_on(item: StockItem, default: bool) -> bool:
    return default if item.use_config_enable_qty_inc else item.enable_qty_increments
