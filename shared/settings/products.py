"""`[products]`: which products of the shop become items of the books, and what of them."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import Field, model_validator

from shared import limits
from shared.settings.section import Name, Section


class Workflow(StrEnum):
    """Which products become items."""

    OFF = "off"
    ALL = "all"
    SOLD = "sold"
    FILTERED = "filtered"


class ItemType(StrEnum):
    """What a product becomes."""

    INVENTORY = "inventory"
    NONINVENTORY = "noninventory"
    SERVICE = "service"
    SKIP = "skip"


class ItemNames(StrEnum):
    """What items that are made are called."""

    SKU = "sku"
    NAME = "name"


class Leaving(StrEnum):
    """What becomes of the item of a product that is no longer offered."""

    KEEP = "keep"
    INACTIVE = "inactive"


class Opening(StrEnum):
    """How many pieces an inventory item begins with."""

    ZERO = "zero"
    SHOP = "shop"


class Owner(StrEnum):
    """Who says what a field holds."""

    SHOP = "shop"
    BOOKS = "books"
    CREATE = "create"


class ProductFilter(Section):
    """Which products `workflow = "filtered"` takes: those that meet every line that is set."""

    websites: tuple[int, ...] = ()
    """Ids of websites of the shop; a product must be on one of them."""
    types: tuple[Name, ...] = ()
    """Product types of the shop, such as `simple` or `virtual`."""
    enabled: bool = True
    """Only products that are enabled; `false` makes items of disabled ones, too."""
    attributes: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Attribute code of the shop = the values of which the product must have one; of a list attribute the ids of its
    options."""


class Owners(Section):
    """Who says what a field of an item holds. `shop`: the shop's value is written, and restored when somebody changes
    it in QuickBooks. `create`: the shop's value is written when the item is made, then the field is the books'.
    `books`: the shop's value is never written."""

    name: Owner = Owner.CREATE
    """The item's name. With `items.match = "name"` it holds the SKU, and `sku` says whose it is."""
    sku: Owner = Owner.SHOP
    """The item's SKU. An empty one is filled unless the books own it."""
    description: Owner = Owner.CREATE
    """What customers read on a document."""
    purchase_description: Owner = Owner.CREATE
    """What suppliers read."""
    price: Owner = Owner.SHOP
    """The sales price."""
    cost: Owner = Owner.CREATE
    """The purchase cost."""
    accounts: Owner = Owner.CREATE
    """Income and expense account. The asset account of an item never changes."""
    taxable: Owner = Owner.CREATE
    """Whether sales tax is due; companies in the United States only."""
    category: Owner = Owner.CREATE
    """The category that the item lies in."""

    @model_validator(mode="after")
    def _made_by_the_shop(self) -> Owners:
        for name in ("name", "accounts"):
            if getattr(self, name) is Owner.BOOKS:
                raise ValueError(f'{name} can\'t be "books": an item can\'t be made without; choose "create"')
        return self


class AccountRule(Section):
    """Accounts of some products. Of several rules that fit a product the first counts that names the account."""

    type: Name | None = None
    """Product type of the shop, such as `virtual` or `giftcard`."""
    category: int | None = None
    """Id of a category of the shop."""
    income_account: Name | None = None
    """Instead of items.income_account."""
    expense_account: Name | None = None
    """Instead of products.expense_account."""
    asset_account: Name | None = None
    """Instead of products.asset_account."""

    @model_validator(mode="after")
    def _says_something(self) -> AccountRule:
        if self.type is None and self.category is None:
            raise ValueError("a rule needs type or category: what holds for all products has settings of its own")
        if self.income_account is None and self.expense_account is None and self.asset_account is None:
            raise ValueError("a rule needs an account")
        return self


class Products(Section):
    """Which products of the shop become items of the books. Nothing is written before `workflow` says so; `bookbridge
    catalog plan` shows what would be."""

    workflow: Workflow = Workflow.OFF
    """`all` products, those `sold` (in orders that Bookbridge has read, booked or not), those `filtered` by
    products.filter, or `off`: then items are made from order lines alone, by items.missing."""
    goods: ItemType = ItemType.NONINVENTORY
    """What goods become whose stock the shop manages: `inventory` (QuickBooks counts them too, which takes the Plus or
    Advanced plan), `noninventory`, `service` or `skip`. Goods without managed stock are `noninventory` instead of
    `inventory`. An item that exists keeps its type, unless `convert` says otherwise."""
    convert: bool = False
    """Whether a non-inventory or service item is turned into an inventory item where `goods` or `types` now say so, as
    of products.opening_date. QuickBooks has no way back, and takes no document with the item of an earlier day. Else
    it keeps its type."""
    types: dict[str, ItemType] = Field(default_factory=dict)
    """Product type of the shop = what it becomes, where that isn't the usual: goods as above; virtual, downloadable
    and giftcard `service`; bundles with a price of their own `noninventory`; bundles priced by their parts, grouped
    products and types that Bookbridge doesn't know `skip`. Configurable products never are items, only their
    variants."""
    names: ItemNames = ItemNames.SKU
    """What items that are made are called: by `sku`, or by the product's `name`, with the SKU behind it where several
    share one. With items.match = "name" always the SKU."""
    disabled: Leaving = Leaving.KEEP
    """What becomes of the item of a product that the shop disabled: `keep`, or `inactive` (unless pieces are on
    hand)."""
    deleted: Leaving = Leaving.KEEP
    """The same of a product that the shop deleted."""
    revive: bool = True
    """Whether an inactive item is made active again when the shop offers its product; else it is left, and so is the
    product."""
    store_view: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=32)] | None = None
    """Code of the store view as which products are read: where prices are set by website, that of the view's website
    counts; names, descriptions and whether a product is enabled are the view's, too. Without it the shop's default
    view. What was read before is read anew by `bookbridge backfill` or the nightly comparison."""
    description: Name = "name"
    """The product's attribute that becomes the sales description, such as `name` or `short_description`; markup is left
    out."""
    purchase_description: Name | None = None
    """The same for the purchase description; none without it."""
    expense_account: Name = "Cost of Goods Sold"
    """Expense account of items that are made for goods; inventory items need one of the type Cost of Goods Sold."""
    asset_account: Name = "Inventory Asset"
    """Asset account of inventory items that are made."""
    untaxed_classes: tuple[str, ...] = ("0",)
    """Ids of the shop's tax classes whose products aren't taxable; 0 is the shop's own "None"."""
    opening: Opening = Opening.ZERO
    """How many pieces an inventory item that is made begins with: `zero`, or those in the `shop`'s sources. QuickBooks
    books their worth (quantity by cost) against Opening Balance Equity."""
    opening_date: date | None = None
    """Start date of inventory items that are made: no document with them may be older. Without it sales.start_date,
    else the day on which the shop made the product."""
    owners: Owners = Owners()
    filter: ProductFilter = ProductFilter()
    accounts: tuple[AccountRule, ...] = ()
    categories: dict[str, Name] = Field(default_factory=dict)
    """Id of a category of the shop = a category of QuickBooks, with those above it, four at most: `Light:Lamps`. Of
    several that fit a product the first entry counts. Without entries items lie in no category."""

    mirror_categories: bool = False
    """Whether items lie in a category as the shop's tree has it: the lowest one of the product, with those above it
    below the store's root, four levels at most. products.categories goes first. Names are read with the products, so
    those that were read before have to be read anew: by `bookbridge backfill` or the nightly comparison."""
    make_categories: bool = False
    """Whether categories that QuickBooks doesn't have are made, once a product needs them, and
    inactive ones made active again. Else its product waits."""

    @model_validator(mode="after")
    def _sensible(self) -> Products:
        if self.types.get("configurable", ItemType.SKIP) is not ItemType.SKIP:
            raise ValueError("types.configurable: a configurable product is never an item, its variants are")
        wrong = [number for number in self.categories if not number.isdecimal()]
        if wrong:
            raise ValueError(f"categories: {wrong[0]!r} is no category's id; those are whole numbers")
        for name in self.categories.values():
            parts = name.split(":")
            if len(parts) > limits.CATEGORY_LEVELS or not all(part.strip() for part in parts):
                raise ValueError(f"categories: {name!r} is none: one to four names with a colon between them are")
        return self
