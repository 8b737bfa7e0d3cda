"""`bookbridge catalog plan` on a log as ingest leaves it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from shared import limits
from shared.log.port import Log, NewRecord, TopicPartition
from shared.settings.loader import load
from shared.settings.store import publish
from shared.topics import ORDERS, TOPICS
from shared.wire import decode, encode
from tests.support.catalogues import NOON, REALM, SETTINGS, command, fill, opened


def shop_product(number: int, sku: str, name: str, **values: Any) -> dict[str, Any]:
    usual = {"id": number, "sku": sku, "name": name, "type_id": "simple", "status": 1, "price": Decimal("9.99")}
    return {**usual, "custom_attributes": [{"attribute_code": "tax_class_id", "value": "2"}], **values}


def books_item(number: int, name: str, sku: str, **values: Any) -> dict[str, Any]:
    usual = {"Id": str(number), "SyncToken": "2", "Name": name, "Sku": sku, "Type": "NonInventory", "Active": True}
    return {**usual, "UnitPrice": 8, "IncomeAccountRef": {"value": "1"}, **values}


PRODUCTS = [
    shop_product(1, "NEW-1", "New thing"),
    shop_product(2, "OLD-2", "Old thing"),
    shop_product(3, "Mug Red", "Mug"),
    shop_product(4, "mug  red", "Mug"),
    shop_product(5, "HOODIE", "Hoodie", type_id="configurable"),
    {"id": 6, "deleted": True},
    shop_product(7, "", "Nameless"),
    shop_product(8, "[bold]", "Brackets"),
]
ITEMS = [books_item(31, "Old thing", "old-2"), books_item(32, "Asleep", "X", Active=False)]


async def ends(log: Log) -> dict[TopicPartition, int]:
    return await log.end_offsets(
        TopicPartition(topic.name, number) for topic in TOPICS for number in range(limits.PARTITIONS)
    )


async def test_the_plan_names_what_would_be_done_and_what_people_must_decide_and_writes_nothing(tmp_path: Path) -> None:
    async with opened(tmp_path) as log:
        await fill(log, PRODUCTS, ITEMS)
        before = await ends(log)
    code, out, _ = await command(tmp_path, "catalog", "plan", "main", "--json")
    assert code == 0
    found = decode(out)
    assert (found["workflow"], found["in_force"], found["products"]) == ("all", False, 8)
    done = {one["sku"]: (one["kind"], one["item"]) for one in found["operations"]}
    assert done == {"NEW-1": ("create", None), "OLD-2": ("adopt", "31"), "[bold]": ("create", None)}
    adopted = next(one for one in found["operations"] if one["kind"] == "adopt")
    assert adopted["body"]["UnitPrice"] == Decimal("9.99")
    assert [(one["kind"], one["products"]) for one in found["conflicts"]] == [
        ("sku_clash", [3, 4]),
        ("unreadable", [7]),
    ]
    assert [(one["product_id"], one["reason"]) for one in found["skipped"]] == [(5, "parent"), (6, "deleted")]
    async with opened(tmp_path) as log:
        assert await ends(log) == before


async def test_people_read_it_within_a_hundred_columns(tmp_path: Path) -> None:
    async with opened(tmp_path) as log:
        await fill(log, PRODUCTS, ITEMS)
    code, out, _ = await command(tmp_path, "catalog", "plan", "main")
    text = out.decode()
    assert code == 0
    for said in ("as if products.workflow were all", "2  items to make", "'mug  red'", "[bold]", "nothing was written"):
        assert said in text
    assert max(map(len, text.splitlines())) <= 100


async def test_what_was_sold_is_read_from_the_orders_of_the_log(tmp_path: Path) -> None:
    order = {"order": {"items": [{"sku": "new-1"}, {"sku": None}, {}]}}
    async with opened(tmp_path) as log:
        await fill(log, PRODUCTS, ITEMS)
        await log.append(NewRecord(ORDERS, "main:order:1", encode(order), REALM))
        await log.append(NewRecord(ORDERS, "other:order:1", encode({"order": {"items": [{"sku": "OLD-2"}]}}), REALM))
    _, out, _ = await command(tmp_path, "catalog", "plan", "main", "--workflow", "sold", "--json")
    assert [one["sku"] for one in decode(out)["operations"]] == ["NEW-1"]


async def test_the_settings_in_force_are_planned_by(tmp_path: Path) -> None:
    more = '[products]\nworkflow = "filtered"\ngoods = "inventory"\n[products.filter]\ntypes = ["simple"]\n'
    async with opened(tmp_path) as log:
        await fill(log, [shop_product(1, "A", "A", created_at="2026-01-02 03:04:05")], [], more)
    _, out, _ = await command(tmp_path, "catalog", "plan", "main", "--json")
    found = decode(out)
    assert (found["workflow"], found["in_force"]) == ("filtered", True)
    body = found["operations"][0]["body"]
    assert (body["Type"], body["QtyOnHand"], body["InvStartDate"]) == ("Inventory", 0, "2026-01-02")


async def test_a_connection_that_nobody_knows_is_wrong_use_and_lists_not_read_yet_are_a_no(tmp_path: Path) -> None:
    async with opened(tmp_path) as log:
        await publish(log, load(SETTINGS, "main.toml"), "test", NOON)
    code, _, err = await command(tmp_path, "catalog", "plan", "other")
    assert (code, "no settings in force for 'other'" in err) == (2, True)
    code, _, err = await command(tmp_path, "catalog", "plan", "main")
    assert (code, "ingest hasn't loaded CompanyInfo, " in err) == (1, True)
