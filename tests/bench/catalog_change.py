"""From the shop's webhook to the item in the books, with 300 ms for every call of both sides, in a small and a large
catalogue.

`python -m tests.bench.catalog_change` runs it alone. Products change their price one after the other; counted is from
the webhook's arrival to the outcome, which is told once QuickBooks has answered. The plan is made over the whole
catalogue, so its size counts.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from shared.log.port import NewRecord, Record
from shared.topics import HINTS, OUTCOMES, PRODUCTS
from shared.wire import decode, encode
from tests.bench.load import Target, note, show, tell
from tests.support.deployment import SALES, Deployment, deployment

SIZES = (100, 10_000)
CHANGES = 30
EVERY_SECONDS = 1.5  # between two changes
CALL_SECONDS = 0.3
SECONDS = 10.0
_SEED = 500  # items in one control call
_LAST_SECONDS = 60.0
_START_SECONDS = 600.0
_ITEM = {"Type": "NonInventory", "IncomeAccountRef": {"value": "1"}, "Taxable": True}


async def run(folder: Path, sizes: Sequence[int] = SIZES, changes: int = CHANGES) -> list[Target]:
    """Tells the figures. Raises AssertionError when an item isn't changed at all."""
    targets = []
    for size in sizes:
        note(f"{changes} changes in a catalogue of {size:,} products ...")
        place = folder / str(size)
        place.mkdir()
        async with deployment("embedded", place) as deployed:
            await _furnish(deployed, size, changes)
            seconds = sorted(await _change(deployed, changes))
        p50, last = seconds[len(seconds) // 2], seconds[-1]
        tell(f"product_change_{size}_seconds", p50, "s", p50=p50, slowest=last)
        targets.append(Target(f"product_change_{size}_slowest_s", SECONDS, last, at_most=True))
    return targets


async def _furnish(deployed: Deployment, size: int, changes: int) -> None:
    """All have their items; the shop itself has those that will change."""
    for start in range(0, size, _SEED):
        numbers = range(start + 1, min(start + _SEED, size) + 1)
        rows = [{"Name": f"P{n}", "Sku": f"P{n}", "Description": f"P{n}", "UnitPrice": n, **_ITEM} for n in numbers]
        await deployed.books.seed({"Item": rows})
    deployed.configure(f'{SALES}\n[products]\nworkflow = "all"\n')
    await deployed.start_all()
    for number in range(1, changes + 1):
        await deployed.shop.put_product(_product(number), announce=False)
    for number in range(1, size + 1):
        value = encode({"connection": "main", "product": _product(number), "source_items": []})
        key = f"main:product:{number}"
        await deployed.log.append(NewRecord(PRODUCTS, key, value, deployed.books.realm, {"schema": "1"}))

    async def adopted() -> bool:
        return await deployed.metric("run", "bookbridge_catalog_products_total") >= size

    await deployed.until(adopted, "all items are taken over", _START_SECONDS)


def _product(number: int, price: int | None = None) -> dict[str, Any]:
    return {
        "id": number, "sku": f"P{number}", "name": f"P{number}", "type_id": "simple", "status": 1,
        "price": Decimal(number if price is None else price), "created_at": "2026-01-01 00:00:00",
        "updated_at": "2026-01-01 00:00:00", "custom_attributes": [{"attribute_code": "tax_class_id", "value": "2"}],
    }  # fmt: skip


async def _change(deployed: Deployment, changes: int) -> list[float]:
    plan = {"rules": [{"effect": "delay", "seconds": CALL_SECONDS}]}
    await deployed.shop.control("POST", "faults", plan)
    await deployed.books.control("POST", "faults", plan)
    begun = time.time()
    for number in range(1, changes + 1):
        path = "/rest/all/V1/products"
        body = {"product": {"sku": f"P{number}", "price": 100_000 + number}}
        status, answer = await deployed.shop.send("POST", path, body, deployed.shop.sign("POST", path))
        assert status == 200, answer
        await asyncio.sleep(EVERY_SECONDS)
    changed: dict[str, float] = {}

    async def all_changed() -> bool:
        changed.update(
            {
                one.key: datetime.fromisoformat(one.headers["at"]).timestamp()
                for one in await deployed.read(OUTCOMES)
                if decode(one.value or b"{}").get("status") == "updated" and one.timestamp_ms > begun * 1000
            }
        )
        return len(changed) == changes

    await deployed.until(all_changed, "every item is changed", _LAST_SECONDS)
    arrived = {one.key: one.timestamp_ms / 1000 for one in reversed(await _hints(deployed, begun))}
    return [at - arrived[key] for key, at in changed.items()]


async def _hints(deployed: Deployment, since: float) -> list[Record]:
    return [one for one in await deployed.read(HINTS) if one.timestamp_ms > since * 1000]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="bookbridge-bench-") as given:
        reached = asyncio.run(run(Path(given)))
    show(reached)
    sys.exit(0 if all(one.reached for one in reached) else 1)
