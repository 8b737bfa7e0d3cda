"""Saving and deleting products, as Magento's ProductRepository does it behind REST."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from sandbox.magento.catalog import fields, values
from sandbox.magento.catalog.attributes import ATTRIBUTE_SETS, DEFAULT_SET
from sandbox.magento.catalog.parts import with_parts
from sandbox.magento.errors import InvalidInput, NotFound, no_such_product
from sandbox.magento.shop import Body, Document, Kind, Shop

_REPLACED = ("product_links", "options", "media_gallery_entries", "tier_prices")
_SCALARS = ("name", "price", "status", "visibility", "weight")


def save(shop: Shop, body: dict[str, Any], store: str, sku: str | None = None) -> Document:
    """Create or change the product of a request's body; with an id in it, the product of that id is meant and takes the
    SKU (a rename). The SKU of the path goes before that of the body.

    Values of store scope are written for the store of the call; a new product's are for all stores. Events are those of
    Mage-OS: created, or updated when something changed. Raises InvalidInput or NotFound.
    """
    product = fields.product_of(body)
    wanted = fields.sku_of(sku if sku is not None else product.get("sku"))
    existing = _existing(shop, product.get("id"), wanted)
    if existing is None:
        return _create(shop, product, wanted)
    changed = _change(shop, existing, product, wanted, store)
    existing.body = existing.body | {"updated_at": max(shop.now(), str(existing.body.get("updated_at", "")))}
    existing.recorded = None
    shop.save(existing)
    if changed:
        shop.announce("catalog.product.updated", existing)
    return existing


def without_stock(body: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """A save's body and the stock item in it, which is the inventory's."""
    product = body.get("product")
    extension = product.get("extension_attributes") if isinstance(product, dict) else None
    if not isinstance(product, dict) or not isinstance(extension, dict) or "stock_item" not in extension:
        return body, None
    stock_item = extension["stock_item"]
    if not isinstance(stock_item, dict):
        raise fields.invalid("stock_item", str(stock_item)[:100])
    rest = {name: value for name, value in extension.items() if name != "stock_item"}
    return {**body, "product": {**product, "extension_attributes": rest}}, stock_item


def delete(shop: Shop, sku: str) -> None:
    """Take a product out of the shop. Nobody is told: Mage-OS has no event for it. Raises NotFound."""
    product = shop.product(sku)
    if product is None:
        raise no_such_product()
    shop.remove(Kind.PRODUCT, product.entity_id)


def _existing(shop: Shop, product_id: int | None, sku: str) -> Document | None:
    by_sku = shop.product(sku)
    if product_id is None:
        return by_sku
    by_id = shop.get(Kind.PRODUCT, product_id)
    if by_id is None:
        return by_sku  # ProductRepository::save falls back to the SKU, and to a new product
    if by_sku is not None and by_sku.entity_id != by_id.entity_id:
        raise fields.invalid("sku", sku)  # unique, whatever the case
    return by_id


def _create(shop: Shop, product: dict[str, Any], sku: str) -> Document:
    type_id = product.get("type_id", "simple")
    if not product.get("name"):
        raise fields.invalid("name", product.get("name"))
    if product.get("price") is None and type_id not in fields.WITHOUT_PRICE:
        raise fields.invalid("price", None)
    now = shop.now()
    body: Body = {
        "id": shop.next_id(Kind.PRODUCT),
        "sku": sku,
        "name": product["name"],
        "attribute_set_id": _set_of(product.get("attribute_set_id", DEFAULT_SET)),
        "price": product.get("price", 0),
        "status": product.get("status", 1),
        "visibility": product.get("visibility", 4),
        "type_id": type_id,
        "created_at": now,
        "updated_at": now,
    }
    if "weight" in product:
        body["weight"] = product["weight"]
    attributes = {one["attribute_code"]: one["value"] for one in product.get("custom_attributes", [])}
    attributes.setdefault("url_key", url_key(product["name"]))
    _refuse_taken_key(shop, attributes["url_key"], body["visibility"], body["id"])
    attributes.setdefault("options_container", "container2")
    attributes.setdefault("required_options", "0")
    attributes.setdefault("has_options", "0")
    attributes.setdefault("tax_class_id", "2")
    given = {"website_ids": [1], **product.get("extension_attributes", {})}
    body["extension_attributes"] = with_parts(shop, body, given)
    body |= {name: product.get(name, []) for name in _REPLACED}
    body["product_links"] = _links(shop, sku, body["product_links"])
    body["custom_attributes"] = [
        {"attribute_code": code, "value": value} for code, value in attributes.items() if value is not None
    ]
    document = shop.insert(Document(Kind.PRODUCT, body))
    shop.announce("catalog.product.created", document)
    return document


def _change(shop: Shop, document: Document, product: dict[str, Any], sku: str, store: str) -> bool:
    changed = False
    if product.get("price", 0) < 0:
        raise fields.invalid("price", product["price"])
    if document.body["sku"] != sku:
        shop.stock.inventory.rename(document.body["sku"], sku)
        document.body, changed = document.body | {"sku": sku}, True
    if "attribute_set_id" in product and product["attribute_set_id"] != document.body.get("attribute_set_id"):
        document.body, changed = document.body | {"attribute_set_id": _set_of(product["attribute_set_id"])}, True
    if "type_id" in product and product["type_id"] != document.body.get("type_id"):
        document.body, changed = document.body | {"type_id": product["type_id"]}, True
    written = {name: product[name] for name in _SCALARS if name in product}
    written |= {one["attribute_code"]: one["value"] for one in product.get("custom_attributes", [])}
    if "url_key" in written:
        _refuse_taken_key(shop, written["url_key"], values.get(document, "visibility", store), document.entity_id)
    for code, value in written.items():
        changed |= values.put(document, code, value, store, shop.config)
    for name in _REPLACED:
        if name in product and product[name] != document.body.get(name):
            replaced = _links(shop, sku, product[name]) if name == "product_links" else product[name]
            document.body, changed = document.body | {name: replaced}, True
    if "extension_attributes" in product:
        before = document.body.get("extension_attributes", {})
        after = with_parts(shop, document.body, {**before, **product["extension_attributes"]})
        document.body, changed = document.body | {"extension_attributes": after}, changed or after != before
    return changed


def _set_of(number: int) -> int:
    if number not in ATTRIBUTE_SETS:
        raise fields.invalid("attribute_set_id", number)  # the message is recalled
    return number


def _links(shop: Shop, sku: str, links: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Related, cross-sold and grouped products must be there."""
    for link in links:
        linked = link.get("linked_product_sku")
        if not isinstance(linked, str) or shop.product(linked) is None:
            raise NotFound('The Product with the "%1" SKU doesn\'t exist.', [linked])
    return [{"sku": sku, "position": 0, **link} for link in links]


def _refuse_taken_key(shop: Shop, key: Any, visibility: Any, product_id: int) -> None:
    """Two visible products can't have the same address in the shop."""
    if not isinstance(key, str) or str(visibility) == "1":
        return
    for other in shop.mentioning(Kind.PRODUCT, key):
        visible = other.entity_id != product_id and str(other.body.get("visibility")) != "1"
        if visible and values.custom(other.body).get("url_key") == key:
            raise InvalidInput("URL key for specified store already exists.")


def url_key(name: str) -> str:
    """A product's address from its name: letters without accents, digits, hyphens."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")
