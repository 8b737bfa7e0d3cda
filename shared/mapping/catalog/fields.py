"""The fields of an item that come from the shop: who owns each, what stands in it, whether that agrees. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from shared.mapping.catalog.naming import without_deleted
from shared.mapping.catalog.standing import BooksItem
from shared.mapping.text import plain
from shared.settings.model import ItemMatch
from shared.settings.products import Owner, Owners

NAME, SKU, DESCRIPTION, PRICE = "Name", "Sku", "Description", "UnitPrice"
PURCHASE_DESCRIPTION, COST, TAXABLE = "PurchaseDesc", "PurchaseCost", "Taxable"
INCOME, EXPENSE, ASSET, PARENT = "IncomeAccountRef", "ExpenseAccountRef", "AssetAccountRef", "ParentRef"

WORDS = {
    NAME: "name",
    SKU: "sku",
    DESCRIPTION: "description",
    PRICE: "price",
    PURCHASE_DESCRIPTION: "purchase_description",
    COST: "cost",
    TAXABLE: "taxable",
    INCOME: "income_account",
    EXPENSE: "expense_account",
    PARENT: "category",
}
"""What people call the fields."""

Value = str | Decimal | bool
Values = Mapping[str, Value]
"""Field -> value. References are Ids, "" where there is none."""

_HUNDREDTH = Decimal("0.01")


def owners_of(owners: Owners, match: ItemMatch) -> dict[str, Owner]:
    """Who owns each field."""
    return {
        NAME: owners.sku if match is ItemMatch.NAME else owners.name,
        SKU: owners.sku,
        DESCRIPTION: owners.description,
        PURCHASE_DESCRIPTION: owners.purchase_description,
        PRICE: owners.price,
        COST: owners.cost,
        TAXABLE: owners.taxable,
        INCOME: owners.accounts,
        EXPENSE: owners.accounts,
        PARENT: owners.category,
    }


def standing_value(item: BooksItem, field: str) -> Value | None:
    """What the field holds; None where QuickBooks shows nothing."""
    if field == NAME:
        return item.name if item.active else without_deleted(item.name)
    value: Value | None = {
        SKU: item.sku,
        DESCRIPTION: item.description,
        PURCHASE_DESCRIPTION: item.purchase_description,
        PRICE: item.price,
        COST: item.cost,
        TAXABLE: item.taxable,
        INCOME: item.income_account,
        EXPENSE: item.expense_account,
        PARENT: item.parent,
    }[field]
    return value


def agrees(standing: Value | None, wanted: Value) -> bool:
    """Whether what stands is what is wanted. A price that QuickBooks rounded to cents is; or we would write it for
    ever. What QuickBooks doesn't show is empty, 0 or no."""
    if isinstance(wanted, bool):
        return (standing or False) == wanted
    if isinstance(wanted, Decimal):
        number = standing if isinstance(standing, Decimal) else Decimal(0)
        return number in (wanted, wanted.quantize(_HUNDREDTH, rounding=ROUND_HALF_UP))
    return plain(str(standing or ""), len(str(standing or ""))) == wanted


def shown(value: Value | None) -> str:
    """The value as people read it."""
    if value is None or isinstance(value, bool):
        return "yes" if value else "no" if value is False else ""
    return format(value, "f") if isinstance(value, Decimal) else value


def as_body(values: Values) -> dict[str, Any]:
    """The fields as QuickBooks takes them."""
    body: dict[str, Any] = {}
    for field, value in values.items():
        body[field] = {"value": value} if field.endswith("Ref") else value
        if field == PARENT:
            body["SubItem"] = True
    return body
