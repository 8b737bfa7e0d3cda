"""What items are called: legal, unique over the whole catalogue and the books, in whatever order products come.

A name is chosen when an item is made. It isn't chosen again when the product is renamed, unless the shop owns names.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from shared import limits
from shared.commerce.product import Product
from shared.mapping import text
from shared.mapping.identity import SkuIdentity
from shared.settings.model import ItemMatch
from shared.settings.products import ItemNames


class Names:
    """Which names are taken, and which a product would have."""

    def __init__(self, match: ItemMatch, style: ItemNames, products: Iterable[Product], taken: Iterable[str]) -> None:
        """`taken` are those of the books (same_name); `products` all that have or will have items."""
        self._match = match
        self._style = style if match is ItemMatch.SKU else ItemNames.SKU
        self._taken = set(taken)
        by_name = self._style is ItemNames.NAME
        self._titles = Counter(text.same_name(_title(product)) for product in products) if by_name else Counter[str]()

    def candidates(self, product: Product, identity: SkuIdentity) -> tuple[str, ...]:
        """Names for the product's item, the best one first. Products that share a name have their SKU behind it, all
        of them: which one comes first must not matter."""
        if self._match is ItemMatch.NAME:
            return identity.names(by_sku=False)
        last = f" #{product.key.id}"
        if self._style is ItemNames.SKU:
            return (*identity.names(by_sku=True), _ended(identity.legal, last))
        title = _title(product) or identity.legal
        distinct = (_ended(title, f" ({identity.legal})"), _ended(title, last))
        return distinct if self._titles[text.same_name(title)] > 1 else (title, *distinct)

    def free(self, name: str) -> bool:
        """Whether no item has the name, and none is to be made with it."""
        return text.same_name(name) not in self._taken

    def take(self, product: Product, identity: SkuIdentity) -> str | None:
        """The name that the product's item gets; None when all are taken."""
        name = next((name for name in self.candidates(product, identity) if self.free(name)), None)
        if name is not None:
            self._taken.add(text.same_name(name))
        return name


def without_deleted(name: str) -> str:
    """QuickBooks puts " (deleted)" behind the name of what is made inactive (recalled: reference, section 3); a name
    without it stays as it is."""
    return name.removesuffix(" (deleted)")


def _title(product: Product) -> str:
    return text.name(product.name, limits.ITEM_NAME_CHARS)


def _ended(name: str, ending: str) -> str:
    return name[: limits.ITEM_NAME_CHARS - len(ending)].strip() + ending
