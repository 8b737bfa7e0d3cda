"""Money is exact: rounding, and splitting without losing a cent."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.commerce.money import ZERO, quantise, spread, unit

currencies = st.sampled_from(["USD", "EUR", "JPY", "KWD", "usd", "XYZ"])
amounts = st.decimals(-(10**9), 10**9, places=4)


@pytest.mark.parametrize(("currency", "smallest"), [("USD", "0.01"), ("jpy", "1"), ("KWD", "0.001"), ("???", "0.01")])
def test_each_currency_has_its_smallest_unit(currency: str, smallest: str) -> None:
    assert str(unit(currency)) == smallest


@pytest.mark.parametrize(
    ("amount", "rounded"),
    [("2.275", "2.28"), ("2.2749999", "2.27"), ("-2.275", "-2.28"), ("-0.001", "0.00"), ("-0", "0.00"), ("7", "7.00")],
)
def test_halves_go_away_from_zero_and_zero_has_no_sign(amount: str, rounded: str) -> None:
    assert str(quantise(Decimal(amount), "USD")) == rounded


@given(amounts, currencies)
def test_rounding_is_within_half_a_unit_and_done_once(amount: Decimal, currency: str) -> None:
    rounded = quantise(amount, currency)
    assert abs(rounded - amount) <= unit(currency) / 2
    assert quantise(rounded, currency) == rounded


@given(st.lists(amounts, min_size=1, max_size=12), currencies)
def test_a_spread_sums_exactly_and_moves_each_by_less_than_a_unit(parts: list[Decimal], currency: str) -> None:
    total = quantise(sum(parts, ZERO), currency)
    shares = spread(parts, total, currency)
    assert sum(shares, ZERO) == total
    assert [quantise(share, currency) for share in shares] == shares
    # The total itself was rounded by at most half a unit, which is spread as well.
    assert all(
        abs(share - part) < unit(currency) + unit(currency) / 2 for share, part in zip(shares, parts, strict=True)
    )


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=12), st.integers(0, 10**6))
def test_a_spread_of_an_exact_sum_keeps_each_within_a_unit_and_in_order(weights: list[int], cents: int) -> None:
    """A discount over lines: the larger line never gets less."""
    total, weight = Decimal(cents) / 100, sum(weights)
    if not weight:
        return
    exact = [total * part / weight for part in weights]
    shares = spread(exact, total, "USD")
    assert sum(shares, ZERO) == total
    assert all(abs(share - part) < Decimal("0.01") for share, part in zip(shares, exact, strict=True))
    ranked = sorted(zip(weights, shares, strict=True))
    assert all(a[1] <= b[1] for a, b in pairwise(ranked) if a[0] < b[0])


@given(st.lists(amounts.map(lambda a: quantise(a, "USD")), min_size=1, max_size=12))
def test_whole_amounts_that_sum_to_the_total_stay_as_they_are(parts: list[Decimal]) -> None:
    assert spread(parts, sum(parts, ZERO), "USD") == parts


@given(st.lists(amounts.map(lambda a: quantise(a, "USD")), min_size=1, max_size=6), st.integers(-9, 9))
def test_cents_beyond_the_exact_sum_are_shared_evenly(parts: list[Decimal], extra: int) -> None:
    total = sum(parts, ZERO) + Decimal(extra) / 100
    shares = spread(parts, total, "USD")
    assert sum(shares, ZERO) == total
    most = -(-abs(extra) // len(parts))
    assert all(abs(share - part) <= Decimal(most) / 100 for share, part in zip(shares, parts, strict=True))


def test_a_cent_too_many_goes_to_the_largest_not_to_what_was_free() -> None:
    parts = [Decimal(0), Decimal("4.00"), Decimal("5.00")]
    assert spread(parts, Decimal("9.01"), "USD") == [Decimal(0), Decimal("4.00"), Decimal("5.01")]


def test_nothing_can_be_spread_over_nothing_but_nothing() -> None:
    assert spread([], ZERO, "USD") == []
    with pytest.raises(ValueError, match=r"0\.01 can't be spread"):
        spread([], Decimal("0.01"), "USD")
