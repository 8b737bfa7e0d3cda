"""What a credit memo does to stock: which part of the credited pieces never left a source, and which did.

The credited quantity first comes off the pieces that were invoiced and have not left; only the excess is taken for
goods that left (ProcessRefundItems, GetSourceSelectionResultFromCreditMemoItems). Pieces that left and were credited
before are not remembered: a known drift of Magento, kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sandbox.magento.stock.leaves import Leaf
from sandbox.magento.stock.quantity import ZERO


@dataclass(frozen=True)
class Credited:
    """A SKU in a memo: `quantity` credited now, `processed` = invoiced and not credited before, `left` = pieces of the
    order that left a source."""

    sku: str
    quantity: Decimal
    processed: Decimal
    left: Decimal

    @property
    def never_left(self) -> Decimal:
        """The part of the quantity that is still in its source and reserved."""
        waiting = self.processed - self.left
        excess = self.quantity - waiting if waiting > 0 else self.quantity
        return self.quantity - excess if excess > 0 else self.quantity

    @property
    def back(self) -> Decimal:
        """The part that left a source and comes back when it is returned."""
        return self.quantity - self.never_left


def credited(found: Iterable[Leaf], pieces: Mapping[int, Decimal], left: Mapping[str, Decimal]) -> list[Credited]:
    """The memo's SKUs. The leaves' counters include the memo; `left`: pieces per SKU that left a source."""
    sums: dict[str, tuple[Decimal, Decimal]] = {}
    for leaf in found:
        if piece := pieces.get(leaf.item_id):
            quantity, processed = sums.get(leaf.sku, (ZERO, ZERO))
            sums[leaf.sku] = (quantity + piece, processed + leaf.invoiced - leaf.refunded + piece)
    return [Credited(sku, *both, left.get(sku, ZERO)) for sku, both in sums.items()]


def source_of_return(shipped_from: Iterable[str], order: Sequence[str], default: str) -> str:
    """All pieces go back to one source: the first in the stock's order that goods were shipped from, else any it was
    shipped from, else the default (GetShippedItemsPerSourceByPriority)."""
    sources = list(shipped_from)
    return next((code for code in order if code in sources), sources[0] if sources else default)
