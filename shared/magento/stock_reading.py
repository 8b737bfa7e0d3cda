"""What an order does to the shop's stock: snapshot -> pieces per SKU. Pure.

Counters say what was ordered, cancelled, shipped, invoiced and refunded. Whether refunded pieces had left is told by
the sequence of documents: a credit memo first takes from what was invoiced and hasn't left, and only the rest is taken
for goods that left (reference magento 7.3). Whether they were put back into stock stands in no document.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from shared.commerce.money import ZERO
from shared.commerce.stock import Pieces
from shared.magento.models import Snapshot, read_number
from shared.magento.stock_leaves import Leaf, leaves, moved

_NOTHING: Mapping[int, str] = {}
_CANCELLED = 3  # state of an invoice or credit memo that was taken back
_OVER = frozenset({"complete", "closed"})


@dataclass(frozen=True, slots=True)
class SkuPieces:
    """The pieces of one SKU in the order; those sold in a bundle under one price stand apart, with its SKU. `product`
    is the product's id (0: unknown) and `written` the SKU on the order, both of the first of its rows."""

    sku: str
    bundle: str
    pieces: Pieces
    product: int = 0
    written: str = ""


def read_pieces(snapshot: Snapshot, skus: Mapping[int, str] = _NOTHING) -> list[SkuPieces]:
    """Per SKU, without case, in the order of the rows. `skus`: by product id, the SKU that products have now.

    Raises ValueError where a quantity or an id can't be read: the order's document may still be booked.
    """
    found = [leaf for leaf in leaves(snapshot.order.items, skus) if leaf.sku]
    released = _released(found, snapshot)
    groups: dict[tuple[str, str], list[Leaf]] = defaultdict(list)
    for leaf in found:
        groups[leaf.sku.casefold(), leaf.bundle].append(leaf)
    state = snapshot.order.state or ""
    return [_sku_pieces(some, _pieces(some, released, state)) for some in groups.values()]


def _sku_pieces(group: list[Leaf], pieces: Pieces) -> SkuPieces:
    first = group[0]
    return SkuPieces(first.sku, first.bundle, pieces, first.product, first.item.sku or "")


def _pieces(group: list[Leaf], released: Mapping[int, Decimal], state: str) -> Pieces:
    def sum_of(counter: str) -> Decimal:
        return sum((leaf.counted(counter) for leaf in group), ZERO)

    ordered, refunded, cancelled = sum_of("qty_ordered"), sum_of("qty_refunded"), sum_of("qty_canceled")
    left = sum((_left(leaf) for leaf in group), ZERO)
    free = sum((released.get(leaf.item.item_id or 0, ZERO) for leaf in group), ZERO)
    rest = max(ordered - cancelled - left - free, ZERO)
    # An order that is over holds nothing, whatever its counters say: importers leave them at 0, and the shop's own
    # audit takes it for settled (reference magento 7.3, known drift).
    if state == "canceled":
        cancelled += rest
    elif state in _OVER:
        left += rest
    return Pieces(ordered, cancelled, left, refunded, free)


def _left(leaf: Leaf) -> Decimal:
    return leaf.counted("qty_invoiced" if leaf.virtual else "qty_shipped")


def _released(found: list[Leaf], snapshot: Snapshot) -> dict[int, Decimal]:
    """Per row, what was refunded before it left. From the documents where they are all there, else from the counters,
    which are wrong only where pieces were shipped after others had been refunded."""
    from_documents, seen = _replayed(found, snapshot)
    result: dict[int, Decimal] = {}
    for leaf in found:
        number = leaf.item.item_id or 0
        refunded, left, invoiced = leaf.counted("qty_refunded"), _left(leaf), leaf.counted("qty_invoiced")
        if seen.get(number, _Seen()) == _Seen(invoiced, left, refunded):
            result[number] = from_documents.get(number, ZERO)
        else:
            result[number] = min(refunded, max(invoiced - left, ZERO))
    return result


@dataclass(slots=True)
class _Seen:
    """What the documents come to for a row."""

    invoiced: Decimal = ZERO
    left: Decimal = ZERO
    refunded: Decimal = ZERO


def _replayed(found: list[Leaf], snapshot: Snapshot) -> tuple[dict[int, Decimal], dict[int, _Seen]]:
    """The shop's own reckoning, document after document: it looks at a memo per SKU, not per row."""
    by_row = {leaf.item.item_id or 0: leaf for leaf in found}
    released: dict[int, Decimal] = defaultdict(Decimal)
    seen: dict[int, _Seen] = {number: _Seen() for number in by_row}
    for kind, document in _in_sequence(snapshot):
        pieces = moved(found, document)
        if kind == "memo":
            _refund(pieces, by_row, seen, released)
        for number, count in pieces.items():
            if kind == "invoice":
                seen[number].invoiced += count
            elif kind == "memo":
                seen[number].refunded += count
            if kind == ("invoice" if by_row[number].virtual else "shipment"):
                seen[number].left += count
    return released, seen


def _refund(
    pieces: Mapping[int, Decimal],
    by_row: Mapping[int, Leaf],
    seen: Mapping[int, _Seen],
    released: dict[int, Decimal],
) -> None:
    by_sku: dict[str, list[int]] = defaultdict(list)
    for number in pieces:
        by_sku[by_row[number].sku.casefold()].append(number)
    for sku, rows in by_sku.items():
        left = sum((seen[number].left for number, leaf in by_row.items() if leaf.sku.casefold() == sku), ZERO)
        waiting = sum((seen[number].invoiced - seen[number].refunded for number in rows), ZERO) - left
        for number in rows:
            part = min(pieces[number], max(waiting, ZERO))
            released[number] += part
            waiting -= part


def _in_sequence(snapshot: Snapshot) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """By when they were made; within a second an invoice comes before a shipment and both before a memo."""
    documents: list[tuple[tuple[str, int, int], str, Mapping[str, Any]]] = []
    for rank, (kind, some) in enumerate(_kinds(snapshot)):
        for document in some:
            if str(document.get("state")) != str(_CANCELLED) or kind == "shipment":
                made = (str(document.get("created_at") or ""), rank, int(read_number(document.get("entity_id")) or 0))
                documents.append((made, kind, document))
    for _, kind, document in sorted(documents, key=lambda one: one[0]):
        yield kind, document


def _kinds(snapshot: Snapshot) -> Iterable[tuple[str, Sequence[Mapping[str, Any]]]]:
    return ("invoice", snapshot.invoices), ("shipment", snapshot.shipments), ("memo", snapshot.creditmemos)
