"""What an item of a product should hold, by the settings. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from shared import limits
from shared.commerce.money import ZERO
from shared.commerce.product import Product
from shared.mapping.books import Books
from shared.mapping.catalog import fields
from shared.mapping.catalog.categories import Categories
from shared.mapping.catalog.fields import Value
from shared.mapping.catalog.matching import Undecided
from shared.mapping.catalog.plan import ConflictKind
from shared.mapping.identity import SkuIdentity
from shared.mapping.text import plain
from shared.settings.model import Settings
from shared.settings.products import ItemType, Opening, Owner

QUICKBOOKS_TYPE = {
    ItemType.INVENTORY: "Inventory",
    ItemType.NONINVENTORY: "NonInventory",
    ItemType.SERVICE: "Service",
}
_STEP = Decimal(1).scaleb(-limits.ITEM_PRICE_PLACES)
_LONG_AGO = date(2000, 1, 1)  # before any order of a product of which the shop doesn't say when it was made


@dataclass(frozen=True, slots=True)
class Account:
    """An account by its name, and the setting that names it."""

    name: str
    setting: str


class Contents:
    """The values of items by the settings."""

    def __init__(self, settings: Settings, books: Books, categories: Categories) -> None:
        self._products = settings.products
        self._items = settings.items
        self._start = settings.products.opening_date or settings.sales.start_date
        self._books = books
        self._taxable = books.company.country == "US"  # elsewhere items have no such mark (reference, section 8)
        self._categories = categories
        self._categories_of_shop = [(int(number), name) for number, name in settings.products.categories.items()]
        self._account_names = {number: name for name, number in books.names.get("Account", {}).items()}

    def values(self, product: Product, identity: SkuIdentity) -> dict[str, Value]:
        """All that the shop says of the item, but for its name and the references. Raises Undecided."""
        found: dict[str, Value] = {fields.SKU: identity.sku}
        if description := self._description(product):
            found[fields.DESCRIPTION] = description
        if (price := _price("price", product.price, self._products.owners.price)) is not None:
            found[fields.PRICE] = price
        if self._taxable:
            found[fields.TAXABLE] = product.tax_class not in self._products.untaxed_classes
        if wording := self._purchase_description(product):
            found[fields.PURCHASE_DESCRIPTION] = wording
        if (cost := _price("cost", product.cost, self._products.owners.cost)) is not None:
            found[fields.COST] = cost
        return found

    def income(self, product: Product) -> Account:
        """The income account."""
        return self._account(product, "income_account", Account(self._items.income_account, "items.income_account"))

    def expense(self, product: Product) -> Account:
        """The expense account."""
        usual = Account(self._products.expense_account, "products.expense_account")
        return self._account(product, "expense_account", usual)

    def asset(self, product: Product) -> Account:
        """The asset account of an inventory item."""
        usual = Account(self._products.asset_account, "products.asset_account")
        return self._account(product, "asset_account", usual)

    def account_id(self, account: Account) -> str:
        """Raises Undecided when the company has no such account."""
        found = self._books.names.get("Account", {}).get(account.name.lower())
        if found is None:
            text = f"QuickBooks has no active account named {account.name!r}"
            raise Undecided(ConflictKind.ACCOUNT_MISSING, text, setting=account.setting)
        return found

    def account_name(self, number: str) -> str:
        """What the account is called, as people read it."""
        return self._account_names.get(number, number)

    def category_name(self, number: str) -> str:
        """What the category is called, as people read it."""
        return self._categories.name(number)

    def category_wanted(self, product: Product) -> str:
        """The full name of the category that the product's item should lie in; "" for none."""
        fitting = (name for number, name in self._categories_of_shop if number in product.categories)
        return next(fitting, "") or (_deepest(product) if self._products.mirror_categories else "")

    def category(self, product: Product, *, needed: bool) -> str:
        """The same as an Id, or what stands in its place (Categories.of). Raises Undecided when the books have no such
        category, and it isn't made."""
        name = self.category_wanted(product)
        return self._categories.of(name, needed=needed) if name else ""

    def inventory(self, product: Product) -> dict[str, Any]:
        """What only an inventory item has when it is made (reference, section 10). Raises Undecided."""
        if not self._books.company.tracks_quantity:
            text = "this company doesn't track quantities: that takes the Plus or Advanced plan, and the preference"
            raise Undecided(ConflictKind.INVENTORY_OFF, text, setting="products.goods")
        opening = product.quantity if self._products.opening is Opening.SHOP else None
        return {
            "TrackQtyOnHand": True,
            "QtyOnHand": max(opening or ZERO, ZERO),
            "InvStartDate": (self._start or product.created_on or _LONG_AGO).isoformat(),
            fields.ASSET: {"value": self.account_id(self.asset(product))},
        }

    def _description(self, product: Product) -> str:
        code = self._products.description
        chosen = product.name if code == "name" else product.attributes.get(code, "")
        return plain(chosen or product.name, limits.ITEM_DESCRIPTION_CHARS)

    def _purchase_description(self, product: Product) -> str:
        code = self._products.purchase_description
        chosen = product.name if code == "name" else product.attributes.get(code or "", "")
        return plain(chosen, limits.ITEM_PURCHASE_DESCRIPTION_CHARS)

    def _account(self, product: Product, which: str, usual: Account) -> Account:
        for rule in self._products.accounts:
            name = getattr(rule, which)
            fits = rule.type in (None, product.type) and (rule.category is None or rule.category in product.categories)
            if name is not None and fits:
                return Account(name, "products.accounts")
        return usual


def _deepest(product: Product) -> str:
    """The lowest of the product's categories in the shop's tree, of several the oldest; QuickBooks has four levels."""
    paths = [(-path.count(":"), number, path) for number, path in product.category_paths.items()]
    return ":".join(min(paths)[2].split(":")[: limits.CATEGORY_LEVELS]) if paths else ""


def attributes_of(settings: Settings) -> frozenset[str]:
    """The attributes of products that these settings need."""
    products = settings.products
    named = {products.description, products.purchase_description or "name", *products.filter.attributes}
    return frozenset(named - {"name"})


def _price(what: str, amount: Decimal | None, owner: Owner) -> Decimal | None:
    """None where there is none. One that can't be is nobody's trouble where the books own it."""
    if amount is None:
        return None
    if not ZERO <= amount <= limits.ITEM_PRICE_MAX:
        if owner is Owner.BOOKS:
            return None
        why = "is below zero" if amount < 0 else f"is above {limits.ITEM_PRICE_MAX:,}, the most that QuickBooks takes"
        raise Undecided(ConflictKind.PRICE_REFUSED, f"the {what} in the shop {why}")
    return _shortest(amount.quantize(_STEP, rounding=ROUND_HALF_UP))


def _shortest(number: Decimal) -> Decimal:
    """92 and 92.0000 are one price, and one text in a hash."""
    whole = number.to_integral_value()
    return whole if number == whole else number.normalize()
