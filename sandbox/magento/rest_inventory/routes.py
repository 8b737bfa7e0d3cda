"""Which route asks what, and the ACL resource it needs (webapi.xml of InventoryApi, InventorySalesApi,
InventoryExportStockApi and CatalogInventory)."""

from __future__ import annotations

from sandbox.magento.rest_inventory.legacy import Legacy
from sandbox.magento.rest_inventory.network import Networks
from sandbox.magento.rest_inventory.salable import Salable
from sandbox.magento.rest_inventory.source_items import SourceItems
from sandbox.magento.router import Router
from sandbox.magento.shop import Shop

_API, _SALES, _LEGACY = "Magento_InventoryApi", "Magento_InventorySalesApi", "Magento_Catalog::catalog_inventory"


def add_routes(router: Router, shop: Shop) -> None:
    """Those under inventory/ only when the shop has the inventory modules: without them they are no route."""
    legacy = Legacy(shop)
    router.add("GET", "stockItems/lowStock", _LEGACY, legacy.low)
    router.add("GET", "stockItems/:productSku", _LEGACY, legacy.get)
    router.add("GET", "stockStatuses/:productSku", _LEGACY, legacy.status)
    router.add("PUT", "products/:productSku/stockItems/:itemId", _LEGACY, legacy.put)
    if not shop.config.msi:
        return
    networks, items, salable = Networks(shop), SourceItems(shop), Salable(shop)
    for method, pattern, resource, handler in (
        ("GET", "sources", f"{_API}::source", networks.sources),
        ("GET", "sources/:sourceCode", f"{_API}::source", networks.source),
        ("POST", "sources", f"{_API}::source_edit", networks.save_source),
        ("PUT", "sources/:sourceCode", f"{_API}::source_edit", networks.save_source),
        (
            "GET",
            "get-sources-assigned-to-stock-ordered-by-priority/:stockId",
            f"{_API}::source",
            networks.sources_of_stock,
        ),
        ("GET", "stocks", f"{_API}::stock", networks.stocks),
        ("GET", "stocks/:stockId", f"{_API}::stock", networks.stock),
        ("POST", "stocks", f"{_API}::stock_edit", networks.save_stock),
        ("PUT", "stocks/:stockId", f"{_API}::stock_edit", networks.save_stock),
        ("DELETE", "stocks/:stockId", f"{_API}::stock_delete", networks.delete_stock),
        ("GET", "stock-source-links", f"{_API}::stock_source_link", networks.links),
        ("POST", "stock-source-links", f"{_API}::stock_source_link", networks.save_links),
        ("POST", "stock-source-links-delete", f"{_API}::stock_source_link", networks.delete_links),
        ("GET", "source-items", f"{_API}::source", items.search),
        ("POST", "source-items", f"{_API}::stock_source_item_assign", items.save),
        ("POST", "source-items-delete", f"{_API}::stock_source_item_assign", items.delete),
        ("GET", "get-product-salable-quantity/:sku/:stockId", f"{_SALES}::stock", salable.quantity),
        ("GET", "is-product-salable/:sku/:stockId", f"{_SALES}::stock", salable.is_salable),
        ("GET", "are-products-salable", f"{_SALES}::stock", salable.are_salable),
        (
            "GET",
            "is-product-salable-for-requested-qty/:sku/:stockId/:requestedQty",
            f"{_SALES}::stock",
            salable.is_salable_for,
        ),
        ("GET", "stock-resolver/:type/:code", f"{_SALES}::stock", networks.resolve),
        ("GET", "export-stock-salable-qty/:salesChannelType/:salesChannelCode", f"{_API}::stock", salable.export),
        ("GET", "dump-stock-index-data/:salesChannelType/:salesChannelCode", f"{_API}::stock", salable.dump),
    ):
        router.add(method, f"inventory/{pattern}", resource, handler)
