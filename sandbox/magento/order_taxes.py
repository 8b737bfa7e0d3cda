"""The tax attributes of an order: per rate code, and per taxed line and rate code."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sandbox.magento.order_totals import Prices
from sandbox.magento.pricing import cart_taxes
from sandbox.magento.rates import RateGroup
from sandbox.magento.tax import ZERO, AppliedTax, Taxed
from sandbox.magento.tax_settings import TaxRate

STORED = Decimal("0.0001")  # decimal(20,4)


@dataclass(frozen=True)
class TaxedRow:
    """A row of sales_order_tax_item. Only goods have an item_id; charges name the item they are tied to."""

    type: str
    item_id: int | None
    associated_item_id: int | None
    code: str
    percent: Decimal
    amount: Decimal
    base_amount: Decimal
    group_amount: Decimal
    base_group_amount: Decimal

    @property
    def line(self) -> tuple[str, int | None, int | None]:
        return self.type, self.item_id, self.associated_item_id


def tax_rows(prices: Prices, item_ids: dict[str, int]) -> list[TaxedRow]:
    """Every row: goods, their charges, shipping, charges on the order. Rates of 0 % leave none, nor do groups that the
    whole cart pays nothing for."""
    known = frozenset(cart_taxes(prices.order.all_taxed()))
    return [row for line in _lines(prices, item_ids) for row in _rows(*line, known=known)]


def item_applied_taxes(rows: list[TaxedRow]) -> list[dict[str, Any]]:
    """One entry for each line that has rows."""
    entries: dict[tuple[str, int | None, int | None], dict[str, Any]] = {}
    for row in rows:
        named = {"type": row.type, "item_id": row.item_id, "associated_item_id": row.associated_item_id}
        entry = {name: value for name, value in named.items() if value is not None}
        entries.setdefault(row.line, entry | {"applied_taxes": []})["applied_taxes"].append(_shown(row))
    return list(entries.values())


def applied_taxes(rows: list[TaxedRow]) -> list[dict[str, Any]]:
    """Summed by rate code over everything."""
    total: dict[str, dict[str, Any]] = {}
    for row in rows:
        entry = total.setdefault(row.code, {**_shown(row), "amount": ZERO, "base_amount": ZERO})
        entry["amount"] += row.amount
        entry["base_amount"] += row.base_amount
    return list(total.values())


def _shown(row: TaxedRow) -> dict[str, Any]:
    title = {"code": row.code, "title": row.code, "percent": row.percent}
    return {**title, "amount": row.amount, "base_amount": row.base_amount}


_Line = tuple[str, int | None, int | None, Taxed, Taxed]


def _lines(prices: Prices, item_ids: dict[str, int]) -> Iterator[_Line]:
    for code, line in prices.order.lines.items():
        if line.counts:
            yield "product", item_ids[code], None, line.taxed, prices.base.lines[code].taxed
    yield "shipping", None, None, prices.order.shipping, prices.base.shipping
    for charge, base in zip(prices.order.charges, prices.base.charges, strict=True):
        if charge.taxed is not None and base.taxed is not None:
            associated = None if charge.associated is None else item_ids[charge.associated]
            yield charge.type, None, associated, charge.taxed, base.taxed


def _rows(
    kind: str, item_id: int | None, associated: int | None, taxed: Taxed, base: Taxed, *, known: frozenset[str]
) -> Iterator[TaxedRow]:
    in_base = {one.group.id: one for one in base.applied}
    for one in (one for one in taxed.applied if one.group.id in known):
        base_one = in_base.get(one.group.id, AppliedTax(one.group, ZERO))
        for rate in one.group.rates:
            if not rate.percent:
                continue
            single = len(one.group.rates) == 1
            yield TaxedRow(
                type=kind,
                item_id=item_id,
                associated_item_id=associated,
                code=rate.code,
                percent=one.group.percent if single else rate.percent,
                amount=_real_amount(one.amount, one.group, rate),
                base_amount=_real_amount(base_one.amount, one.group, rate),
                group_amount=one.amount,
                base_group_amount=base_one.amount,
            )


def _real_amount(amount: Decimal, group: RateGroup, rate: TaxRate) -> Decimal:
    """Several rates of one priority share the amount in proportion, stored with four places, not as cents."""
    if len(group.rates) == 1:
        return amount
    return (amount * rate.percent / group.percent).quantize(STORED)
