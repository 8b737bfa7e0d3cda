"""What the integration must be allowed in the shop, found out by asking for a little of each.

Magento answers 401 both to a wrong sign-in and to a missing right, often in the same words (reference 2.2): only what
else is refused tells them apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from shared.magento.client import Document, MagentoClient
from shared.magento.faults import Refused, Unauthorised
from shared.magento.search import Criteria, Direction


class Found(StrEnum):
    """What asking showed."""

    GRANTED = "granted"
    MISSING = "missing"
    ABSENT = "absent"  # the shop has no such route: the module isn't installed


@dataclass(frozen=True, slots=True)
class Right:
    """A resource of Magento's ACL. `place` is where it is ticked: System > Extensions > Integrations > (ours) > API
    (titles recalled). `path` is a search that needs it; where `plain`, it is no search."""

    resource: str
    place: str
    path: str
    what: str
    plain: bool = False


STORES = Right(
    "Magento_Backend::store", "Stores > Settings > All Stores", "store/storeConfigs", "read time zones", True
)
ORDERS = Right("Magento_Sales::actions_view", "Sales > Operations > Orders > Actions > View", "orders", "read orders")
SUBSCRIPTIONS = Right(
    "MageOS_AsyncEvents::manage", "Manage Asynchronous Events", "async_events", "make the shop's subscriptions"
)
RIGHTS = (
    STORES,
    ORDERS,
    Right("Magento_Sales::sales_invoice", "Sales > Operations > Invoices", "invoices", "read invoices"),
    Right("Magento_Sales::shipment", "Sales > Operations > Shipments", "shipments", "read shipments"),
    Right("Magento_Sales::sales_creditmemo", "Sales > Operations > Credit Memos", "creditmemos", "read credit memos"),
    Right("Magento_Catalog::products", "Catalog > Inventory > Products", "products", "read products"),
    Right(
        "Magento_InventoryApi::source",
        "Stores > Inventory > Sources",
        "inventory/source-items",
        "read stock at each source",
    ),
    Right("Magento_Customer::customer", "Customers", "customers/search", "read customers"),
    SUBSCRIPTIONS,
)
"""What Bookbridge reads, and the subscriptions (reference 2.2)."""


@dataclass(frozen=True, slots=True)
class Rights:
    """What was found for each, and the shop's words on its last refusal. `newest_order` of all; None without any."""

    found: dict[Right, Found]
    refusal: str = ""
    newest_order: int | None = None

    @property
    def missing(self) -> list[Right]:
        return [right for right, found in self.found.items() if found is Found.MISSING]

    @property
    def signed_in(self) -> bool:
        """Whether the shop let us in at all."""
        return Found.GRANTED in self.found.values()


async def look(client: MagentoClient) -> Rights:
    """Asks for each. Raises MagentoError but for what the shop refuses or doesn't have."""
    found: dict[Right, Found] = {}
    refusal, newest = "", None
    for right in RIGHTS:
        try:
            rows = await _ask(client, right)
        except Unauthorised as error:
            found[right], refusal = Found.MISSING, error.message
        except Refused as error:
            if error.status != 404:
                raise
            found[right] = Found.ABSENT
        else:
            found[right] = Found.GRANTED
            if right is ORDERS and rows and isinstance(rows[0].get("entity_id"), int):
                newest = rows[0]["entity_id"]
    return Rights(found, refusal, newest)


async def _ask(client: MagentoClient, right: Right) -> list[Document]:
    """One row; of orders the newest."""
    if right.plain:
        await client.get(right.path)
        return []
    sort = ("entity_id", Direction.DESC) if right is ORDERS else None
    rows, _ = await client.search(right.path, Criteria((), sort, 1))
    return rows
