"""REST of the catalogue: products, their prices and parts, categories and attributes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.magento import php_json, search
from sandbox.magento.catalog import categories, lists, parts, prices, saving, tier_prices, values
from sandbox.magento.catalog.attributes import ATTRIBUTE_SETS, ATTRIBUTES, shown, shown_set
from sandbox.magento.errors import NotFound, no_such_entity, no_such_product
from sandbox.magento.rest_inventory.legacy import Legacy
from sandbox.magento.router import Call, Router
from sandbox.magento.shop import Document, Kind, Shop

PRODUCTS, CATALOG = "Magento_Catalog::products", "Magento_Catalog::catalog"
ATTRIBUTE_ACL, SET_ACL = "Magento_Catalog::attributes_attributes", "Magento_Catalog::sets"
_CATEGORY = frozenset(
    ("entity_id", "id", "parent_id", "name", "is_active", "position", "level", "path", "children_count")
)
PriceService = Callable[[Shop, dict[str, Any]], Any]

_PRICES: tuple[tuple[str, str, PriceService], ...] = (
    ("POST", "base-prices", prices.update_base),
    ("POST", "base-prices-information", prices.base_information),
    ("POST", "cost", prices.update_cost),
    ("POST", "cost-information", prices.cost_information),
    ("POST", "cost-delete", prices.delete_cost),
    ("POST", "special-price", prices.update_special),
    ("POST", "special-price-information", prices.special_information),
    ("POST", "special-price-delete", prices.delete_special),
    ("POST", "tier-prices", tier_prices.update),
    ("PUT", "tier-prices", tier_prices.replace),
    ("POST", "tier-prices-information", tier_prices.information),
    ("POST", "tier-prices-delete", tier_prices.delete),
)


def add_routes(router: Router, shop: Shop) -> None:
    """Fixed paths come before products/:sku, which would take them for SKUs."""

    def price_handler(service: PriceService) -> Callable[[Call], str]:
        return lambda call: php_json.encode(service(shop, call.body))

    for method, name, service in _PRICES:
        router.add(method, f"products/{name}", CATALOG, price_handler(service))
    _add_attributes(router, shop)
    _add_parts(router, shop)
    service_of = _Products(shop)
    router.add("GET", "products", PRODUCTS, service_of.list)
    router.add("GET", "products/:sku", PRODUCTS, service_of.get)
    router.add("POST", "products", PRODUCTS, service_of.create)
    router.add("PUT", "products/:sku", PRODUCTS, service_of.change)
    router.add("DELETE", "products/:sku", PRODUCTS, service_of.delete)


def _add_attributes(router: Router, shop: Shop) -> None:
    router.add("GET", "products/attributes/:code", ATTRIBUTE_ACL, lambda call: _attribute(shop, call))
    router.add("GET", "products/attribute-sets/sets/list", SET_ACL, lambda call: _sets())
    router.add("GET", "products/attribute-sets/:id", SET_ACL, _set)
    acl = "Magento_Catalog::categories"
    router.add("GET", "categories", acl, lambda call: php_json.encode(categories.tree(shop)))
    router.add("GET", "categories/list", acl, lambda call: _categories(shop, call))
    router.add("GET", "categories/:id", acl, lambda call: php_json.encode(_category(shop, call)))


def _add_parts(router: Router, shop: Shop) -> None:
    def extension(name: str, *types: str) -> Callable[[Call], str]:
        return lambda call: php_json.encode(parts.extension(parts.of_type(shop, call.parameters["sku"], *types), name))

    def links(call: Call) -> str:
        return php_json.encode(parts.linked(shop, call.parameters["sku"], call.parameters["type"]))

    router.add("GET", "configurable-products/:sku/children", PRODUCTS, lambda call: _variants(shop, call))
    options = extension("configurable_product_options", "configurable")
    router.add("GET", "configurable-products/:sku/options/all", PRODUCTS, options)
    router.add("POST", "configurable-products/:sku/child", PRODUCTS, lambda call: _add_variant(shop, call))
    child = "configurable-products/:sku/children/:childSku"
    router.add("DELETE", child, PRODUCTS, lambda call: _remove_variant(shop, call))
    router.add("GET", "bundle-products/:sku/options/all", PRODUCTS, extension("bundle_product_options", "bundle"))
    downloads = extension("downloadable_product_links", "downloadable")
    router.add("GET", "products/:sku/downloadable-links", PRODUCTS, downloads)
    router.add("GET", "products/:sku/links/:type", PRODUCTS, links)


class _Products:
    """Products one by one. Their stock item is the inventory's: shown in a product, and written with it."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._legacy = Legacy(shop)

    def get(self, call: Call) -> str:
        """A product whose save isn't committed yet isn't there: its event may come before."""
        product = self._shop.product(call.parameters["sku"])
        if product is None:
            raise no_such_product()
        if product.misses_left:
            product.misses_left -= 1
            self._shop.save(product, quiet=True)
            raise no_such_product()
        return self._seen(product, call)

    def list(self, call: Call) -> str:
        return lists.listed(self._shop, call.query, call.store_code)

    def create(self, call: Call) -> str:
        return self._saved(call, None)

    def change(self, call: Call) -> str:
        """The path's SKU replaces the body's only in a body of one parameter (ParamsOverrider, recalled): with
        saveOptions beside it the body's counts, so that PyMagento renames products."""
        product = call.body.get("product")
        own = len(call.body) > 1 and isinstance(product, dict) and product.get("sku") is not None
        return self._saved(call, None if own else call.parameters["sku"])

    def delete(self, call: Call) -> str:
        saving.delete(self._shop, call.parameters["sku"])
        return "true"

    def _saved(self, call: Call, sku: str | None) -> str:
        body, stock_item = saving.without_stock(call.body)
        product = saving.save(self._shop, body, call.store_code, sku)
        if stock_item is not None:
            self._legacy.write(product, stock_item)
        return self._seen(product, call)

    def _seen(self, product: Document, call: Call) -> str:
        if product.recorded is not None:
            return product.recorded
        seen = values.seen_from(product, call.store_code)
        extension = {**seen.body.get("extension_attributes", {}), "stock_item": self._legacy.shown(product)}
        return php_json.encode(self._shop.rest_body(seen) | {"extension_attributes": extension})


def _variants(shop: Shop, call: Call) -> str:
    found = parts.variants(shop, call.parameters["sku"])
    return "[" + ",".join(shop.text(values.seen_from(one, call.store_code)) for one in found) + "]"


def _add_variant(shop: Shop, call: Call) -> str:
    parts.add_variant(shop, call.parameters["sku"], str(call.body.get("childSku", "")))
    return "true"


def _remove_variant(shop: Shop, call: Call) -> str:
    parts.remove_variant(shop, call.parameters["sku"], call.parameters["childSku"])
    return "true"


def _categories(shop: Shop, call: Call) -> str:
    criteria = search.read(call.query, shop.config)
    rows = [
        Document(Kind.PRODUCT, row, hidden={"entity_id": row["id"], "children_count": row["children"].count(",")})
        for row in categories.every(shop)
    ]
    found, total = search.run(rows, criteria, _CATEGORY, shop.config)
    items = [document.body for document in found]
    return php_json.encode({"items": items, "search_criteria": criteria.shown(), "total_count": total})


def _category(shop: Shop, call: Call) -> dict[str, Any]:
    number = call.parameters["id"]
    if not (number.isascii() and number.isdigit()):
        raise no_such_entity()
    return categories.one(shop, int(number))


def _attribute(shop: Shop, call: Call) -> str:
    attribute = ATTRIBUTES.get(call.parameters["code"])
    if attribute is None:
        text = 'The attribute with a "%1" attributeCode doesn\'t exist. Verify the attribute and try again.'
        raise NotFound(text, [call.parameters["code"]])
    return php_json.encode(shown(attribute, shop.config))


def _sets() -> str:
    sets = [shown_set(number) for number in ATTRIBUTE_SETS]
    return php_json.encode({"items": sets, "search_criteria": {}, "total_count": len(sets)})


def _set(call: Call) -> str:
    number = call.parameters["id"]
    if not (number.isascii() and number.isdigit()) or int(number) not in ATTRIBUTE_SETS:
        raise NotFound("No such entity with %fieldName = %fieldValue", {"fieldName": "id", "fieldValue": number})
    return php_json.encode(shown_set(int(number)))
