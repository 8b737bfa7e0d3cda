"""Stock in the life of an order, over HTTP: reserved, refused, shipped, cancelled, invoiced, credited, cleaned up."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.magento.config import Config
from tests.contract.magento_sandbox.shop_documents import cart, order
from tests.support.magento_sandbox import MagentoSandbox, SandboxRefused, in_process

VIRTUAL = {"sku": "WATCH", "name": "Watch", "type": "virtual", "price": "10.00", "qty": 2}


async def seen(shop: MagentoSandbox, sku: str = "WATCH") -> dict[str, Any]:
    return await shop.control("GET", f"stock?sku={sku}")


async def pieces(shop: MagentoSandbox, sku: str = "WATCH") -> tuple[Any, Any]:
    """At the default source, and salable on the default stock."""
    stock = await seen(shop, sku)
    return stock["source_items"][0]["quantity"], stock["salable"]["1"][sku]


async def put(shop: MagentoSandbox, quantity: float, sku: str = "WATCH") -> None:
    item = {"sku": sku, "source_code": "default", "quantity": quantity, "status": 1}
    path = "/rest/V1/inventory/source-items"
    status, body = await shop.send("POST", path, {"sourceItems": [item]}, shop.sign("POST", path))
    assert (status, body) == (200, b"[]")


async def events(shop: MagentoSandbox, sku: str = "WATCH") -> list[tuple[str, Any]]:
    return [(row["metadata"]["event_type"], row["quantity"]) for row in (await seen(shop, sku))["reservations"]]


async def test_an_order_reserves_before_it_has_an_id(shop: MagentoSandbox) -> None:
    (placed,) = await shop.place(cart())
    (row,) = (await seen(shop))["reservations"]
    assert (row["sku"], row["quantity"], row["stock_id"]) == ("WATCH", -2, 1)
    assert row["metadata"] == {
        "event_type": "order_placed",
        "object_type": "order",
        "object_id": "",
        "object_increment_id": placed["increment_id"],
    }
    assert await pieces(shop) == (10_000, 9_998)


async def test_an_order_of_more_than_there_is_leaves_nothing(shop: MagentoSandbox) -> None:
    await put(shop, 1)
    with pytest.raises(SandboxRefused, match=r"^400 .*The requested qty is not available"):
        await shop.place(cart())
    assert await shop.orders() == []
    assert await events(shop) == []


async def test_a_declined_payment_reserves_and_releases(shop: MagentoSandbox) -> None:
    assert (await shop.control("POST", "place?refuse=1", cart()))["refused"] == 1
    assert await events(shop) == [("order_placed", -2), ("order_place_failed", 2)]
    assert await shop.orders() == []
    assert await pieces(shop) == (10_000, 10_000)


async def test_a_sku_without_source_items_can_not_be_ordered_when_nothing_is_provided() -> None:
    async with in_process(Config(stock_provided=None)) as shop:
        with pytest.raises(SandboxRefused, match=r"^400 .*is not assigned to given stock"):
            await shop.place(cart())


async def test_shipping_moves_reservation_and_source_together(shop: MagentoSandbox) -> None:
    (placed,) = await shop.place(cart())
    shipment = await shop.ship(placed["entity_id"])
    assert shipment["extension_attributes"]["source_code"] == "default"
    assert await pieces(shop) == (9_998, 9_998)
    assert await events(shop) == [("order_placed", -2), ("shipment_created", 2)]
    assert await shop.control("GET", "stock/audit") == {"inconsistencies": {}}


async def test_shipping_more_than_the_source_holds_is_refused_and_changes_nothing(shop: MagentoSandbox) -> None:
    (placed,) = await shop.place(cart())
    await put(shop, 1)
    with pytest.raises(
        SandboxRefused, match=r"^409 .*Not all of your products are available in the requested quantity"
    ):
        await shop.ship(placed["entity_id"])
    assert await pieces(shop) == (1, 0)
    assert await events(shop) == [("order_placed", -2)]
    assert (await shop.get_json("/rest/V1/shipments?searchCriteria="))["total_count"] == 0


async def test_cancelling_releases(shop: MagentoSandbox) -> None:
    (placed,) = await shop.place(cart())
    await shop.cancel(placed["entity_id"])
    assert await events(shop) == [("order_placed", -2), ("order_canceled", 2)]
    assert await pieces(shop) == (10_000, 10_000)


async def test_virtual_goods_leave_at_the_invoice(shop: MagentoSandbox) -> None:
    (placed,) = await shop.place(cart(items=[VIRTUAL]))
    await shop.invoice(placed["entity_id"])
    assert await events(shop) == [("order_placed", -2), ("invoice_created", 2)]
    assert await pieces(shop) == (9_998, 9_998)


async def test_goods_stay_reserved_at_the_invoice(shop: MagentoSandbox) -> None:
    (placed,) = await shop.place(cart())
    await shop.invoice(placed["entity_id"])
    assert await events(shop) == [("order_placed", -2)]


async def test_children_of_a_bundle_leave_with_it(shop: MagentoSandbox) -> None:
    children = [{"sku": "PART", "name": "Part", "qty": 3}, {"sku": "BOX", "name": "Box"}]
    item = {"sku": "SET", "name": "Set", "type": "bundle_fixed", "price": "10.00", "qty": 2, "children": children}
    (placed,) = await shop.place(cart(items=[item]))
    assert await events(shop, "PART") == [("order_placed", -6)]
    assert await events(shop, "SET") == []
    await shop.ship(placed["entity_id"])
    assert await pieces(shop, "PART") == (9_994, 9_994)
    assert await pieces(shop, "BOX") == (9_998, 9_998)


async def test_recorded_orders_do_not_touch_stock(shop: MagentoSandbox) -> None:
    await shop.put_order(order(5))
    stock = await shop.control("GET", "stock")
    assert (stock["source_items"], stock["reservations"]) == ([], [])
    assert await shop.control("GET", "stock/audit") == {"inconsistencies": {}}


async def test_the_nightly_clean_up_removes_what_sums_to_zero(shop: MagentoSandbox) -> None:
    done, waiting = await shop.place(cart(), cart())
    await shop.ship(done["entity_id"])
    assert (await shop.control("POST", "stock/clean-up"))["removed"] == 2
    (row,) = (await seen(shop))["reservations"]
    assert row["metadata"]["object_increment_id"] == waiting["increment_id"]
    assert await pieces(shop) == (9_998, 9_996)
    assert (await shop.control("POST", "stock/clean-up"))["removed"] == 0


async def test_a_reset_shop_has_its_first_stock_again(shop: MagentoSandbox) -> None:
    await shop.place(cart())
    await shop.reset()
    stock = await shop.control("GET", "stock")
    assert (stock["source_items"], stock["reservations"]) == ([], [])
    assert [source["code"] for source in stock["sources"]] == ["default"]
    await shop.place(cart())


async def test_an_audit_finds_an_order_whose_reservations_do_not_fit(shop: MagentoSandbox) -> None:
    (placed,) = await shop.place(cart())
    await shop.edit(placed["entity_id"], {"state": "complete", "status": "complete"})
    found = (await shop.control("GET", "stock/audit"))["inconsistencies"]
    assert found == {placed["increment_id"]: {"WATCH": -2}}


async def test_made_up_products_can_be_ordered_while_the_index_lags() -> None:
    async with in_process(Config(stock_index_lag_seconds=3600)) as shop:
        await shop.place(cart())
        assert await pieces(shop) == (10_000, 9_998)


async def test_an_order_of_more_than_there_is_shows_the_backordered_part(shop: MagentoSandbox) -> None:
    await put(shop, 1.5)
    await shop.control("PATCH", "stock/settings", {"backorders": "notify"})
    (placed,) = await shop.place(cart())
    order = await shop.get_json(f"/rest/V1/orders/{placed['entity_id']}")
    assert [item["qty_backordered"] for item in order["items"]] == [0.5]
    assert await pieces(shop) == (1.5, -0.5)
    (second,) = await shop.place(cart())
    order = await shop.get_json(f"/rest/V1/orders/{second['entity_id']}")
    assert [item["qty_backordered"] for item in order["items"]] == [2]


async def test_an_edited_order_moves_its_reservation_to_the_new_one(shop: MagentoSandbox) -> None:
    (placed,) = await shop.place(cart())
    await shop.control("POST", f"orders/{placed['entity_id']}/edit", {})
    number = placed["increment_id"]
    rows = [(row["metadata"]["object_increment_id"], row["quantity"]) for row in (await seen(shop))["reservations"]]
    assert rows == [(number, -2), (f"{number}-1", -2), (number, 2)]
    assert await pieces(shop) == (10_000, 9_998)
    assert await shop.control("GET", "stock/audit") == {"inconsistencies": {}}
