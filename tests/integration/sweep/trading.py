"""A shop in which things happen, and what the log must hold of it in the end."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable, Mapping
from typing import Any

from services.ingest.reading.fetched import content_hash
from shared.log.port import Record
from shared.wire import decode
from tests.support.deployment import Deployment
from tests.support.magento_sandbox import SandboxRefused
from tests.support.shopping import cart

OUTAGE_SECONDS = 600  # of the shop's time
PARTS = ("invoices", "creditmemos", "shipments")
TIMES = {"fetched_at", "schema", "connection"}


async def trade(deployed: Deployment, chance: random.Random, events: int) -> list[int]:
    """Orders come in, are invoiced, shipped, refunded and edited; in the middle of it the shop answers nobody for ten
    minutes of its time. Ids of all orders."""
    orders: list[int] = []
    for number in range(events):
        if number == events // 2:
            await deployed.shop.fault("status", status=503, times=None)
        if events // 2 < number <= events // 2 + 10:
            await deployed.shop.advance(OUTAGE_SECONDS / 10)
        if number == events // 2 + 10:
            await deployed.shop.control("DELETE", "faults")
        action = chance.choice(("place", "place", "invoice", "ship", "creditmemo", "edit", "cancel"))
        if action == "place" or not orders:
            orders += [one["entity_id"] for one in await deployed.shop.place(cart(f"SKU-{number}"))]
        else:
            await act(deployed, action, chance.choice(orders), number)
        await asyncio.sleep(chance.uniform(0, 0.3))
    return orders


async def act(deployed: Deployment, action: str, order_id: int, number: int) -> None:
    try:
        if action == "edit":
            await deployed.shop.edit(order_id, {"customer_email": f"buyer{number}@example.com"})
        else:
            await deployed.shop.control("POST", f"orders/{order_id}/{action}", {})
    except SandboxRefused:
        pass  # nothing left to invoice, ship or refund


async def as_it_is(deployed: Deployment, order_id: int) -> dict[str, Any]:
    """The order with its documents, as the shop shows them now."""
    order = await deployed.shop.get_json(f"/rest/V1/orders/{order_id}")
    found: dict[str, Any] = {"order": order, "time_zone": "America/Los_Angeles"}
    for part in PARTS:
        search = (
            "searchCriteria%5Bfilter_groups%5D%5B0%5D%5Bfilters%5D%5B0%5D%5Bfield%5D=order_id"
            f"&searchCriteria%5Bfilter_groups%5D%5B0%5D%5Bfilters%5D%5B0%5D%5Bvalue%5D={order_id}"
        )
        items = (await deployed.shop.get_json(f"/rest/V1/{part}?{search}"))["items"]
        found[part] = sorted(items, key=lambda one: int(one["entity_id"]))
    return found


def without_times(snapshot: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in snapshot.items() if name not in TIMES}


async def expected(deployed: Deployment, orders: Iterable[int]) -> dict[str, str]:
    """Key -> hash of what the newest snapshot of each order must say."""
    return {f"main:order:{number}": content_hash(await as_it_is(deployed, number)) for number in orders}


def contents(records: Iterable[Record]) -> list[tuple[str, str]]:
    """Key and hash of each snapshot, in the order of the log."""
    return [(one.key, content_hash(without_times(decode(one.value or b"")))) for one in records]
