"""What of a product's snapshot decides about its stock. Pure.

The product's stock item shows what is in force: where the product follows the shop's configuration (`use_config_...`),
the shop's own answer has the configured value in its place (recalled: StockItem::getManageStock and its like).
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from shared.commerce.money import ZERO
from shared.commerce.stock import Product
from shared.magento.models import read_number

_COMPOSITE = frozenset({"configurable", "bundle", "grouped"})
_YES = (True, 1, "1")
_NO = (False, 0, "0")


def read_stock_product(document: Mapping[str, Any]) -> Product | None:
    """The product of a snapshot's `product`; None without a SKU. What a list left out has the shop's defaults. Spaces
    at the SKU's end mean nothing to the shop's database, those at its beginning make it another one."""
    sku = document.get("sku")
    if not isinstance(sku, str) or not sku.strip():
        return None
    extension = document.get("extension_attributes")
    stock = extension.get("stock_item") if isinstance(extension, dict) else None
    stock = stock if isinstance(stock, dict) else {}
    return Product(
        sku=sku.rstrip(" "),
        composite=document.get("type_id") in _COMPOSITE,
        managed=stock.get("manage_stock") not in _NO,
        backorders=(_number(stock.get("backorders")) or ZERO) > 0,
        threshold=_number(stock.get("min_qty")) or ZERO,
        fractions=stock.get("is_qty_decimal") in _YES,
    )


def _number(value: Any) -> Decimal | None:
    """A flag is a number to PHP; what is none is left out."""
    try:
        return Decimal(value) if isinstance(value, bool) else read_number(value)
    except ValueError:
        return None
