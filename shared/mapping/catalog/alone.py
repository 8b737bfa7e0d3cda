"""What is done about one product without a look at the others, where that is the same as in the whole plan. Pure.

That is an update of the item that stands for the product and is used for its SKU, in fields that concern no other item.
Names, SKUs, categories, types, new items and whatever people must decide are the whole plan's.
"""

from __future__ import annotations

from shared.commerce.product import Product
from shared.mapping.books import Books
from shared.mapping.catalog import fields
from shared.mapping.catalog.plan import ItemOperation, OperationKind
from shared.mapping.catalog.planning import Sources, plan
from shared.mapping.catalog.standing import BooksItem, ProductLink
from shared.mapping.identity import identity_of, sku_link
from shared.settings.model import Settings
from shared.settings.products import ItemNames, Owner

_OTHERS_CONCERN = {fields.NAME, fields.SKU, fields.PARENT, "Type", "Active"}


def update_alone(
    product: Product, item: BooksItem, link: ProductLink, books: Books, settings: Settings
) -> ItemOperation | None:
    """The update of `item`, to which the links of the product and of its SKU both lead; None when there is none, or
    when others have a say."""
    chosen = settings.products
    if not item.active or (chosen.names is ItemNames.NAME and chosen.owners.name is Owner.SHOP):
        return None
    used = {sku_link(settings.quickbooks.realm, identity_of(product.sku, settings.items.match)): item.id}
    for operation in plan([product], Sources([item], used, [link], books), settings).operations:
        if operation.kind is OperationKind.UPDATE and not _OTHERS_CONCERN & operation.body.keys():
            return operation
    return None
