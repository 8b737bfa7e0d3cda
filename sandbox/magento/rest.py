"""The REST services of the shop: what each route answers."""

from __future__ import annotations

from sandbox.magento import (
    columns,
    php_json,
    rest_catalog,
    rest_customers,
    rest_order_items,
    rest_sales,
    rest_store,
    search,
    table_search,
)
from sandbox.magento.auth import Gate
from sandbox.magento.config import Config
from sandbox.magento.errors import InvalidInput, no_such_entity, wrong_type
from sandbox.magento.rest_inventory import add_routes as add_inventory_routes
from sandbox.magento.rest_tax import add_routes as add_tax_routes
from sandbox.magento.router import Call, Route, Router
from sandbox.magento.shop import Document, Kind, Shop
from sandbox.magento.stores import stores_of
from sandbox.magento.subscriptions import Subscriptions


def routes_of_a_shop() -> list[Route]:
    """What a shop with the usual switches answers."""
    shop = Shop(Config())
    router = build_router(shop, Gate(shop.config, shop.database), Subscriptions(shop.database))
    shop.database.close()
    return router.routes


def build_router(shop: Shop, gate: Gate, subscriptions: Subscriptions) -> Router:
    router = Router(frozenset({"all", "default", *(view.code for view in stores_of(shop.config).views)}))
    sales = (
        (Kind.ORDER, "orders", "orders", "Magento_Sales::actions_view", columns.ORDER),
        (Kind.INVOICE, "invoices", "invoices", "Magento_Sales::sales_invoice", columns.INVOICE),
        (Kind.CREDITMEMO, "creditmemo", "creditmemos", "Magento_Sales::sales_creditmemo", columns.CREDITMEMO),
        (Kind.SHIPMENT, "shipment", "shipments", "Magento_Sales::shipment", columns.SHIPMENT),
    )
    rest_order_items.add_routes(router, shop)  # before orders/:id, which would take "items" for a number
    for kind, single, plural, resource, filterable in sales:
        entities = _Entities(shop, kind, filterable)
        router.add("GET", plural, resource, entities.list)
        router.add("GET", f"{single}/:id", resource, entities.get)
    rest_sales.add_routes(router, shop)
    rest_catalog.add_routes(router, shop)
    add_inventory_routes(router, shop)
    add_tax_routes(router, shop)
    rest_store.add_routes(router, shop)
    rest_customers.add_routes(router, shop)
    router.add("POST", "integration/admin/token", None, lambda call: php_json.encode(_sign_in(gate, call)))
    if "MageOS_AsyncEvents" in rest_store.modules_of(shop.config):
        _add_subscriptions(router, subscriptions)
    return router


def _add_subscriptions(router: Router, subscriptions: Subscriptions) -> None:
    events = "MageOS_AsyncEvents::manage"
    router.add("POST", "async_event", events, lambda call: php_json.encode(subscriptions.create(call.body)))
    router.add("GET", "async_events", events, lambda call: php_json.encode(subscriptions.list(call.query)))
    router.add(
        "PUT",
        "async_event/:subscriptionId",
        events,
        lambda call: php_json.encode(subscriptions.change(_id(call.parameters["subscriptionId"]), call.body)),
    )


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
    items = ",".join(_listed(shop, document) for document in found)
    shown = php_json.encode(criteria.shown())
    return f'{{"items":[{items}],"search_criteria":{shown},"total_count":{total}}}'


def _listed(shop: Shop, document: Document) -> str:
    """Some modules fill in their extension attributes for a single order only (myparcelnl/magento#549)."""
    body, hidden = shop.rest_body(document), shop.config.unlisted_attributes
    extension = body.get("extension_attributes") or {}
    if not hidden.intersection(extension):
        return shop.text(document)
    kept = {name: value for name, value in extension.items() if name not in hidden}
    return php_json.encode(body | {"extension_attributes": kept})


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
