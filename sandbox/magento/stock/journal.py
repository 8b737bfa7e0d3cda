"""What integrations wrote to source items, with what stood there before: for who checks each write afterwards."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from sandbox.magento import limits
from sandbox.magento.stock.sources import SourceItem


@dataclass(frozen=True, slots=True)
class SourceWrite:
    """`at`: Unix seconds of the shop's clock. `before` is None where there was no row; `reserved` are the pieces that
    orders held at that moment on the default stock."""

    number: int
    at: float
    sku: str
    source: str
    quantity: Decimal
    in_stock: bool
    before: Decimal | None
    reserved: Decimal


class Journal:
    """The newest writes, in memory: numbers go on from 1."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._writes: deque[SourceWrite] = deque(maxlen=limits.STOCK_WRITES_KEPT)
        self._count = 0

    def note(self, row: SourceItem, before: SourceItem | None, reserved: Decimal) -> None:
        self._count += 1
        held = None if before is None else before.quantity
        self._writes.append(
            SourceWrite(self._count, self._clock(), row.sku, row.source, row.quantity, row.in_stock, held, reserved)
        )

    def since(self, number: int) -> list[SourceWrite]:
        """Those after that number, oldest first."""
        return [one for one in self._writes if one.number > number]

    def clear(self) -> None:
        self._writes.clear()
