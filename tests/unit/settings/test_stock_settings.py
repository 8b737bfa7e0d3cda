"""`[stock]`: off by default, exact, and what makes no sense is refused in words."""

from __future__ import annotations

from decimal import Decimal

import pytest

from shared.commerce.stock import Deducts
from shared.mapping.stock.rules import Flag, OtherSources, Outside, Reserve, Returns, StockRules
from shared.settings.loader import SettingsError, load
from shared.settings.stock import Stock, StockDirection, stock_rules

LEAST = 'connection = "main"\n[magento]\nurl = "https://shop.example"\n[quickbooks]\nrealm = "1"\n'


def stock(text: str) -> Stock:
    return load(LEAST + text, "test").settings.stock


def test_no_quantity_is_written_before_somebody_says_so() -> None:
    assert stock("").direction is StockDirection.OFF


def test_without_more_than_a_direction_the_rules_are_those_of_the_page() -> None:
    assert stock_rules(stock('[stock]\ndirection = "books_to_shop"'), Deducts.AT_SHIPMENT) == StockRules()


def test_every_setting_reaches_the_rules() -> None:
    read = stock(
        '[stock]\nother_sources = "subtract"\nassign = true\nreturns = "at_once"\noutside = "in_books"\n'
        'flag = "follow"\nguard_percent = 12.5\n[[stock.reserves]]\nsku = "MUG-*"\nunits = 0.1\npercent = 2.5\n'
    )
    assert stock_rules(read, Deducts.AT_ORDER) == StockRules(
        deducts=Deducts.AT_ORDER,
        returns=Returns.AT_ONCE,
        outside=Outside.IN_BOOKS,
        other_sources=OtherSources.SUBTRACT,
        flag=Flag.FOLLOW,
        reserves=(Reserve("MUG-*", Decimal("0.1"), Decimal("2.5")),),
        assign=True,
        guard_percent=Decimal("12.5"),
    )


def test_the_first_reserve_that_fits_counts_so_that_one_of_nothing_exempts() -> None:
    text = '[[stock.reserves]]\nsku = "CARD"\n[[stock.reserves]]\nunits = 2\n'
    rules = stock_rules(stock(text), Deducts.AT_SHIPMENT)
    assert [rules.reserve(sku).units for sku in ("card", "MUG")] == [0, 2]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[stock]\ndirection = "both"', "allowed: off, books_to_shop or shop_to_books"),
        ('[stock]\nsource = ""', "stock.source: '' must not be empty"),
        ("[stock]\nguard_percent = 101", "stock.guard_percent: 101 must be at most 100"),
        ("[stock]\nguard_percent = -1", "stock.guard_percent: -1 must be at least 0"),
        ("[stock]\nguard_percent = nan", "stock.guard_percent: must be a number"),
        ('[[stock.reserves]]\nunits = "two"', "stock.reserves.0.units: 'two' must be a number"),
        ('[[stock.reserves]]\nsku = "MUG"', "stock: reserves.0: the last one needs units or percent"),
        ("[stock]\nguard_perc = 1", "did you mean guard_percent"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(text: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        stock(text)
