"""Whatever happens to an order: reservations, sources and salable quantity stay in step.

The model below counts pieces by itself. Sequences on which Magento itself drifts are left out: credit after
goods that had left were credited while others wait, and shipping more than waits after a credit memo released some.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.magento.vectors.stock_life import Order
from sandbox.magento.vectors.stock_world import World, fixture_of

START = Decimal(1000)
LINES = {
    "simple": ("simple", None, 1),
    "virtual": ("virtual", None, 1),
    "configurable": ("configurable", {"children": [{"sku": "P"}]}, 1),
    "bundle": ("bundle", {"children": [{"sku": "P", "qty_per_bundle": "3"}]}, 3),
}
STEPS = st.lists(
    st.tuples(st.sampled_from(["invoice", "ship", "cancel", "return", "refund"]), st.integers(1, 6)),
    min_size=3,
    max_size=12,
)


@dataclass
class Model:
    """Pieces of the order, counted without the engine."""

    virtual: bool
    ordered: int
    invoiced: int = 0
    shipped: int = 0
    refunded: int = 0
    canceled: int = 0
    released: int = 0  # credited before they left
    lost: int = 0  # of those, taken from the source though nothing was shipped
    returned: int = 0

    @property
    def left(self) -> int:
        return self.invoiced if self.virtual else self.shipped

    @property
    def waiting(self) -> int:
        """Invoiced, not left, not credited."""
        return self.invoiced - self.left - self.released

    @property
    def held(self) -> int:
        return self.ordered - self.left - self.released - self.canceled

    @property
    def source(self) -> int:
        return int(START) - self.left - self.lost + self.returned

    def drifts(self) -> bool:
        """Goods that had left were credited while others wait, or may yet be invoiced."""
        return self.refunded > self.released


@settings(max_examples=300)
@given(STEPS, st.sampled_from(sorted(LINES)), st.integers(1, 8), st.decimals("0", "5", places=1))
def test_reservations_sources_and_salable_stay_in_step(
    steps: list[tuple[str, int]], shape: str, ordered: int, threshold: Decimal
) -> None:
    kind, line, per = LINES[shape]
    world = World(
        fixture_of(
            {
                "stocks": [{"stock_id": 7, "links": [{"source": "s", "priority": 1}, {"source": "t", "priority": 2}]}],
                "sources": [{"code": "s", "enabled": True}, {"code": "t", "enabled": True}],
                "source_items": [{"sku": "P", "source": "s", "quantity": str(START)}],
                "configuration": {"min_qty": str(threshold)},
            },
            {},
        )
    )
    order = Order(world.hooks, 1, 7, "000000001")
    name = "line" if line else "P"
    order.add(name, ordered, kind, line)
    order.place()
    assert order.accepted
    model = Model(shape == "virtual", ordered)
    agree(world, model, per, threshold)
    for action, wanted in steps:
        play(order, model, name, action, wanted)
        agree(world, model, per, threshold)
    finish(order, model, name)
    agree(world, model, per, threshold)
    assert world.inventory.ledger.total("P", 7) == 0
    world.inventory.ledger.clean_up()
    assert world.inventory.ledger.all() == []


def agree(world: World, model: Model, per: int, threshold: Decimal) -> None:
    inventory = world.inventory
    row = inventory.rows.get("P", "s")
    assert row is not None
    assert row.quantity == START - (START - model.source) * per
    assert inventory.ledger.total("P", 7) == -model.held * per
    assert inventory.salable_quantity("P", 7) == row.quantity - model.held * per - threshold


def play(order: Order, model: Model, name: str, action: str, wanted: int) -> None:
    if action == "invoice" and not model.drifts():
        number = min(wanted, model.ordered - model.invoiced - model.canceled)
        if number:
            order.invoice({name: number}, None)
            model.invoiced += number
    elif action == "ship" and not model.virtual:
        number = min(wanted, model.waiting if model.released else model.held)
        if number and not model.drifts():
            order.ship({name: number}, "s", None)
            model.shipped += number
    elif action == "cancel":
        number = model.ordered - max(model.invoiced, model.shipped) - model.canceled
        order.cancel()
        model.canceled += max(number, 0)
    elif action in ("return", "refund"):
        number = min(wanted, model.invoiced - model.refunded)
        if number and not (model.drifts() and model.waiting):
            credit(order, model, name, number, back=action == "return")


def credit(order: Order, model: Model, name: str, number: int, *, back: bool) -> None:
    kept = min(number, max(model.waiting, 0))
    order.credit({name: number}, None, [name] if back else [])
    model.refunded += number
    model.released += kept
    if back:
        model.returned += number - kept
    else:
        model.lost += kept


def finish(order: Order, model: Model, name: str) -> None:
    """Cancel what is open, credit or ship what waits: nothing is held any more."""
    play(order, model, name, "cancel", 0)
    if model.waiting > 0 and not model.virtual:
        order.ship({name: model.waiting}, "s", None)
        model.shipped += model.waiting
    assert model.held == 0
