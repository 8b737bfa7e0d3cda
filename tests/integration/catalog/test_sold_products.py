"""The workflow `sold` in a real process: an order is read, and what it sold becomes items; nothing else does."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from sandbox.magento.cart import Child, Item
from shared.topics import ORDERS, PRODUCTS
from tests.support.deployment import Deployment
from tests.support.shopping import cart

pytestmark = pytest.mark.timeout(180)
UNBOOKED = '[sales]\nstates = ["complete"]\n'  # orders are read and not booked: no order makes an item
SOLD = f'{UNBOOKED}[products]\nworkflow = "sold"\n'


def bought(*items: Item) -> Any:
    return cart().model_copy(update={"items": items})


VARIANT = Item(
    sku="HOODIE-M",
    name="Hoodie",
    type="configurable",
    price=Decimal(30),
    children=(Child(sku="HOODIE-M", name="Hoodie, medium"),),
)
KIT = Item(
    sku="KIT",
    name="Kit",
    type="bundle_dynamic",
    children=(Child(sku="LAMP", name="Lamp", price=Decimal(9)), Child(sku="BULB", name="Bulb", price=Decimal(2))),
)


async def made(deployed: Deployment) -> list[str]:
    """SKUs of the items that the catalogue has made."""
    return sorted(str(one["Sku"]) for one in await deployed.books.objects("Item") if one.get("Sku"))


async def until_made(deployed: Deployment, *skus: str) -> None:
    async def there() -> bool:
        return set(skus) <= set(await made(deployed))

    await deployed.until(there, f"items of {', '.join(skus)} are made")


async def until_read(deployed: Deployment, topic: str, *keys: str) -> None:
    async def there() -> bool:
        return set(keys) <= {record.key for record in await deployed.read(topic)}

    await deployed.until(there, f"{len(keys)} snapshots of {topic}")


async def offer(deployed: Deployment, *skus: str) -> None:
    """Products that nobody bought; the shop tells of them."""
    for number, sku in enumerate(skus, 9001):
        await deployed.shop.put_product(
            {"id": number, "sku": sku, "name": sku, "type_id": "simple", "status": 1, "price": 5}
        )


async def test_what_old_orders_sold_becomes_items_when_the_workflow_begins_and_nothing_else(
    embedded: Deployment,
) -> None:
    embedded.configure(UNBOOKED)
    await embedded.start_all()
    await offer(embedded, "NEVER", "SOON", "HOODIE-M", "HOODIE-L")
    old = [embedded.key(await embedded.place(one)) for one in (bought(VARIANT), bought(KIT), cart("MUG"))]
    await until_read(embedded, ORDERS, *old)
    await until_read(embedded, PRODUCTS, "main:product:9001", "main:product:9002")
    assert await made(embedded) == []
    await embedded.reconfigure(SOLD)
    await until_made(embedded, "HOODIE-M", "LAMP", "BULB", "MUG")
    await embedded.place(cart("SOON"))
    await until_made(embedded, "SOON")
    assert await made(embedded) == sorted(["HOODIE-M", "LAMP", "BULB", "MUG", "SOON"])
