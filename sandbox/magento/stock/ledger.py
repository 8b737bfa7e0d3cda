"""The rows that orders leave behind: reservations, and what departed from which source."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from sandbox.magento.collation import fold
from sandbox.magento.stock import reservations
from sandbox.magento.stock.quantity import ZERO
from sandbox.magento.stock.reservations import Reservation
from sandbox.magento.stock.tables import pieces, units
from sandbox.storage import Database
from sandbox.storage.codec import from_text, to_text


class Ledger:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, stock_id: int, quantities: Mapping[str, Decimal], metadata: Mapping[str, str]) -> None:
        """One reservation per SKU."""
        text = to_text(dict(metadata))
        for sku, number in quantities.items():
            self._database.execute(
                "INSERT INTO stock_reservations (stock_id, folded, sku, units, metadata) VALUES (?, ?, ?, ?, ?)",
                (stock_id, fold(sku), sku, units(number), text),
            )

    def all(self) -> list[Reservation]:
        """By id, so in the order in which they were written."""
        return self._read("", ())

    def of(self, sku: str) -> list[Reservation]:
        """Those of one SKU."""
        return self._read("WHERE folded = ?", (fold(sku),))

    def _read(self, where: str, values: tuple[str, ...]) -> list[Reservation]:
        sql = f"SELECT id, stock_id, sku, units, metadata FROM stock_reservations {where} ORDER BY id"  # noqa: S608
        return [
            Reservation(number, stock_id, sku, pieces(count), from_text(text))
            for number, stock_id, sku, count, text in self._database.execute(sql, values)
        ]

    def total(self, sku: str, stock_id: int) -> Decimal:
        """The sum of a SKU's reservations on a stock."""
        sql = "SELECT coalesce(sum(units), 0) FROM stock_reservations WHERE folded = ? AND stock_id = ?"
        row = self._database.one(sql, (fold(sku), stock_id))
        return ZERO if row is None else pieces(row[0])

    def delete(self, numbers: set[int]) -> int:
        for number in numbers:
            self._database.execute("DELETE FROM stock_reservations WHERE id = ?", (number,))
        return len(numbers)

    def clean_up(self) -> int:
        """The nightly job: remove the rows of orders that sum to 0. Answers how many went."""
        return self.delete(reservations.settled(self.all()))

    def depart(self, order_id: int, sku: str, source: str, number: Decimal) -> None:
        """Note that pieces left a source for an order."""
        self._database.execute(
            "INSERT INTO stock_departures (order_id, folded, source, units) VALUES (?, ?, ?, ?)",
            (order_id, fold(sku), source, units(number)),
        )

    def departures(self, order_id: int, sku: str) -> dict[str, Decimal]:
        """What left for the order, by source, in the order of the first departure."""
        rows = self._database.execute(
            "SELECT source, sum(units) FROM stock_departures WHERE order_id = ? AND folded = ?"
            " GROUP BY source ORDER BY min(seq)",
            (order_id, fold(sku)),
        )
        return {source: pieces(count) for source, count in rows}
