"""Sources, stocks and their links over REST."""

from __future__ import annotations

from typing import Any

from sandbox.magento import php_json
from sandbox.magento.errors import InvalidInput, NotFound
from sandbox.magento.rest_inventory import reading
from sandbox.magento.rest_inventory.reading import EMPTY, SPACES, ValidationFailed
from sandbox.magento.router import Call
from sandbox.magento.shop import Shop
from sandbox.magento.stock.network import DEFAULT_STOCK
from sandbox.magento.stock.sources import Link, Source, Stock

_SOURCE = frozenset({"source_code", "name", "enabled", "country_id", "postcode", "region", "city"})
_STOCK = frozenset({"stock_id", "name"})
_LINK = frozenset({"stock_id", "source_code", "priority"})
_LINK_INTERFACE = "\\Magento\\InventoryApi\\Api\\Data\\StockSourceLinkInterface"
_TEXTS = (
    "email", "contact_name", "description", "country_id", "region", "city", "street", "postcode", "phone", "fax",
)  # fmt: skip
_NUMBERS = ("latitude", "longitude", "region_id")


def _source(source: Source) -> dict[str, Any]:
    first = {"source_code": source.code, "name": source.name, "enabled": source.enabled}
    return {**first, **source.more, "use_default_carrier_config": True, "carrier_links": []}


def stock_shown(stock: Stock) -> dict[str, Any]:
    channels = [{"type": kind, "code": code} for kind, code in stock.channels]
    return {
        "stock_id": stock.stock_id,
        "name": stock.name,
        "extension_attributes": {"sales_channels": channels},
    }


class Networks:
    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._network = shop.stock.inventory.network

    # --- sources ---

    def sources(self, call: Call) -> str:
        criteria = reading.criteria_of(call, self._shop.config, optional=True)
        rows = (_source(source) for source in self._network.sources().values())
        found, total = reading.page(rows, criteria, _SOURCE, self._shop.config)
        return reading.listed(found, criteria, total)

    def source(self, call: Call) -> str:
        code = call.parameters["sourceCode"]
        source = self._network.sources().get(code)
        if source is None:
            raise NotFound('Source with code "%value" does not exist.', {"value": code})
        return php_json.encode(_source(source))

    def save_source(self, call: Call) -> str:
        """New or changed; fields that aren't named stay as they are."""
        given = reading.entity(call, "source")
        if "sourceCode" in call.parameters:
            given = {**given, "source_code": call.parameters["sourceCode"]}
        code, name = reading.text_of(given, "source_code"), reading.text_of(given, "name")
        wrong = [(EMPTY, field) for field in ("source_code", "name", "postcode", "country_id") if _empty(given, field)]
        if any(character.isspace() for character in code):
            wrong.append((SPACES, "source_code"))
        if wrong:
            raise ValidationFailed(wrong)
        before = self._network.sources().get(code)
        enabled = reading.flag_of(given, "enabled")
        if enabled is None:
            enabled = before is None or before.enabled
        more: dict[str, Any] = dict(before.more) if before else {}
        more |= {field: reading.text_of(given, field) for field in _TEXTS if given.get(field) is not None}
        more |= {field: reading.number_of(given, field) for field in _NUMBERS if given.get(field) is not None}
        self._network.put_source(Source(code, name, enabled, more))
        return "[]"

    def sources_of_stock(self, call: Call) -> str:
        sources = self._network.sources()
        codes = self._network.order_of(reading.whole(call.parameters["stockId"]))
        return php_json.encode([_source(sources[code]) for code in codes])

    # --- stocks ---

    def stocks(self, call: Call) -> str:
        criteria = reading.criteria_of(call, self._shop.config, optional=True)
        rows = (stock_shown(stock) for stock in self._network.stocks().values())
        found, total = reading.page(rows, criteria, _STOCK, self._shop.config)
        return reading.listed(found, criteria, total)

    def stock(self, call: Call) -> str:
        return php_json.encode(stock_shown(self._stock(call)))

    def _stock(self, call: Call) -> Stock:
        stock_id = reading.whole(call.parameters["stockId"])
        stock = self._network.stocks().get(stock_id)
        if stock is None:
            raise NotFound('Stock with id "%value" does not exist.', {"value": stock_id})
        return stock

    def save_stock(self, call: Call) -> str:
        """Answers the stock's id. Sales channels that aren't named stay; named ones replace them, and a channel leaves
        the stock it was on."""
        given = reading.entity(call, "stock")
        if _empty(given, "name"):
            raise ValidationFailed([(EMPTY, "name")])
        stocks = self._network.stocks()
        if "stockId" in call.parameters:
            before: Stock | None = self._stock(call)
        else:
            before = stocks.get(int(reading.number_of(given, "stock_id", "int") or 0))
        stock_id = before.stock_id if before else max(stocks, default=DEFAULT_STOCK) + 1
        channels = _channels(given, before.channels if before else ())
        links = before.links if before else ()
        self._network.put_stock(Stock(stock_id, reading.text_of(given, "name"), channels, links))
        return str(stock_id)

    def delete_stock(self, call: Call) -> str:
        stock = self._stock(call)
        if stock.stock_id == DEFAULT_STOCK:
            raise InvalidInput("Default Stock could not be deleted.")
        if stock.channels:
            raise InvalidInput("Stock has at least one sale channel and could not be deleted.")
        self._network.drop_stock(stock.stock_id)
        return "[]"

    def resolve(self, call: Call) -> str:
        stock_id = self._network.stock_of(call.parameters["type"], call.parameters["code"])
        if stock_id is None:
            raise NotFound("No linked stock found")
        return php_json.encode(stock_shown(self._network.stocks()[stock_id]))

    # --- links ---

    def links(self, call: Call) -> str:
        criteria = reading.criteria_of(call, self._shop.config)
        rows = (
            {"stock_id": stock.stock_id, "source_code": link.source, "priority": link.priority}
            for stock in self._network.stocks().values()
            for link in stock.links
        )
        found, total = reading.page(rows, criteria, _LINK, self._shop.config)
        return reading.listed(found, criteria, total)

    def save_links(self, call: Call) -> str:
        for stock_id, code, priority in self._given_links(call):
            if stock_id not in self._network.stocks() or code not in self._network.sources():
                raise InvalidInput("Could not save StockSourceLinks")  # the database refuses it
            self._network.link(stock_id, Link(code, priority))
        return "[]"

    def delete_links(self, call: Call) -> str:
        for stock_id, code, _ in self._given_links(call):
            self._network.unlink(stock_id, code)
        return "[]"

    def _given_links(self, call: Call) -> list[tuple[int, str, int]]:
        given = reading.entities(call, "links", _LINK_INTERFACE, self._shop.config)
        if not given:
            raise InvalidInput("Input data is empty")
        return [
            (
                int(reading.number_of(entry, "stock_id", "int") or 0),
                reading.text_of(entry, "source_code"),
                int(reading.number_of(entry, "priority", "int") or 0),
            )
            for entry in given
        ]


def _empty(given: dict[str, Any], field: str) -> bool:
    return not reading.text_of(given, field).strip()


def _channels(given: dict[str, Any], before: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    attributes = given.get("extension_attributes")
    named = attributes.get("sales_channels") if isinstance(attributes, dict) else None
    if named is None:
        return before
    if not isinstance(named, list) or not all(isinstance(one, dict) for one in named):
        raise reading.mistyped(
            "sales_channels", named, "Magento\\InventorySalesApi\\Api\\Data\\SalesChannelInterface[]"
        )
    return tuple((reading.text_of(one, "type"), reading.text_of(one, "code")) for one in named)
