"""One order of a stock vector: its rows and counters, moved on by the steps through the hooks that the shop uses."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sandbox.magento.errors import MagentoError
from sandbox.magento.stock.hooks import StockHooks
from sandbox.magento.stock.leaves import leaves
from sandbox.magento.stock.quantity import ZERO, quantity

Quantities = Mapping[str, Any]  # by SKU or by the name of a line
VIRTUAL = ("virtual", "downloadable")
COUNTERS = ("qty_ordered", "qty_invoiced", "qty_shipped", "qty_refunded", "qty_canceled")


class Order:
    """`names` tells which row a SKU or a line's name stands for; a child in several lines is found with its line."""

    def __init__(self, hooks: StockHooks, order_id: int, stock_id: int, increment_id: str) -> None:
        self._hooks = hooks
        self.body: dict[str, Any] = {
            "entity_id": order_id,
            "increment_id": increment_id,
            "store_id": stock_id,  # the vectors' hooks read the stock off it
            "state": "new",
            "items": [],
        }
        self.accepted = False
        self.shipment: dict[str, Any] | None = None
        self._names: dict[tuple[str | None, str], dict[str, Any]] = {}

    def add(self, name: str, number: Any, kind: str, line: Mapping[str, Any] | None = None) -> None:
        """A line, with its children when it has some ("qty_per_bundle" each, 1 for a configurable's)."""
        parent = self._row(None, name, kind, quantity(number))
        for child in (line or {}).get("children", ()):
            each = quantity(child.get("qty_per_bundle", 1))
            row = self._row(name, child["sku"], child.get("type", "simple"), each * quantity(number))
            row["parent_item_id"] = parent["item_id"]

    def _row(self, line: str | None, sku: str, kind: str, number: Decimal) -> dict[str, Any]:
        row = dict.fromkeys(COUNTERS, ZERO) | {
            "item_id": len(self.body["items"]) + 1,
            "sku": sku,
            "product_type": kind,
            "is_virtual": int(kind in VIRTUAL),
            "qty_ordered": number,
        }
        self.body["items"].append(row)
        self._names[(line, sku)] = row
        self._names.setdefault((None, sku), row)
        return row

    def skus(self) -> set[str]:
        return {row["sku"] for row in self.body["items"]}

    def rename(self, old: str, new: str) -> None:
        for (line, sku), row in list(self._names.items()):
            if sku == old:
                self._names[(line, new)] = row
        for row in self.body["items"]:
            if row["sku"] == old:
                row["sku"] = new

    def place(self) -> None:
        try:
            self._hooks.placed(self.body)
        except MagentoError:
            return
        self.accepted = True

    def invoice(self, items: Quantities | None, line: str | None) -> None:
        chosen = self._chosen(items, line, "qty_invoiced", "qty_canceled")
        self._hooks.invoiced(self.body, _document(chosen))
        self._count("qty_invoiced", chosen)

    def ship(self, items: Quantities | None, source: str | None, line: str | None) -> None:
        chosen = self._chosen(items, line, "qty_shipped", "qty_canceled")
        self.shipment = None
        try:
            code = self._hooks.shipped(self.body, _document(chosen), source)
        except MagentoError:
            return
        self.shipment = {"total_qty": sum(chosen.values(), ZERO), "source": code}
        self._count("qty_shipped", chosen)

    def cancel(self) -> None:
        """All that is neither invoiced nor shipped (GetItemsToCancelFromOrderItem)."""
        chosen = {
            leaf.item_id: max(leaf.ordered - max(leaf.shipped, leaf.invoiced) - leaf.canceled, ZERO)
            for leaf in leaves(self.body)
        }
        self._hooks.canceled(self.body, chosen)
        self._count("qty_canceled", chosen)

    def credit(self, items: Quantities | None, line: str | None, back: list[str] | None) -> None:
        if items is None:
            chosen = {row["item_id"]: row["qty_invoiced"] - row["qty_refunded"] for row in self.body["items"]}
        else:
            chosen = self._chosen(items, line)
        self._count("qty_refunded", chosen)
        returned = None
        if back is not None:
            returned = {row["item_id"] for (_, name), row in self._names.items() if name in back}
        self._hooks.credited(self.body, _document(chosen), returned)

    def _chosen(self, items: Quantities | None, line: str | None, *less: str) -> dict[int, Decimal]:
        if items is None:
            rows = [row for row in self.body["items"] if "parent_item_id" not in row]
            return {row["item_id"]: row["qty_ordered"] - sum((row[name] for name in less), ZERO) for row in rows}
        return {self._names[(line, name)]["item_id"]: quantity(number) for name, number in items.items()}

    def _count(self, counter: str, chosen: Mapping[int, Decimal]) -> None:
        for row in self.body["items"]:
            row[counter] += chosen.get(row["item_id"], ZERO)
        self.body["state"] = self._state()

    def _state(self) -> str:
        """Reference 3.1, without money: it counts pieces."""
        found = leaves(self.body)
        if all(leaf.canceled == leaf.ordered for leaf in found):
            return "canceled"
        if any(leaf.ordered - leaf.invoiced - leaf.canceled > 0 for leaf in found):
            return "processing"
        if all(leaf.refunded == leaf.invoiced for leaf in found):
            return "closed"
        waiting = [
            leaf.ordered - max(leaf.shipped, leaf.refunded) - leaf.canceled for leaf in found if not leaf.virtual
        ]
        return "processing" if any(number > 0 for number in waiting) else "complete"

    @property
    def status(self) -> str:
        """As the admin shows it."""
        return "Pending" if self.body["state"] == "new" else str(self.body["state"]).capitalize()

    def counted(self, counter: str, sku: str | None = None) -> Decimal:
        """The sum of a counter over the rows that carry stock, or those of a SKU."""
        found = [leaf for leaf in leaves(self.body) if sku in (None, leaf.sku)]
        return sum((getattr(leaf, counter.removeprefix("qty_")) for leaf in found), ZERO)


def _document(chosen: Mapping[int, Decimal]) -> dict[str, Any]:
    return {"items": [{"order_item_id": number, "qty": count} for number, count in chosen.items()]}
