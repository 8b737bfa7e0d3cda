"""The events of Mage-OS Common Async Events, and which entity each is about. Pure.

Names and payloads: mageos-common-async-events, etc/async_events.xml and Observer/*. An event about an invoice, a
shipment or a credit memo is a hint about its order, which is what we read again: so its hint joins the order's own.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Subject:
    """What an event is about: the kind of entity, and the member of `data` that holds its id."""

    kind: str
    id_member: str


ORDER = Subject("order", "entity_id")
ORDER_OF_DOCUMENT = Subject("order", "order_id")
PRODUCT = Subject("product", "id")
CUSTOMER = Subject("customer", "id")
CUSTOMER_OF_ADDRESS = Subject("customer", "customer_id")

SUBJECTS: dict[str, Subject] = {
    "sales.order.created": ORDER,
    "sales.order.updated": ORDER,
    "sales.order.paid": ORDER,
    "sales.order.shipped": ORDER,
    "sales.order.holded": ORDER,
    "sales.order.unholded": ORDER,
    "sales.unholdedcreated": ORDER,  # what the observer of sales.order.unholded publishes, by a slip of the pen
    "sales.order.cancelled": ORDER,
    "sales.invoice.created": ORDER_OF_DOCUMENT,
    "sales.invoice.paid": ORDER_OF_DOCUMENT,
    "sales.shipment.created": ORDER_OF_DOCUMENT,
    "sales.creditmemo.created": ORDER_OF_DOCUMENT,
    "catalog.product.created": PRODUCT,
    "catalog.product.updated": PRODUCT,
    "customer.created": CUSTOMER,
    "customer.updated": CUSTOMER,
    "customer.login": CUSTOMER,
    "customer.address.created": CUSTOMER_OF_ADDRESS,
    "customer.address.updated": CUSTOMER_OF_ADDRESS,
}

SUBSCRIBED = (
    "sales.order.created",
    "sales.order.updated",
    "sales.order.paid",
    "sales.order.shipped",
    "sales.order.holded",
    "sales.order.cancelled",
    "sales.invoice.created",
    "sales.invoice.paid",
    "sales.shipment.created",
    "sales.creditmemo.created",
    "catalog.product.created",
    "catalog.product.updated",
    "customer.created",
    "customer.updated",
    "customer.address.created",
    "customer.address.updated",
)
"""Those worth a subscription. sales.order.unholded never comes, and sales.order.updated tells the same; a login changes
nothing."""
