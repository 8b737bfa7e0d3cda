"""Prices by lists of SKUs, and the parts of composite products."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from sandbox.magento.config import Config
from tests.contract.magento_sandbox.catalogue_calls import LAMP, call, custom, save
from tests.support.magento_sandbox import MagentoSandbox, in_process


async def post(shop: MagentoSandbox, path: str, **body: Any) -> Any:
    status, answer = await call(shop, "POST", f"V1/products/{path}", body)
    assert status == 200, answer
    return answer


async def test_base_prices_are_written_and_rows_that_are_wrong_are_named(shop: MagentoSandbox) -> None:
    await save(shop, LAMP)
    rows = [
        {"sku": "LAMP", "price": "7.25", "store_id": 0},
        {"sku": "NONE", "price": 1, "store_id": 0},
        {"sku": "LAMP", "price": -1, "store_id": 0},
        {"sku": "LAMP", "price": 3, "store_id": 99},
    ]
    failed = await post(shop, "base-prices", prices=rows)
    assert failed == [
        {"message": "Invalid attribute %fieldName = %fieldValue.", "parameters": ["SKU", "NONE"]},
        {"message": "Invalid attribute %fieldName = %fieldValue.", "parameters": ["Price", "-1"]},
        {
            "message": "Requested store is not found. Row ID: SKU = %SKU, Store ID: %storeId.",
            "parameters": ["LAMP", "99"],
        },
    ]
    told = await post(shop, "base-prices-information", skus=["LAMP"])
    assert told == [{"price": Decimal("7.25"), "store_id": 0, "sku": "LAMP"}]
    assert (await shop.get_json("/rest/all/V1/products/LAMP"))["price"] == Decimal("7.25")
    status, answer = await call(shop, "POST", "V1/products/base-prices-information", {"skus": ["LAMP", "X", "Y"]})
    assert (status, answer["parameters"]) == (404, {"sku": "X, Y"})


async def test_a_configurable_product_has_no_base_price(shop: MagentoSandbox) -> None:
    await save(shop, {**LAMP, "type_id": "configurable", "price": 0})
    assert len(await post(shop, "base-prices", prices=[{"sku": "LAMP", "price": 5, "store_id": 0}])) == 1


async def test_a_cost_is_written_read_and_taken_away(shop: MagentoSandbox) -> None:
    await save(shop, LAMP)
    assert await post(shop, "cost", prices=[{"sku": "LAMP", "cost": "4.40", "store_id": 0}]) == []
    assert custom(await shop.get_json("/rest/all/V1/products/LAMP"))["cost"] == Decimal("4.4")
    assert (await post(shop, "cost-information", skus=["LAMP"]))[0]["cost"] == Decimal("4.4")
    assert await post(shop, "cost-delete", skus=["LAMP"]) is True
    assert await post(shop, "cost-information", skus=["LAMP"]) == []


async def test_a_special_price_has_its_time_and_is_of_all_stores_when_prices_are(shop: MagentoSandbox) -> None:
    await save(shop, LAMP)
    row = {"sku": "LAMP", "price": 8, "store_id": 0, "price_from": "2026-01-01 00:00:00", "price_to": None}
    assert await post(shop, "special-price", prices=[row]) == []
    assert await post(shop, "special-price-information", skus=["LAMP"]) == [
        {"price": 8, "store_id": 0, "sku": "LAMP", "price_from": "2026-01-01 00:00:00"}
    ]
    failed = await post(shop, "special-price", prices=[row | {"store_id": 1}, row | {"price_from": "tomorrow"}])
    assert [one["message"].partition(".")[0] for one in failed] == [
        "Could not change non global Price when price scope is global",
        "Invalid attribute %label = %priceTo",
    ]
    assert await post(shop, "special-price-delete", prices=[row]) == []
    assert await post(shop, "special-price-information", skus=["LAMP"]) == []
    async with in_process(Config(price_scope="website")) as other:
        await save(other, LAMP)
        assert await post(other, "special-price", prices=[row | {"store_id": 1}]) == []
        assert "special_price" not in custom(await other.get_json("/rest/all/V1/products/LAMP"))
        assert custom(await other.get_json("/rest/V1/products/LAMP"))["special_price"] == 8


@pytest.mark.parametrize("moved", [False, True])
async def test_whether_a_base_price_moves_updated_at_is_the_releases(moved: bool) -> None:
    async with in_process(Config(base_prices_bump=moved)) as shop:
        await shop.put_product(
            {"id": 5, "sku": "OLD", "type_id": "simple", "price": 1, "updated_at": "2020-01-01 00:00:00"}
        )
        await post(shop, "base-prices", prices=[{"sku": "OLD", "price": 2, "store_id": 0}])
        product = await shop.get_json("/rest/all/V1/products/OLD")
        assert product["price"] == 2
        assert (product["updated_at"] > "2020-01-01 00:00:00") is moved


async def test_tier_prices_are_added_replaced_and_deleted_by_their_key(shop: MagentoSandbox) -> None:
    await save(shop, LAMP)
    five = {"sku": "LAMP", "price": 9, "price_type": "fixed", "website_id": 0, "customer_group": "ALL GROUPS"}
    rows = [five | {"quantity": 5}, five | {"quantity": 10, "price": 20, "price_type": "discount"}]
    assert await post(shop, "tier-prices", prices=rows) == []
    shown = (await shop.get_json("/rest/all/V1/products/LAMP"))["tier_prices"]
    assert [(one["customer_group_id"], one["qty"], one["value"]) for one in shown] == [(32000, 5, 9), (32000, 10, 0)]
    assert shown[1]["extension_attributes"] == {"percentage_value": 20, "website_id": 0}
    told = await post(shop, "tier-prices-information", skus=["LAMP"])
    assert [(one["price"], one["price_type"], one["quantity"]) for one in told] == [
        (9, "fixed", 5), (20, "discount", 10)]  # fmt: skip
    assert await post(shop, "tier-prices-delete", prices=[rows[0]]) == []
    assert await call(shop, "PUT", "V1/products/tier-prices", {"prices": [five | {"quantity": 3}]}) == (200, [])
    assert [one["quantity"] for one in await post(shop, "tier-prices-information", skus=["LAMP"])] == [3]
    failed = await post(shop, "tier-prices", prices=[
        five | {"quantity": 0}, five | {"quantity": 2, "customer_group": "Nobody"},
        five | {"quantity": 2, "price_type": "free"}, five | {"quantity": 7}, five | {"quantity": 7}])  # fmt: skip
    assert [one["message"].partition("=")[0] for one in failed] == [
        "Invalid attribute Quantity ", "No such entity with Customer Group ", "Invalid attribute Price Type ",
        "We found a duplicate website, tier price, customer group and quantity: Customer Group "]  # fmt: skip


async def _hoodie(shop: MagentoSandbox) -> dict[str, Any]:
    ids = []
    for number, color in enumerate(("5476", "5479")):
        variant = {**LAMP, "sku": f"H-{number}", "name": f"Hoodie {number}", "visibility": 1}
        variant["custom_attributes"] = [{"attribute_code": "color", "value": color}]
        ids.append((await save(shop, variant))["id"])
    options = [{"attribute_id": "93", "label": "Color", "position": 0, "values": [{"value_index": 5476}]}]
    extension = {"configurable_product_options": options, "configurable_product_links": ids}
    hoodie = {**LAMP, "sku": "H", "name": "Hoodie", "type_id": "configurable", "extension_attributes": extension}
    made: dict[str, Any] = await save(shop, hoodie)
    return made


async def test_a_configurable_product_lists_its_variants_and_options(shop: MagentoSandbox) -> None:
    made = await _hoodie(shop)
    children = await shop.get_json("/rest/V1/configurable-products/H/children")
    assert [child["sku"] for child in children] == ["H-0", "H-1"]
    (option,) = await shop.get_json("/rest/V1/configurable-products/H/options/all")
    assert (option["label"], option["product_id"]) == ("Color", made["id"])
    assert await call(shop, "DELETE", "V1/configurable-products/H/children/H-0") == (200, True)
    assert await call(shop, "POST", "V1/configurable-products/H/child", {"childSku": "H-0"}) == (200, True)
    status, answer = await call(shop, "POST", "V1/configurable-products/H/child", {"childSku": "H-0"})
    assert (status, answer["message"]) == (400, "The product is already attached.")
    assert (await call(shop, "GET", "V1/configurable-products/H-0/children"))[0] == 400


async def test_variants_must_be_there_have_the_attribute_and_differ(shop: MagentoSandbox) -> None:
    made = await _hoodie(shop)
    first, second = made["extension_attributes"]["configurable_product_links"]
    plain = (await save(shop, {**LAMP, "name": "Plain"}))["id"]
    twin = {**LAMP, "sku": "TWIN", "name": "Twin", "custom_attributes": [{"attribute_code": "color", "value": "5476"}]}
    twin_id = (await save(shop, twin))["id"]
    refusals: list[str] = []
    for links in ([first, 999_999_999], [plain], [first, twin_id]):
        hood = {**LAMP, "sku": f"H{len(refusals)}x", "name": f"H{links}", "type_id": "configurable"}
        options = made["extension_attributes"]["configurable_product_options"]
        hood["extension_attributes"] = {"configurable_product_options": options, "configurable_product_links": links}
        status, answer = await call(shop, "POST", "all/V1/products", {"product": hood})
        assert status == 400
        refusals.append(answer["message"])
    assert refusals == [
        "The product that was requested doesn't exist. Verify the product and try again.",
        'Product with id "%1" does not contain required attribute "%2".',
        'Products "%1" and "%2" have the same set of attribute values.',
    ]
    assert second != first


async def test_bundles_groups_and_downloads_show_their_parts(shop: MagentoSandbox) -> None:
    await save(shop, LAMP)
    option = {"title": "Lamp", "required": True, "type": "select", "product_links": [{"sku": "LAMP", "qty": 2}]}
    kit = {
        **LAMP,
        "sku": "KIT",
        "name": "Kit",
        "type_id": "bundle",
        "extension_attributes": {"bundle_product_options": [option]},
    }
    await save(shop, kit)
    (told,) = await shop.get_json("/rest/V1/bundle-products/KIT/options/all")
    assert (told["sku"], told["product_links"][0]["sku"], told["product_links"][0]["qty"]) == ("KIT", "LAMP", 2)
    group = {**LAMP, "sku": "SET", "name": "Set", "type_id": "grouped"}
    group["product_links"] = [
        {"link_type": "associated", "linked_product_sku": "LAMP", "linked_product_type": "simple"}
    ]
    await save(shop, group)
    (link,) = await shop.get_json("/rest/V1/products/SET/links/associated")
    assert (link["sku"], link["linked_product_sku"]) == ("SET", "LAMP")
    song = {**LAMP, "sku": "SONG", "name": "Song", "type_id": "downloadable"}
    song["extension_attributes"] = {"downloadable_product_links": [{"title": "mp3", "price": 1}]}
    await save(shop, song)
    (told,) = await shop.get_json("/rest/V1/products/SONG/downloadable-links")
    assert told["title"] == "mp3"
    assert told["id"]
    unknown = {**LAMP, "sku": "X", "name": "X", "product_links": [{"link_type": "related", "linked_product_sku": "NO"}]}
    status, answer = await call(shop, "POST", "V1/products", {"product": unknown})
    assert (status, answer["parameters"]) == (404, ["NO"])
