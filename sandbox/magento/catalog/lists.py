"""Lists of products: what filters know of them, and what a list leaves out of each."""

from __future__ import annotations

import dataclasses
from typing import Any

from sandbox.magento import columns, php_json, search, table_search
from sandbox.magento.catalog import values
from sandbox.magento.errors import InvalidInput, MagentoError
from sandbox.magento.query import Query
from sandbox.magento.shop import Body, Document, Kind, Shop

# Recalled: set by plugins that run when one product is read, not when a list is.
_LEFT_OUT = ("stock_item", "configurable_product_options", "configurable_product_links", "bundle_product_options",
             "downloadable_product_links", "downloadable_product_samples")  # fmt: skip


# Codes that can be filtered by even when no product has a value.
ALWAYS_KNOWN = frozenset(("special_price", "cost", "tax_class_id", "url_key", "category_id", "website_id"))


def listed(shop: Shop, query: Query, store: str) -> str:
    """The answer to a search over products, as a store sees them."""
    criteria = search.read(query, shop.config)

    def view(product: Document) -> Document:
        return _filterable(values.seen_from(product, store))

    known = columns.PRODUCT | shop.attributes() | ALWAYS_KNOWN
    found, total = table_search.find(shop, Kind.PRODUCT, _of_sets(criteria), known, _unknown_attribute, view)
    items = ",".join(_shown(shop, values.seen_from(product, store)) for product in found)
    return f'{{"items":[{items}],"search_criteria":{php_json.encode(criteria.shown())},"total_count":{total}}}'


def _of_sets(criteria: search.Criteria) -> search.Criteria:
    """A product is in several categories and websites: equal to one of them is enough, as Magento's own filters join.

    Other conditions on them are left as they are, which Magento doesn't do.
    """
    groups = [[one for given in group for one in _any_of(given)] for group in criteria.groups]
    return dataclasses.replace(criteria, groups=groups)


def _any_of(given: search.Filter) -> list[search.Filter]:
    if given.field not in ("category_id", "website_id") or given.condition not in ("eq", "in"):
        return [given]
    return [dataclasses.replace(given, value=one.strip(), condition="finset") for one in given.value.split(",")]


def _filterable(product: Document) -> Document:
    """The product with what filters know: entity_id, its custom attributes, and categories and websites as sets."""
    flat = {
        code: ",".join(map(str, value)) if isinstance(value, list) else value
        for code, value in values.custom(product.body).items()
    }
    extension = product.body.get("extension_attributes", {})
    categories = ",".join(str(link["category_id"]) for link in extension.get("category_links", []))
    websites = ",".join(map(str, extension.get("website_ids", [])))
    hidden = {**flat, "entity_id": product.body["id"], "category_id": categories, "website_id": websites}
    return Document(product.kind, product.body, product.recorded, hidden)


def _shown(shop: Shop, product: Document) -> str:
    if shop.config.product_lists == "full":
        return shop.text(product)
    extension = product.body.get("extension_attributes", {})
    kept: dict[str, Any] = {name: value for name, value in extension.items() if name not in _LEFT_OUT}
    body: Body = {name: value for name, value in product.body.items() if name != "media_gallery_entries"}
    if kept == extension and body == product.body:
        return shop.text(product)
    return php_json.encode(body | {"extension_attributes": kept} if extension else body)


def _unknown_attribute(name: str) -> MagentoError:
    return InvalidInput('The "%1" attribute name is invalid. Reset the name and try again.', [name])
