"""The steps of a stock vector."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from sandbox.magento.stock import sources
from sandbox.magento.stock.configuration import Settings
from sandbox.magento.stock.leaves import by_sku, leaves
from sandbox.magento.stock.quantity import ZERO, quantity
from sandbox.magento.stock.reservations import metadata
from sandbox.magento.stock.sources import SourceItem
from sandbox.magento.vectors.report import names
from sandbox.magento.vectors.stock_life import Order
from sandbox.magento.vectors.stock_world import World

Document = Mapping[str, Any]
_COMMON = names("do expect notes order")
_KEYS = {
    "place_order": names("stock_id sales_channel items lines increment_id"),
    "invoice": names("items children_of"),
    "ship": names("source items children_of"),
    "cancel_order": names(""),
    "creditmemo": names("items children_of back_to_stock"),
    "save_creditmemo_again": names(""),
    "append_reservation": names("stock_id sku quantity metadata"),
    "revert_sale": names("stock_id sales_channel items"),
    "back_item_qty": names("stock_id sales_channel items"),
    "change_sku": names("sku new_sku"),
    "set_source_item": names("sku source quantity status stock_id"),
    "set_source_status": names("sku source status stock_id"),
    "deduct": names("source sku quantity"),
    "check_cart_qty": names("stock_id items"),
    "delete_reservations": names("which sku"),
    "check": names(""),
}


class Play:
    """A vector under way: the world, its orders, and what the last questions answered."""

    def __init__(self, world: World, vector: Document) -> None:
        self.world = world
        self.vector = vector
        self.orders: list[Order] = []
        self.cart_error: bool | None = None
        self.cart_backordered: Decimal | None = None

    @property
    def order(self) -> Order:
        """The order the steps speak of: the last one."""
        return self.orders[-1]

    def known_keys(self, step: Document) -> frozenset[str]:
        if step.get("do") == "configure_product":  # besides the SKU, settings by their names
            return frozenset(step)
        return _COMMON | _KEYS.get(str(step.get("do")), frozenset(step))

    def step(self, step: Document) -> bool:
        """Play it; False when there is no such step."""
        played: dict[str, Callable[[Document], None]] = {
            "place_order": self._place,
            "invoice": lambda one: self.order.invoice(one.get("items"), one.get("children_of")),
            "ship": lambda one: self.order.ship(one.get("items"), one.get("source"), one.get("children_of")),
            "cancel_order": lambda one: self.order.cancel(),
            "creditmemo": lambda one: self.order.credit(
                one.get("items"), one.get("children_of"), one.get("back_to_stock")
            ),
            "save_creditmemo_again": lambda one: None,  # only a new memo moves stock
            "append_reservation": self._append,
            "revert_sale": self._put_back,
            "back_item_qty": self._put_back,
            "configure_product": self._configure,
            "change_sku": self._change_sku,
            "set_source_item": self._set_item,
            "set_source_status": self._set_status,
            "deduct": self._deduct,
            "check_cart_qty": self._check_cart,
            "delete_reservations": self._delete_reservations,
            "check": lambda one: None,
        }
        if step.get("do") not in played:
            return False
        played[step["do"]](step)
        return True

    def _place(self, step: Document) -> None:
        stock_id = self._stock_of(step)
        number = len(self.orders) + 1
        order = Order(self.world.hooks, number, stock_id, step.get("increment_id", f"{number:09d}"))
        for sku, count in step.get("items", {}).items():
            order.add(sku, count, self.world.types.get(sku, "simple"))
        for line in step.get("lines", ()):
            order.add(line.get("line", line.get("sku")), line["qty"], line["type"], line)
        self.orders.append(order)
        inventory = self.world.inventory
        found = leaves(order.body)
        wanted = by_sku(found, {leaf.item_id: leaf.ordered for leaf in found})
        self.cart_backordered = self._backordered(wanted, stock_id)
        if self.world.open or all(inventory.refusal(sku, stock_id, count) is None for sku, count in wanted.items()):
            order.place()

    def _stock_of(self, step: Document) -> int:
        """The stock a step names, by its id or by a website, else the vector's."""
        if "sales_channel" in step:
            named = self.world.inventory.network.stock_of("website", step["sales_channel"])
            if named is not None:
                return named
        return self.world.stock(int(step.get("stock_id", self.vector.get("stock_id"))))

    def _append(self, step: Document) -> None:
        """For the order under way when there is one; `metadata` says otherwise."""
        event: Mapping[str, str] = {}
        if self.orders:
            event = metadata("order_placed", self.order.body["entity_id"], self.order.body["increment_id"])
        pieces = {step["sku"]: quantity(step["quantity"])}
        self.world.inventory.reserve(self._stock_of(step), pieces, dict(step.get("metadata", event)))

    def _put_back(self, step: Document) -> None:
        """The old stock management's calls: goods come back as reservations, not as pieces of a source."""
        back = {sku: quantity(count) for sku, count in step["items"].items()}
        self.world.inventory.reserve(self._stock_of(step), back, {"event_type": str(step["do"])})

    def _configure(self, step: Document) -> None:
        changes: dict[str, Any] = {}
        for name, value in step.items():
            if isinstance(value, dict) and name != "expect":  # settings under a name of their own
                changes |= value
            elif name not in _COMMON | {"sku", "stock_id"}:
                changes[name] = value
        self.world.configure(step["sku"], changes)

    def _change_sku(self, step: Document) -> None:
        self.world.inventory.rename(step["sku"], step["new_sku"])
        self.world.types[step["new_sku"]] = self.world.types.pop(step["sku"], "simple")
        for order in self.orders:
            order.rename(step["sku"], step["new_sku"])

    def _set_item(self, step: Document) -> None:
        before = self.world.inventory.rows.get(step["sku"], step["source"])
        kept = {} if before is None else {"quantity": before.quantity, "status": _status(before)}
        self.world.put_item({**kept, **step})

    def _set_status(self, step: Document) -> None:
        before = self.world.inventory.rows.get(step["sku"], step["source"])
        row = before or SourceItem(step["sku"], step["source"], ZERO)
        self.world.inventory.rows.put(replace(row, in_stock=step["status"] == "in_stock"))

    def _deduct(self, step: Document) -> None:
        """The deduction service alone, with the status it computes."""
        inventory = self.world.inventory
        row = inventory.rows.get(step["sku"], step["source"])
        settings: Settings = inventory.settings(step["sku"])
        if row is None or not settings.manage_stock:
            return
        try:
            after = sources.deducted(
                row,
                quantity(step["quantity"]),
                settings,
                stock_item_in_stock=inventory.stock_item(step["sku"]).in_stock,
                can_back_in_stock=inventory.defaults.can_back_in_stock,
            )
        except sources.NotEnough:
            return  # the row stays as it is
        inventory.rows.put(after)

    def _check_cart(self, step: Document) -> None:
        stock_id = self._stock_of(step)
        inventory = self.world.inventory
        asked = {sku: quantity(count) for sku, count in step["items"].items()}
        self.cart_error = any(inventory.refusal(sku, stock_id, count) is not None for sku, count in asked.items())
        self.cart_backordered = None if self.cart_error else self._backordered(asked, stock_id)

    def _backordered(self, asked: Mapping[str, Decimal], stock_id: int) -> Decimal | None:
        parts = (self.world.inventory.backordered(sku, stock_id, count) for sku, count in asked.items())
        return sum(parts, ZERO) or None

    def _delete_reservations(self, step: Document) -> None:
        """`which`: "all", "first", "last", or those whose event type says so. Raises ValueError when there is none."""
        which, sku = step.get("which", "all"), step.get("sku")
        rows = [row for row in self.world.inventory.ledger.all() if sku in (None, row.sku)]
        chosen = {"all": rows, "first": rows[:1], "last": rows[-1:]}.get(which)
        if chosen is None:
            chosen = [row for row in rows if which in row.metadata.get("event_type", "")]
        if rows and not chosen:
            raise ValueError(f"no reservation is {which!r}")
        self.world.inventory.ledger.delete({row.reservation_id for row in chosen})


def _status(row: SourceItem) -> str:
    return "in_stock" if row.in_stock else "out_of_stock"
