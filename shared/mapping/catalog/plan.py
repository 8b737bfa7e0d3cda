"""What a plan for the catalogue consists of.

`CatalogPlan.operations` are independent of one another: each concerns one product and one item, and may be done in any
order, once the `categories` are made: a plan that is made after that knows their Ids. What can't be decided is a
conflict, and nothing is planned for the products that it names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from shared.commerce.product import ProductKey


class OperationKind(StrEnum):
    """What is done to an item."""

    CREATE = "create"
    ADOPT = "adopt"
    UPDATE = "update"
    DEACTIVATE = "deactivate"
    REACTIVATE = "reactivate"


@dataclass(frozen=True, slots=True)
class ItemOperation:
    """One step. Whoever applies it

    1. writes `body`, unless that is empty (an item that is adopted as it is), under an intent in `link_key`;
    2. lets the link `link_key`, which is the SKU's and shared with orders, lead to the item;
    3. lets the link `product_link` lead to the item, with `content_hash`: from now on the item follows the product.

    Repeated after a crash between them, the plan comes to the steps that are left.

    `body` is complete for a create; else a sparse update with Id and SyncToken as the plan saw them. A name
    that turns out to be taken (6240) goes into the next plan's `Sources.unavailable`.
    `replaces` is the item that the SKU's link leads to now: it stands for another product, from which the SKU went to
    this one, or is gone, and the link goes to this product's. An item that is made inactive leaves the SKU's link as it
    is: there `link_key` is `product_link`.
    """

    link_key: str
    product_link: str
    kind: OperationKind
    product: ProductKey
    sku: str
    item_id: str | None
    body: Mapping[str, Any]
    reason: str
    content_hash: str
    replaces: str | None = None

    @property
    def product_id(self) -> int:
        return self.product.id


@dataclass(frozen=True, slots=True)
class CategoryOperation:
    """A category that items need is made, or made active again, under an intent in `link_key`. It comes before all
    others, and one below another after that. `parent` is the full name of one above it that is to be made, too: its
    reference isn't in the body yet."""

    link_key: str
    full_name: str
    parent: str
    body: Mapping[str, Any]


class ConflictKind(StrEnum):
    """Why nothing is planned for a product. Codes for counting."""

    SKU_CLASH = "sku_clash"
    NO_SKU = "no_sku"
    UNREADABLE = "unreadable"
    ITEM_AMBIGUOUS = "item_ambiguous"
    ITEM_SHARED = "item_shared"
    ITEM_IS_BUNDLE = "item_is_bundle"
    NAME_TAKEN = "name_taken"
    ACCOUNT_MISSING = "account_missing"
    CATEGORY_MISSING = "category_missing"
    CATEGORIES_OFF = "categories_off"
    INVENTORY_OFF = "inventory_off"
    NO_OPENING_DATE = "no_opening_date"
    PRICE_REFUSED = "price_refused"
    ON_HAND = "on_hand"


@dataclass(frozen=True, slots=True)
class Conflict:
    """What a person must decide, in plain words. `setting` would help, where it isn't empty; `products` with their
    `skus`, and `items` of the books, are part of it."""

    kind: ConflictKind
    text: str
    products: tuple[int, ...]
    skus: tuple[str, ...]
    items: tuple[str, ...] = ()
    setting: str = ""


@dataclass(frozen=True, slots=True)
class Drift:
    """A field of an item that isn't what the shop says. `restored`: the plan writes the shop's value, since the shop
    owns the field; else the books' value stays."""

    product_id: int
    sku: str
    item_id: str
    field: str
    shop: str
    books: str
    restored: bool


class SkipReason(StrEnum):
    """Why a product needs no item."""

    PARENT = "parent"  # its variants are items
    PARTS = "parts"  # sold as its parts
    TYPE_NOT_CHOSEN = "type_not_chosen"
    NOT_SOLD = "not_sold"
    FILTERED = "filtered"
    DISABLED = "disabled"
    DELETED = "deleted"
    ANOTHER_SHOPS = "another_shops"  # its item stands for a product of another shop of the company
    LEFT_INACTIVE = "left_inactive"  # somebody made its item inactive, and it may not be revived


@dataclass(frozen=True, slots=True)
class Skipped:
    """A product that needs no item, or whose item is left as it is."""

    product_id: int
    sku: str
    reason: SkipReason


@dataclass(frozen=True, slots=True)
class CatalogPlan:
    """What would be done. `unchanged` products have their item as it should be."""

    categories: tuple[CategoryOperation, ...] = ()
    operations: tuple[ItemOperation, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    drift: tuple[Drift, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    unchanged: int = 0
