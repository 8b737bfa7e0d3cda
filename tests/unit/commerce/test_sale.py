"""A sale keeps its identity: lines less discount plus tax is the total, in whole cents."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.commerce.money import ZERO
from shared.commerce.party import Address, Party
from shared.commerce.sale import IdentityBroken, Line, LineKind
from tests.unit.mapping.sales import line, sale

cents = st.integers(0, 10**7).map(lambda n: Decimal(n) / 100)


@given(st.lists(cents, min_size=1, max_size=8), cents, cents)
def test_the_identity_holds_for_the_sum_of_the_parts_and_for_nothing_else(
    amounts: list[Decimal], discount: Decimal, tax: Decimal
) -> None:
    total = sum(amounts, ZERO) - discount + tax
    good = sale(*(line(amount=amount) for amount in amounts), discount=discount, tax=tax, total=total)
    good.check()
    for wrong in (Decimal("0.01"), Decimal("-0.01")):
        with pytest.raises(IdentityBroken) as caught:
            replace(good, total=total + wrong).check()
        assert caught.value.difference == wrong


def test_parts_of_a_cent_are_refused_even_where_the_sum_is_right() -> None:
    halves = sale(line(amount=Decimal("1.005")), line(amount=Decimal("1.005")), total=Decimal("2.01"))
    with pytest.raises(IdentityBroken):
        halves.check()


def test_a_yen_has_no_parts() -> None:
    with pytest.raises(IdentityBroken):
        sale(line(amount=Decimal("10.5")), total=Decimal("10.5"), currency="JPY").check()


def test_the_key_is_the_shops_own_and_no_number_of_people() -> None:
    assert sale(line()).source.key == "main:order:41"


def test_a_name_is_what_there_is_of_it() -> None:
    buyer = Party("", "", "", "Lee", "", "", Address(), None)
    assert (buyer.full_name, replace(buyer, given_name="Ann").full_name) == ("Lee", "Ann Lee")


def test_lines_can_be_keys() -> None:
    assert {line(): 1}[line()] == 1
    assert line(kind=LineKind.FEE) != line()
    assert isinstance(line(), Line)
