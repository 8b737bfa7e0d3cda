"""What Adobe's event codes and hooks tell of: the entity, and where the model holds its id. Pure.

Codes: reference 1.5 (AdobeDocs commerce-extensibility, events). Both of Adobe's senders give the data of a model, of
which a merchant chooses the fields (an event over 64 KB is never made), and nest it in different ways. So an entity is
looked for: each way to know it, best first, in each place where the model may be.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from services.ingest.sources.hints import as_id
from shared import limits

SKU_KIND = "product_sku"  # the id in the key is then the SKU, percent-encoded


@dataclass(frozen=True, slots=True)
class Entity:
    """What a hint is about; `id` is as the key has it."""

    kind: str
    id: str


@dataclass(frozen=True, slots=True)
class Model:
    """`name` is the member that holds the model where it is nested (Magento's event object); `ways` are kinds of entity
    and the member of the model that then is the id, best first."""

    name: str
    ways: tuple[tuple[str, str], ...]
    deleted: bool = False

    def wanted(self) -> str:
        """The members that would tell, for a message."""
        return " or ".join(dict.fromkeys(member for _, member in self.ways))


ORDER = Model("order", (("order", "entity_id"),))
INVOICE = Model("invoice", (("order", "order_id"), ("invoice", "entity_id"), ("invoice", "id")))
SHIPMENT = Model("shipment", (("order", "order_id"), ("shipment", "entity_id"), ("shipment", "id")))
CREDIT_MEMO = Model("creditmemo", (("order", "order_id"), ("creditmemo", "entity_id"), ("creditmemo", "id")))
TRACK = Model("track", (("order", "order_id"), ("shipment", "parent_id")))
COMMENT = Model("status_history", (("order", "parent_id"),))
RMA = Model("rma", (("order", "order_id"),))
_CUSTOMER_WAYS = (("customer", "entity_id"), ("customer", "id"))
CUSTOMER = Model("customer", _CUSTOMER_WAYS)
CUSTOMER_GONE = Model("customer", _CUSTOMER_WAYS, deleted=True)
_PRODUCT_WAYS = (("product", "entity_id"), ("product", "id"), (SKU_KIND, "sku"))
PRODUCT = Model("product", _PRODUCT_WAYS)
PRODUCT_GONE = Model("product", _PRODUCT_WAYS, deleted=True)
STOCK_ITEM = Model("item", (("stock_item", "product_id"),))  # the row's own id leads to no product over REST

MODELS: dict[str, Model] = {
    "plugin.sales.api.order_management.place": ORDER,
    "plugin.sales.api.order_repository.save": ORDER,
    "observer.checkout_submit_all_after": ORDER,
    "observer.sales_order_place_after": ORDER,
    "observer.sales_order_save_after": ORDER,
    "observer.sales_order_save_commit_after": ORDER,
    "observer.sales_order_invoice_save_after": INVOICE,
    "observer.sales_order_invoice_save_commit_after": INVOICE,
    "observer.sales_order_shipment_save_after": SHIPMENT,
    "observer.sales_order_shipment_save_commit_after": SHIPMENT,
    "observer.sales_order_shipment_track_save_after": TRACK,
    "observer.sales_order_creditmemo_save_after": CREDIT_MEMO,
    "observer.sales_order_creditmemo_save_commit_after": CREDIT_MEMO,
    "observer.sales_order_status_history_save_after": COMMENT,
    "observer.rma_save_commit_after": RMA,
    "observer.customer_save_after": CUSTOMER,
    "observer.customer_save_commit_after": CUSTOMER,
    "observer.customer_delete_after": CUSTOMER_GONE,
    "observer.customer_delete_commit_after": CUSTOMER_GONE,
    "observer.catalog_product_save_after": PRODUCT,
    "observer.catalog_product_save_commit_after": PRODUCT,
    "observer.catalog_product_delete_after": PRODUCT_GONE,
    "observer.catalog_product_delete_commit_after": PRODUCT_GONE,
    "observer.cataloginventory_stock_item_save_after": STOCK_ITEM,
    "observer.cataloginventory_stock_item_save_commit_after": STOCK_ITEM,
}


def model_of(code: str) -> Model | None:
    """The model of an event code or hook. Plugins are named with `magento` on Commerce itself, without it on SaaS."""
    if code.startswith("plugin.magento."):
        code = "plugin." + code.removeprefix("plugin.magento.")
    return MODELS.get(code)


def entity_in(places: Iterable[Any], model: Model) -> Entity | None:
    """The entity, by the first way that leads to one in any place; places that are no objects are passed over."""
    found = [place for place in places if isinstance(place, dict)]
    for kind, member in model.ways:
        for place in found:
            entity_id = _sku(place.get(member)) if kind == SKU_KIND else as_id(place.get(member))
            if entity_id is not None:
                return Entity(kind, str(entity_id))
    return None


def _sku(value: object) -> str | None:
    """Percent-encoded, so that a colon or a blank in it doesn't break the key."""
    if not isinstance(value, str) or not 0 < len(value) <= limits.SKU_MAX_CHARS:
        return None
    try:
        return quote(value, safe="")
    except UnicodeEncodeError:  # half of a surrogate pair
        return None
