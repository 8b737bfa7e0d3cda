"""The moments of a change at which a shop tells others, and what Magento calls them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sandbox.magento.shop import Body
from sandbox.magento.tables import Kind

Name = Literal["placing", "placed", "saving", "saved", "committed", "deleted", "delete_committed"]

PREFIXES = {
    Kind.ORDER: "sales_order",
    Kind.INVOICE: "sales_order_invoice",
    Kind.CREDITMEMO: "sales_order_creditmemo",
    Kind.SHIPMENT: "sales_order_shipment",
    Kind.PRODUCT: "catalog_product",
    Kind.CUSTOMER: "customer",
}
OBJECTS = {  # AbstractModel::_eventObject of each model
    Kind.ORDER: "order",
    Kind.INVOICE: "invoice",
    Kind.CREDITMEMO: "creditmemo",
    Kind.SHIPMENT: "shipment",
    Kind.PRODUCT: "product",
    Kind.CUSTOMER: "customer",
}
_SUFFIXES: dict[Name, str] = {
    "saving": "save_before",
    "saved": "save_after",
    "committed": "save_commit_after",
    "deleted": "delete_after",
    "delete_committed": "delete_commit_after",
}


@dataclass(frozen=True, slots=True)
class Moment:
    """`before`: the row as it was, None when it is new (and at placing, placed and saving)."""

    name: Name
    kind: Kind
    body: Body
    before: Body | None = None

    @property
    def observer(self) -> str | None:
        """The event that Magento dispatches then."""
        if self.name == "placing":
            return "sales_order_place_before"
        if self.name == "placed":
            return "sales_order_place_after"
        return f"{PREFIXES[self.kind]}_{_SUFFIXES[self.name]}" if self.kind in PREFIXES else None


OBSERVERS = frozenset(
    [f"{prefix}_{suffix}" for prefix in PREFIXES.values() for suffix in _SUFFIXES.values()]
    + ["sales_order_place_before", "sales_order_place_after"]
)
