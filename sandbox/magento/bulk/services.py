"""Which service of Magento a route calls, as topics and messages of operations name it (contract, `service`)."""

from __future__ import annotations

from sandbox.magento.router import Route

_CATALOG, _SALES, _INVENTORY = "Magento\\Catalog\\Api\\", "Magento\\Sales\\Api\\", "Magento\\InventoryApi\\Api\\"
_SERVICES = {
    "POST products": _CATALOG + "ProductRepositoryInterface::save",
    "PUT products/:sku": _CATALOG + "ProductRepositoryInterface::save",
    "DELETE products/:sku": _CATALOG + "ProductRepositoryInterface::deleteById",
    "POST products/base-prices": _CATALOG + "BasePriceStorageInterface::update",
    "POST products/cost": _CATALOG + "CostStorageInterface::update",
    "POST products/special-price": _CATALOG + "SpecialPriceStorageInterface::update",
    "POST products/tier-prices": _CATALOG + "TierPriceStorageInterface::update",
    "PUT products/:productSku/stockItems/:itemId": (
        "Magento\\CatalogInventory\\Api\\StockRegistryInterface::updateStockItemBySku"
    ),
    "POST inventory/source-items": _INVENTORY + "SourceItemsSaveInterface::execute",
    "POST inventory/source-items-delete": _INVENTORY + "SourceItemsDeleteInterface::execute",
    "POST order/:orderId/invoice": _SALES + "InvoiceOrderInterface::execute",
    "POST order/:orderId/ship": _SALES + "ShipOrderInterface::execute",
    "POST order/:orderId/refund": _SALES + "RefundOrderInterface::execute",
    "POST invoice/:invoiceId/refund": _SALES + "RefundInvoiceInterface::execute",
    "POST orders": _SALES + "OrderRepositoryInterface::save",
    "POST orders/:id/cancel": _SALES + "OrderManagementInterface::cancel",
    "POST orders/:id/hold": _SALES + "OrderManagementInterface::hold",
    "POST orders/:id/unhold": _SALES + "OrderManagementInterface::unHold",
    "POST orders/:id/comments": _SALES + "OrderManagementInterface::addComment",
    "POST customers": "Magento\\Customer\\Api\\AccountManagementInterface::createAccount",
    "PUT customers/:customerId": "Magento\\Customer\\Api\\CustomerRepositoryInterface::save",
    "POST taxRates": "Magento\\Tax\\Api\\TaxRateRepositoryInterface::save",
    "PUT taxRates": "Magento\\Tax\\Api\\TaxRateRepositoryInterface::save",
    "POST taxRules": "Magento\\Tax\\Api\\TaxRuleRepositoryInterface::save",
}


def service_of(route: Route) -> str:
    """Interface and method; of routes that the table hasn't a name in the same form."""
    known = _SERVICES.get(route.name)
    if known is not None:
        return known
    words = [word.capitalize() for word in route.pattern.replace("-", "/").split("/") if not word.startswith(":")]
    return f"Magento\\Sandbox\\Api\\{''.join(words)}Interface::{route.method.lower()}"


def topic_of(route: Route) -> str:
    """async.magento.catalog.api.productrepositoryinterface.save.put"""
    return f"async.{service_of(route).replace('::', '.').replace(chr(92), '.')}.{route.method}".lower()
