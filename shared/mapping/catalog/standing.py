"""What stands already: items of the books, and which of them stand for products."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from shared.commerce.product import ProductKey


@dataclass(frozen=True, slots=True)
class ProductLink:
    """That an item stands for a product, by the catalogue's hand. `content_hash` is of what it wrote last."""

    product: ProductKey
    item_id: str
    content_hash: str = ""


@dataclass(frozen=True, slots=True)
class BooksItem:
    """An item as QuickBooks shows it. References are Ids, "" where there is none."""

    id: str
    sync_token: str
    name: str
    sku: str
    type: str
    active: bool
    full_name: str = ""
    description: str = ""
    purchase_description: str = ""
    price: Decimal | None = None
    cost: Decimal | None = None
    taxable: bool | None = None
    income_account: str = ""
    expense_account: str = ""
    asset_account: str = ""
    parent: str = ""
    on_hand: Decimal | None = None


def read_item(row: Mapping[str, Any]) -> BooksItem:
    """An item from its object."""
    return BooksItem(
        id=str(row["Id"]),
        sync_token=str(row.get("SyncToken", "")),
        name=str(row.get("Name") or ""),
        sku=str(row.get("Sku") or ""),
        type=str(row.get("Type") or ""),
        active=row.get("Active") is not False,
        full_name=str(row.get("FullyQualifiedName") or row.get("Name") or ""),
        description=str(row.get("Description") or ""),
        purchase_description=str(row.get("PurchaseDesc") or ""),
        price=_number(row.get("UnitPrice")),
        cost=_number(row.get("PurchaseCost")),
        taxable=row["Taxable"] is True if "Taxable" in row else None,
        income_account=_reference(row.get("IncomeAccountRef")),
        expense_account=_reference(row.get("ExpenseAccountRef")),
        asset_account=_reference(row.get("AssetAccountRef")),
        parent=_reference(row.get("ParentRef")),
        on_hand=_number(row.get("QtyOnHand")),
    )


def _reference(value: Any) -> str:
    return str(value.get("value") or "") if isinstance(value, dict) else ""


def _number(value: Any) -> Decimal | None:
    return Decimal(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else None
