"""The tax attributes of an order: per rate code, and per item and rate code."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sandbox.magento.pricing import Priced, cart_taxes
from sandbox.magento.rates import RateGroup
from sandbox.magento.tax import ZERO, Taxed
from sandbox.magento.tax_settings import TaxRate

STORED = Decimal("0.0001")  # decimal(20,4)


def item_applied_taxes(priced: Priced, item_ids: dict[str, int]) -> list[dict[str, Any]]:
    """One entry for each taxed line, and one for shipping (which has no item). Lines at 0 % leave no row."""
    entries: list[dict[str, Any]] = []
    known = frozenset(cart_taxes(_all(priced)))
    for code, line in priced.lines.items():
        if line.counts and (rows := _rows(line.taxed, known)):
            entries.append({"type": "product", "item_id": item_ids[code], "applied_taxes": rows})
    if rows := _rows(priced.shipping, known):
        entries.append({"type": "shipping", "applied_taxes": rows})
    return entries


def applied_taxes(priced: Priced) -> list[dict[str, Any]]:
    """Summed by rate code over lines and shipping."""
    total: dict[str, dict[str, Any]] = {}
    known = frozenset(cart_taxes(_all(priced)))
    for row in (row for one in _all(priced) for row in _rows(one, known)):
        entry = total.setdefault(row["code"], {**row, "amount": ZERO, "base_amount": ZERO})
        entry["amount"] += row["amount"]
        entry["base_amount"] += row["amount"]
    return list(total.values())


def _all(priced: Priced) -> list[Taxed]:
    return [*(line.taxed for line in priced.lines.values() if line.counts), priced.shipping]


def _rows(taxed: Taxed, known: frozenset[str]) -> list[dict[str, Any]]:
    """Rates with their amounts; only groups that the whole cart pays something for have rows to belong to."""
    rows = []
    for one in (one for one in taxed.applied if one.group.id in known):
        for rate in one.group.rates:
            if not rate.percent or not one.group.percent:
                continue
            amount = _real_amount(one.amount, one.group, rate)
            percent = one.group.percent if len(one.group.rates) == 1 else rate.percent
            title = {"code": rate.code, "title": rate.code, "percent": percent}
            rows.append({**title, "amount": amount, "base_amount": amount})
    return rows


def _real_amount(amount: Decimal, group: RateGroup, rate: TaxRate) -> Decimal:
    """Several rates of one priority share the amount in proportion, stored with four places, not as cents."""
    if len(group.rates) == 1:
        return amount
    return (amount * rate.percent / group.percent).quantize(STORED)
