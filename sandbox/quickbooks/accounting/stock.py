"""What documents move in stock, and the quantities that items show.

A document keeps its moves beside it (Record.side["moves"]), an item its layers (side["layers"], side["next"]).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from sandbox.quickbooks.accounting.chart import COST_OF_GOODS, OPENING_EQUITY, inventory_shrinkage
from sandbox.quickbooks.accounting.layers import ItemStock, Move, Terms
from sandbox.quickbooks.lines import all_item_lines, is_shipping
from sandbox.quickbooks.money import ZERO, within_digits
from sandbox.quickbooks.store import Company, Record

_SELLING = {"SalesReceipt": -1, "Invoice": -1, "CreditMemo": 1, "RefundReceipt": 1}


def refuse_beyond_digits(item: dict[str, Any], quantity: Decimal) -> None:
    """Raises Refused 2090 when so many units of the item are worth more than an amount can say."""
    within_digits(quantity * item.get("PurchaseCost", ZERO), "Qty")


def moves_of(record: Record | None) -> list[Move]:
    """What the record moved."""
    return [Move(*row) for row in (record.side or {}).get("moves", [])] if record else []


def stock_of(item: Record) -> ItemStock:
    """The layers of the item."""
    side = item.side or {}
    return ItemStock.of_rows(side.get("layers", []), side.get("next", 1))


def move_stock(company: Company, old: Record | None, new: Record | None) -> None:
    """Undo what the old transaction moved and make the moves of the new one, which keeps them.

    An update that changes no quantity keeps the old one's moves, so that its cost doesn't change with later layers.
    """
    undone = moves_of(old)
    wanted = _wanted(company, new) if new else {}
    if {item: change for item, (change, _) in wanted.items()} == _quantities(undone):
        made = [replace(move, against=wanted[move.item][1]) for move in undone]
    else:
        made = []
        for item_id in dict.fromkeys([*(move.item for move in undone), *wanted]):
            before = [move for move in undone if move.item == item_id]
            made += _move_item(company, item_id, before, *wanted.get(item_id, (ZERO, "")))
    if new is not None:
        new.side = {"moves": [move.as_row() for move in made]} if made else None


def stock_item(company: Company, old: Record | None, new: Record) -> list[Move]:
    """The moves of an item's own quantity, which it keeps: opening stock, then each new QtyOnHand of an update."""
    new.side = dict(old.side) if old is not None and old.side else None
    if new.document.get("Type") != "Inventory":
        return []
    tracked = old is not None and old.document["Type"] == "Inventory"
    change = new.document["QtyOnHand"] - (old.document["QtyOnHand"] if old is not None and tracked else ZERO)
    if not change:
        return []
    stock = stock_of(new)
    made = stock.plan(change, _terms(new, inventory_shrinkage(company) if tracked else OPENING_EQUITY))
    for move in made:
        stock.make(move)
    kept = [move.as_row() for move in (*moves_of(old), *made)]
    new.side = {"moves": kept, "layers": stock.as_rows(), "next": stock.next_layer}
    return made


def _move_item(company: Company, item_id: str, undone: list[Move], change: Decimal, against: str) -> list[Move]:
    """Bring layers and QtyOnHand of one item up to date; the moves made."""
    item = company.need("Item", item_id)
    stock = stock_of(item)
    for move in undone:
        stock.make(move, -1)
    made = stock.plan(change, _terms(item, against)) if change else []
    for move in made:
        stock.make(move)
    moved = change - sum((move.quantity for move in undone), ZERO)
    document = {**item.document, "QtyOnHand": item.document["QtyOnHand"] + moved}
    if moved and company.settings.stock_moves_item_time:
        document["MetaData"] = {**document["MetaData"], "LastUpdatedTime": company.clock.stamp()}
    side = {**(item.side or {}), "layers": stock.as_rows(), "next": stock.next_layer}
    company.put(replace(item, document=document, side=side))
    return made


def _wanted(company: Company, record: Record) -> dict[str, tuple[Decimal, str]]:
    """By item: the change of its quantity, and the account that the value goes to."""
    wanted: dict[str, tuple[Decimal, str]] = {}
    if record.voided:
        return wanted
    for item_id, change, against in _item_lines(record):
        item = company.get("Item", item_id)
        if item is not None and item.document["Type"] == "Inventory":
            account = against or item.document.get("ExpenseAccountRef", {"value": COST_OF_GOODS})["value"]
            wanted[item_id] = (wanted.get(item_id, (ZERO, ""))[0] + change, account)
    return {item_id: (change, account) for item_id, (change, account) in wanted.items() if change}


def _item_lines(record: Record) -> list[tuple[str, Decimal, str | None]]:
    """Item, change of its quantity, and the account that the value goes to if the document names it."""
    document = record.document
    if record.entity in _SELLING:
        details = [line["SalesItemLineDetail"] for line in all_item_lines(document["Line"]) if not is_shipping(line)]
        sign = _SELLING[record.entity]
        return [(detail["ItemRef"]["value"], sign * detail.get("Qty", ZERO), None) for detail in details]
    if record.entity == "InventoryAdjustment":
        lines: list[dict[str, Any]] = [line["ItemAdjustmentLineDetail"] for line in document["Line"]]
        against = document["AdjustAccountRef"]["value"]
        return [(detail["ItemRef"]["value"], detail["QtyDiff"], against) for detail in lines]
    return []


def _quantities(moves: Iterable[Move]) -> dict[str, Decimal]:
    result: dict[str, Decimal] = {}
    for move in moves:
        result[move.item] = result.get(move.item, ZERO) + move.quantity
    return result


def _terms(item: Record, against: str) -> Terms:
    cost = item.document.get("PurchaseCost", ZERO)
    return Terms(item.id, cost, item.document["AssetAccountRef"]["value"], against)
