"""`bookbridge catalog plan` over 50,000 products and 20,000 items with 500 clashes: time and memory of its process.

`python -m tests.bench.catalog` runs it alone.
"""

from __future__ import annotations

import asyncio
import os
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from shared.wire import decode
from tests.bench.load import Target, note, show, tell
from tests.support.catalogues import command, fill, opened

PRODUCTS, ITEMS, CLASHES = 50_000, 20_000, 500
SECONDS, MEGABYTES = 60, 400
_TEXT = "<p>Made for a long day, and for the one after it.</p>" * 20


async def run(folder: Path) -> list[Target]:
    """Tells the figures; raises AssertionError when the plan isn't the one that the catalogue asks for."""
    note(f"a plan for {PRODUCTS:,} products and {ITEMS:,} items ...")
    async with opened(folder) as log:
        await fill(log, products(), items(), '[products]\nworkflow = "all"\ndescription = "description"\n')
    start, cpu = time.monotonic(), os.times().children_user
    code, out, err = await command(folder, "catalog", "plan", "main", "--json")
    seconds, cpu = time.monotonic() - start, os.times().children_user - cpu
    megabytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    assert code == 0, err
    plan = decode(out)
    clashes = [one for one in plan["conflicts"] if one["kind"] == "sku_clash"]
    assert len(clashes) == CLASHES, len(clashes)
    assert plan["counts"]["adopt"] == ITEMS, plan["counts"]
    assert plan["counts"]["create"] == PRODUCTS - ITEMS - 2 * CLASHES, plan["counts"]
    tell("catalog_plan_seconds", seconds, "s", processor_seconds=round(cpu, 1), most=SECONDS)
    tell("catalog_plan_megabytes", megabytes, "MB", most=MEGABYTES)
    return [
        Target("catalog_plan_seconds", SECONDS, seconds, at_most=True),
        Target("catalog_plan_megabytes", MEGABYTES, megabytes, at_most=True),
    ]


def products() -> Iterator[dict[str, Any]]:
    """As the shop sends them, with texts and attributes that nothing is made of."""
    for number in range(1, PRODUCTS + 1):
        yield {
            "id": number,
            "sku": _sku(number),
            "name": f"Thing no. {number % 40_000}",
            "type_id": "simple",
            "status": 1,
            "price": price(number),
            "created_at": "2025-01-02 03:04:05",
            "extension_attributes": {"website_ids": [1], "stock_item": {"qty": 5, "manage_stock": True}},
            "custom_attributes": [
                {"attribute_code": "tax_class_id", "value": "2"},
                {"attribute_code": "description", "value": _TEXT},
                *({"attribute_code": f"extra_{extra}", "value": str(number)} for extra in range(25)),
            ],
        }


def price(number: int) -> Decimal:
    """Of a product."""
    return Decimal(number % 900) + Decimal("0.99")


def _sku(number: int) -> str:
    """The last ones differ from one another by letter case and spaces only."""
    if number <= PRODUCTS - 2 * CLASHES:
        return f"SKU-{number:06}"
    pair, second = divmod(number - 1 - (PRODUCTS - 2 * CLASHES), 2)
    return f"clash  {pair:04}" if second else f"CLASH {pair:04}"


def items() -> Iterator[dict[str, Any]]:
    """What a bookkeeper made by hand: the first products' SKUs in other letter case, under other names."""
    for number in range(1, ITEMS + 1):
        stamp = {"CreateTime": "2025-01-02T03:04:05-08:00", "LastUpdatedTime": "2025-01-02T03:04:05-08:00"}
        yield {
            "Id": str(1_000 + number),
            "SyncToken": "0",
            "Name": f"Item no. {number}",
            "FullyQualifiedName": f"Item no. {number}",
            "Sku": f"sku-{number:06}",
            "Type": "NonInventory",
            "Active": True,
            "Taxable": True,
            "UnitPrice": 1,
            "Description": "What the bookkeeper wrote about it",
            "IncomeAccountRef": {"value": "1", "name": "Sales of Product Income"},
            "MetaData": stamp,
        }


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="bookbridge-bench-") as folder:
        targets = asyncio.run(run(Path(folder)))
    show(targets)
    return 0 if all(target.reached for target in targets) else 1


if __name__ == "__main__":
    sys.exit(main())
