"""Which products need an item, and of which type. Pure."""

from __future__ import annotations

from shared.commerce.product import Product, ProductKind
from shared.mapping.catalog.plan import SkipReason
from shared.settings.products import ItemType, ProductFilter, Products, Workflow

_UNSOLD_KINDS = {
    ProductKind.PARENT: SkipReason.PARENT,
    ProductKind.PARTS: SkipReason.PARTS,
    ProductKind.OTHER: SkipReason.TYPE_NOT_CHOSEN,
}


def choose(product: Product, settings: Products, *, sold: bool) -> ItemType | SkipReason:
    """The type of the product's item, or why it needs none. `sold`: whether it counts as sold.

    Whether the product is enabled is no matter here: its item may exist.
    """
    chosen = _type_of(product, settings)
    if isinstance(chosen, SkipReason):
        return chosen
    if settings.workflow is Workflow.SOLD and not sold:
        return SkipReason.NOT_SOLD
    if settings.workflow is Workflow.FILTERED and not _passes(product, settings.filter):
        return SkipReason.FILTERED
    return chosen


def may_be_made(product: Product, settings: Products) -> bool:
    """Whether a product without an item gets one: a disabled one only by a filter that asks for those."""
    return product.enabled or (settings.workflow is Workflow.FILTERED and not settings.filter.enabled)


def _type_of(product: Product, settings: Products) -> ItemType | SkipReason:
    if product.kind is ProductKind.PARENT:
        return SkipReason.PARENT
    chosen = settings.types.get(product.type)
    if chosen is None:
        if (reason := _UNSOLD_KINDS.get(product.kind)) is not None:
            return reason
        chosen = _usual(product.kind, settings)
    if chosen is ItemType.SKIP:
        return SkipReason.TYPE_NOT_CHOSEN
    if chosen is ItemType.INVENTORY and not product.manages_stock:
        return ItemType.NONINVENTORY
    return chosen


def _usual(kind: ProductKind, settings: Products) -> ItemType:
    if kind is ProductKind.GOODS:
        return settings.goods
    return ItemType.SERVICE if kind is ProductKind.SERVICE else ItemType.NONINVENTORY


def _passes(product: Product, wanted: ProductFilter) -> bool:
    if wanted.enabled and not product.enabled:
        return False
    if wanted.websites and not set(wanted.websites) & set(product.websites):
        return False
    if wanted.types and product.type not in wanted.types:
        return False
    return all(
        set(values) & set(product.attributes.get(code, "").split(",")) for code, values in wanted.attributes.items()
    )
