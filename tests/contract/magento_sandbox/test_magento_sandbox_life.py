"""What shop and staff do to orders, and faults on demand."""

from __future__ import annotations

import asyncio
import json
from decimal import Decimal
from typing import Any

import aiohttp
import pytest

from tests.contract.magento_sandbox.shop_documents import cart, order
from tests.support.magento_sandbox import MagentoSandbox, SandboxRefused, as_subprocess

BUNDLE = {
    "sku": "KIT",
    "name": "Kit",
    "type": "bundle_dynamic",
    "qty": 2,
    "children": [{"sku": "X", "name": "X", "price": "10.00", "qty": 2}, {"sku": "Y", "name": "Y", "price": "3.33"}],
}


async def placed(shop: MagentoSandbox, **changes: Any) -> dict[str, Any]:
    [one] = await shop.place(cart(**changes))
    document: dict[str, Any] = await shop.get_json(f"/rest/V1/orders/{one['entity_id']}")
    return document


async def test_a_dynamic_bundles_children_carry_the_money(shop: MagentoSandbox) -> None:
    document = await placed(shop, items=[BUNDLE], coupons=[{"action": "by_percent", "amount": 10}])
    parent, *children = document["items"]
    assert [child["qty_ordered"] for child in children] == [4, 2]
    assert parent["discount_amount"] == 0
    assert sum(child["discount_amount"] for child in children) == -document["discount_amount"]
    assert [child["parent_item"]["item_id"] for child in children] == [parent["item_id"]] * 2
    assert document["subtotal"] == Decimal("46.66")


async def test_a_configurables_child_repeats_price_and_sku_without_money(shop: MagentoSandbox) -> None:
    hoodie = {
        "sku": "MH",
        "name": "Hoodie",
        "type": "configurable",
        "price": 69,
        "children": [{"sku": "MH-S", "name": "S"}],
    }
    parent, child = (await placed(shop, items=[hoodie]))["items"]
    assert (parent["sku"], child["sku"]) == ("MH-S", "MH-S")
    assert (child["price"], child["base_price"], child["row_total"], child["tax_amount"]) == (69, 0, 0, 0)
    assert parent["row_total"] == 69


async def test_a_virtual_order_has_no_shipping_address(shop: MagentoSandbox) -> None:
    plan = {"sku": "PLAN", "name": "Plan", "type": "virtual", "price": 49}
    document = await placed(shop, items=[plan], shipping_amount="5.00")
    shipping = document["extension_attributes"]["shipping_assignments"][0]["shipping"]
    assert (document["is_virtual"], document["shipping_amount"]) == (1, 0)
    assert set(shipping) == {"total"}


async def test_parties_are_guest_registered_or_company(shop: MagentoSandbox) -> None:
    guest = await placed(shop)
    assert (guest["customer_is_guest"], guest["customer_group_id"]) == (1, 0)
    buyer = {"email": "b@example.com", "registered": True, "firstname": "B", "lastname": "C"}
    first, second = await placed(shop, buyer=buyer), await placed(shop, buyer=buyer)
    assert first["customer_id"] == second["customer_id"]
    firm = await placed(shop, buyer=buyer | {"company_id": 4, "company_name": "B & Co."})
    assert firm["extension_attributes"]["company_order_attributes"]["company_name"] == "B & Co."


async def test_partial_invoices_add_up_to_the_order_the_last_taking_the_rest(shop: MagentoSandbox) -> None:
    tile = {"sku": "T", "name": "T", "price": "1.65", "qty": 3}  # tax 0.41: thirds of it are 0.14
    document = await placed(shop, items=[tile], shipping_amount=5)
    item, number = document["items"][0]["item_id"], document["entity_id"]
    pieces = [await shop.invoice(number, {item: 1}), await shop.invoice(number, {item: 1}), await shop.invoice(number)]
    assert [piece["shipping_amount"] for piece in pieces] == [5, 0, 0]
    assert [str(piece["tax_amount"]) for piece in pieces] == ["0.14", "0.14", "0.13"]
    for name in ("subtotal", "tax_amount", "grand_total"):
        assert sum(piece[name] for piece in pieces) == document[name]
    after = await shop.get_json(f"/rest/V1/orders/{number}")
    assert (after["total_due"], after["total_paid"], after["state"]) == (0, document["grand_total"], "processing")
    found = await shop.get_json(
        "/rest/V1/invoices?searchCriteria%5Bfilter_groups%5D%5B0%5D%5Bfilters%5D%5B0%5D%5Bfield%5D=order_id"
        f"&searchCriteria%5Bfilter_groups%5D%5B0%5D%5Bfilters%5D%5B0%5D%5Bvalue%5D={number}"
    )
    assert found["total_count"] == 3


async def test_shipped_and_invoiced_is_complete_and_refunded_is_closed(shop: MagentoSandbox) -> None:
    document = await placed(shop, items=[BUNDLE], coupons=[{"action": "by_percent", "amount": 15}])
    number = document["entity_id"]
    await shop.invoice(number)
    await shop.ship(number)
    assert (await shop.get_json(f"/rest/V1/orders/{number}"))["state"] == "complete"
    memo = await shop.control("POST", f"orders/{number}/creditmemo")
    assert memo["grand_total"] == document["grand_total"]
    assert (await shop.get_json(f"/rest/V1/creditmemo/{memo['entity_id']}"))["order_id"] == number
    assert (await shop.get_json(f"/rest/V1/orders/{number}"))["state"] == "closed"


async def test_a_recorded_order_can_be_invoiced_to_its_total(shop: MagentoSandbox) -> None:
    await shop.put_order(order(5))
    invoice = await shop.invoice(5)
    assert invoice["grand_total"] == 10
    assert (await shop.get_json("/rest/V1/orders/5"))["items"][0]["qty_invoiced"] == 2


async def test_what_is_over_is_refused_with_the_reason(shop: MagentoSandbox) -> None:
    await shop.put_order(order(5))
    await shop.cancel(5)
    assert (await shop.get_json("/rest/V1/orders/5"))["state"] == "canceled"
    with pytest.raises(SandboxRefused, match=r"409 .*order 5 is canceled and can't be invoiced"):
        await shop.invoice(5)
    await shop.put_order(order(6))
    with pytest.raises(SandboxRefused, match=r"409 .*item 60 of order 6 has 2 left, not 3"):
        await shop.invoice(6, {60: 3})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"items": []}, "items"),
        ({"items": [{"sku": "K", "name": "K", "type": "configurable"}]}, "a configurable item has children"),
        ({"nonsense": 1}, "nonsense"),
        ({"created_at": "2026-03-02T10:00:00"}, "created_at needs a time zone"),
    ],
)
async def test_a_wrong_cart_is_refused_by_the_name_of_its_key(
    shop: MagentoSandbox, change: dict[str, Any], message: str
) -> None:
    with pytest.raises(SandboxRefused, match=f"400 .*{message}"):
        await shop.place(cart(**change))


async def test_a_just_placed_order_can_be_missing_for_some_reads(shop: MagentoSandbox) -> None:
    await shop.fault("not_found", "orders/:id", times=2)
    [one] = await shop.place(cart())
    statuses = [(await shop.get(f"/rest/V1/orders/{one['entity_id']}"))[0] for _ in range(4)]
    assert statuses == [404, 404, 200, 200]


async def test_faults_concern_their_route_and_end(shop: MagentoSandbox) -> None:
    await shop.put_order(order(5))
    await shop.fault("status", "orders/:id", status=503, times=2)
    assert (await shop.get("/rest/V1/store/storeViews"))[0] == 200
    statuses = [(await shop.get("/rest/V1/orders/5"))[0] for _ in range(3)]
    assert statuses == [503, 503, 200]


async def test_a_dropped_call_has_no_answer(shop: MagentoSandbox) -> None:
    await shop.put_order(order(5))
    await shop.fault("drop", "orders/:id", times=2)  # the client library tries a reused connection once more
    with pytest.raises(aiohttp.ClientError):
        await shop.get("/rest/V1/orders/5")


async def test_a_delay_holds_the_answer_back(shop: MagentoSandbox) -> None:
    await shop.put_order(order(5))
    await shop.fault("delay", seconds=0.3)
    started = asyncio.get_running_loop().time()
    assert (await shop.get("/rest/V1/orders/5"))[0] == 200
    assert asyncio.get_running_loop().time() - started >= 0.3


async def test_a_wrong_fault_is_refused_by_name(shop: MagentoSandbox) -> None:
    with pytest.raises(SandboxRefused, match=r"400 .*effect: .*delay.*status.*not_found"):
        await shop.fault("explode")


async def test_the_shop_runs_as_a_process_of_its_own() -> None:
    async with as_subprocess("--bearer", "--row-totals", "2.4.8") as shop:
        await shop.put_order(order(5))
        status, body = await shop.get("/rest/V1/orders/5", shop.bearer)
        assert (status, json.loads(body)["entity_id"]) == (200, 5)
