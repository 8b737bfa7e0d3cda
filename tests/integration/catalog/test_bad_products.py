"""Bad input for the catalogue, through to the sandbox's books: each product has a named end, and none stops another."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest

from shared.log.port import NewRecord
from shared.topics import PRODUCTS
from tests.integration.catalog.test_products_become_items import product, publish
from tests.support.deployment import SALES, Deployment

pytestmark = pytest.mark.timeout(180)
ALL = f'{SALES}\n[products]\nworkflow = "all"\n'
LAMP_STANDS = {"Name": "Straße", "Sku": "another", "Type": "NonInventory", "IncomeAccountRef": {"value": "1"}}


@dataclass(frozen=True)
class Case:
    """A product, its last outcome (`status reason`), and what its item then holds."""

    fields: dict[str, Any]
    outcome: str = "created"
    item: dict[str, Any] = field(default_factory=dict)


def named(sku: str, name: str | None = None) -> dict[str, Any]:
    return {"Sku": sku, "Name": sku if name is None else name}


CASES = [
    Case({"sku": "A/B"}, item=named("A/B")),
    Case({"sku": "A+B"}, item=named("A+B")),
    Case({"sku": 'it\'s "19%" \\ <b>'}, item=named('it\'s "19%" \\ <b>')),
    Case({"sku": "  ends  "}, item=named("ends")),
    Case({"sku": "x" * 64}, item=named("x" * 64)),
    Case({"sku": "😀" * 64}, item=named("😀" * 64)),
    Case({"sku": "a:b\tc\nd"}, item=named("a:b c d", "a-b c d")),
    Case({"sku": "a-b c d"}, item=named("a-b c d", "a-b c d (item)")),
    Case({"sku": "strasse"}, item=named("strasse", "strasse (item)")),
    Case({"sku": "Twin"}, "conflict sku_clash"),
    Case({"sku": "tWIN "}, "conflict sku_clash"),
    Case({"sku": "Twin\u200b"}, "conflict sku_clash"),
    Case({"sku": "\u200b"}, "conflict no_sku"),
    Case({"sku": ""}, "conflict unreadable"),
    Case({"sku": None}, "conflict unreadable"),
    Case({"name": "N" * 255}, item={"Description": "N" * 255}),
    Case({"name": "<b>Lamp</b>\x00\x1f &amp; \x85shade"}, item={"Description": "<b>Lamp</b>  &amp;  shade"}),
    Case({"name": ""}),
    Case({"name": None}),
    Case({"name": 7}, item={"Description": "7"}),
    Case({"price": None}, item={"UnitPrice": None}),
    Case({"price": "free"}, item={"UnitPrice": None}),
    Case({"price": Decimal("0.00004")}, item={"UnitPrice": 0}),
    Case({"price": "12.3456"}, item={"UnitPrice": Decimal("12.3456")}),
    Case({"price": Decimal("-1")}, "conflict price_refused"),
    Case({"price": Decimal("1e15")}, "conflict price_refused"),
    Case({"price": True, "status": "1"}),
    Case({"type_id": None}, "skipped"),
    Case({"type_id": "extension_type"}, "skipped"),
    Case({"type_id": "configurable"}, "skipped"),
    Case({"status": 2}, "skipped"),
    Case({"status": "x", "attribute_set_id": None, "custom_attributes": {"0": {"attribute_code": 3}, "1": None}}),
    Case({"extension_attributes": [], "custom_attributes": None, "created_at": "0000-00-00 00:00:00"}),
    Case({"sku": "last"}, item=named("last")),
]


async def test_each_bad_product_has_a_named_end_and_stops_no_other(embedded: Deployment) -> None:
    await embedded.books.seed({"Item": [LAMP_STANDS]})
    products = [product(number, **case.fields) for number, case in enumerate(CASES, 1)]
    await embedded.start_all()
    await publish(embedded, products)
    await spoil(embedded)
    await embedded.reconfigure(ALL)
    ends = await until_ended(embedded)
    items = {str(one["Id"]): one for one in await embedded.books.objects("Item")}
    for number, case in enumerate(CASES, 1):
        end = ends.get(number, {"status": "skipped"})
        assert f"{end['status']} {end.get('reason', '')}".strip() == case.outcome, (case, end)
        if case.outcome == "created":
            made = items[end["item"]]
            assert {name: made.get(name) for name in case.item} == case.item, case
        elif case.outcome != "skipped":
            assert end["text"] and "item" not in end, "people read why, and no item was made"
    created = sum(case.outcome == "created" for case in CASES)
    assert len(items) == created + 1, "one for each, and the one that stood there"


async def test_a_name_that_quickbooks_takes_for_anothers_though_no_item_is_called_so_is_replaced(
    embedded: Deployment,
) -> None:
    create = {"method": "POST", "entity": "Item", "operation": "create"}
    refusal = {"status": 400, "body": "fault", "code": "6240", "kind": "ValidationFault"}
    embedded.configure(ALL)
    await embedded.start_all()
    await embedded.books.add_fault("status", match=create, times=1, **refusal)
    await publish(embedded, [product(1, sku="café")])
    end = await embedded.until_outcome("main:product:1", "created", "refused", "conflict")
    assert (end["status"], end["name"]) == ("created", "café (item)")


async def spoil(deployed: Deployment) -> None:
    """Records that are no snapshots at all."""
    for number, value in enumerate((b"{", b"[]", b'{"connection": "main", "product": {"id": "x"}}'), 901):
        await deployed.log.append(
            NewRecord(PRODUCTS, f"main:product:{number}", value, deployed.books.realm, {"schema": "1"})
        )


async def until_ended(deployed: Deployment) -> dict[int, dict[str, Any]]:
    """The last outcome of each product; those that need no item have none."""
    wanted = [number for number, case in enumerate(CASES, 1) if case.outcome != "skipped"]
    ends: dict[int, dict[str, Any]] = {}

    async def ended() -> bool:
        for number in wanted:
            if found := await deployed.outcomes(f"main:product:{number}"):
                ends[number] = found[-1]
        return len(ends) == len(wanted)

    await deployed.until(ended, "every product has an outcome", 90)
    return ends
