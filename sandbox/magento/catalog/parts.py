"""The parts of composite products: variants, bundle options, grouped products, downloadable links."""

from __future__ import annotations

from typing import Any

from sandbox.magento.catalog import fields, values
from sandbox.magento.catalog.attributes import ATTRIBUTES
from sandbox.magento.errors import InvalidInput, NotFound, no_such_product
from sandbox.magento.shop import Body, Document, Kind, Shop

_CODES = {str(one.id): one.code for one in ATTRIBUTES.values()}


def with_parts(shop: Shop, product: Body, extension: dict[str, Any]) -> dict[str, Any]:
    """Extension attributes as they are kept: options numbered, links checked. Raises InvalidInput."""
    kept = dict(extension)
    if "configurable_product_options" in kept:
        kept["configurable_product_options"] = [
            {"id": one.get("id") or shop.next_id("configurable_option"), **one, "product_id": product["id"]}
            for one in kept["configurable_product_options"]
        ]
    if "configurable_product_links" in kept:
        codes = [_CODES.get(str(one.get("attribute_id")), "") for one in kept.get("configurable_product_options", [])]
        links = [fields.whole(link) for link in kept["configurable_product_links"]]
        known = set(product.get("extension_attributes", {}).get("configurable_product_links", []))
        _check_variants(shop, [link for link in links if link not in known], [code for code in codes if code])
        kept["configurable_product_links"] = links
    if "bundle_product_options" in kept:
        kept["bundle_product_options"] = [
            _bundle_option(shop, number, one, product["sku"])
            for number, one in enumerate(kept["bundle_product_options"])
        ]
    if "downloadable_product_links" in kept:
        kept["downloadable_product_links"] = [
            {"id": one.get("id") or shop.next_id("downloadable_link"), "sort_order": number, **one}
            for number, one in enumerate(kept["downloadable_product_links"])
        ]
    return kept


def _check_variants(shop: Shop, links: list[int], codes: list[str]) -> None:
    """As ConfigurableProduct's ProductRepositorySave: each exists, has the attributes, and no two are alike."""
    seen: dict[str, int] = {}
    for link in links:
        variant = shop.get(Kind.PRODUCT, link)
        if variant is None:
            raise InvalidInput("The product that was requested doesn't exist. Verify the product and try again.")
        for code in codes:
            if values.get(variant, code) is None:
                raise InvalidInput('Product with id "%1" does not contain required attribute "%2".', [link, code])
        chosen = str([str(values.get(variant, code)) for code in codes])
        if codes and chosen in seen:
            raise InvalidInput('Products "%1" and "%2" have the same set of attribute values.', [link, seen[chosen]])
        seen[chosen] = link


def _bundle_option(shop: Shop, number: int, option: dict[str, Any], sku: str) -> dict[str, Any]:
    option_id = option.get("option_id") or shop.next_id("bundle_option")
    links = []
    for position, link in enumerate(option.get("product_links", [])):
        linked = shop.product(str(link.get("sku", "")))
        if linked is None:
            raise no_such_product()
        selection = {"id": str(link.get("id") or shop.next_id("bundle_selection")), "option_id": option_id}
        links.append({**selection, "qty": 1, "position": position, "is_default": False, "price": 0,
                      "can_change_quantity": 0, **link, "entity_id": linked.entity_id})  # fmt: skip
    titled = {"option_id": option_id, "title": "", "required": True, "type": "select", "position": number}
    return {**titled, **option, "sku": sku, "product_links": links}


def of_type(shop: Shop, sku: str, *types: str) -> Document:
    """The product, if it is of one of the types. Raises NotFound or InvalidInput as the services of parts do."""
    product = shop.product(sku)
    if product is None:
        raise no_such_product()
    if product.body.get("type_id") not in types:
        raise InvalidInput("This is implemented for %1 products only.", [types[0]])
    return product


def extension(product: Document, name: str) -> list[Any]:
    return list(product.body.get("extension_attributes", {}).get(name, []))


def variants(shop: Shop, sku: str) -> list[Document]:
    """The children of a configurable product that are still there."""
    product = of_type(shop, sku, "configurable")
    found = (shop.get(Kind.PRODUCT, int(link)) for link in extension(product, "configurable_product_links"))
    return [one for one in found if one is not None]


def add_variant(shop: Shop, sku: str, child_sku: str) -> None:
    """Raises NotFound or InvalidInput."""
    product, child = of_type(shop, sku, "configurable"), shop.product(child_sku)
    if child is None:
        raise no_such_product()
    links = extension(product, "configurable_product_links")
    if child.entity_id in links:
        raise InvalidInput("The product is already attached.")
    options = extension(product, "configurable_product_options")
    _set_links(shop, product, [*links, child.entity_id], options)


def remove_variant(shop: Shop, sku: str, child_sku: str) -> None:
    """Raises NotFound or InvalidInput."""
    product, child = of_type(shop, sku, "configurable"), shop.product(child_sku)
    links = extension(product, "configurable_product_links")
    if child is None or child.entity_id not in links:
        raise InvalidInput("The option that was requested doesn't exist. Verify the entity and try again.")
    _set_links(shop, product, [link for link in links if link != child.entity_id], [])


def _set_links(shop: Shop, product: Document, links: list[int], options: list[dict[str, Any]]) -> None:
    given = {**product.body["extension_attributes"], "configurable_product_links": links}
    if options:
        given["configurable_product_options"] = options
    kept = with_parts(shop, product.body, given)
    product.body = product.body | {"extension_attributes": kept, "updated_at": shop.now()}
    product.recorded = None
    shop.save(product)
    shop.announce("catalog.product.updated", product)


def linked(shop: Shop, sku: str, link_type: str) -> list[dict[str, Any]]:
    """Links of one type: related, upsell, crosssell, associated. Raises NotFound."""
    product = shop.product(sku)
    if product is None:
        raise no_such_product()
    if link_type not in ("related", "upsell", "crosssell", "associated"):
        raise NotFound('The "%1" link type is unknown. Verify the type and try again.', [link_type])
    return [link for link in product.body.get("product_links", []) if link.get("link_type") == link_type]
