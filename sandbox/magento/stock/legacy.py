"""Stock without the inventory modules: one quantity per product, lowered when it is ordered, not when it is shipped.

The quantity is the row at the default source, so that REST's stock items and a shop's switch show the same figure.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from decimal import Decimal

from sandbox.magento.errors import InvalidInput
from sandbox.magento.stock.hooks import StockHooks
from sandbox.magento.stock.leaves import Body, by_sku, moved, quantities
from sandbox.magento.stock.network import DEFAULT_SOURCE
from sandbox.magento.stock.sources import SourceItem


class LegacyStockHooks(StockHooks):
    """CatalogInventory alone: placed orders and cancels move the quantity, shipments and invoices don't."""

    def placed(self, order: Body) -> None:
        wanted = self._ordered(order)
        for sku, number in wanted.items():
            refusal = self.inventory.refusal(sku, self._stock_of(order), number, of_order=True)
            if refusal is not None:
                raise InvalidInput(refusal.message, list(refusal.parameters) or None)
        self._move({sku: -number for sku, number in wanted.items()})

    def place_failed(self, order: Body) -> None:
        self._move(self._ordered(order))

    def canceled(self, order: Body, canceled: Mapping[int, Decimal]) -> None:
        if self.inventory.defaults.can_back_in_stock:
            found = self._leaves(order)
            self._move(by_sku(found, moved(found, canceled)))

    def shipped(self, order: Body, shipment: Body, source: str | None = None) -> None:
        """Nothing: the goods left when they were ordered. Without sources the shipment names none."""

    def invoiced(self, order: Body, invoice: Body) -> None:
        """Nothing: virtual goods left when they were ordered."""

    def credited(self, order: Body, memo: Body, return_to_stock_items: Collection[int] | None = None) -> None:
        found = [leaf for leaf in self._leaves(order) if self._comes_back(leaf, return_to_stock_items)]
        self._move(by_sku(found, moved(found, quantities(memo))))

    def _move(self, moves: Mapping[str, Decimal]) -> None:
        if not self.inventory.defaults.can_subtract:
            return
        for sku, number in moves.items():
            if self.inventory.settings(sku).manage_stock:
                row = self.inventory.rows.get(sku, DEFAULT_SOURCE) or SourceItem(sku, DEFAULT_SOURCE, Decimal(0))
                self.inventory.rows.put(replace(row, quantity=row.quantity + number))
