"""In which fields an item isn't what the shop says. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from shared.commerce.product import Product
from shared.mapping.catalog import fields
from shared.mapping.catalog.content import Account, Contents
from shared.mapping.catalog.fields import Value, Values
from shared.mapping.catalog.matching import Undecided
from shared.mapping.catalog.standing import BooksItem
from shared.settings.products import Owner

_SHOWN = 40  # characters of a text in a reason


@dataclass(frozen=True, slots=True)
class Difference:
    """`wanted` and `standing` as QuickBooks has them, `shop` and `books` as people read them. `restored`: the shop's
    value is written."""

    field: str
    wanted: Value
    standing: Value | None
    shop: str
    books: str
    restored: bool

    def words(self) -> str:
        """`price: 10 -> 12`."""
        return f"{fields.WORDS[self.field]}: {_short(self.books) or 'none'} -> {_short(self.shop)}"


def differences(
    product: Product, item: BooksItem, values: Values, owners: Mapping[str, Owner], contents: Contents
) -> list[Difference]:
    """All but the name's. Raises Undecided when what the shop owns names something that the books don't have."""
    found = []
    for field, wanted in values.items():
        standing = fields.standing_value(item, field)
        if not fields.agrees(standing, wanted):
            restored = _restored(field, standing, owners)
            found.append(Difference(field, wanted, standing, fields.shown(wanted), fields.shown(standing), restored))
    bought = {fields.COST, fields.PURCHASE_DESCRIPTION} & {one.field for one in found if one.restored}
    found += _account(fields.INCOME, contents.income(product), item, owners, contents, needed=False)
    found += _account(fields.EXPENSE, contents.expense(product), item, owners, contents, needed=bool(bought))
    return found + _category(product, item, owners, contents)


def _restored(field: str, standing: Value | None, owners: Mapping[str, Owner]) -> bool:
    """An empty SKU is filled where the books don't own it: the next order finds the item by it."""
    owner = owners[field]
    return owner is Owner.SHOP or (field == fields.SKU and not standing and owner is not Owner.BOOKS)


def _account(
    field: str, account: Account, item: BooksItem, owners: Mapping[str, Owner], contents: Contents, *, needed: bool
) -> list[Difference]:
    """An item that isn't bought has no expense account; a purchase cost needs one (`needed`)."""
    standing = str(fields.standing_value(item, field) or "")
    if not standing and not needed:
        return []
    owned = owners[field] is Owner.SHOP or (needed and not standing)
    try:
        wanted = contents.account_id(account)
    except Undecided:
        if owned:
            raise
        return []
    if wanted == standing:
        return []
    return [Difference(field, wanted, standing, account.name, contents.account_name(standing), owned)]


def _category(product: Product, item: BooksItem, owners: Mapping[str, Owner], contents: Contents) -> list[Difference]:
    owned = owners[fields.PARENT] is Owner.SHOP
    try:
        wanted = contents.category(product, needed=owned)
    except Undecided:
        if owned:
            raise
        return []
    if wanted in ("", item.parent):
        return []
    shop, books = contents.category_name(wanted), contents.category_name(item.parent)
    return [Difference(fields.PARENT, wanted, item.parent, shop, books, owned)]


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
