"""Source items: so many pieces of a SKU at a source, and what the index shows of them when it lags."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sandbox.magento import limits
from sandbox.magento.collation import fold
from sandbox.magento.stock.sources import SourceItem
from sandbox.magento.stock.tables import pieces, units
from sandbox.storage import Database
from sandbox.storage.codec import to_text

_COLUMNS = "sku, source, units, in_stock"


class Rows:
    def __init__(self, database: Database, clock: Callable[[], float], lag: float) -> None:
        self._database = database
        self._clock = clock
        self._lag = lag

    def all(self) -> list[SourceItem]:
        """In the order in which they came."""
        return self._read(f"SELECT {_COLUMNS} FROM stock_items ORDER BY seq", ())  # noqa: S608  # our own columns

    def of(self, sku: str) -> list[SourceItem]:
        sql = f"SELECT {_COLUMNS} FROM stock_items WHERE folded = ? ORDER BY seq"  # noqa: S608
        return self._read(sql, (fold(sku),))

    def among(self, skus: Iterable[str]) -> list[SourceItem]:
        """Those of any of the SKUs, in the order in which they came."""
        folded = to_text([fold(sku) for sku in skus])
        sql = f"SELECT {_COLUMNS} FROM stock_items WHERE folded IN (SELECT value FROM json_each(?)) ORDER BY seq"  # noqa: S608
        return self._read(sql, (folded,))

    def get(self, sku: str, source: str) -> SourceItem | None:
        return next((row for row in self.of(sku) if row.source == source), None)

    def _read(self, sql: str, values: tuple[str, ...]) -> list[SourceItem]:
        return [
            SourceItem(sku, source, pieces(number), bool(in_stock))
            for sku, source, number, in_stock in self._database.execute(sql, values)
        ]

    def put(self, row: SourceItem, *, seen_at_once: bool = False) -> None:
        """Insert or overwrite; a row keeps the spelling of its SKU, as Magento's ON DUPLICATE KEY UPDATE leaves it.
        `seen_at_once`: the index knows it already, however it lags."""
        folded = fold(row.sku)
        if not seen_at_once:
            self._remember(folded, row.source)
        self._database.execute(
            "INSERT INTO stock_items (folded, source, sku, units, in_stock) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET units = excluded.units, in_stock = excluded.in_stock",
            (folded, row.source, row.sku, units(row.quantity), row.in_stock),
        )

    def remove(self, sku: str, source: str) -> None:
        self._remember(fold(sku), source)
        self._database.execute("DELETE FROM stock_items WHERE folded = ? AND source = ?", (fold(sku), source))

    def drop_source(self, source: str) -> None:
        """All rows of a source that goes."""
        for row in self.all():
            if row.source == source:
                self.remove(row.sku, source)

    def indexed(self, sku: str, sources: Iterable[str]) -> list[SourceItem]:
        """The rows at those sources as the index shows them."""
        shown: dict[str, SourceItem | None] = {row.source: row for row in self.of(sku)}
        if self._lag:
            unseen = self._database.execute(
                "SELECT source, units, in_stock FROM stock_unseen WHERE folded = ? AND visible_at > ?"
                " ORDER BY seq DESC",
                (fold(sku), self._clock()),
            )
            for source, number, in_stock in unseen:  # the oldest write not yet seen has the last word
                shown[source] = None if number is None else SourceItem(sku, source, pieces(number), bool(in_stock))
        codes = set(sources)
        return [row for row in shown.values() if row is not None and row.source in codes]

    def _remember(self, folded: str, source: str) -> None:
        if not self._lag:
            return
        now = self._clock()
        self._database.execute(
            "DELETE FROM stock_unseen WHERE visible_at <= ? OR seq <= (SELECT max(seq) FROM stock_unseen) - ?",
            (now, limits.STOCK_UNSEEN_WRITES),
        )
        earlier = self._database.one(
            "SELECT units, in_stock FROM stock_items WHERE folded = ? AND source = ?", (folded, source)
        )
        self._database.execute(
            "INSERT INTO stock_unseen (visible_at, folded, source, units, in_stock) VALUES (?, ?, ?, ?, ?)",
            (now + self._lag, folded, source, *(earlier or (None, None))),
        )
