"""Customer accounts with their addresses."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from services.ingest.reading.fetched import Fetched, Kind
from services.ingest.shops import Shop
from shared.magento.client import Document
from shared.magento.faults import BadAnswer


async def read_customer(shop: Shop, customer_id: int, fetched_at: datetime) -> Fetched:
    """Raises NotFound, RetryLater, BadAnswer."""
    async with shop.calling(Kind.CUSTOMER) as client:
        customer = await client.get(f"customers/{customer_id}")
    if not isinstance(customer, dict) or customer.get("id") != customer_id:
        raise BadAnswer(f"the answer is not customer {customer_id}")
    return _fetched(customer, fetched_at)


def listed_customer(shop: Shop, customer: Document, fetched_at: datetime) -> Fetched:
    """The account as a list shows it."""
    number = int(customer["id"])
    return replace(_fetched(customer, fetched_at), alone=lambda: read_customer(shop, number, datetime.now(UTC)))


def _fetched(customer: Document, fetched_at: datetime) -> Fetched:
    return Fetched(Kind.CUSTOMER, int(customer["id"]), fetched_at, {"customer": customer})
