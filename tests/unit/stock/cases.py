"""Short words for stock cases: an item seen at noon, moves before, after and at about that time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from shared.commerce.stock import (
    Move,
    MoveKind,
    OnHand,
    OrderStock,
    Pieces,
    Product,
    Seen,
    SourceRow,
    Span,
    Standing,
    StockCase,
)
from shared.mapping.stock.decision import StockDecision
from shared.mapping.stock.quantity import decide
from shared.mapping.stock.rules import StockRules

NOON = datetime(2026, 11, 24, 12, 0, 0, 250_000, tzinfo=UTC)
BEFORE = Span.second(NOON - timedelta(seconds=5))
SAME_SECOND = Span.second(NOON)
AFTER = Span.second(NOON + timedelta(seconds=1))


def item(on_hand: Any, **changes: Any) -> OnHand:
    quantity = None if on_hand is None else Decimal(on_hand)
    fields: dict[str, Any] = {
        "item_id": "7",
        "name": "Mug",
        "tracked": True,
        "active": True,
        "seen": Seen.at(NOON),
    } | changes
    return OnHand(quantity=quantity, **fields)


def sale(units: int, when: Span = BEFORE, kind: MoveKind = MoveKind.SALE, document: str = "Invoice 1042") -> Move:
    return Move(document, kind, Decimal(units), when)


def pieces(ordered: int, returned: int | None = None, **counters: int) -> Pieces:
    rest = {name: Decimal(count) for name, count in counters.items()}
    return Pieces(Decimal(ordered), returned=None if returned is None else Decimal(returned), **rest)


def order(counted: Pieces | None, *moves: Move, standing: Standing | None = None, bundle: str = "") -> OrderStock:
    given = standing or (Standing.POSTED if moves else Standing.TO_POST)
    return OrderStock("shop:order:5", "000000005", given, counted, moves, bundle)


def case(on_hand: Any, *orders: OrderStock, row: Any = 0, **changes: Any) -> StockCase:
    writable = None if row is None else SourceRow("default", Decimal(row))
    fields: dict[str, Any] = {"product": Product("MUG"), "items": (item(on_hand),), "writable": writable} | changes
    return StockCase(orders=orders, **fields)


def decided(on_hand: Any, *orders: OrderStock, rules: StockRules | None = None, **changes: Any) -> StockDecision:
    return decide(case(on_hand, *orders, **changes), rules or StockRules())


def quantity(on_hand: Any, *orders: OrderStock, rules: StockRules | None = None, **changes: Any) -> Decimal:
    found = decided(on_hand, *orders, rules=rules, **changes).quantity
    assert found is not None
    return found
