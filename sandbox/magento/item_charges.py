"""The columns of an order item that show its fixed product taxes and its gift wrapping."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sandbox.magento import php_json
from sandbox.magento.cart import Child
from sandbox.magento.charges import Charge
from sandbox.magento.order_totals import Prices
from sandbox.magento.shop import Body
from sandbox.magento.tax import ZERO

_NOTHING = {
    "weee_tax_disposition": ZERO,
    "weee_tax_row_disposition": ZERO,
    "base_weee_tax_disposition": ZERO,
    "base_weee_tax_row_disposition": ZERO,
}


def charge_columns(prices: Prices, code: str, children: Sequence[Child] = ()) -> Body:
    """Nothing for a row without charges. A parent repeats the fixed taxes of its last child, but not their row amount
    (Weee::recalculateParent), so that summing over all rows counts them once."""
    of_child = f"{code}.{len(children) - 1}" if children else code
    fixed = _pairs(prices, of_child, "weee")
    columns: Body = {}
    if fixed:
        columns |= {
            **_NOTHING,
            "weee_tax_applied": _applied(fixed),
            "weee_tax_applied_amount": _sum(order.unit for order, _ in fixed),
            "base_weee_tax_applied_amount": _sum(base.unit for _, base in fixed),
            "weee_tax_applied_row_amount": ZERO if children else _sum(order.row for order, _ in fixed),
            "base_weee_tax_applied_row_amnt": ZERO if children else _sum(base.row for _, base in fixed),
        }
    for order, base in _pairs(prices, code, "item_gw"):
        columns |= {"gw_id": 1, "gw_price": order.unit, "gw_base_price": base.unit}
        columns |= {"gw_tax_amount": _tax(order), "gw_base_tax_amount": _tax(base)}
    return columns


def _pairs(prices: Prices, code: str, kind: str) -> list[tuple[Charge, Charge]]:
    both = zip(prices.order.charges, prices.base.charges, strict=True)
    return [(order, base) for order, base in both if order.type == kind and order.line == code]


def _applied(fixed: list[tuple[Charge, Charge]]) -> str:
    """JSON text, as the column has it."""
    entries: list[dict[str, Any]] = []
    for order, base in fixed:
        entry: dict[str, Any] = {"title": order.title}
        for prefix, one in (("base_", base), ("", order)):
            entry |= {f"{prefix}amount": one.unit, f"{prefix}amount_incl_tax": one.unit_incl_tax}
            entry |= {f"{prefix}row_amount": one.row, f"{prefix}row_amount_incl_tax": one.row_incl_tax}
        entries.append(entry)
    return php_json.encode(entries)


def _sum(amounts: Any) -> Decimal:
    return sum(amounts, ZERO)


def _tax(charge: Charge) -> Decimal:
    """Per piece, as the column has it (recalled)."""
    return ZERO if charge.taxed is None else charge.taxed.price_incl_tax - charge.taxed.price
