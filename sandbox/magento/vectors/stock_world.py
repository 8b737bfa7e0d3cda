"""What a stock vector starts from: its stocks, sources, source items, settings and reservations in an inventory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.magento.stock.configuration import Defaults, StockItem, stock_item_of
from sandbox.magento.stock.hooks import StockHooks
from sandbox.magento.stock.network import WEBSITE
from sandbox.magento.stock.quantity import quantity
from sandbox.magento.stock.sources import Link, Source, SourceItem, Stock
from sandbox.magento.stock.state import Inventory
from sandbox.magento.tables import PROGRAM
from sandbox.storage import Database

Fixture = Mapping[str, Any]
PROVIDED = quantity(10_000)  # pieces of a SKU where a vector gives no fixture, because quantities don't matter to it
_REPLACED = ("stocks", "sources", "source_items")
_NAMES = {"stock_item_in_stock": "in_stock"}
# A disabled product is as salable as before (vector "product disabled"); parents show in an order's lines.
_NO_SETTING = frozenset({"type", "child_of", "name", "status", "enabled"})


def fixture_of(shared: Fixture, vector: Fixture) -> dict[str, Any]:
    """The vector's own fixture or the file's, with what the vector overrides."""
    fixture = dict(vector.get("fixture") or shared)
    for name in _REPLACED:
        if name in vector:
            fixture[name] = vector[name]
    fixture["configuration"] = {**fixture.get("configuration", {}), **vector.get("configuration", {})}
    products = dict(fixture.get("products", {}))
    for sku, changes in vector.get("products", {}).items():
        products[sku] = {**products.get(sku, {}), **changes}
    fixture["products"] = products
    changed = {(row["sku"], row["source"]): row for row in vector.get("source_items_changed", ())}
    kept = [changed.pop((row["sku"], row["source"]), row) for row in fixture.get("source_items", ())]
    fixture["source_items"] = [*kept, *changed.values()]
    fixture["reservations"] = [*fixture.get("reservations", ()), *vector.get("reservations_before", ())]
    return fixture


class World:
    """The inventory in that state. `types` are the products' types; without stocks in the fixture every stock that is
    asked for comes into being, its goods plentiful."""

    def __init__(self, fixture: Fixture) -> None:
        self.inventory = Inventory(Database(None, PROGRAM), lambda: 0.0)
        self.open = not fixture.get("stocks")
        provided = PROVIDED if self.open and not fixture.get("source_items") else None
        self.hooks = StockHooks(
            self.inventory, lambda order: f"of stock {order['store_id']}", lambda item: str(item["sku"]), provided
        )
        self.types: dict[str, str] = {}
        self._fill(fixture)

    def _fill(self, fixture: Fixture) -> None:
        self.inventory.use(Defaults.of(fixture["configuration"]))
        for source in fixture.get("sources", ()):
            self.inventory.network.put_source(Source(source["code"], source["code"], source.get("enabled", True)))
        for stock in fixture.get("stocks", ()):
            links = tuple(Link(link["source"], link["priority"]) for link in stock.get("links", ()))
            self._put_stock(stock["stock_id"], stock.get("sales_channel"), links)
        for row in fixture["source_items"]:
            self.put_item(row)
        for sku, product in fixture["products"].items():
            self.configure(sku, product)
        for row in fixture["reservations"]:
            self.inventory.ledger.add(
                row["stock_id"], {row["sku"]: quantity(row["quantity"])}, row.get("metadata") or {}
            )

    def _put_stock(self, stock_id: int, channel: str | None, links: tuple[Link, ...]) -> None:
        # A vector names the stock of an order, so each has a website of its own besides the one it states.
        channels = [(WEBSITE, f"of stock {stock_id}")] + ([(WEBSITE, channel)] if channel else [])
        self.inventory.network.put_stock(Stock(stock_id, f"Stock {stock_id}", tuple(channels), links))

    def stock(self, stock_id: int) -> int:
        """The stock's id; made when the fixture states none."""
        if self.open and stock_id not in self.inventory.network.stocks():
            self.inventory.network.put_source(Source("default", "default"))
            self._put_stock(stock_id, None, (Link("default", 1),))
        return stock_id

    def put_item(self, row: Fixture) -> None:
        in_stock = row.get("status", "in_stock") == "in_stock"
        self.inventory.rows.put(SourceItem(row["sku"], row["source"], quantity(row["quantity"]), in_stock))

    def configure(self, sku: str, product: Fixture) -> None:
        """Settings of a product; its type among them."""
        self.types[sku] = product.get("type", self.types.get(sku, "simple"))
        values = {_NAMES.get(name, name): value for name, value in product.items() if name not in _NO_SETTING}
        self.inventory.configure(sku, stock_item_of(values, self.inventory.stock_item(sku)))

    def own_settings(self, sku: str, product: Fixture) -> None:
        """Settings that are in force themselves, whatever the shop's are."""
        flags = [name for name in StockItem.__dataclass_fields__ if name.startswith("use_config_")]
        self.configure(sku, {**dict.fromkeys(flags, False), **product})
