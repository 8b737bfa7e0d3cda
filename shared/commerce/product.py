"""A product of a shop in neutral words: what is offered, under which SKU, for how much. It knows no books."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum


class ProductKind(StrEnum):
    """What a product is, as far as books care."""

    GOODS = "goods"  # shipped; a variant of a configurable product is one
    SERVICE = "service"  # nothing is shipped: virtual, downloadable, gift card
    BUNDLE = "bundle"  # sold as one, for a price of its own
    PARTS = "parts"  # sold as its parts only: grouped products, bundles that are priced by their parts
    PARENT = "parent"  # a configurable product: what is sold is one of its variants
    OTHER = "other"  # a type that an extension of the shop brought


@dataclass(frozen=True, slots=True)
class ProductKey:
    """Which product of which shop, for ever: the SKU may change, the id doesn't."""

    connection: str
    id: int

    def __str__(self) -> str:
        return f"{self.connection}:product:{self.id}"


@dataclass(frozen=True, slots=True)
class Product:
    """A product as it stands now. Of one that was deleted there is only its key.

    `type` is the shop's own word for the type. `price` and `cost` are in the shop's base currency, without a scale;
    None where the shop has none. `quantity` is what lies in the shop's sources together, unshipped orders included;
    None where no stock is kept. `category_paths` are full names of categories, `Light:Lamps`, where the shop
    was asked for them. `attributes` holds those that settings ask for, as text, without markup. `partial`: the
    shop showed it without its stock and options.
    """

    key: ProductKey
    deleted: bool = False
    sku: str = ""
    name: str = ""
    type: str = ""
    kind: ProductKind = ProductKind.GOODS
    enabled: bool = True
    price: Decimal | None = None
    cost: Decimal | None = None
    tax_class: str = ""
    manages_stock: bool = True
    quantity: Decimal | None = None
    websites: tuple[int, ...] = ()
    categories: tuple[int, ...] = ()
    category_paths: Mapping[int, str] = field(default_factory=dict)
    created_on: date | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    partial: bool = False
