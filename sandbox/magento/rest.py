"""The REST services of the shop: what each route answers."""

from __future__ import annotations

from typing import Any

from sandbox.magento import columns, php_json, rest_catalog, rest_sales, search, table_search
from sandbox.magento.auth import Gate
from sandbox.magento.errors import InvalidInput, no_such_entity, wrong_type
from sandbox.magento.rest_inventory import add_routes as add_inventory_routes
from sandbox.magento.rest_tax import add_routes as add_tax_routes
from sandbox.magento.router import Call, Router
from sandbox.magento.shop import Document, Kind, Shop
from sandbox.magento.subscriptions import Subscriptions

MODULES = [
    "Magento_Store", "Magento_Directory", "Magento_Eav", "Magento_Customer", "Magento_Backend", "Magento_Catalog",
    "Magento_Quote", "Magento_Tax", "Magento_SalesRule", "Magento_Sales", "Magento_Bundle",
    "Magento_ConfigurableProduct",
    "Magento_Downloadable", "Magento_GroupedProduct", "Magento_Weee", "Magento_Integration", "Magento_Webapi",
    "MageOS_AsyncEvents", "MageOS_CommonAsyncEvents", "Magento_CatalogInventory",
]  # fmt: skip
INVENTORY_MODULES = [
    "Magento_Inventory", "Magento_InventoryApi", "Magento_InventoryReservations", "Magento_InventorySales",
    "Magento_InventorySalesApi", "Magento_InventoryShipping", "Magento_InventorySourceSelection",
    "Magento_InventoryExportStock",
]  # fmt: skip


def build_router(shop: Shop, gate: Gate, subscriptions: Subscriptions) -> Router:
    router = Router(frozenset({"all", "default", shop.config.store_code}))
    sales = (
        (Kind.ORDER, "orders", "orders", "Magento_Sales::actions_view", columns.ORDER),
        (Kind.INVOICE, "invoices", "invoices", "Magento_Sales::sales_invoice", columns.INVOICE),
        (Kind.CREDITMEMO, "creditmemo", "creditmemos", "Magento_Sales::sales_creditmemo", columns.CREDITMEMO),
        (Kind.SHIPMENT, "shipment", "shipments", "Magento_Sales::shipment", columns.SHIPMENT),
    )
    for kind, single, plural, resource, filterable in sales:
        entities = _Entities(shop, kind, filterable)
        router.add("GET", plural, resource, entities.list)
        router.add("GET", f"{single}/:id", resource, entities.get)
    rest_sales.add_routes(router, shop)
    rest_catalog.add_routes(router, shop)
    add_inventory_routes(router, shop)
    add_tax_routes(router, shop)
    store = _Store(shop)
    router.add("GET", "store/storeConfigs", "Magento_Backend::store", store.configs)
    router.add("GET", "store/storeViews", "Magento_Backend::store", store.views)
    modules = MODULES + (INVENTORY_MODULES if shop.config.msi else [])
    router.add("GET", "modules", "Magento_Backend::all", lambda call: php_json.encode(modules))
    router.add("POST", "integration/admin/token", None, lambda call: php_json.encode(_sign_in(gate, call)))
    events = "MageOS_AsyncEvents::manage"
    router.add("POST", "async_event", events, lambda call: php_json.encode(subscriptions.create(call.body)))
    router.add("GET", "async_events", events, lambda call: php_json.encode(subscriptions.list(call.query)))
    router.add(
        "PUT",
        "async_event/:subscriptionId",
        events,
        lambda call: php_json.encode(subscriptions.change(_id(call.parameters["subscriptionId"]), call.body)),
    )
    return router


def _sign_in(gate: Gate, call: Call) -> str:
    for name in ("username", "password"):
        if name not in call.body:
            raise InvalidInput('"%fieldName" is required. Enter and try again.', {"fieldName": name})
    return gate.admin_token(call.body["username"], call.body["password"])


def _id(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise wrong_type(text, "int")
    return int(text)


def _page(shop: Shop, found: list[Document], total: int, criteria: search.Criteria) -> str:
    items = ",".join(shop.text(document) for document in found)
    shown = php_json.encode(criteria.shown())
    return f'{{"items":[{items}],"search_criteria":{shown},"total_count":{total}}}'


class _Entities:
    """One sales table. A list leaves out what is not yet committed; a read of it answers 404."""

    def __init__(self, shop: Shop, kind: Kind, filterable: frozenset[str]) -> None:
        self._shop = shop
        self._kind = kind
        self._columns = filterable

    def get(self, call: Call) -> str:
        document = self._shop.get(self._kind, _id(call.parameters["id"]))
        if document is None:
            raise no_such_entity()
        if document.misses_left:
            document.misses_left -= 1
            self._shop.save(document, quiet=True)
            raise no_such_entity()
        return self._shop.text(document)

    def list(self, call: Call) -> str:
        criteria = search.read(call.query, self._shop.config)
        found, total = table_search.find(self._shop, self._kind, criteria, self._columns)
        return _page(self._shop, found, total, criteria)


class _Store:
    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def configs(self, call: Call) -> str:
        config = self._shop.config
        base = config.base_url
        urls: dict[str, str] = {}
        for prefix in ("", "secure_"):
            urls[f"{prefix}base_url"] = base
            urls[f"{prefix}base_link_url"] = f"{base}index.php/"
            urls[f"{prefix}base_static_url"] = f"{base}static/"
            urls[f"{prefix}base_media_url"] = f"{base}media/"
        entry: dict[str, Any] = {
            "id": config.store_id,
            "code": config.store_code,
            "website_id": 1,
            "locale": "en_US",
            "base_currency_code": config.currency,
            "default_display_currency_code": config.currency,
            "timezone": config.timezone,
            "weight_unit": "lbs",
            **urls,
        }
        return php_json.encode([entry])

    def views(self, call: Call) -> str:
        config = self._shop.config
        view = {
            "id": config.store_id,
            "code": config.store_code,
            "name": config.store_name.rpartition("\n")[2],
            "website_id": 1,
            "store_group_id": 1,
            "is_active": 1,
        }
        admin = {"id": 0, "code": "admin", "name": "Admin", "website_id": 0, "store_group_id": 0, "is_active": 1}
        return php_json.encode([view, admin])
