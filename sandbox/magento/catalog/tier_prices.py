"""Tier prices by SKU: the service's rows and the entries that products show (Catalog/Model/Product/Price)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from sandbox.magento.catalog import fields
from sandbox.magento.catalog.prices import Failures, entries, known, product_of_type, skus
from sandbox.magento.shop import Document, Shop

TYPES = ("simple", "virtual", "bundle", "downloadable")
ALL_GROUPS = 32000  # GroupInterface::CUST_GROUP_ALL
GROUPS = {"ALL GROUPS": ALL_GROUPS, "NOT LOGGED IN": 0, "General": 1, "Wholesale": 2, "Retailer": 3}
_NAMES = {number: name for name, number in GROUPS.items()}
_ROW = "Row ID: SKU = %SKU, Website ID: %websiteId, Customer Group: %customerGroup, Quantity: %qty."

Entry = dict[str, Any]
Key = tuple[int, int, Decimal]  # website, group, quantity


def information(shop: Shop, body: dict[str, Any]) -> list[Entry]:
    return [
        _row(product, entry)
        for product in known(shop, skus(body), TYPES)
        for entry in product.body.get("tier_prices", [])
    ]


def update(shop: Shop, body: dict[str, Any]) -> list[Entry]:
    """Add or change; what isn't named stays."""
    return _write(shop, body, lambda present, given: {**present, **given})


def replace(shop: Shop, body: dict[str, Any]) -> list[Entry]:
    """What isn't named of a named product goes."""
    return _write(shop, body, lambda present, given: given)


def delete(shop: Shop, body: dict[str, Any]) -> list[Entry]:
    return _write(shop, body, lambda present, given: {key: one for key, one in present.items() if key not in given})


def _write(
    shop: Shop, body: dict[str, Any], merge: Callable[[dict[Key, Entry], dict[Key, Entry]], dict[Key, Entry]]
) -> list[Entry]:
    failures, rows = Failures(), entries(body)
    given: dict[int, tuple[Document, dict[Key, Entry]]] = {}
    for number, row in enumerate(rows):
        _check(shop, number, row, failures)
        product = product_of_type(shop, row.get("sku"), TYPES)
        if number in failures.rows or product is None:
            continue
        entry = _entry(row)
        of_product = given.setdefault(product.entity_id, (product, {}))[1]
        if _key(entry) in of_product:
            duplicate = "We found a duplicate website, tier price, customer group and quantity: Customer Group = "
            duplicate += f"%customerGroup, Website ID = %websiteId, Quantity = %qty. {_ROW}"
            failures.add(number, duplicate, *_named(row))
            continue
        of_product[_key(entry)] = entry
    for product, of_product in given.values():
        present = {_key(entry): entry for entry in product.body.get("tier_prices", [])}
        product.body = product.body | {"tier_prices": list(merge(present, of_product).values())}
        product.recorded = None
        shop.save(product)
    return failures.shown


def _check(shop: Shop, number: int, row: Entry, failures: Failures) -> None:
    named = _named(row)
    if product_of_type(shop, row.get("sku"), TYPES) is None:
        failures.add(number, f"Invalid attribute SKU = %SKU. {_ROW}", *named)
    price = row.get("price")
    amount = None if price is None else fields.decimal(price)
    if amount is None or amount < 0 or (row.get("price_type") == "discount" and amount > 100):
        failures.add(number, f"Invalid attribute Price = %price. {_ROW}", price, *named)
    if row.get("price_type") not in ("fixed", "discount"):
        failures.add(number, f"Invalid attribute Price Type = %priceType. {_ROW}", row.get("price_type"), *named)
    if fields.decimal(row.get("quantity", 0)) < 1:
        failures.add(number, f"Invalid attribute Quantity = %qty. {_ROW}", *named)
    websites = (0,) if shop.config.price_scope == "global" else (0, 1)
    if row.get("website_id") not in websites:
        failures.add(number, f"Invalid attribute Website ID = %websiteId. {_ROW}", *named)
    if _group(row) is None:
        failures.add(number, f"No such entity with Customer Group = %customerGroup. {_ROW}", *named)


def _named(row: Entry) -> list[Any]:
    return [row.get(name) for name in ("sku", "website_id", "customer_group", "quantity")]


def _group(row: Entry) -> int | None:
    wanted = str(row.get("customer_group", "")).casefold()
    return next((number for name, number in GROUPS.items() if name.casefold() == wanted), None)


def _entry(row: Entry) -> Entry:
    """As a product shows it. The service's quantity is `qty` there."""
    price, website = fields.decimal(row["price"]), {"website_id": row["website_id"]}
    extension = website if row["price_type"] == "fixed" else {"percentage_value": price, **website}
    value = price if row["price_type"] == "fixed" else Decimal(0)
    quantity = fields.decimal(row["quantity"])
    return {"customer_group_id": _group(row), "qty": quantity, "value": value, "extension_attributes": extension}


def _key(entry: Entry) -> Key:
    website = int(entry.get("extension_attributes", {}).get("website_id", 0))
    return website, int(entry["customer_group_id"]), Decimal(entry["qty"])


def _row(product: Document, entry: Entry) -> Entry:
    extension = entry.get("extension_attributes", {})
    percent = extension.get("percentage_value")
    return {
        "price": entry["value"] if percent is None else percent,
        "price_type": "fixed" if percent is None else "discount",
        "website_id": extension.get("website_id", 0),
        "sku": product.body["sku"],
        "customer_group": _NAMES.get(entry["customer_group_id"], str(entry["customer_group_id"])),
        "quantity": entry["qty"],
    }
