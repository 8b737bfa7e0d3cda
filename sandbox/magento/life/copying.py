"""An order once more, as the admin's edit and reorder take it over: the same goods and money, nothing done with it."""

from __future__ import annotations

import hashlib
from typing import Any

from sandbox.magento.order_items import embed
from sandbox.magento.shop import Body, Document, Kind, Shop

_OF_THE_OLD = frozenset({
    "relation_child_id", "relation_child_real_id", "hold_before_state", "hold_before_status", "email_sent",
    "qty_backordered", "last_trans_id", "amount_authorized", "base_amount_authorized",
})  # fmt: skip
# Rows of the order that are numbered, by the columns that name them; a copy has rows of its own.
_NUMBERED = {
    "item_id": "order_item",
    "parent_item_id": "order_item",
    "associated_item_id": "order_item",
    "quote_item_id": "quote_item",
    "tax_id": "order_tax",
    "tax_item_id": "order_tax_item",
    "billing_address_id": "order_address",
}
SHIPS_APART = "ships_apart"  # hidden column: items whose bundles are shipped each selection by itself


def copy(shop: Shop, old: Document) -> Document:
    """Not in the shop yet."""
    number, now = shop.next_id(Kind.ORDER), shop.now()
    rows = _Rows(shop, number)
    body: Body = {name: rows.own(name, value) for name, value in old.body.items() if not _stays_behind(name)}
    body |= {
        "entity_id": number,
        "increment_id": f"{number:09d}",
        "protect_code": hashlib.sha256(f"{number}{now}".encode()).hexdigest()[:32],
        "quote_id": number + 3,
        "state": "new",
        "status": "pending",
        "created_at": now,
        "updated_at": now,
        "total_due": body["grand_total"],
        "base_total_due": body["base_grand_total"],
        "status_histories": [],
    }
    if isinstance(body.get("payment"), dict):
        body["payment"] = body["payment"] | {"entity_id": number, "parent_id": number}
    hidden = dict(old.hidden)
    if SHIPS_APART in hidden:
        hidden[SHIPS_APART] = [rows.own("item_id", item_id) for item_id in hidden[SHIPS_APART]]
    return Document(Kind.ORDER, embed(body), hidden=hidden, as_shown=old.as_shown or old.recorded is not None)


class _Rows:
    """The old order's rows under new numbers, each always under the same."""

    def __init__(self, shop: Shop, order_id: int) -> None:
        self._shop = shop
        self._order_id = order_id
        self._numbers: dict[tuple[str, int], int] = {}

    def own(self, name: str, value: Any) -> Any:
        """The value of a column, as the copy has it."""
        if isinstance(value, dict):
            return self._address(value) if "address_type" in value else self._row(value)
        if isinstance(value, list):
            return [self.own(name, entry) for entry in value]
        if not isinstance(value, int) or isinstance(value, bool):
            return value
        if name == "order_id":
            return self._order_id
        return self._number(_NUMBERED[name], value) if name in _NUMBERED else value

    def _row(self, row: Body) -> Body:
        is_item = "item_id" in row and "sku" in row
        copied: Body = {}
        for name, value in row.items():
            if is_item and _is_counter(name):
                copied[name] = 0
            elif not _stays_behind(name):
                copied[name] = self.own(name, value)
        return copied

    def _address(self, address: Body) -> Body:
        own = {"parent_id": self._order_id}
        if isinstance(address.get("entity_id"), int):
            own["entity_id"] = self._number("order_address", address["entity_id"])
        return address | own

    def _number(self, sequence: str, old: int) -> int:
        key = sequence, old
        if key not in self._numbers:
            self._numbers[key] = self._shop.next_id(sequence)
        return self._numbers[key]


def _stays_behind(name: str) -> bool:
    return name in _OF_THE_OLD or _is_counter(name)


def _is_counter(name: str) -> bool:
    counted = name.endswith(("_invoiced", "_refunded", "_canceled", "_shipped", "_paid", "_cost"))
    return (counted and name != "base_cost") or "adjustment" in name
