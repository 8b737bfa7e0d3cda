"""The inventory of a shop: its tables, and the figures drawn from them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from decimal import Decimal

from sandbox.magento.collation import fold
from sandbox.magento.stock import salable
from sandbox.magento.stock.configuration import Defaults, Settings, StockItem, in_force, stock_item_of
from sandbox.magento.stock.journal import Journal
from sandbox.magento.stock.ledger import Ledger
from sandbox.magento.stock.network import Network
from sandbox.magento.stock.quantity import ZERO
from sandbox.magento.stock.rows import Rows
from sandbox.magento.stock.salable import Holding, Refusal
from sandbox.magento.stock.tables import NAMES
from sandbox.storage import Database
from sandbox.storage.codec import from_text, to_text

DEFAULTS = "stock defaults"  # the name of the text in which changed shop settings are kept


class Inventory:
    """`network`: sources, stocks and links; `rows`: source items; `ledger`: reservations; `journal`: what integrations
    wrote. SKUs are indifferent to case, as in MySQL. `index_lag`: seconds before salable quantities show a write to a
    source item; reservations count at once, for they are summed at every question."""

    def __init__(self, database: Database, clock: Callable[[], float], index_lag: float = 0) -> None:
        self._database = database
        self.network = Network(database)
        self.rows = Rows(database, clock, index_lag)
        self.ledger = Ledger(database)
        self.journal = Journal(clock)

    def clear(self) -> None:
        """Without a source, a stock or a row."""
        for name in NAMES:
            self._database.execute(f"DELETE FROM {name}")  # noqa: S608  # our own names
        self._database.execute("DELETE FROM texts WHERE name = ?", (DEFAULTS,))
        self.journal.clear()

    # --- settings ---

    @property
    def defaults(self) -> Defaults:
        """The shop's settings."""
        text = self._database.text(DEFAULTS)
        return Defaults() if text is None else Defaults.of(from_text(text))

    def use(self, defaults: Defaults) -> None:
        self._database.put_text(DEFAULTS, to_text(asdict(defaults)))

    def stock_item(self, sku: str) -> StockItem:
        row = self._database.one("SELECT value FROM stock_settings WHERE folded = ?", (fold(sku),))
        return StockItem() if row is None else stock_item_of(from_text(row[0]))

    def configure(self, sku: str, item: StockItem) -> None:
        """The product's own settings."""
        self._database.execute(
            "INSERT INTO stock_settings VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
            (fold(sku), to_text(asdict(item))),
        )

    def settings(self, sku: str) -> Settings:
        return in_force(self.defaults, self.stock_item(sku))

    # --- what can be sold ---

    def holding(self, sku: str, stock_id: int) -> Holding | None:
        """The index row, which may lag behind the source items."""
        return salable.holding(self.rows.indexed(sku, self.network.order_of(stock_id)))

    def available(self, sku: str, stock_id: int) -> Decimal:
        """In-stock pieces on the stock's enabled sources, as they are now."""
        codes = self.network.order_of(stock_id)
        held = salable.holding([row for row in self.rows.of(sku) if row.source in codes])
        return ZERO if held is None else held.quantity

    def is_salable(self, sku: str, stock_id: int) -> bool:
        held, reserved = self.holding(sku, stock_id), self.ledger.total(sku, stock_id)
        return salable.is_salable(self.settings(sku), held, reserved)

    def salable_quantity(self, sku: str, stock_id: int) -> Decimal:
        held, reserved = self.holding(sku, stock_id), self.ledger.total(sku, stock_id)
        return salable.salable_quantity(self.settings(sku), held, reserved)

    def refusal(self, sku: str, stock_id: int, requested: Decimal, *, of_order: bool = False) -> Refusal | None:
        """Why that quantity can't be put in a cart (or, `of_order`, be ordered), or None."""
        rule = salable.refusal_of_order if of_order else salable.refusal
        held, reserved = self.holding(sku, stock_id), self.ledger.total(sku, stock_id)
        return rule(self.settings(sku), held, reserved, requested)

    def backordered(self, sku: str, stock_id: int, requested: Decimal) -> Decimal:
        held, reserved = self.holding(sku, stock_id), self.ledger.total(sku, stock_id)
        return salable.backordered(self.settings(sku), held, reserved, requested)

    # --- changes of several tables ---

    def reserve(self, stock_id: int, pieces: dict[str, Decimal], metadata: dict[str, str]) -> None:
        """A reservation per SKU; none when orders don't subtract or the SKU's stock isn't managed."""
        if self.defaults.can_subtract:
            managed = {sku: number for sku, number in pieces.items() if number and self.settings(sku).manage_stock}
            self.ledger.add(stock_id, managed, metadata)

    def rename(self, old: str, new: str) -> None:
        """A product got another SKU: its source items, settings and reservations go along (in Magento a queue consumer
        does the reservations a little later)."""
        before, after = fold(old), fold(new)
        for table in ("stock_items", "stock_reservations"):
            sql = f"UPDATE {table} SET folded = ?, sku = ? WHERE folded = ?"  # noqa: S608  # our own names
            self._database.execute(sql, (after, new, before))
        for table in ("stock_settings", "stock_departures", "stock_unseen"):
            self._database.execute(f"UPDATE {table} SET folded = ? WHERE folded = ?", (after, before))  # noqa: S608
