"""Which item of the books stands for a product already. Pure.

In this order: the item that the catalogue linked to the product (it follows a renamed SKU), the item that orders use
for the SKU, an item of the books with the SKU, an item that is called like it. Where one of the first two is inactive,
an active one that people made for the SKU goes before it. SKUs and names are compared without
regard to letter case, as QuickBooks and the shop do.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum

from shared.commerce.product import Product
from shared.mapping import text
from shared.mapping.catalog.naming import without_deleted
from shared.mapping.catalog.plan import ConflictKind
from shared.mapping.catalog.standing import BooksItem, ProductLink
from shared.mapping.identity import SkuIdentity, product_link, sku_link
from shared.settings.model import ItemMatch


class Undecided(Exception):
    """People must say which item it is."""

    def __init__(self, kind: ConflictKind, text: str, items: tuple[str, ...] = (), setting: str = "") -> None:
        super().__init__(text)
        self.kind = kind
        self.text = text
        self.items = items
        self.setting = setting


class Evidence(IntEnum):
    """Why an item is taken for a product's, the best first."""

    OWN = 1
    USED = 2
    IN_ITS_PLACE = 3
    SKU = 4
    NAME = 5
    LEGAL_NAME = 6  # the name holds what became of the SKU for want of characters that no name may hold


EVIDENCE_WORDS = {
    Evidence.OWN: "it is this product's",
    Evidence.USED: "it is used for this SKU",
    Evidence.IN_ITS_PLACE: "it took the place of the one before, which is inactive",
    Evidence.SKU: "it has this SKU",
    Evidence.NAME: "it is called like this SKU",
    Evidence.LEGAL_NAME: "it is called like this SKU",
}


@dataclass(frozen=True, slots=True)
class Match:
    """The item that may stand for a product, and why. `own` is the catalogue's link that says so already."""

    item: BooksItem
    evidence: Evidence
    own: ProductLink | None = None


class Standing:
    """Items, and what leads to them: `skus` are the links of SKUs (key -> item), `products` those of products;
    `unavailable` names (same_name) that QuickBooks doesn't give, though no item that is known has them."""

    def __init__(
        self,
        realm: str,
        match: ItemMatch,
        items: Iterable[BooksItem],
        skus: Mapping[str, str],
        products: Iterable[ProductLink],
        unavailable: Collection[str] = (),
    ) -> None:
        self._realm = realm
        self._by_sku = match is ItemMatch.SKU
        self.items: dict[str, BooksItem] = {}
        self._categories: dict[str, BooksItem] = {}  # by full name (same_name): the active one, else the oldest
        self.names: dict[str, BooksItem] = {}
        """Name (same_name) -> the item that has it; categories have names, too."""
        self._unavailable = unavailable
        self._of_sku: dict[str, list[BooksItem]] = defaultdict(list)
        for item in sorted(items, key=_by_age):
            self._add(item)
        self._links = skus
        self._of_product = {link.product: link for link in products if link.item_id in self.items}
        self._owners: dict[str, set[str]] = defaultdict(set)  # item -> connections
        for link in self._of_product.values():
            self._owners[link.item_id].add(link.product.connection)

    def _add(self, item: BooksItem) -> None:
        self.items[item.id] = item
        names = (item.name, without_deleted(item.name) if not item.active else "")
        for name in {text.same_name(name) for name in names} - {""}:
            holder = self.names.get(name)
            if holder is None or (item.active and not holder.active):
                self.names[name] = item
        if item.type == "Category":
            self._add_category(item)
        elif item.sku:
            self._of_sku[item.sku.lower()].append(item)

    def taken(self) -> Iterator[str]:
        """Names that no other item can get."""
        yield from self.names
        if self._by_sku:  # else the name is all by which an item is known, and there is no other
            yield from self._unavailable

    def may_be_called(self, item: BooksItem, name: str) -> bool:
        """Whether nothing speaks against the item's having this name again."""
        key = text.same_name(name)
        return self.names.get(key) is item and key not in self._unavailable

    def _add_category(self, item: BooksItem) -> None:
        full_name = text.same_name(item.full_name if item.active else without_deleted(item.full_name))
        holder = self._categories.setdefault(full_name, item)
        if item.active and not holder.active:
            self._categories[full_name] = item

    def category_link(self, full_name: str) -> str:
        """The key of the link of a category."""
        return f"{self._realm}:item:category:{text.same_name(full_name)}"

    def category(self, full_name: str) -> str | None:
        """The Id of the active category that was made as this one, or else is called so."""
        made = self.items.get(self._links.get(self.category_link(full_name), ""))
        if made is not None and made.active and made.type == "Category":
            return made.id
        called = self._categories.get(text.same_name(full_name))
        return called.id if called is not None and called.active else None

    def sleeping_category(self, full_name: str) -> BooksItem | None:
        """The inactive category of this name."""
        called = self._categories.get(text.same_name(full_name))
        return None if called is None or called.active else called

    def link_key(self, identity: SkuIdentity) -> str:
        """The key of the link of a SKU."""
        return sku_link(self._realm, identity)

    def product_link(self, product: Product) -> str:
        """The key of the link of a product."""
        return product_link(self._realm, product.key)

    def own(self, product: Product) -> ProductLink | None:
        """The link by which an item of the books stands for this product."""
        return self._of_product.get(product.key)

    def leads_to(self, identity: SkuIdentity) -> str | None:
        """The item that the link of a SKU leads to, in the books or not."""
        return self._links.get(self.link_key(identity))

    def governed_by_another(self, product: Product, item: BooksItem) -> bool:
        """Whether the item stands for a product of another shop of the company: then that shop says what it holds."""
        owners = self._owners.get(item.id)
        return owners is not None and product.key.connection not in owners

    def match(self, product: Product, identity: SkuIdentity) -> Match | None:
        """None when the books have no item for the product. Raises Undecided."""
        own = self.own(product)
        item = self.items.get(own.item_id if own is not None else self.leads_to(identity) or "")
        if item is not None and not item.active and (other := self._put_in_its_place(identity)) is not None:
            return Match(other, Evidence.IN_ITS_PLACE)
        if item is not None:
            return Match(item, Evidence.USED if own is None else Evidence.OWN, own)
        if self._by_sku and (found := self._with_sku(identity)) is not None:
            return Match(found, Evidence.SKU)
        if (found := self._called(identity)) is None:
            return None
        return Match(found, Evidence.NAME if identity.legal == identity.sku else Evidence.LEGAL_NAME)

    def _put_in_its_place(self, identity: SkuIdentity) -> BooksItem | None:
        """The active item that people made for the SKU after they made the product's own inactive: reviving that one
        would undo it, and leave two. None when it stands for another product."""
        found = self._with_sku(identity) if self._by_sku else self._called(identity)
        return found if found is not None and found.active and found.id not in self._owners else None

    def rival(self, identity: SkuIdentity, item: BooksItem) -> BooksItem | None:
        """Another active item that has the SKU, and stands for no product."""
        others = (one for one in self._of_sku.get(identity.sku.lower(), ()) if one.active and one.id != item.id)
        return next((one for one in others if one.id not in self._owners), None)

    def _with_sku(self, identity: SkuIdentity) -> BooksItem | None:
        """Of inactive ones the oldest."""
        found = self._of_sku.get(identity.sku.lower(), [])
        active = [item for item in found if item.active]
        if len(active) > 1:
            numbers = tuple(item.id for item in active)
            why = f"QuickBooks has {len(active)} active items with this SKU: make all but one inactive"
            raise Undecided(ConflictKind.ITEM_AMBIGUOUS, why, numbers)
        return next(iter(active or found), None)

    def _called(self, identity: SkuIdentity) -> BooksItem | None:
        item = self.names.get(text.same_name(identity.legal))
        if item is None:
            return None
        if item.type == "Category":
            if self._by_sku:
                return None  # another name will do
            raise Undecided(ConflictKind.NAME_TAKEN, "a category of QuickBooks has this name", (item.id,))
        anothers = self._by_sku and item.sku.lower() not in ("", identity.sku.lower())
        return None if anothers else item


def _by_age(item: BooksItem) -> tuple[int, str]:
    """QuickBooks counts Ids upwards."""
    return len(item.id), item.id
