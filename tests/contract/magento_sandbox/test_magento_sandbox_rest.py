"""Routes, answers and errors of REST in Magento's shape."""

from __future__ import annotations

import json

import pytest

from sandbox.magento.config import Config, RowTotals
from tests.contract.magento_sandbox.shop_documents import cart, order
from tests.support.magento_sandbox import MagentoSandbox, in_process


@pytest.mark.parametrize("scope", ["", "/all", "/default"])
async def test_store_scopes_lead_to_the_same_order(shop: MagentoSandbox, scope: str) -> None:
    await shop.put_order(order(5))
    assert (await shop.get_json(f"/rest{scope}/V1/orders/5"))["entity_id"] == 5


async def test_an_unknown_store_code_matches_no_route(shop: MagentoSandbox) -> None:
    status, body = await shop.get("/rest/nowhere/V1/orders/5")
    assert (status, json.loads(body)) == (404, {"message": "Request does not match any route."})


@pytest.mark.parametrize("path", ["orders/5", "invoices/5", "creditmemo/5", "shipment/5"])
async def test_a_missing_entity_is_404_with_magentos_words(shop: MagentoSandbox, path: str) -> None:
    status, body = await shop.get(f"/rest/V1/{path}")
    assert status == 404
    assert (
        json.loads(body)["message"] == "The entity that was requested doesn't exist. Verify the entity and try again."
    )


async def test_an_id_that_is_no_number_is_a_type_error_with_named_parameters(shop: MagentoSandbox) -> None:
    status, body = await shop.get("/rest/V1/orders/abc")
    assert status == 400
    assert json.loads(body)["parameters"] == {"type": "int", "value": "abc"}
    assert "%value" in json.loads(body)["message"]


async def test_a_sku_with_a_plus_must_be_encoded(shop: MagentoSandbox) -> None:
    await shop.put_product({"id": 3, "sku": "CABLE+USB/C", "name": "Cable"})
    assert (await shop.get_json("/rest/V1/products/CABLE%2BUSB%2FC"))["id"] == 3
    assert (await shop.get_json("/rest/V1/products/cable%2busb%2fc"))["id"] == 3
    status, body = await shop.get("/rest/V1/products/CABLE+USB%2FC")
    assert (status, json.loads(body)["message"]) == (
        404,
        "The product that was requested doesn't exist. Verify the product and try again.",
    )


async def test_placed_carts_leave_products_that_searches_find(shop: MagentoSandbox) -> None:
    await shop.place(cart())
    found = await shop.get_json(
        "/rest/V1/products?searchCriteria%5Bfilter_groups%5D%5B0%5D%5Bfilters%5D%5B0%5D%5Bfield%5D=sku"
        "&searchCriteria%5Bfilter_groups%5D%5B0%5D%5Bfilters%5D%5B0%5D%5Bvalue%5D=watch"
    )
    assert [product["sku"] for product in found["items"]] == ["WATCH"]


async def test_store_configuration_names_zone_and_currency(shop: MagentoSandbox) -> None:
    [entry] = await shop.get_json("/rest/V1/store/storeConfigs")
    assert (entry["timezone"], entry["base_currency_code"]) == ("America/Los_Angeles", "USD")
    views = await shop.get_json("/rest/V1/store/storeViews")
    assert [view["code"] for view in views] == ["default", "admin"]
    assert "MageOS_AsyncEvents" in await shop.get_json("/rest/V1/modules")


async def test_absent_fields_are_absent_and_not_null(shop: MagentoSandbox) -> None:
    [placed] = await shop.place(cart())
    document = await shop.get_json(f"/rest/V1/orders/{placed['entity_id']}")
    assert "customer_id" not in document
    assert "total_paid" not in document
    assert None not in document.values()


async def test_unicode_and_slashes_are_escaped_as_php_does(shop: MagentoSandbox) -> None:
    [placed] = await shop.place(cart())
    _, body = await shop.get(f"/rest/V1/orders/{placed['entity_id']}")
    assert b'"firstname":"Zo\\u00eb"' in body
    assert b'"additional_information":["Check \\/ Money order"]' in body


async def test_malformed_json_is_a_decoding_error(shop: MagentoSandbox) -> None:
    status, body = await shop.send("POST", "/rest/V1/integration/admin/token", b"{", {})
    assert (status, json.loads(body)["message"]) == (400, "Decoding error.")


@pytest.mark.parametrize(
    ("release", "row_total", "row_total_incl_tax"), [("2.4.7", 18, 19.49), ("2.4.8", 8, 19.49), ("raw", 20, 21.65)]
)
async def test_row_totals_are_shown_as_the_release_shows_them(
    release: RowTotals, row_total: float, row_total_incl_tax: float
) -> None:
    ten_percent = [{"action": "by_percent", "amount": 10}]
    async with in_process(Config(row_totals=release)) as shop:
        [placed] = await shop.place(cart(coupons=ten_percent))
        [item] = (await shop.get_json(f"/rest/V1/orders/{placed['entity_id']}"))["items"]
        assert (float(item["row_total"]), float(item["row_total_incl_tax"])) == (row_total, row_total_incl_tax)


async def test_usage_counts_calls_by_route(shop: MagentoSandbox) -> None:
    await shop.put_order(order(5))
    for _ in range(3):
        await shop.get("/rest/V1/orders/5")
    await shop.get("/rest/all/V1/orders?searchCriteria=")
    assert await shop.usage() == {"GET orders/:id": 3, "GET orders": 1}


async def test_reset_empties_the_shop(shop: MagentoSandbox) -> None:
    await shop.place(cart())
    await shop.reset()
    assert await shop.orders() == []
    assert await shop.usage() == {}
