"""The figures that a stock vector expects, by name, and ours.

A figure is stated for the vector's SKU and stock, or nested: stock or source -> SKU -> value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sandbox.magento.collation import fold
from sandbox.magento.stock import sources
from sandbox.magento.stock.leaves import numbers_by_id, orders_by_number
from sandbox.magento.stock.quantity import ZERO, quantity
from sandbox.magento.stock.reservations import inconsistencies
from sandbox.magento.stock.sources import SourceItem
from sandbox.magento.vectors.report import UNKNOWN, Figure
from sandbox.magento.vectors.stock_life import COUNTERS
from sandbox.magento.vectors.stock_steps import Play

Document = Mapping[str, Any]
OfSku = Callable[[Play, str, int, Any], Any]  # play, SKU, stock, what is expected -> ours


def figures(where: str, expected: Document, play: Play) -> Iterator[Figure]:
    for name, value in expected.items():
        path = f"{where} {name}"
        if name in _OF_SKU:
            yield from _nested(path, value, play, _OF_SKU[name])
        elif name in _OF_SOURCE:
            yield from _OF_SOURCE[name](path, value, play)
        elif name in _OF_PLAY:
            yield path, value, _OF_PLAY[name](play)
        elif name in COUNTERS:
            yield from _counted(path, value, name, play)
        else:
            yield path, value, UNKNOWN


def _counted(path: str, value: Any, name: str, play: Play) -> Iterator[Figure]:
    """A counter of the order, or per SKU."""
    if not isinstance(value, dict):
        yield path, value, play.order.counted(name)
        return
    for sku, figure in value.items():
        yield f"{path} {sku}", figure, play.order.counted(name, sku)


def _nested(path: str, value: Any, play: Play, ours: OfSku) -> Iterator[Figure]:
    stocks = {str(stock_id) for stock_id in play.world.inventory.network.stocks()}
    skus = _skus(play)
    stock_id, sku = int(play.vector.get("stock_id", 0)), str(play.vector.get("sku"))
    if isinstance(value, dict) and value and set(value) <= stocks and all(isinstance(v, dict) for v in value.values()):
        for number, per_sku in value.items():
            for one, figure in per_sku.items():
                yield f"{path} {number} {one}", figure, ours(play, one, int(number), figure)
    elif isinstance(value, dict) and value and set(value) <= skus:
        for one, figure in value.items():
            yield f"{path} {one}", figure, ours(play, one, stock_id, figure)
    else:
        yield path, value, ours(play, sku, stock_id, value)


def _skus(play: Play) -> set[str]:
    inventory = play.world.inventory
    named = {row.sku for row in inventory.rows.all()} | set(play.world.types)
    steps = play.vector.get("steps", ())
    stated = {step[key] for step in steps for key in ("sku", "new_sku") if key in step}
    ordered = {sku for order in play.orders for sku in order.skus()}
    return named | stated | ordered | {row.sku for row in inventory.ledger.all()}


def _salable_quantity(play: Play, sku: str, stock_id: int, expected: Any) -> Any:
    """None is shown where stock isn't managed, as in the admin's list (reference 7.3)."""
    inventory = play.world.inventory
    return inventory.salable_quantity(sku, stock_id) if inventory.settings(sku).manage_stock else None


def _is_salable(play: Play, sku: str, stock_id: int, expected: Any) -> Any:
    requested = play.vector.get("requested_qty")
    if requested is None:
        return play.world.inventory.is_salable(sku, stock_id)
    return play.world.inventory.refusal(sku, stock_id, quantity(requested)) is None


def _is_salable_for(play: Play, sku: str, stock_id: int, expected: Any) -> Any:
    refusal = play.world.inventory.refusal
    return {number: refusal(sku, stock_id, quantity(number)) is None for number in expected}


def _index(play: Play, sku: str, stock_id: int, expected: Any) -> Any:
    held = play.world.inventory.holding(sku, stock_id)
    if held is None:
        return None
    row = {"quantity": held.quantity, "is_salable": play.world.inventory.is_salable(sku, stock_id)}
    return {name: row.get(name, UNKNOWN) for name in expected} if isinstance(expected, dict) else row


def _reservation_rows(play: Play, sku: str, stock_id: int, expected: Any) -> Any:
    """Of all stocks: a vector states the SKU only."""
    folded = fold(sku)
    return sum(1 for row in play.world.inventory.ledger.all() if fold(row.sku) == folded)


def _source_items(path: str, expected: Any, play: Play) -> Iterator[Figure]:
    if "skus" in play.vector:  # which rows serve, in which order
        found = sources.in_source_order(play.world.inventory.rows.all(), play.vector["skus"], _order(play))
        yield path, expected, _as_asked(expected, [_shown(row) for row in found])
    elif isinstance(expected, list):
        for row in expected:
            where = f"{path} {row['source']} {row['sku']}"
            yield from _row(where, row, play.world.inventory.rows.get(row["sku"], row["source"]))
    else:
        for source, per_sku in expected.items():
            for sku, value in per_sku.items():
                row = play.world.inventory.rows.get(sku, source)
                where = f"{path} {source} {sku}"
                if isinstance(value, dict):
                    yield from _row(where, value, row)
                else:
                    yield where, value, None if row is None else row.quantity


def _row(where: str, expected: Document, row: SourceItem | None) -> Iterator[Figure]:
    ours = dict.fromkeys(("sku", "source", "quantity", "status")) if row is None else _shown(row)
    for name, value in expected.items():
        yield f"{where} {name}", value, ours.get(name, UNKNOWN)


def _shown(row: SourceItem) -> dict[str, Any]:
    return {"sku": row.sku, "source": row.source, "quantity": row.quantity, "status": _status(row)}


def _statuses(path: str, expected: Document, play: Play) -> Iterator[Figure]:
    for source, per_sku in expected.items():
        for sku, value in per_sku.items():
            row = play.world.inventory.rows.get(sku, source)
            yield f"{path} {source} {sku}", value, None if row is None else _status(row)


def _status(row: SourceItem) -> str:
    return "in_stock" if row.in_stock else "out_of_stock"


def _shipment(path: str, expected: Any, play: Play) -> Iterator[Figure]:
    ours = play.order.shipment
    if not isinstance(expected, dict) or ours is None:
        yield path, expected, ours
        return
    for name, value in expected.items():
        yield f"{path} {name}", value, ours.get(name, UNKNOWN)


def _last_metadata(path: str, expected: Document, play: Play) -> Iterator[Figure]:
    rows = play.world.inventory.ledger.all()
    ours = dict(rows[-1].metadata) if rows else {}
    for name, value in expected.items():
        yield f"{path} {name}", value, ours.get(name)


def _selected(path: str, expected: Any, play: Play) -> Iterator[Figure]:
    request = [(line["sku"], quantity(line["quantity"])) for line in play.vector["request"]]
    rows = play.world.inventory.rows.all()
    taken, shippable = sources.select(request, _order(play), rows)
    if path.endswith("shippable"):
        yield path, expected, shippable
    else:
        shares = [{"source": t.source, "sku": t.sku, "deduct": t.deduct, "available": t.available} for t in taken]
        yield path, expected, _as_asked(expected, shares)


def _order(play: Play) -> list[str]:
    """The sources in the order the vector states, else in the stock's."""
    stated = play.vector.get("sources_in_order")
    return play.world.inventory.network.order_of(int(play.vector["stock_id"])) if stated is None else list(stated)


def _as_asked(expected: list[Document], rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Our rows with the columns that the vector states."""
    columns = {name for row in expected for name in row}
    return [{name: row.get(name, UNKNOWN) for name in columns} for row in rows]


def _inconsistencies(play: Play) -> dict[str, dict[str, Any]]:
    orders = [order.body for order in play.orders if order.accepted]
    return inconsistencies(orders_by_number(orders), play.world.inventory.ledger.all(), numbers_by_id(orders))


def _summed(play: Play) -> dict[str, Any]:
    summed: dict[str, Any] = {}
    for per_sku in _inconsistencies(play).values():
        for sku, number in per_sku.items():
            summed[sku] = summed.get(sku, ZERO) + number
    return summed


_OF_SKU: dict[str, OfSku] = {
    "salable_quantity": _salable_quantity,
    "is_salable": _is_salable,
    "is_salable_for": _is_salable_for,
    "index": _index,
    "reservations_total": lambda play, sku, stock_id, expected: play.world.inventory.ledger.total(sku, stock_id),
    "reservation_rows": _reservation_rows,
    "available_quantity": lambda play, sku, stock_id, expected: play.world.inventory.available(sku, stock_id),
    "manage_stock": lambda play, sku, stock_id, expected: play.world.inventory.settings(sku).manage_stock,
}
_OF_SOURCE: dict[str, Callable[[str, Any, Play], Iterator[Figure]]] = {
    "source_items": _source_items,
    "source_item_status": _statuses,
    "shipment": _shipment,
    "last_reservation_metadata": _last_metadata,
    "shippable": _selected,
    "items": _selected,
}
_OF_PLAY: dict[str, Callable[[Play], Any]] = {
    "order_accepted": lambda play: play.order.accepted,
    "order_status": lambda play: play.order.status,
    "has_error": lambda play: play.cart_error,
    "qty_backordered": lambda play: play.cart_backordered,
    "inconsistencies": _summed,
    "inconsistent_orders": lambda play: len(_inconsistencies(play)),
}
