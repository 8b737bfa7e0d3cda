"""What the life of an order does to stock. The shop calls these with its documents' bodies, inside a transaction that
what they raise must undo.

Orders reserve, shipments and invoices of virtual goods deduct from sources, cancels and credit memos release (reference
7.3). Recorded documents call none of them: they are history of another shop.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from decimal import Decimal

from sandbox.magento.collation import fold
from sandbox.magento.errors import InvalidInput, NotFound
from sandbox.magento.stock import sources
from sandbox.magento.stock.leaves import Body, Leaf, by_sku, leaves, moved, quantities
from sandbox.magento.stock.network import DEFAULT_SOURCE, WEBSITE
from sandbox.magento.stock.quantity import ZERO
from sandbox.magento.stock.reservations import metadata
from sandbox.magento.stock.returns import credited, source_of_return
from sandbox.magento.stock.sources import SourceItem
from sandbox.magento.stock.state import Inventory


class StockHooks:
    """`website_of`: the code of the website an order was placed in. `sku_of`: an order item's SKU as its product has it
    now. `provided`: pieces that a SKU without a source item gets at the default source when it is first sold; None:
    none."""

    def __init__(
        self,
        inventory: Inventory,
        website_of: Callable[[Body], str],
        sku_of: Callable[[Body], str],
        provided: Decimal | None,
    ) -> None:
        self.inventory = inventory
        self._website_of = website_of
        self.sku_of = sku_of
        self._provided = provided

    def placed(self, order: Body) -> None:
        """Reserve what is ordered, before the order's row is written. Raises InvalidInput when it can't be had."""
        stock_id, wanted = self._stock_of(order), self._ordered(order)
        for sku, number in wanted.items():
            refusal = self.inventory.refusal(sku, stock_id, number, of_order=True)
            if refusal is not None:
                raise InvalidInput(refusal.message, list(refusal.parameters) or None)
        event = metadata("order_placed", None, str(order["increment_id"]))
        self.inventory.reserve(stock_id, {sku: -number for sku, number in wanted.items()}, event)

    def backordered(self, order: Body) -> dict[int, Decimal]:
        """The part of each order item that isn't there, where backorders let it be sold. Asked before it is placed."""
        stock_id = self._stock_of(order)
        parts = {
            leaf.item_id: self.inventory.backordered(leaf.sku, stock_id, leaf.ordered) for leaf in self._leaves(order)
        }
        return {number: part for number, part in parts.items() if part}

    def place_failed(self, order: Body) -> None:
        """Release what `placed` reserved: the order did not come to be."""
        event = metadata("order_place_failed", None, str(order["increment_id"]))
        self.inventory.reserve(self._stock_of(order), self._ordered(order), event)

    def canceled(self, order: Body, canceled: Mapping[int, Decimal]) -> None:
        """Release the pieces cancelled now, per order item."""
        found = self._leaves(order)
        self._release(order, "order_canceled", by_sku(found, moved(found, canceled)))

    def shipped(self, order: Body, shipment: Body, source: str | None = None) -> str | None:
        """Take the shipment's pieces from the source and release them. Answers the source; None is the only one.

        Raises InvalidInput: the source holds less, or none is named though there are several; NotFound: it isn't
        there, or has no row of a SKU.
        """
        code = self._source(source)
        found = [leaf for leaf in self._leaves(order) if not leaf.virtual]
        gone = by_sku(found, moved(found, quantities(shipment)))
        self._take([(code, sku, number) for sku, number in gone.items()])
        for sku, number in gone.items():
            self.inventory.ledger.depart(order["entity_id"], sku, code, number)
        self._release(order, "shipment_created", gone)
        return code

    def invoiced(self, order: Body, invoice: Body) -> None:
        """Virtual goods leave their sources when they are invoiced, the first of the stock's order first."""
        found = [leaf for leaf in self._leaves(order) if leaf.virtual]
        gone = by_sku(found, moved(found, quantities(invoice)))
        self._release(order, "invoice_created", self._take_anywhere(order, gone))

    def credited(self, order: Body, memo: Body, return_to_stock_items: Collection[int] | None = None) -> None:
        """`order` is the row with the memo counted in it. `return_to_stock_items`: order items whose pieces come back;
        None leaves it to the setting auto_return.

        Pieces that had not left are released; unless they are returned they leave their source, too, though nothing was
        shipped. Returned pieces that had left go back to one source.
        """
        found = self._leaves(order)
        pieces = moved(found, quantities(memo))
        back = {leaf.item_id for leaf in found if self._comes_back(leaf, return_to_stock_items)}
        kept = credited(found, {number: n for number, n in pieces.items() if number not in back}, self._left(order))
        lost = self._take_anywhere(order, {one.sku: one.never_left for one in kept})
        returned = credited(found, {number: n for number, n in pieces.items() if number in back}, self._left(order))
        for one in returned:
            if one.back:
                self._take([(self._home(order, one.sku), one.sku, -one.back)])
        self._release(order, "creditmemo_created", lost)
        self._release(order, "creditmemo_created", {one.sku: one.never_left for one in returned})

    def _comes_back(self, leaf: Leaf, named: Collection[int] | None) -> bool:
        if named is None:
            return self.inventory.defaults.auto_return
        return leaf.item_id in named or leaf.parent_id in named

    def _leaves(self, order: Body) -> list[Leaf]:
        """The rows that carry stock; SKUs without any source item are provided with one."""
        found = leaves(order, self.sku_of)
        if self._provided is not None:
            for sku in {leaf.sku for leaf in found}:
                if not self.inventory.rows.of(sku):
                    self.inventory.rows.put(SourceItem(sku, DEFAULT_SOURCE, self._provided), seen_at_once=True)
        return found

    def _ordered(self, order: Body) -> dict[str, Decimal]:
        found = self._leaves(order)
        return by_sku(found, {leaf.item_id: leaf.ordered for leaf in found})

    def _left(self, order: Body) -> dict[str, Decimal]:
        """Pieces per SKU that left a source: shipped ones, and virtual ones that were invoiced."""
        left: dict[str, Decimal] = {}
        for leaf in self._leaves(order):
            shipped = sum(self.inventory.ledger.departures(order["entity_id"], leaf.sku).values(), ZERO)
            left[leaf.sku] = left.get(leaf.sku, ZERO) + leaf.invoiced if leaf.virtual else shipped
        return left

    def _home(self, order: Body, sku: str) -> str:
        """Where pieces of the SKU go back to: where they were shipped from, virtual ones to the first with a row."""
        shipped_from = self.inventory.ledger.departures(order["entity_id"], sku)
        known = shipped_from or {row.source: row.quantity for row in self.inventory.rows.of(sku)}
        return source_of_return(known, self.inventory.network.order_of(self._stock_of(order)), DEFAULT_SOURCE)

    def _stock_of(self, order: Body) -> int:
        stock_id = self.inventory.network.stock_of(WEBSITE, self._website_of(order))
        if stock_id is None:
            raise NotFound("No linked stock found")
        return stock_id

    def _source(self, code: str | None) -> str:
        network = self.inventory.network
        if code is None:
            if (single := network.single_source()) is None:
                raise InvalidInput("The shipment needs a source_code: there are several sources.")
            return single
        if code not in network.sources():
            raise NotFound('Source with code "%value" does not exist.', {"value": code})
        return code

    def _take_anywhere(self, order: Body, wanted: Mapping[str, Decimal]) -> dict[str, Decimal]:
        """Take from the stock's sources in their order. Answers what could be had."""
        order_of_sources = self.inventory.network.order_of(self._stock_of(order))
        rows = [row for sku in wanted for row in self.inventory.rows.of(sku)]
        request = [(sku, number) for sku, number in wanted.items() if number]
        shares = [one for one in sources.select(request, order_of_sources, rows)[0] if one.deduct]
        self._take([(one.source, one.sku, one.deduct) for one in shares])
        had = dict.fromkeys(wanted, ZERO)
        spelled = {fold(sku): sku for sku in wanted}
        for one in shares:
            had[spelled[fold(one.sku)]] += one.deduct
        return had

    def _take(self, moves: list[tuple[str, str, Decimal]]) -> None:
        """Source, SKU, pieces (negative: put back). Only quantities are written: the status a deduction computes is not
        stored (DecrementQtyForMultipleSourceItem)."""
        defaults = self.inventory.defaults
        for code, sku, number in moves:
            settings = self.inventory.settings(sku)
            if not settings.manage_stock or not number:
                continue
            row = self.inventory.rows.get(sku, code)
            if row is None:
                raise NotFound("Source item not found by source code: %1 and sku: %2.", [code, sku])
            after = sources.deducted(
                row,
                number,
                settings,
                stock_item_in_stock=self.inventory.stock_item(sku).in_stock,
                can_back_in_stock=defaults.can_back_in_stock,
            )
            self.inventory.rows.put(replace(row, quantity=after.quantity))

    def _release(self, order: Body, event_type: str, freed: Mapping[str, Decimal]) -> None:
        event = metadata(event_type, order["entity_id"], str(order["increment_id"]))
        self.inventory.reserve(self._stock_of(order), dict(freed), event)
