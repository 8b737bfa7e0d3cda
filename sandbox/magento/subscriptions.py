"""Who hears of which event: the Mage-OS subscriptions that are made over REST."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from sandbox.magento import limits
from sandbox.magento.errors import NotFound, required
from sandbox.magento.query import Query
from sandbox.storage import Database, Shelf

Format = Literal["3.x", "4.x"]

# Names as etc/async_events.xml of mage-os/mageos-common-async-events has them, for what this shop does.
EVENTS = (
    "sales.order.created",
    "sales.order.updated",
    "sales.order.paid",
    "sales.order.shipped",
    "sales.order.holded",
    "sales.order.unholded",
    "sales.order.cancelled",
    "sales.invoice.created",
    "sales.invoice.paid",
    "sales.shipment.created",
    "sales.creditmemo.created",
    "catalog.product.created",
    "catalog.product.updated",
    "customer.created",
    "customer.updated",
    "customer.login",
    "customer.address.created",
    "customer.address.updated",
)


@dataclass
class Subscription:
    """One receiver of one event. `token` is the verification token: the key of the signature.

    store_id: 0 for all; the other stores' events are kept from it only where the publisher says which store they are of
    (passes_store), and no observer of the common events does.
    """

    id: int
    event: str
    url: str
    token: str
    format: Format = "3.x"
    active: bool = True
    store_id: int = 0
    metadata: str = "http"
    passes_store: bool = False

    def wants(self, event: str, store_id: int) -> bool:
        """Whether an event of that store goes to it."""
        return self.active and self.event == event and (not self.passes_store or self.store_id in (0, store_id))

    def shown(self) -> dict[str, Any]:
        return {
            "subscription_id": self.id,
            "event_name": self.event,
            "recipient_url": self.url,
            "status": self.active,
            "store_id": self.store_id,
        }


class Subscriptions:
    """Those made over REST, which the store keeps."""

    def __init__(self, database: Database) -> None:
        self._shelf = Shelf(database, "subscriptions")
        self.made = {int(name): Subscription(**value) for name, value in self._shelf.oldest()}

    def clear(self) -> None:
        """Nobody hears of anything."""
        self.made.clear()
        self._shelf.clear()

    def _keep(self, one: Subscription) -> None:
        self._shelf.put(str(one.id), asdict(one), at_most=limits.SUBSCRIPTIONS)

    def of(self, event: str, store_id: int) -> list[Subscription]:
        return [one for one in self.made.values() if one.wants(event, store_id)]

    def create(self, body: dict[str, Any]) -> dict[str, Any]:
        wanted = body.get("asyncEvent")
        if not isinstance(wanted, dict):
            raise required("asyncEvent")
        for name in ("event_name", "recipient_url", "verification_token"):
            if not wanted.get(name):
                raise required(name)
        one = Subscription(
            id=max(self.made, default=0) + 1,
            event=str(wanted["event_name"]),
            url=str(wanted["recipient_url"]),
            token=str(wanted["verification_token"]),
            metadata=str(wanted.get("metadata", "http")),
        )
        self.made[one.id] = one
        self._keep(one)
        return one.shown()

    def list(self, query: Query) -> dict[str, Any]:
        if "searchCriteria" not in query:
            raise required("searchCriteria")
        items = [one.shown() for one in self.made.values()]
        criteria = {"filter_groups": [], "current_page": 1}
        return {"items": items, "search_criteria": criteria, "total_count": len(items)}

    def change(self, subscription_id: int, body: dict[str, Any]) -> dict[str, Any]:
        """Of all members only status, which is off when it is missing, and metadata (AsyncEventRepository::save):
        another address or token needs a new subscription."""
        one = self.made.get(subscription_id)
        if one is None:
            raise NotFound("Async event with ID %1 does not exist", [subscription_id])
        wanted = body.get("asyncEvent")
        if not isinstance(wanted, dict):
            raise required("asyncEvent")
        one.active = bool(wanted.get("status"))
        one.metadata = str(wanted.get("metadata") or one.metadata)
        self._keep(one)
        return one.shown()
