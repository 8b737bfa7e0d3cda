"""What a product of Magento means: snapshot -> Product. Pure.

Fields and their oddities: reference/magento.md, section 7.1. Extensions add types and attributes of their own, so what
can't be read is left out; only a product without id or SKU is refused.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from shared.commerce.money import ZERO
from shared.commerce.product import Product, ProductKey, ProductKind
from shared.magento.markup import without_markup
from shared.magento.models import read_number

_KINDS = {
    "simple": ProductKind.GOODS,
    "virtual": ProductKind.SERVICE,
    "downloadable": ProductKind.SERVICE,
    "giftcard": ProductKind.SERVICE,
    "grouped": ProductKind.PARTS,
    "configurable": ProductKind.PARENT,
}
_BY_PARTS = "0"  # a bundle's price_type: 0 dynamic, 1 fixed


class UnreadableProduct(ValueError):
    """The snapshot is no product's, or the product has no SKU. `key` is the product's, as far as it is known."""

    def __init__(self, text: str, key: ProductKey | None = None) -> None:
        super().__init__(text)
        self.key = key


def read_product(snapshot: Any, attributes: Collection[str] = ()) -> Product:
    """The product of a snapshot of `magento.products`, with these of its attributes. Raises UnreadableProduct."""
    if not isinstance(snapshot, dict) or not isinstance(snapshot.get("connection"), str):
        raise UnreadableProduct("the record is no snapshot")
    if snapshot.get("deleted") is True:
        return Product(key=_key(snapshot, snapshot), deleted=True)
    document = snapshot.get("product")
    if not isinstance(document, dict):
        raise UnreadableProduct("the snapshot holds no product")
    key = _key(snapshot, document)
    sku = document.get("sku")
    if not isinstance(sku, str) or not sku.strip():
        raise UnreadableProduct(f"product {key.id} has no SKU", key)
    extension = _object(document.get("extension_attributes"))
    stock = _object(extension.get("stock_item"))
    custom = dict(_custom(document.get("custom_attributes")))
    type_id = _text(document.get("type_id"))
    price = _number(document.get("price"))
    kind = _kind(type_id, custom.get("price_type"), price)
    return Product(
        key=key,
        sku=sku.strip(),
        name=_text(document.get("name")),
        type=type_id,
        kind=kind,
        enabled=_text(document.get("status")) != "2",
        price=price,
        cost=_number(custom.get("cost")),
        tax_class=_text(custom.get("tax_class_id")),
        manages_stock=stock.get("manage_stock") not in (False, 0, "0"),
        quantity=_quantity(snapshot.get("source_items"), stock),
        websites=tuple(_whole_numbers(extension.get("website_ids"))),
        categories=tuple(_categories(extension, custom)),
        category_paths=dict(_paths(snapshot.get("category_paths"))),
        created_on=_day(document.get("created_at")),
        attributes={code: without_markup(_text(custom.get(code))) for code in attributes if custom.get(code)},
        partial=document.get("partial") is True,
    )


def _key(snapshot: Mapping[str, Any], of: Mapping[str, Any]) -> ProductKey:
    number = of.get("id")
    if not isinstance(number, int) or isinstance(number, bool):
        raise UnreadableProduct("the snapshot's product has no id")
    return ProductKey(snapshot["connection"], number)


def _kind(type_id: str, price_type: Any, price: Decimal | None) -> ProductKind:
    """A list shows a bundle without its price type; one that has a price is sold for it."""
    if type_id != "bundle":
        return _KINDS.get(type_id, ProductKind.OTHER)
    by_parts = _text(price_type) == _BY_PARTS if price_type is not None else not price
    return ProductKind.PARTS if by_parts else ProductKind.BUNDLE


def _custom(rows: Any) -> Iterator[tuple[str, Any]]:
    """Attributes by code; PHP writes a list with gaps in its keys as an object."""
    rows = list(rows.values()) if isinstance(rows, dict) else rows
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, dict) and isinstance(row.get("attribute_code"), str):
            yield row["attribute_code"], row.get("value")


def _categories(extension: Mapping[str, Any], custom: Mapping[str, Any]) -> Iterator[int]:
    links = extension.get("category_links")
    if isinstance(links, list):
        yield from _whole_numbers([link.get("category_id") for link in links if isinstance(link, dict)])
    else:
        yield from _whole_numbers(custom.get("category_ids"))


def _paths(values: Any) -> Iterator[tuple[int, str]]:
    for number, path in values.items() if isinstance(values, dict) else ():
        if number.isascii() and number.isdecimal() and isinstance(path, str):
            yield int(number), path


def _quantity(source_items: Any, stock: Mapping[str, Any]) -> Decimal | None:
    """What lies in all sources; without multi-source inventory what the legacy row says."""
    if not isinstance(source_items, list):
        return _number(stock.get("qty"))
    return sum((_number(row.get("quantity")) or ZERO for row in source_items if isinstance(row, dict)), ZERO)


def _number(value: Any) -> Decimal | None:
    try:
        return read_number(value)
    except ValueError:
        return None


def _whole_numbers(values: Any) -> Iterator[int]:
    for value in values if isinstance(values, Sequence) and not isinstance(values, str) else ():
        text = _text(value)
        if text.isascii() and text.isdecimal():
            yield int(text)


def _day(value: Any) -> date | None:
    """The day in UTC, in which Magento keeps its times; null dates are written as year 0."""
    try:
        return datetime.fromisoformat(value).date() if isinstance(value, str) else None
    except ValueError:
        return None


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    """A value as text: a list (of options) with commas, as the shop keeps it."""
    if isinstance(value, list):
        return ",".join(_text(one) for one in value)
    if isinstance(value, str):
        return value.strip()
    return str(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else ""
