"""The price services: base price, cost and special price by lists of SKUs.

They write attribute values directly: no event is raised, and but for the base price of later releases (a switch)
updated_at stays, so that a change is seen by comparing only (reference 7.1). Rows that are wrong are named in the
answer, the others are written. As Catalog/Model/Product/Price/*Storage.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sandbox.magento.catalog import fields, values
from sandbox.magento.config import Config
from sandbox.magento.errors import InvalidInput, NotFound
from sandbox.magento.shop import Document, Shop
from sandbox.magento.stores import stores_of

_BASE_TYPES = ("simple", "virtual", "downloadable", "bundle", "giftcard")  # bundle: of a fixed price only
_COST_TYPES = ("simple", "virtual", "downloadable")
_SPECIAL_TYPES = (*_COST_TYPES, "bundle", "giftcard", "configurable")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}")
_ROW = "Row ID: SKU = %SKU, Store ID: %storeId."
_SPECIAL_ROW = "Row ID: SKU = %SKU, Store ID: %storeId, Price From: %priceFrom, Price To: %priceTo."


@dataclass
class Failures:
    """Rows not written: {message, parameters}; parameters are values without their names, as an array of strings."""

    rows: set[int] = field(default_factory=set)
    shown: list[dict[str, Any]] = field(default_factory=list)

    def add(self, row: int, message: str, *parameters: Any) -> None:
        self.rows.add(row)
        texts = ["" if one is None else f"{one:f}" if isinstance(one, Decimal) else str(one) for one in parameters]
        self.shown.append({"message": message, "parameters": texts})


def entries(body: dict[str, Any], name: str = "prices") -> list[dict[str, Any]]:
    """The list of a request. Raises InvalidInput."""
    found = body.get(name)
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise InvalidInput('"%fieldName" is required. Enter and try again.', {"fieldName": name})
    fields.check_storable(found)
    return found


def skus(body: dict[str, Any]) -> list[str]:
    found = body.get("skus")
    if not isinstance(found, list):
        raise InvalidInput('"%fieldName" is required. Enter and try again.', {"fieldName": "skus"})
    return [str(one) for one in found]


def known(shop: Shop, wanted: Iterable[str], types: tuple[str, ...]) -> list[Document]:
    """The products of an inquiry. Raises NotFound naming all that aren't there or are of another type."""
    found = {sku: product_of_type(shop, sku, types) for sku in wanted}
    missing = [sku for sku, product in found.items() if product is None]
    if missing:
        raise NotFound("Requested products don't exist: %sku", {"sku": ", ".join(missing)})
    return [product for product in found.values() if product is not None]


def product_of_type(shop: Shop, sku: Any, types: tuple[str, ...]) -> Document | None:
    product = shop.product(str(sku)) if sku else None
    return product if product is not None and product.body.get("type_id") in types else None


def update_base(shop: Shop, body: dict[str, Any]) -> list[dict[str, Any]]:
    return _update(shop, body, "price", "Price", _BASE_TYPES)


def update_cost(shop: Shop, body: dict[str, Any]) -> list[dict[str, Any]]:
    return _update(shop, body, "cost", "Cost", _COST_TYPES)


def base_information(shop: Shop, body: dict[str, Any]) -> list[dict[str, Any]]:
    return [row for product in known(shop, skus(body), _BASE_TYPES) for row in _values(shop, product, "price", "price")]


def cost_information(shop: Shop, body: dict[str, Any]) -> list[dict[str, Any]]:
    return [row for product in known(shop, skus(body), _COST_TYPES) for row in _values(shop, product, "cost", "cost")]


def delete_cost(shop: Shop, body: dict[str, Any]) -> bool:
    for product in known(shop, skus(body), _COST_TYPES):
        for store in (values.ALL_STORES, *(view.code for view in stores_of(shop.config).views)):
            values.put(product, "cost", None, store, shop.config)
        shop.save(product)
    return True


def special_information(shop: Shop, body: dict[str, Any]) -> list[dict[str, Any]]:
    rows = []
    for product in known(shop, skus(body), _SPECIAL_TYPES):
        for row in _values(shop, product, "special_price", "price"):
            store = store_code(shop.config, row["store_id"])
            dates = {name: values.get(product, f"special_{name}_date", store or "all") for name in ("from", "to")}
            rows.append(row | {f"price_{name}": date for name, date in dates.items() if date is not None})
    return rows


def update_special(shop: Shop, body: dict[str, Any]) -> list[dict[str, Any]]:
    """Start and end are times of the shop's zone, as they come; the end may be left out."""
    failures = Failures()
    rows = entries(body)
    for number, row in enumerate(rows):
        _check_special(shop, number, row, failures)
    for product, row, store in _valid(shop, rows, failures, _SPECIAL_TYPES):
        written = {"special_price": fields.decimal(row["price"]), "special_from_date": row.get("price_from")}
        for code, value in (written | {"special_to_date": row.get("price_to")}).items():
            values.put(product, code, value, store, shop.config)
        shop.save(product)
    return failures.shown


def delete_special(shop: Shop, body: dict[str, Any]) -> list[dict[str, Any]]:
    failures = Failures()
    rows = entries(body)
    for number, row in enumerate(rows):
        _check_special(shop, number, row, failures)
    for product, _, store in _valid(shop, rows, failures, _SPECIAL_TYPES):
        for code in ("special_price", "special_from_date", "special_to_date"):
            values.put(product, code, None, store, shop.config)
        shop.save(product)
    return failures.shown


def _update(shop: Shop, body: dict[str, Any], code: str, label: str, types: tuple[str, ...]) -> list[dict[str, Any]]:
    failures = Failures()
    rows = entries(body)
    for number, row in enumerate(rows):
        sku, price = row.get("sku"), row.get(code)
        if product_of_type(shop, sku, types) is None:
            failures.add(number, "Invalid attribute %fieldName = %fieldValue.", "SKU", sku)
        if price is None or fields.decimal(price) < 0:
            failures.add(number, "Invalid attribute %fieldName = %fieldValue.", label, price)
        if store_code(shop.config, row.get("store_id")) is None:
            failures.add(number, f"Requested store is not found. {_ROW}", sku, row.get("store_id"))
    for product, row, store in _valid(shop, rows, failures, types):
        values.put(product, code, fields.decimal(row[code]), store, shop.config)
        if code == "price" and shop.config.base_prices_bump:
            product.body = product.body | {"updated_at": shop.now()}
        shop.save(product)
    return failures.shown


def _valid(
    shop: Shop, rows: list[dict[str, Any]], failures: Failures, types: tuple[str, ...]
) -> Iterator[tuple[Document, dict[str, Any], str]]:
    for number, row in enumerate(rows):
        if number in failures.rows:
            continue
        product, store = product_of_type(shop, row.get("sku"), types), store_code(shop.config, row.get("store_id"))
        if product is not None and store is not None:
            yield product, row, store


def _check_special(shop: Shop, number: int, row: dict[str, Any], failures: Failures) -> None:
    where = [row.get(name) for name in ("sku", "store_id", "price_from", "price_to")]
    if product_of_type(shop, row.get("sku"), _SPECIAL_TYPES) is None:
        missing = "The product that was requested doesn't exist. Verify the product and try again."
        failures.add(number, f"{missing} {_SPECIAL_ROW}", *where)
    if shop.config.price_scope == "global" and row.get("store_id") != 0:
        failures.add(number, f"Could not change non global Price when price scope is global. {_SPECIAL_ROW}", *where)
    if store_code(shop.config, row.get("store_id")) is None:
        failures.add(number, f"Requested store is not found. {_SPECIAL_ROW}", *where)
    price = row.get("price")
    if price is None or fields.decimal(price) < 0:
        failures.add(number, f"Invalid attribute Price = %price. {_SPECIAL_ROW}", price, *where)
    for name, label in (("price_from", "Price From"), ("price_to", "Price To")):
        if row.get(name) and not _DATE.fullmatch(str(row[name])):
            failures.add(number, f"Invalid attribute %label = %priceTo. {_SPECIAL_ROW}", label, *where)


def store_code(config: Config, store_id: Any) -> str | None:
    """The store of a number: 0 is all of them."""
    codes = {0: values.ALL_STORES} | {view.id: view.code for view in stores_of(config).views}
    return codes.get(store_id) if isinstance(store_id, int) else None


def _values(shop: Shop, product: Document, code: str, shown_as: str) -> Iterator[dict[str, Any]]:
    """One row for all stores, and one for each store that has its own."""
    for store_id, store in ((0, values.ALL_STORES), *((one.id, one.code) for one in stores_of(shop.config).views)):
        own = values.own_values(product, store)
        value = values.get(product, code) if store == values.ALL_STORES else own.get(code)
        if value is not None:
            yield {shown_as: value, "store_id": store_id, "sku": product.body["sku"]}
