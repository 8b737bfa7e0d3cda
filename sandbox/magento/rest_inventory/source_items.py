"""Source items over REST: read by criteria, written absolutely in batches, deleted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sandbox.magento.errors import InvalidInput
from sandbox.magento.php_json import PHP_SPACES
from sandbox.magento.rest_inventory import reading
from sandbox.magento.rest_inventory.reading import EDGES, EMPTY, SPACES, ValidationFailed
from sandbox.magento.router import Call
from sandbox.magento.search import Criteria
from sandbox.magento.shop import Shop
from sandbox.magento.stock.network import DEFAULT_SOURCE, DEFAULT_STOCK
from sandbox.magento.stock.quantity import ZERO
from sandbox.magento.stock.sources import SourceItem
from sandbox.storage.codec import storable

COLUMNS = frozenset({"sku", "source_code", "quantity", "status"})
INTERFACE = "\\Magento\\InventoryApi\\Api\\Data\\SourceItemInterface"
SKU_LENGTH = 64  # inventory_source_item.sku varchar(64)
QUANTITY_MAX = 100_000_000  # decimal(12,4)


def shown(row: SourceItem) -> dict[str, Any]:
    return {"sku": row.sku, "source_code": row.source, "quantity": row.quantity, "status": int(row.in_stock)}


class SourceItems:
    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def search(self, call: Call) -> str:
        criteria = reading.criteria_of(call, self._shop.config)
        rows = (shown(row) for row in self._worth_testing(criteria))
        found, total = reading.page(rows, criteria, COLUMNS, self._shop.config)
        return reading.listed(found, criteria, total)

    def _worth_testing(self, criteria: Criteria) -> list[SourceItem]:
        """All rows, or those of the SKUs that are asked for by themselves: the key finds them."""
        rows = self._shop.stock.inventory.rows
        for group in criteria.groups:
            if len(group) == 1 and group[0].field == "sku" and group[0].condition in ("eq", "in"):
                value = group[0].value
                if "\0" not in value and storable(value):
                    return rows.among([value] if group[0].condition == "eq" else value.split(","))
        return rows.all()

    def save(self, call: Call) -> str:
        """Each row's quantity and status are overwritten; one wrong row refuses the whole batch."""
        given = reading.entities(call, "sourceItems", INTERFACE, self._shop.config)
        if not given:
            raise InvalidInput("Input data is empty")
        rows = [self._row(entry) for entry in given]
        violations = [violation for _, found in rows for violation in found]
        if violations:
            raise ValidationFailed(violations, first_in_message=True)
        inventory = self._shop.stock.inventory
        sources = inventory.network.sources()
        noted: list[tuple[SourceItem, SourceItem | None]] = []
        for row, _ in rows:
            if row.source not in sources or len(row.sku) > SKU_LENGTH or abs(row.quantity) >= QUANTITY_MAX:
                raise InvalidInput("Could not save Source Item")  # the database refuses it
            before = inventory.rows.get(row.sku, row.source)
            inventory.rows.put(row)
            noted.append((row, before))
            if row.source == DEFAULT_SOURCE:  # the legacy stock item follows the default source
                inventory.configure(row.sku, replace(inventory.stock_item(row.sku), in_stock=row.in_stock))
        for row, before in noted:
            inventory.journal.note(row, before, -inventory.ledger.total(row.sku, DEFAULT_STOCK))
        return "[]"

    def _row(self, entry: dict[str, Any]) -> tuple[SourceItem, list[tuple[str, str]]]:
        """The row, and what the validators of InventoryApi say against it."""
        sku, code = reading.text_of(entry, "sku"), reading.text_of(entry, "source_code")
        quantity, status = reading.number_of(entry, "quantity"), reading.number_of(entry, "status", "int")
        wrong = []
        if not sku.strip(PHP_SPACES):
            wrong.append((EMPTY, "sku"))
        if sku != sku.strip(PHP_SPACES):
            wrong.append((EDGES, "sku"))
        if not code.strip(PHP_SPACES):
            wrong.append((EMPTY, "source_code"))
        if any(character.isspace() for character in code):
            wrong.append((SPACES, "source_code"))
        if quantity is None:
            wrong.append(('"%field" should be numeric.', "quantity"))
        if status is None:
            wrong.append(('"%field" should be numeric.', "status"))
        elif status not in (0, 1):
            wrong.append(('"%field" should a known status.', "status"))
        return SourceItem(sku, code, ZERO if quantity is None else quantity, status == 1), wrong

    def delete(self, call: Call) -> str:
        """Rows that aren't there are passed over."""
        given = reading.entities(call, "sourceItems", INTERFACE, self._shop.config)
        if not given:
            raise InvalidInput("Input data is empty")
        for entry in given:
            sku, code = reading.text_of(entry, "sku"), reading.text_of(entry, "source_code")
            self._shop.stock.inventory.rows.remove(sku, code)
        return "[]"
