"""Orders of the sandbox shop's own stock engine, with the documents that their steps made, as snapshots."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sandbox.magento.stock.hooks import StockHooks
from sandbox.magento.vectors.stock_world import World
from shared.magento.models import Snapshot

_BEGAN = datetime(2026, 11, 24, 9, tzinfo=UTC)


class RecordingHooks(StockHooks):
    """The shop's hooks; keeps each document that they let through, by order, and which SKUs a memo put back."""

    def __init__(self, world: World) -> None:
        hooks = world.hooks
        super().__init__(world.inventory, hooks._website_of, hooks.sku_of, hooks._provided)
        self.documents: dict[int, dict[str, list[dict[str, Any]]]] = {}
        self.returned: dict[tuple[int, str], Decimal] = {}
        self._made = 0

    def invoiced(self, order: Any, invoice: Any) -> None:
        super().invoiced(order, invoice)
        self._keep(order, "invoices", invoice)

    def shipped(self, order: Any, shipment: Any, source: str | None = None) -> str | None:
        code = super().shipped(order, shipment, source)
        self._keep(order, "shipments", shipment)
        return code

    def credited(self, order: Any, memo: Any, return_to_stock_items: Collection[int] | None = None) -> None:
        super().credited(order, memo, return_to_stock_items)
        self._keep(order, "creditmemos", memo)
        rows = {row["item_id"]: row for row in order["items"]}
        for line in memo["items"]:
            if line["order_item_id"] in (return_to_stock_items or ()):
                key = (order["entity_id"], rows[line["order_item_id"]]["sku"])
                self.returned[key] = self.returned.get(key, Decimal(0)) + line["qty"]

    def _keep(self, order: Any, kind: str, document: Mapping[str, Any]) -> None:
        self._made += 1
        made = _BEGAN + timedelta(minutes=self._made)
        kept = {**document, "entity_id": self._made, "created_at": made.strftime("%Y-%m-%d %H:%M:%S")}
        self.documents.setdefault(order["entity_id"], {}).setdefault(kind, []).append(kept)

    def snapshot(self, order: Mapping[str, Any]) -> Snapshot:
        """The order and its documents as ingest would publish them now."""
        return Snapshot.model_validate(
            {
                "connection": "shop",
                "fetched_at": "2026-11-24 12:00:00",
                "time_zone": "UTC",
                "order": {**order, "created_at": "2026-11-24 08:00:00"},
                **self.documents.get(order["entity_id"], {}),
            }
        )
