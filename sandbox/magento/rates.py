"""Which tax rates apply: matching, one rate per rule, groups by priority. Pure.

As Magento's ResourceModel/Calculation: rows sorted by priority, rule, country, region, postcode and percent, of which
the last four descending; within a rule only the first row counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from sandbox.magento.postcodes import covers
from sandbox.magento.tax_settings import Place, TaxRate, TaxRule, TaxSettings

HUNDRED = Decimal(100)


@dataclass(frozen=True)
class RateGroup:
    """The rates of one priority. `percent` is effective: compounded on earlier groups unless calculate_subtotal."""

    id: str
    percent: Decimal
    rates: tuple[TaxRate, ...]


def groups(settings: TaxSettings, place: Place, customer_class: str, product_class: str | None) -> list[RateGroup]:
    """The groups that tax a product class at a place, in order of priority."""
    rows = _rows(settings, place, customer_class, product_class)
    first_of_rule: list[tuple[TaxRule, TaxRate]] = []
    for rule, rate in rows:
        if not first_of_rule or first_of_rule[-1][0] is not rule:
            first_of_rule.append((rule, rate))
    result: list[RateGroup] = []
    total = Decimal(0)
    gathered: list[TaxRate] = []
    for index, (rule, rate) in enumerate(first_of_rule):
        gathered.append(rate)
        following = first_of_rule[index + 1][0] if index + 1 < len(first_of_rule) else None
        if following is not None and following.priority == rule.priority:
            continue
        percent = sum((one.percent for one in gathered), Decimal(0))
        if not rule.calculate_subtotal:
            percent = (HUNDRED + total) * percent / HUNDRED
        total += percent
        result.append(RateGroup("".join(one.code for one in gathered), percent, tuple(gathered)))
        gathered = []
    return result


def total_percent(applied: list[RateGroup]) -> Decimal:
    return sum((group.percent for group in applied), Decimal(0))


def _rows(
    settings: TaxSettings, place: Place, customer_class: str, product_class: str | None
) -> list[tuple[TaxRule, TaxRate]]:
    """Matching rows in order; a rate that several rules list counts in the first of them only."""
    known = {rate.code: rate for rate in settings.rates}
    rows = [
        (number, rule, known[code])
        for number, rule in enumerate(settings.rules)
        if customer_class in rule.customer_classes and product_class in rule.product_classes
        for code in rule.rates
        if _matches(known[code], place)
    ]
    rows.sort(key=lambda row: row[2].percent, reverse=True)
    rows.sort(key=lambda row: row[2].postcode, reverse=True)
    rows.sort(key=lambda row: row[2].region_id or 0, reverse=True)
    rows.sort(key=lambda row: row[2].country, reverse=True)
    rows.sort(key=lambda row: (row[1].priority, row[0]))
    first: dict[str, tuple[TaxRule, TaxRate]] = {}
    for _, rule, rate in rows:
        first.setdefault(rate.code, (rule, rate))
    return list(first.values())


def _matches(rate: TaxRate, place: Place) -> bool:
    if rate.country != place.country or (rate.region_id is not None and rate.region_id != place.region_id):
        return False
    return covers(rate.postcode, place.postcode, place.country)
