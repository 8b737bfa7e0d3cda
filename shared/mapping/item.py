"""Which item stands for a line, and what a new one looks like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from shared.commerce.sale import Line, LineKind
from shared.mapping import text
from shared.mapping.books import Books
from shared.mapping.identity import identity_of
from shared.mapping.parked import Parked, Reason
from shared.settings.model import ItemMatch, Items, MissingItem


@dataclass(frozen=True, slots=True)
class ItemNeed:
    """The item that must exist. `sku` or `name` finds it (the other is ""); `create` says whether it may be made, under
    one of `names`."""

    key: str
    sku: str
    name: str
    names: tuple[str, ...]
    create: bool
    service: bool
    label: str


def item_need(line: Line, settings: Items) -> ItemNeed:
    """The item for a line by the merchant's choice."""
    if line.kind is LineKind.SHIPPING:
        return _named(settings.shipping_item)
    if line.kind is LineKind.FEE:
        return _named(settings.fee_item)
    identity, by_sku = identity_of(line.sku, settings.match), settings.match is ItemMatch.SKU
    return ItemNeed(
        key=identity.key,
        sku=identity.sku if by_sku else "",
        name="" if by_sku else identity.legal,
        names=identity.names(by_sku),
        create=settings.missing is MissingItem.CREATE,
        service=line.kind is LineKind.SERVICE,
        label=line.name,
    )


def generic_need(settings: Items) -> ItemNeed:
    """The item that stands for products the books don't have."""
    return _named(settings.generic_item)


def _named(title: str) -> ItemNeed:
    legal = text.name(title)
    return ItemNeed(f"name:{legal.lower()}", "", legal, (legal,), create=True, service=True, label=legal)


def item_body(need: ItemNeed, name: str, settings: Items, books: Books) -> dict[str, Any]:
    """The create call. Non-inventory goods and services only: stock and its value belong to the catalogue service."""
    if not need.create:
        raise Parked(
            Reason.ITEM_MISSING,
            f"QuickBooks has no active item with {'SKU' if need.sku else 'name'} {need.sku or need.name!r}",
            "items.missing",
            lacks=f"Item:sku={need.sku.lower()}" if need.sku else f"Item:name={need.name.lower()}",
        )
    body = {
        "Name": name,
        "Type": "Service" if need.service else "NonInventory",
        "Sku": need.sku,
        "Description": text.plain(need.label, 4000),
        "IncomeAccountRef": books.ref("Account", settings.income_account, "items.income_account"),
        "Taxable": True,
    }
    return {field: value for field, value in body.items() if value != ""}
