"""Orders, documents, looks and writes in any sequence: each decision is right for the moment it speaks of, and once all
is quiet, what can be sold in the shop is what the books have on hand. Wrong formulas must fail the same test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from shared.commerce.stock import Deducts, OnHand, OrderStock, Seen, Span, Standing, StockCase
from shared.mapping.stock.decision import Outcome, StockDecision
from shared.mapping.stock.quantity import decide
from shared.mapping.stock.rules import Returns, StockRules
from tests.unit.stock.two_systems import Decide, TwoSystems

COUNT = st.integers(1, 4)
WHICH = st.integers(0, 30)


class StockMachine(RuleBasedStateMachine):
    """The rules by which the two systems and what lies between them move."""

    decide: Decide = staticmethod(decide)
    stock_rules = StockRules()

    def __init__(self) -> None:
        super().__init__()
        self.world = TwoSystems(type(self).decide, self.stock_rules)

    def _order(self, which: int) -> int:
        return sorted(self.world.orders)[which % len(self.world.orders)]

    @rule(count=COUNT)
    def place(self, count: int) -> None:
        self.world.place(count)

    @precondition(lambda self: self.world.orders)
    @rule(which=WHICH, count=COUNT, what=st.sampled_from(["ship", "cancel"]))
    def ship_or_cancel(self, which: int, count: int, what: str) -> None:
        getattr(self.world, what)(self._order(which), count)

    @precondition(lambda self: self.world.orders)
    @rule(which=WHICH, count=COUNT, put_back=st.booleans())
    def refund(self, which: int, count: int, put_back: bool) -> None:
        self.world.refund(self._order(which), count, put_back)

    @precondition(lambda self: self.world.orders)
    @rule(which=WHICH, times=st.integers(1, 2))
    def read(self, which: int, times: int) -> None:
        for _ in range(times):
            self.world.read(self._order(which))

    @precondition(lambda self: self.world.snapshots)
    @rule(which=WHICH, lost=st.booleans())
    def arrive(self, which: int, lost: bool) -> None:
        number, order = self.world.snapshots.pop(which % len(self.world.snapshots))
        if not lost:
            self.world.arrive(number, order)

    @precondition(lambda self: self.world.orders)
    @rule(which=WHICH, returned=st.integers(0, 2), at_once=st.booleans())
    def plan(self, which: int, returned: int, at_once: bool) -> None:
        before = len(self.world.writes)
        self.world.plan(self._order(which), returned)
        for write in self.world.writes[before:] if at_once else ():
            self.world.carry_out(write)
            self.world.learn(write)

    @precondition(lambda self: self.world.orders)
    @rule(which=WHICH, look_first=st.booleans(), known=st.booleans(), between=st.sampled_from([0, 100, 900]))
    def close_call(self, which: int, look_first: bool, known: bool, between: int) -> None:
        """A document and a look with hardly any time between them, in either order."""
        world, number, before = self.world, self._order(which), len(self.world.writes)
        world.read(number)
        world.arrive(*world.snapshots.pop())
        world.plan(number)
        if look_first:
            world.look_at_books()
            world.tick(between)
        for write in world.writes[before:]:
            world.carry_out(write)
            if known:
                world.learn(write)
        if not look_first:
            world.tick(between)
            world.look_at_books()
        world.seen(world.looks[-1])
        world.compute()

    @precondition(lambda self: self.world.writes)
    @rule(which=WHICH, learn=st.booleans())
    def carry_out(self, which: int, learn: bool) -> None:
        write = self.world.writes[which % len(self.world.writes)]
        self.world.carry_out(write)
        if learn:
            self.world.learn(write)

    @rule(count=st.integers(-4, 4))
    def adjust(self, count: int) -> None:
        self.world.adjust(count)

    @rule(milliseconds=st.sampled_from([0, 100, 400, 900, 1_000, 3_000]))
    def tick(self, milliseconds: int) -> None:
        self.world.tick(milliseconds)

    @rule()
    def look(self) -> None:
        self.world.look_at_books()

    @precondition(lambda self: self.world.looks)
    @rule(which=WHICH)
    def see(self, which: int) -> None:
        self.world.seen(self.world.looks[which % len(self.world.looks)])

    @rule(at_once=st.booleans())
    def compute(self, at_once: bool) -> None:
        self.world.compute()
        if at_once:
            self.world.write()

    @rule()
    def write(self) -> None:
        self.world.write()

    def teardown(self) -> None:
        self.world.settle()


QUICK = settings(max_examples=150, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize(
    "rules",
    [
        pytest.param(StockRules(), id="as shipped"),
        pytest.param(StockRules(deducts=Deducts.AT_ORDER), id="a shop without multi-source inventory"),
        pytest.param(StockRules(returns=Returns.AT_ONCE), id="refunds put back at once"),
    ],
)
def test_stock_is_right_at_each_look_and_what_the_books_have_once_all_is_quiet(rules: StockRules) -> None:
    machine: Any = type("Ruled", (StockMachine,), {"stock_rules": rules})
    run_state_machine_as_test(machine, settings=QUICK)


def _plain_copy(case: StockCase, rules: StockRules) -> StockDecision:
    """What simple connectors do."""
    return StockDecision("MUG", Outcome.WRITE, max(case.items[0].quantity or Decimal(0), Decimal(0)))


def _guess(seen: bool, decide: Decide = decide) -> Decide:
    """A write at about the time of the look is taken for seen, or for not seen."""

    def guessing(case: StockCase, rules: StockRules) -> StockDecision:
        (item,) = case.items
        return decide(replace(case, orders=tuple(_guessed(order, item.seen, seen) for order in case.orders)), rules)

    return guessing


def _guessed(order: OrderStock, look: Seen, seen: bool) -> OrderStock:
    certain = Span.second(look.start - timedelta(hours=1)) if seen else Span.second(look.end + timedelta(hours=1))
    moves = (move if look.shows(move.when) is not None else replace(move, when=certain) for move in order.moves)
    return replace(order, moves=tuple(moves))


def _changed(change: Callable[[OrderStock], OrderStock]) -> Decide:
    return lambda case, rules: decide(replace(case, orders=tuple(change(order) for order in case.orders)), rules)


def _only_posted(order: OrderStock) -> OrderStock:
    return order if order.standing is Standing.POSTED else replace(order, moves=(), standing=Standing.NEVER)


def _without_look(case: StockCase, rules: StockRules) -> StockDecision:
    """All that is known to be posted is taken for seen, whenever the look was."""
    (item,) = case.items
    late: OnHand = replace(item, seen=Seen.at(item.seen.end + timedelta(days=1)))
    return decide(replace(case, items=(late,)), rules)


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(_plain_copy, id="plain copying of on hand"),
        pytest.param(_guess(seen=True), id="what can't be ordered is taken for seen"),
        pytest.param(_guess(seen=False), id="what can't be ordered is taken for not seen"),
        pytest.param(_without_look, id="the time of the look is ignored"),
        pytest.param(_changed(_only_posted), id="orders that aren't posted yet are ignored"),
    ],
)
def test_a_wrong_formula_fails_the_same_test(wrong: Decide) -> None:
    machine: Any = type("Wrong", (StockMachine,), {"decide": staticmethod(wrong)})
    unshrunk = settings(QUICK, max_examples=600, phases=[Phase.generate], database=None)
    with pytest.raises(AssertionError):
        run_state_machine_as_test(machine, settings=unshrunk)
