"""What the random lives are judged by: the truth about one SKU, and the lives themselves."""

from __future__ import annotations

from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.lives.plan import What, life_of, shorter
from tests.lives.truth import Goods, Standing, Truth


def units(*numbers: int) -> set[Decimal]:
    return {Decimal(number) for number in numbers}


def standing(since: float, gone: int, needed: int) -> Standing:
    return Standing(since, Decimal(gone), Decimal(needed))


def mugs() -> Truth:
    return Truth([Goods(0.0, Decimal(10))])


def test_an_order_of_three_mugs_leaves_the_source_alone_until_it_is_shipped() -> None:
    truth = mugs()
    truth.stand("1", standing(1.0, 0, 3))
    assert {truth.shelf} == units(10)
    assert {truth.sellable} == units(7)
    assert truth.right(2.0) == units(10), "posted or not"
    truth.stand("1", standing(2.0, 1, 2))
    assert {truth.shelf} == units(9)
    assert {truth.sellable} == units(7)
    assert truth.right(3.0) == units(10, 9), "the shipment may not be known yet"
    assert truth.right(1.5) == units(10), "nothing can be known that hasn't happened"


@given(posted=st.integers(1, 10))
def test_what_plain_copying_writes_for_an_open_order_is_never_right(posted: int) -> None:
    truth = mugs()
    truth.stand("1", standing(1.0, 0, posted))
    assert Decimal(10 - posted) not in truth.right(2.0), "an open order is subtracted twice"


def test_what_comes_in_counts_from_when_it_came_and_may_not_be_seen_yet() -> None:
    truth = mugs()
    truth.bring(5.0, Decimal(100))
    truth.bring(6.0, Decimal(-2))
    assert truth.right(4.0) == units(10)
    assert truth.right(5.5) == units(10, 110)
    assert truth.right(7.0) == units(10, 110, 108)
    assert truth.sellable == 108


def test_what_just_came_in_has_not_lain_on_the_shelf() -> None:
    truth = mugs()
    truth.stand("1", standing(1.0, 1, 0))
    assert {truth.lain(0.5), truth.lain(9.0)} == units(9), "what was shipped lies there no longer"
    truth.bring(2.0, Decimal(-8))
    truth.bring(3.0, Decimal(100))
    assert {truth.shelf} == units(101)
    assert {truth.lain(1.5), truth.lain(2.5)} == units(1)
    assert {truth.lain(3.5)} == units(101)


def test_more_sold_than_there_is_leaves_what_open_orders_need_and_nothing_to_sell() -> None:
    truth = mugs()
    truth.stand("1", standing(1.0, 0, 6))
    truth.bring(2.0, Decimal(-8))
    assert truth.sellable == 0
    assert truth.right(3.0) == units(10, 2, 6), "before the order is known, 2; with it what it needs"


standings = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=3)


@given(orders=st.lists(standings, max_size=3), goods=st.lists(st.integers(-5, 5), max_size=3))
def test_what_is_right_is_each_state_of_the_goods_with_each_state_of_each_order(
    orders: list[list[tuple[int, int]]], goods: list[int]
) -> None:
    truth = mugs()
    for count in goods:
        truth.bring(1.0, Decimal(count))
    for number, some in enumerate(orders):
        for gone, needed in some:
            truth.stand(str(number), standing(1.0, gone, needed))
    brought = [one.units for one in truth.goods]
    known = list(product(*truth.orders.values()))
    assert truth.right(2.0) == {
        max(had - sum(one.gone for one in some), Decimal(sum(one.needed for one in some)))
        for had in brought
        for some in known
    }


@pytest.mark.parametrize("seed", range(200))
def test_a_life_is_the_same_for_the_same_number_and_begins_with_an_order(seed: int) -> None:
    life = life_of(seed)
    assert life == life_of(seed)
    assert life.steps[0].what is What.PLACE
    assert all(step.count > 0 or step.what is What.ADJUST for step in life.steps)
    assert life.opening > 0


def test_lives_have_every_step_and_are_scarce_now_and_then() -> None:
    lives = [life_of(seed) for seed in range(200)]
    assert {step.what for life in lives for step in life.steps} == set(What)
    assert 50 < sum(life.scarce for life in lives) < 110
    assert {step.flag for life in lives for step in life.steps if step.what is What.REFUND} == {True, False}


def test_shorter_lives_leave_out_some_steps_in_a_row_each_step_alone_too() -> None:
    life = life_of(7)
    found = list(shorter(life))
    assert all(len(one.steps) < len(life.steps) for one in found)
    alone = [one.steps for one in found if len(one.steps) == len(life.steps) - 1]
    assert alone == [life.steps[:number] + life.steps[number + 1 :] for number in range(len(life.steps))]
    assert len(found[0].steps) == len(life.steps) - len(life.steps) // 2
