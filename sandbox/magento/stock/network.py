"""Sources, stocks, which sources a stock sells from, and which websites sell it."""

from __future__ import annotations

from typing import Any

from sandbox.magento.stock.sources import Link, Source, Stock, by_priority
from sandbox.storage import Database
from sandbox.storage.codec import from_text, to_text

DEFAULT_SOURCE, DEFAULT_STOCK, WEBSITE = "default", 1, "website"


class Network:
    def __init__(self, database: Database) -> None:
        self._database = database

    def as_shipped(self, *websites: str) -> None:
        """What an installation starts with: one source, one stock, the websites on it."""
        if not self.stocks():
            place = {
                "description": "Default Source",
                "latitude": 0,
                "longitude": 0,
                "country_id": "US",
                "postcode": "00000",
            }
            self.put_source(Source(DEFAULT_SOURCE, "Default Source", more=place))
            links = (Link(DEFAULT_SOURCE, 1),)
            self.put_stock(
                Stock(DEFAULT_STOCK, "Default Stock", tuple((WEBSITE, website) for website in websites), links)
            )

    def sources(self) -> dict[str, Source]:
        """All, by code."""
        rows = self._database.execute("SELECT code, name, enabled, more FROM stock_sources ORDER BY code")
        return {code: Source(code, name, bool(on), from_text(more or "{}")) for code, name, on, more in rows}

    def put_source(self, source: Source) -> None:
        self._database.execute(
            "INSERT OR REPLACE INTO stock_sources VALUES (?, ?, ?, ?)",
            (source.code, source.name, source.enabled, to_text(source.more)),
        )

    def drop_source(self, code: str) -> None:
        for table, column in (("stock_sources", "code"), ("stock_links", "source")):
            self._database.execute(f"DELETE FROM {table} WHERE {column} = ?", (code,))  # noqa: S608  # our own names

    def stocks(self) -> dict[int, Stock]:
        """All, by id."""
        stocks = self._database.execute("SELECT id, name FROM stock_stocks ORDER BY id").fetchall()
        channels = self._database.execute(
            "SELECT stock_id, type, code FROM stock_channels ORDER BY type, code"
        ).fetchall()
        links = self._database.execute(
            "SELECT stock_id, source, priority FROM stock_links ORDER BY priority"
        ).fetchall()
        return {
            number: Stock(
                number,
                name,
                tuple((kind, code) for stock_id, kind, code in channels if stock_id == number),
                tuple(Link(source, priority) for stock_id, source, priority in links if stock_id == number),
            )
            for number, name in stocks
        }

    def put_stock(self, stock: Stock) -> None:
        """The stock with exactly these channels and links; a channel leaves the stock it was on."""
        run = self._database.execute
        run("INSERT OR REPLACE INTO stock_stocks VALUES (?, ?)", (stock.stock_id, stock.name))
        run("DELETE FROM stock_channels WHERE stock_id = ?", (stock.stock_id,))
        run("DELETE FROM stock_links WHERE stock_id = ?", (stock.stock_id,))
        for kind, code in stock.channels:
            run("INSERT OR REPLACE INTO stock_channels VALUES (?, ?, ?)", (kind, code, stock.stock_id))
        for link in stock.links:
            self.link(stock.stock_id, link)

    def link(self, stock_id: int, link: Link) -> None:
        values: tuple[Any, ...] = (stock_id, link.source, link.priority)
        self._database.execute("INSERT OR REPLACE INTO stock_links VALUES (?, ?, ?)", values)

    def unlink(self, stock_id: int, source: str) -> None:
        self._database.execute("DELETE FROM stock_links WHERE stock_id = ? AND source = ?", (stock_id, source))

    def drop_stock(self, stock_id: int) -> None:
        for table, column in (("stock_stocks", "id"), ("stock_channels", "stock_id"), ("stock_links", "stock_id")):
            self._database.execute(f"DELETE FROM {table} WHERE {column} = ?", (stock_id,))  # noqa: S608

    def stock_of(self, kind: str, code: str) -> int | None:
        """The stock that sells through that sales channel."""
        row = self._database.one("SELECT stock_id FROM stock_channels WHERE type = ? AND code = ?", (kind, code))
        return None if row is None else int(row[0])

    def order_of(self, stock_id: int) -> list[str]:
        """Codes of the stock's enabled sources, first served first."""
        links = self._database.execute("SELECT source, priority FROM stock_links WHERE stock_id = ?", (stock_id,))
        return by_priority([Link(*row) for row in links.fetchall()], self.sources())

    def single_source(self) -> str | None:
        """The only enabled source, None in multi-source mode."""
        enabled = [source.code for source in self.sources().values() if source.enabled]
        return enabled[0] if len(enabled) == 1 else None
