"""Files with so many documents: the first made by the sandbox's own rules, the others like it under their own keys."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from sandbox.magento.config import Config
from sandbox.magento.placing import place
from sandbox.magento.shop import Document, Kind, Shop
from sandbox.magento.tables import PROGRAM as SHOP
from sandbox.quickbooks import operations
from sandbox.quickbooks.clock import COMPANY_ZONE
from sandbox.quickbooks.schema import ENTITIES
from sandbox.quickbooks.settings import SandboxConfig
from sandbox.quickbooks.world import World
from sandbox.scenarios.orders import carts
from sandbox.storage import Database

_FIRST_DAY = datetime(2026, 1, 1, tzinfo=UTC)
_AT_ONCE = 1_000  # documents a transaction


def receipt(number: str, customer: str, item: str) -> dict[str, Any]:
    """A sales receipt whose document is about 2 kB."""
    detail = {
        "ItemRef": {"value": item},
        "Qty": Decimal(1),
        "UnitPrice": Decimal("12.50"),
        "TaxCodeRef": {"value": "TAX"},
    }
    lines = [
        {
            "Amount": Decimal("12.50"),
            "DetailType": "SalesItemLineDetail",
            "Description": f"A mug with a handle, glazed, colour {position}",
            "SalesItemLineDetail": detail,
        }
        for position in range(3)
    ]
    return {
        "DocNumber": number,
        "CustomerRef": {"value": customer},
        "TxnDate": "2026-11-20",
        "Line": lines,
        "PrivateNote": "Order of the shop, paid by card. " * 8,
        "BillAddr": {"Line1": "1 Main St", "City": "Los Angeles", "PostalCode": "90034", "Country": "US"},
    }


def fill_books(file: Path, first: int, end: int) -> None:
    """Receipts B<first> to B<end - 1>, a second apart in time; customer 1 and item 1 on the first call."""
    world = World(SandboxConfig(), file)
    company = world.companies()[0]
    if first == 0:
        operations.create(company, ENTITIES["Customer"], {"DisplayName": "Ann"})
        income = {"IncomeAccountRef": {"value": "1"}}
        operations.create(company, ENTITIES["Item"], {"Name": "Mug", "Type": "Service", **income})
    customer = next(iter(company.rows("Customer"))).id
    item = next(row.id for row in company.rows("Item") if row.document["Name"] == "Mug")
    made = operations.create(company, ENTITIES["SalesReceipt"], receipt(f"B{first}", customer, item))
    start = company.clock.now() - timedelta(days=3)
    for low in range(first + 1, end, _AT_ONCE):
        with company.atomic():
            for number in range(low, min(low + _AT_ONCE, end)):
                stamp = (start + timedelta(seconds=number)).astimezone(COMPANY_ZONE).isoformat(timespec="seconds")
                own = {"Id": company.new_id("SalesReceipt"), "DocNumber": f"B{number}"}
                times = {"MetaData": {"CreateTime": stamp, "LastUpdatedTime": stamp}}
                company.put(replace(made, document={**made.document, **own, **times}))
    world.database.close()


def fill_shop(file: Path, first: int, end: int) -> None:
    """Orders, a minute apart in time, with entity_id from 700,001 on."""
    database = Database(file, SHOP)
    shop = Shop(Config(), database=database)
    cart = next(cart for cart in carts(seed=1, count=500) if len(cart.items) == 1 and cart.items[0].type == "simple")
    made = place(shop, cart)
    for low in range(first + 1, end, _AT_ONCE):
        with shop.atomic():
            for number in range(low, min(low + _AT_ONCE, end)):
                order_id = shop.next_id(Kind.ORDER)
                stamp = (_FIRST_DAY + timedelta(minutes=number)).strftime("%Y-%m-%d %H:%M:%S")
                own = {"entity_id": order_id, "increment_id": f"{order_id:09d}", "updated_at": stamp}
                shop.insert(Document(Kind.ORDER, made.body | own, hidden=made.hidden))
    database.close()
