"""The shop as master: whatever happens in any sequence, after a correction the books come out at what lies in the shop
once all is posted and shipped, and nothing is corrected twice. Wrong formulas must fail the same test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import rule, run_state_machine_as_test

from shared.commerce.stock import Deducts, OnHand, OrderStock, Seen, StockCase
from shared.mapping.stock.books import correct
from shared.mapping.stock.decision import Outcome, StockDecision
from shared.mapping.stock.rules import Returns, StockRules
from tests.unit.stock.test_stock_machine import QUICK, StockMachine, _guess, _only_posted
from tests.unit.stock.two_systems import Decide, TwoSystems


def _correct(case: StockCase, rules: StockRules) -> StockDecision:
    return correct(case, rules, below_zero=True)


class ShopIsMaster(TwoSystems):
    """Decisions are differences, and a write adds one to the books. What the service sees to is seen to here: orders
    and source are known as of one moment, and the look comes after the last correction."""

    corrected = 0  # the step of the last correction
    absolute = False  # an item's quantity is set, which overwrites what happened since the look

    def compute(self) -> StockDecision | None:
        self.decided = None
        all_known = all(self.known.get(number) == order for number, order in self.orders.items())
        if self.look is None or self.look.step < self.corrected or not all_known:
            return None
        item = OnHand("7", "Mug", Decimal(self.look.on_hand), True, True, Seen.at(self.look.at))
        found = self.decide(self.case(item), self.rules)
        if found.quantity is None:
            assert found.outcome is Outcome.WAIT, found
            return found
        assert found.quantity == sum(term.units for term in found.terms)
        self.comes_out(self.look.on_hand + int(found.difference), self.look.step)
        self.decided = int(found.difference)
        return found

    def comes_out(self, on_hand: int, step: int) -> None:
        """With so many on hand at that moment: what the books will have once all is posted is what will lie in the shop
        once all is shipped."""
        still = 0
        for number, order in self.orders.items():
            mine = [write for write in self.writes if write.order == number]
            done = sum(write.units for write in mine if write.at and write.step <= step)
            back = -sum(write.units for write in mine if write.kind.value == "return")
            if self.rules.returns is Returns.AT_ONCE:
                back = order.refunded
            still += order.ordered - order.cancelled - back - done
        assert on_hand - still == self.source - self.reserved(), f"{on_hand}: {self}"

    def write(self) -> None:
        """Once, and perhaps long after it was decided."""
        if self.decided and self.look is not None:
            self.adjust(self.look.on_hand + self.decided - self.on_hand if self.absolute else self.decided)
            self.corrected, self.decided = self.step, None

    def settle(self) -> None:
        for returned in (0, 0, 100 if self.rules.returns is Returns.AT_ONCE else 0):
            for number, order in self.orders.items():
                self.arrive(number, replace(order))
                self.plan(number, returned)
            for write in self.writes:
                self.carry_out(write)
                self.learn(write)
        self.tick(2_000)
        for expected in (Outcome.WRITE, Outcome.UNCHANGED):
            self.look_at_books()
            self.seen(self.looks[-1])
            found = self.compute()
            assert found is not None
            assert found.outcome in (expected, Outcome.UNCHANGED), found
            self.write()
        for number, order in self.orders.items():
            self.ship(number, order.open)
        assert self.on_hand == self.source, f"{self}"


class BooksMachine(StockMachine):
    """The same moves, and people who count the shop's source."""

    decide: Decide = staticmethod(_correct)
    absolute = False

    def __init__(self) -> None:
        super().__init__()
        self.world = ShopIsMaster(type(self).decide, self.stock_rules)
        self.world.absolute = self.absolute

    @rule(count=st.integers(-4, 4))
    def count_the_shop(self, count: int) -> None:
        self.world.source = max(self.world.source + count, self.world.reserved())

    @rule()
    def all_is_read(self) -> None:
        for number, order in self.world.orders.items():
            self.world.arrive(number, replace(order))


@pytest.mark.parametrize(
    "rules",
    [
        pytest.param(StockRules(), id="as shipped"),
        pytest.param(StockRules(deducts=Deducts.AT_ORDER), id="a shop without multi-source inventory"),
        pytest.param(StockRules(returns=Returns.AT_ONCE), id="refunds come back with what books them"),
    ],
)
@pytest.mark.parametrize("absolute", [False, True], ids=["by a difference", "by setting the quantity"])
def test_the_books_come_out_at_what_lies_in_the_shop(rules: StockRules, absolute: bool) -> None:
    machine: Any = type("Ruled", (BooksMachine,), {"stock_rules": rules, "absolute": absolute})
    run_state_machine_as_test(machine, settings=QUICK)


def _plain_copy(case: StockCase, rules: StockRules) -> StockDecision:
    """What simple connectors do: the books get what the source holds."""
    return _correct(replace(case, orders=()), rules)


def _changed(change: Callable[[OrderStock], OrderStock]) -> Decide:
    return lambda case, rules: _correct(replace(case, orders=tuple(change(order) for order in case.orders)), rules)


def _without_look(case: StockCase, rules: StockRules) -> StockDecision:
    (item,) = case.items
    return _correct(replace(case, items=(replace(item, seen=Seen.at(item.seen.end + timedelta(days=1))),)), rules)


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(_plain_copy, id="plain copying of the source"),
        pytest.param(_guess(seen=True, decide=_correct), id="what can't be ordered is taken for seen"),
        pytest.param(_guess(seen=False, decide=_correct), id="what can't be ordered is taken for not seen"),
        pytest.param(_without_look, id="the time of the look is ignored"),
        pytest.param(_changed(_only_posted), id="orders that aren't posted yet are ignored"),
    ],
)
def test_a_wrong_formula_fails_the_same_test(wrong: Decide) -> None:
    machine: Any = type("Wrong", (BooksMachine,), {"decide": staticmethod(wrong)})
    unshrunk = settings(QUICK, max_examples=600, phases=[Phase.generate], database=None)
    with pytest.raises(AssertionError):
        run_state_machine_as_test(machine, settings=unshrunk)
