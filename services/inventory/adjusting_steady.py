"""Which differences between shop and books are real: what merely hasn't arrived yet goes by itself. Pure.

A shipment lowers the source at once, and its order is read seconds or minutes later: meanwhile there seems to be a
difference. It is real when the source was read twice with the same quantities, and a sweep of the shop's orders has
passed between: an order that changed before the first reading is known, one that changed after it would show in the
second.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from shared import limits
from shared.commerce.stock import SourceRow


@dataclass(frozen=True, slots=True)
class Reading:
    """One look at a SKU. `ended`: when the shop had answered, by our clock; `swept`: up to when the shop's orders were
    known before it was asked, by our clock."""

    difference: Decimal
    rows: tuple[SourceRow, ...]
    ended: datetime
    swept: datetime | None


@dataclass(frozen=True, slots=True)
class _Standing:
    stood_since: datetime
    rows_since: datetime
    last: Reading


class Steady:
    """Of one connection. Bounded by its SKUs that differ."""

    def __init__(self) -> None:
        self._standing: dict[str, _Standing] = {}

    def note(self, sku: str, reading: Reading) -> None:
        """What was read now."""
        if not reading.difference:
            self._standing.pop(sku, None)
            return
        before = self._standing.get(sku)
        if before is None or before.last.difference != reading.difference:
            self._standing[sku] = _Standing(reading.ended, reading.ended, reading)
        elif before.last.rows != reading.rows:
            self._standing[sku] = _Standing(before.stood_since, reading.ended, reading)
        else:
            self._standing[sku] = _Standing(before.stood_since, before.rows_since, reading)

    def forget(self, sku: str) -> None:
        """It was corrected, or the books say something else by now: it begins anew."""
        self._standing.pop(sku, None)

    def clear(self) -> None:
        """The settings have changed."""
        self._standing.clear()

    def __iter__(self) -> Iterator[str]:
        """The SKUs that differ."""
        return iter(list(self._standing))

    def __len__(self) -> int:
        return len(self._standing)

    def ripe(self, after: timedelta) -> dict[str, Decimal]:
        """Differences that are real and have stood for so long."""
        return {
            sku: one.last.difference
            for sku, one in self._standing.items()
            if one.last.ended - one.stood_since >= after
            and one.last.swept is not None
            and one.last.swept >= one.rows_since + timedelta(seconds=limits.ADJUST_CLOCK_SECONDS)
        }
