"""The catalogue service in a real process: products of the topic become items of the sandbox's books, each once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import pytest

from shared.log.port import NewRecord
from shared.topics import PRODUCTS
from shared.wire import encode
from tests.support.deployment import SALES, Deployment, kill
from tests.support.shopping import cart

pytestmark = pytest.mark.timeout(180)
ALL = f'{SALES}\n[products]\nworkflow = "all"\n'
BATCH = {"method": "POST", "entity": "batch"}
ITEM = {"Type": "NonInventory", "IncomeAccountRef": {"value": "1"}}


def product(number: int, **changes: Any) -> dict[str, Any]:
    fields = {"id": number, "sku": f"P{number}", "name": f"Product {number}", "type_id": "simple", "status": 1}
    return {"price": Decimal(number), "created_at": "2026-01-01 00:00:00", **fields, **changes}


async def publish(deployed: Deployment, products: Sequence[Mapping[str, Any]]) -> None:
    """As ingest does, without a shop's readings in between."""
    realm = deployed.books.realm
    for one in products:
        value = encode({"connection": "main", "product": one, "source_items": None})
        await deployed.log.append(NewRecord(PRODUCTS, f"main:product:{one['id']}", value, realm, {"schema": "1"}))


async def items(deployed: Deployment) -> list[dict[str, Any]]:
    """Those with a SKU of ours."""
    return [one for one in await deployed.books.objects("Item") if str(one.get("Sku") or "").startswith("P")]


async def until_linked(deployed: Deployment, numbers: Sequence[int]) -> None:
    async def linked() -> bool:
        links = [await deployed.outcomes(f"main:product:{number}") for number in numbers]
        return all(links)

    await deployed.until(linked, f"{len(numbers)} products have an outcome", 90)


async def quiet(deployed: Deployment) -> int:
    """The writes so far, once none has come for a while."""
    while True:
        before = await writes(deployed)
        await asyncio.sleep(3.0)  # longer than a turn of the catalogue
        if await writes(deployed) == before:
            return before


async def writes(deployed: Deployment) -> int:
    usage = await deployed.books.usage()
    return int(usage["core"]) + int(usage["coreplus"]["batch"])


async def test_products_are_made_once_taken_over_changed_and_a_second_run_writes_nothing(embedded: Deployment) -> None:
    (hand,) = (await embedded.books.seed({"Item": [{"Name": "By hand", "Sku": "P3", "UnitPrice": 3, **ITEM}]}))["Item"]
    await embedded.start_all()
    await publish(embedded, [product(number) for number in range(1, 41)] + [product(99, sku="p1 ")])
    await asyncio.sleep(2.5)
    assert [one["Id"] for one in await items(embedded)] == [hand["Id"]], "the workflow is off"
    await embedded.reconfigure(ALL)
    await until_linked(embedded, range(1, 41))
    await quiet(embedded)
    made = {one["Sku"]: one for one in await items(embedded)}
    assert len(made) == len(await items(embedded)) == 39, "one SKU clashes with another and waits for a person"
    assert made["P3"]["Id"] == hand["Id"] and made["P7"]["UnitPrice"] == 7
    statuses = [(await embedded.outcomes(f"main:product:{number}"))[-1]["status"] for number in (1, 2, 3, 99)]
    assert statuses == ["conflict", "created", "adopted", "conflict"]
    link = await embedded.link(f"{embedded.books.realm}:item:sku:p2")
    assert link.booked is not None and link.booked.id == made["P2"]["Id"] and link.intent is None

    placed = await embedded.place(cart("P2"))
    await embedded.until_outcome(embedded.key(placed), "posted")
    assert len(await items(embedded)) == 39, "orders use the catalogue's item"

    before = await quiet(embedded)
    await publish(embedded, [product(5, price=Decimal("5.5")), product(41)])
    await embedded.until_settled("main:product:5", "updated")
    await until_linked(embedded, [41])
    assert await quiet(embedded) - before == 2, "a change and a new one, each a call that costs nothing"
    changed = {one["Sku"]: one for one in await items(embedded)}
    assert changed["P5"]["UnitPrice"] == Decimal("5.5") and "P41" in changed
    before = await quiet(embedded)
    await publish(embedded, [product(number) for number in range(6, 41)])
    await embedded.reconfigure(ALL + "# again\n")
    assert await quiet(embedded) == before


@pytest.mark.parametrize("effect", ["hold_before_commit", "hold_after_commit"])
async def test_a_process_killed_in_the_middle_of_batches_makes_nothing_twice(embedded: Deployment, effect: str) -> None:
    embedded.configure(ALL)
    first = await embedded.start_all()
    rule = await embedded.books.add_fault(effect, match=BATCH, times=1, skip=1)
    await publish(embedded, [product(number) for number in range(1, 101)])
    await embedded.books.wait_held(rule, seconds=60)
    kill(first)
    await first.process.wait()
    await embedded.books.release(rule)
    await embedded.restart_writer()
    await until_linked(embedded, range(1, 101))
    await quiet(embedded)
    found = await items(embedded)
    assert sorted(one["Sku"] for one in found) == sorted(f"P{number}" for number in range(1, 101))
    assert {one["Name"] for one in found} == {one["Sku"] for one in found}
    usage = await embedded.books.usage()
    assert usage["throttled"] == 0 and usage["peak_batches_per_minute"] <= 40


async def test_what_is_refused_stops_no_other_and_is_tried_again_under_new_settings(embedded: Deployment) -> None:
    """QuickBooks refuses one product; another is in the books by a person's hand."""
    create = {"method": "POST", "entity": "Item", "operation": "create"}
    embedded.configure(ALL)
    await embedded.start_all()
    refusal = {"status": 400, "body": "fault", "code": "2010", "kind": "ValidationFault"}
    await embedded.books.add_fault("status", match=create, times=1, **refusal)
    await embedded.books.seed({"Item": [{"Name": "P3", "Sku": "P3", "UnitPrice": 3, **ITEM}]})
    await publish(embedded, [product(number) for number in range(1, 5)])
    await until_linked(embedded, range(1, 5))
    outcomes = [(await embedded.outcomes(f"main:product:{number}"))[-1] for number in range(1, 5)]
    assert sorted(one["status"] for one in outcomes) == ["adopted", "created", "created", "refused"]
    (refused,) = [one for one in outcomes if one["status"] == "refused"]
    assert refused["reason"] == "refused" and "2010" in refused["text"]
    await publish(embedded, [product(5)])
    await until_linked(embedded, [5])
    await quiet(embedded)
    left = {"P1", "P2", "P3", "P4", "P5"} - {refused["sku"]}
    assert {one["Sku"] for one in await items(embedded)} == left, "it is left alone by the plans that follow"
    await embedded.reconfigure(ALL + "# mended\n")
    await embedded.until_settled(f"main:product:{refused['product']}", "created")
    assert sorted(one["Sku"] for one in await items(embedded)) == ["P1", "P2", "P3", "P4", "P5"]
