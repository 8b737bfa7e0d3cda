"""An order's part in the quantity: what the books deducted for it, less what of it left the shop's source. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from shared.commerce.money import ZERO
from shared.commerce.stock import Deducts, Move, MoveKind, OrderStock, Pieces, Seen, Standing
from shared.mapping.stock.decision import Note, Remark, Term, TermKind
from shared.mapping.stock.rules import Outside, Returns, StockRules


@dataclass(frozen=True, slots=True)
class OrderPart:
    """`term` is None when the order adds nothing; `waits_for` isn't empty when that can't be said yet."""

    open: Decimal = ZERO
    term: Term | None = None
    note: Note | None = None
    waits_for: str = ""


def order_part(order: OrderStock, seen: Seen, rules: StockRules) -> OrderPart:
    """The order's part as of the moment the books were looked at."""
    if order.pieces is None:
        return OrderPart(waits_for=f"order {order.number}: it is in the books and not yet read from the shop")
    pieces = order.pieces
    open_ = pieces.open if rules.deducts is Deducts.AT_SHIPMENT else ZERO
    if order.bundle or not _ours(order):
        return _outside(order, pieces, open_, rules)
    shown = [(move, seen.shows(move.when)) for move in order.moves]
    for move, known in shown:
        if known is None:
            return OrderPart(open_, waits_for=f"{move.document}: written at about the time the books were looked at")
    booked = _units(move for move, known in shown if known)
    taken = _due(order, pieces, rules) - open_
    return OrderPart(open_, _term(order, booked, taken, shown), _return_awaited(order, pieces, rules))


def at_rest(order: OrderStock, rules: StockRules) -> bool:
    """Whether the order adds nothing, now and in every look at the books that comes after its last move: it may be
    forgotten once there was one."""
    if order.pieces is None or order.pieces.open or any(move.when.end is None for move in order.moves):
        return False
    return not _ours(order) or bool(order.bundle) or _units(order.moves) == _due(order, order.pieces, rules)


def _ours(order: OrderStock) -> bool:
    """Whether the books deduct this SKU for this order by our documents, now or some time."""
    return order.standing is Standing.TO_POST or any(move.kind is MoveKind.SALE for move in order.moves)


def _due(order: OrderStock, pieces: Pieces, rules: StockRules) -> Decimal:
    """What the books will have deducted for the order as it stands, once all of it is posted."""
    return max(pieces.ordered - pieces.cancelled - _returned(order, pieces, rules), ZERO)


def _returned(order: OrderStock, pieces: Pieces, rules: StockRules) -> Decimal:
    if pieces.returned is not None:
        return pieces.returned
    if rules.returns is Returns.AT_ONCE:
        return pieces.refunded
    return -_units(move for move in order.moves if move.kind is MoveKind.RETURN)


def _units(moves: Iterable[Move]) -> Decimal:
    return sum((move.units for move in moves), ZERO)


def _term(order: OrderStock, booked: Decimal, taken: Decimal, shown: list[tuple[Move, bool | None]]) -> Term | None:
    units = booked - taken
    if not units:
        return None
    if units > 0:
        kind, because = TermKind.AWAITING_SHIPMENT, "QuickBooks deducted it, and it is still in the shop's source"
    else:
        kind, because = TermKind.AWAITING_BOOKS, "it left the shop's source, and QuickBooks still has it on hand"
    records = tuple(move.document if known else f"{move.document} (later)" for move, known in shown)
    return Term(kind, units, f"order {order.number}: {because}", records, order.order, booked, taken)


def _outside(order: OrderStock, pieces: Pieces, open_: Decimal, rules: StockRules) -> OrderPart:
    if order.bundle:
        if not pieces.left:
            return OrderPart(open_)
        text = f"order {order.number}: sold as part of {order.bundle}, for which QuickBooks has a line of its own"
        return OrderPart(open_, note=Note(Remark.BUNDLE_PARTS, pieces.left, text))
    if order.standing is Standing.POSTED:
        units = pieces.ordered - pieces.cancelled
        text = f"order {order.number}: its document in QuickBooks has no line with this item"
        return OrderPart(open_, note=Note(Remark.SOLD_AS_OTHER, units, text))
    if not open_:
        return OrderPart()
    note = Note(Remark.OUTSIDE, open_, f"order {order.number}: open in the shop and never posted by us")
    if rules.outside is Outside.NOT_IN_BOOKS:
        return OrderPart(open_, note=note)
    text = f"order {order.number}: entered in QuickBooks by another hand, and still in the shop's source"
    return OrderPart(open_, Term(TermKind.AWAITING_SHIPMENT, open_, text, (), order.order, open_, ZERO), note)


def _return_awaited(order: OrderStock, pieces: Pieces, rules: StockRules) -> Note | None:
    """Refunded pieces of which nobody says that they are back: sellable again when the books have them."""
    missing = pieces.refunded - _returned(order, pieces, rules)
    if pieces.returned is not None or missing <= 0:
        return None
    text = f"order {order.number}: refunded, and sellable again once QuickBooks has it on hand"
    return Note(Remark.RETURN_AWAITED, missing, text)
