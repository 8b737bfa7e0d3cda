"""The tables of the inventory in the shop's database. Quantities are ten-thousandths, so that SQL sums exactly."""

from __future__ import annotations

from decimal import Decimal

from sandbox.magento.stock.quantity import quantity

TABLES = (
    "CREATE TABLE stock_sources (code TEXT PRIMARY KEY, name TEXT NOT NULL, enabled INTEGER NOT NULL, more TEXT)",
    "CREATE TABLE stock_stocks (id INTEGER PRIMARY KEY, name TEXT NOT NULL)",
    """CREATE TABLE stock_channels (
        type TEXT NOT NULL, code TEXT NOT NULL, stock_id INTEGER NOT NULL, PRIMARY KEY (type, code))""",
    """CREATE TABLE stock_links (
        stock_id INTEGER NOT NULL, source TEXT NOT NULL, priority INTEGER NOT NULL, PRIMARY KEY (stock_id, source))""",
    """CREATE TABLE stock_items (
        seq INTEGER PRIMARY KEY, folded TEXT NOT NULL, source TEXT NOT NULL, sku TEXT NOT NULL,
        units INTEGER NOT NULL, in_stock INTEGER NOT NULL)""",
    "CREATE UNIQUE INDEX stock_items_sku ON stock_items (folded, source)",
    "CREATE TABLE stock_settings (folded TEXT PRIMARY KEY, value TEXT NOT NULL)",
    """CREATE TABLE stock_reservations (
        id INTEGER PRIMARY KEY AUTOINCREMENT, stock_id INTEGER NOT NULL, folded TEXT NOT NULL, sku TEXT NOT NULL,
        units INTEGER NOT NULL, metadata TEXT NOT NULL)""",
    "CREATE INDEX stock_reservations_sku ON stock_reservations (folded, stock_id, units)",
    # What left which source for which order; Magento reads it off the order's shipments.
    """CREATE TABLE stock_departures (
        seq INTEGER PRIMARY KEY, order_id INTEGER NOT NULL, folded TEXT NOT NULL, source TEXT NOT NULL,
        units INTEGER NOT NULL)""",
    "CREATE INDEX stock_departures_order ON stock_departures (order_id)",
    # What the index still shows of a row that was written, until it is seen. units is null: there was no row.
    """CREATE TABLE stock_unseen (
        seq INTEGER PRIMARY KEY, visible_at REAL NOT NULL, folded TEXT NOT NULL, source TEXT NOT NULL,
        units INTEGER, in_stock INTEGER)""",
    "CREATE INDEX stock_unseen_sku ON stock_unseen (folded)",
)
NAMES = (
    "stock_sources", "stock_stocks", "stock_channels", "stock_links", "stock_items", "stock_settings",
    "stock_reservations", "stock_departures", "stock_unseen",
)  # fmt: skip
UNIT = Decimal("0.0001")


def units(number: Decimal) -> int:
    """A quantity as the tables keep it."""
    return int(quantity(number) / UNIT)


def pieces(number: int) -> Decimal:
    """The quantity of a number of units."""
    return number * UNIT
