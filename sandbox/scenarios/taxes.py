"""Tax settings of the scenarios: one rate per state, two rates in one state, prices with and without tax."""

from __future__ import annotations

from decimal import Decimal
from random import Random
from typing import Any, get_args

from sandbox.magento.regions import REGIONS
from sandbox.magento.tax_settings import GOODS, SHIPPING, Algorithm, TaxRate, TaxRule, TaxSettings

STATES = {
    "CA": "8.25",
    "NY": "8.875",
    "TX": "6.25",
    "MI": "6",
    "WA": "10.25",
    "IL": "9.5",
    "HI": "4.712",
}  # OR has none
SECOND = {"CA": "1.5", "NY": "4.5", "TX": "2", "MI": "1", "WA": "0.5", "IL": "1.25", "HI": "0.5"}


def one_rate(random: Random, **more: Any) -> TaxSettings:
    """A rate per state; shipping is taxed in some shops."""
    return _settings(random, (_rule("States", STATES, random),), _rates("State", STATES), more)


def two_rates(random: Random, **more: Any) -> TaxSettings:
    """A state's and a city's rate: added, compounded, or both on the net amount, by chance."""
    second = TaxRule(
        code="Cities",
        rates=_codes("City", SECOND),
        priority=random.choice((0, 0, 1)),
        calculate_subtotal=random.random() < 0.5,
    )
    rates = _rates("State", STATES) + _rates("City", SECOND)
    return _settings(random, (_rule("States", STATES, random), second), rates, more)


def inclusive(random: Random) -> TaxSettings:
    """Catalogue prices with tax in them, in a shop that sells at one price everywhere or re-bases it."""
    return one_rate(
        random,
        price_includes_tax=True,
        shipping_includes_tax=random.random() < 0.5,
        cross_border=random.random() < 0.5,
        discount_tax=random.random() < 0.5,
    )


def _settings(
    random: Random, rules: tuple[TaxRule, ...], rates: tuple[TaxRate, ...], more: dict[str, Any]
) -> TaxSettings:
    return TaxSettings(
        algorithm=random.choice(get_args(Algorithm)),
        shipping_tax_class=SHIPPING if any(SHIPPING in rule.product_classes for rule in rules) else None,
        rates=rates,
        rules=rules,
        **more,
    )


def _rule(code: str, states: dict[str, str], random: Random) -> TaxRule:
    classes = (GOODS, SHIPPING) if random.random() < 0.5 else (GOODS,)
    return TaxRule(code=code, rates=_codes("State", states), product_classes=classes)


def _codes(level: str, states: dict[str, str]) -> tuple[str, ...]:
    return tuple(f"US-{state}-{level}" for state in states)


def _rates(level: str, states: dict[str, str]) -> tuple[TaxRate, ...]:
    return tuple(
        TaxRate(code=f"US-{state}-{level}", percent=Decimal(percent), region_id=REGIONS[state][0])
        for state, percent in states.items()
    )
