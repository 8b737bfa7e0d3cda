"""Stock by layers: first in, first out; what leaves is remembered, so that undoing gives it back exactly. Pure."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, field
from decimal import Decimal
from typing import Any

from sandbox.quickbooks.money import ZERO, to_cents


@dataclass(frozen=True, slots=True)
class Move:
    """Units of an item that came (positive) or went, the layer they belong to, and the accounts of both sides."""

    item: str
    layer: int
    quantity: Decimal
    value: Decimal  # home currency, cents, with the sign of the quantity
    unit_cost: Decimal  # of the layer
    asset: str  # account id; the other side goes to `against`
    against: str

    def as_row(self) -> list[Any]:
        """The move as it is kept beside its document."""
        return list(astuple(self))


@dataclass(slots=True)
class _Layer:
    quantity: Decimal
    value: Decimal
    unit_cost: Decimal
    asset: str


@dataclass(frozen=True, slots=True)
class Terms:
    """How units are valued and booked that no layer covers, or that come in."""

    item: str
    unit_cost: Decimal
    asset: str
    against: str


@dataclass(slots=True)
class ItemStock:
    """The layers of one item, oldest first. A layer below zero is what was sold before it was there."""

    layers: dict[int, _Layer] = field(default_factory=dict)
    above: list[int] = field(default_factory=list)  # ids of the layers with units, ascending
    below: list[int] = field(default_factory=list)  # ids of those with a lack
    next_layer: int = 1

    @classmethod
    def of_rows(cls, rows: Iterable[Sequence[Any]], next_layer: int = 1) -> ItemStock:
        """The stock that `as_rows` gave."""
        stock = cls(next_layer=next_layer)
        for layer_id, quantity, value, unit_cost, asset in rows:
            stock.make(Move("", layer_id, quantity, value, unit_cost, asset, ""))
        return stock

    def as_rows(self) -> list[list[Any]]:
        """Id, quantity, value, unit cost and account of each layer."""
        return [[layer_id, *astuple(self.layers[layer_id])] for layer_id in sorted(self.layers)]

    @property
    def quantity(self) -> Decimal:
        return sum((layer.quantity for layer in self.layers.values()), ZERO)

    @property
    def value(self) -> Decimal:
        return sum((layer.value for layer in self.layers.values()), ZERO)

    def plan(self, change: Decimal, terms: Terms) -> list[Move]:
        """The moves that change the quantity, not yet made.

        Units that leave are taken from the oldest layers, what is lacking goes below zero at the terms' cost. Units
        that come fill what is lacking, at the cost it was sold at, and the rest is a new layer at the terms' cost.
        """
        moves: list[Move] = []
        rest = abs(change)
        sign = 1 if change > 0 else -1
        for layer_id in self.below if change > 0 else self.above:
            if not rest:
                break
            layer = self.layers[layer_id]
            part = min(rest, abs(layer.quantity))
            whole = part == abs(layer.quantity)
            value = abs(layer.value) if whole else min(to_cents(part * layer.unit_cost), abs(layer.value))
            moves.append(
                Move(terms.item, layer_id, sign * part, sign * value, layer.unit_cost, layer.asset, terms.against)
            )
            rest -= part
        if rest:
            lacking = self._lacking(terms) if change < 0 else None
            value = to_cents(rest * terms.unit_cost)
            target = self.next_layer if lacking is None else lacking
            moves.append(
                Move(terms.item, target, sign * rest, sign * value, terms.unit_cost, terms.asset, terms.against)
            )
        return moves

    def make(self, move: Move, sign: int = 1) -> None:
        """Make the move; with sign -1 undo it."""
        self.next_layer = max(self.next_layer, move.layer + 1)
        layer = self.layers.setdefault(move.layer, _Layer(ZERO, ZERO, move.unit_cost, move.asset))
        _drop(self.above, move.layer)
        _drop(self.below, move.layer)
        layer.quantity += sign * move.quantity
        layer.value += sign * move.value
        if layer.quantity:
            insort(self.above if layer.quantity > 0 else self.below, move.layer)
        elif not layer.value:
            del self.layers[move.layer]

    def _lacking(self, terms: Terms) -> int | None:
        """The newest layer below zero, when more can be lacking there at the same cost."""
        if not self.below:
            return None
        layer = self.layers[self.below[-1]]
        return self.below[-1] if (layer.unit_cost, layer.asset) == (terms.unit_cost, terms.asset) else None


def _drop(ordered: list[int], value: int) -> None:
    position = bisect_left(ordered, value)
    if position < len(ordered) and ordered[position] == value:
        del ordered[position]
