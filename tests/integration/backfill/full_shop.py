"""Orders that stand in the shop and that no webhook told of, and what a backfill made of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from shared.log.port import Record
from shared.topics import ORDERS
from shared.wire import decode
from tests.support.deployment import Deployment
from tests.support.shopping import cart

FIRST_ID = 1001
ID_MAX = 100_000
# Settings under which no order of `fill` reaches the books, and the shop is swept once, at the start.
PARKED = '[sales]\nstates = ["closed"]\n[schedule]\nsweep_seconds = 86400\n'
DAYS = 100
FIRST_MOMENT = datetime(2026, 1, 1, 12)  # noqa: DTZ001 - as Magento writes it: UTC, without saying so


async def fill(made: Deployment, count: int) -> list[int]:
    """So many orders, from FIRST_ID on, their ids. The first was placed at New Year's noon, the others a day apart, or
    closer where there are many: sweeps look at what is young, and these are old."""
    days_apart = min(1.0, DAYS / count)
    (model,) = await made.shop.place(cart())
    document = await made.shop.get_json(f"/rest/V1/orders/{model['entity_id']}")
    for number in range(count):
        created = f"{FIRST_MOMENT + number * timedelta(days=days_apart):%Y-%m-%d %H:%M:%S}"
        entity_id = FIRST_ID + number
        items = [{**item, "item_id": 10 * entity_id, "order_id": entity_id} for item in document["items"]]
        copy = {"entity_id": entity_id, "increment_id": name(entity_id), "items": items}
        copy |= {"created_at": created, "updated_at": created}
        await made.shop.put_order({**document, **copy}, announce=False)
    return list(range(FIRST_ID, FIRST_ID + count))


def name(entity_id: int) -> str:
    """The order's number."""
    return f"2{entity_id:08}"


async def snapshots(made: Deployment) -> list[Record]:
    """Those of the orders of `fill`: the shop's own first one, which was their model, is the sweep's."""
    return [record for record in await made.read(ORDERS) if FIRST_ID <= _id_of(record) < ID_MAX]


async def published(made: Deployment) -> Counter[int]:
    """Order id -> how many snapshots of it were published."""
    return Counter(_id_of(record) for record in await snapshots(made))


async def causes(made: Deployment) -> set[str]:
    """What asked for the snapshots."""
    return {record.headers["cause"] for record in await snapshots(made)}


def _id_of(record: Record) -> int:
    return int(record.key.rsplit(":", 1)[1])


async def backfill(made: Deployment, *words: str, code: int = 0) -> dict[str, Any]:
    """The command, to its end; the backfill's document."""
    ended, said, complained = await made.command("backfill", "main", "--json", *words)
    assert ended == code, (ended, said, complained)
    document: dict[str, Any] = decode(said.encode())
    return document


def once(ids: Sequence[int]) -> Counter[int]:
    return Counter(ids)
