"""The catalogue over REST: saving, renaming, values by store view, lists, and who is told."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest
from aiohttp import web

from sandbox.magento.app import SHOP, build_app
from sandbox.magento.config import Config
from sandbox.magento.shop import Document
from shared import wire
from tests.contract.magento_sandbox.catalogue_calls import LAMP, call, custom, save
from tests.contract.magento_sandbox.shop_documents import cart
from tests.support.magento_sandbox import MagentoSandbox, in_process

SAMPLES = Path(__file__).resolve().parents[4] / "shared" / "samples" / "magento"


class Clock:
    """Seconds that tests move on."""

    def __init__(self) -> None:
        self.now = time.time()  # signatures are of now; OAuth takes what is a little older

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def timed(clock: Clock) -> AsyncIterator[MagentoSandbox]:
    async with in_process(Config(), clock) as running:
        yield running


async def test_a_product_is_created_read_changed_and_deleted(shop: MagentoSandbox) -> None:
    made = await save(shop, {**LAMP, "custom_attributes": [{"attribute_code": "tax_class_id", "value": "0"}]})
    assert (made["sku"], made["status"], made["visibility"], made["type_id"]) == ("LAMP", 1, 4, "simple")
    assert custom(made) | {"tax_class_id": "0", "url_key": "lamp"} == custom(made)
    assert await shop.get_json("/rest/all/V1/products/LAMP") == made
    changed = await save(shop, {"price": "12.50", "status": 2}, "all/V1/products/lamp")
    assert (changed["price"], changed["status"], changed["name"], changed["id"]) == (
        wire.decode(b"12.5"), 2, "Lamp", made["id"])  # fmt: skip
    assert custom(changed)["tax_class_id"] == "0"
    assert await call(shop, "DELETE", "V1/products/LAMP") == (200, True)
    status, answer = await call(shop, "GET", "V1/products/LAMP")
    assert (status, answer["message"][:25]) == (404, "The product that was requ")
    assert (await call(shop, "DELETE", "V1/products/LAMP"))[0] == 404


async def test_a_sku_is_trimmed_unique_whatever_its_case_and_at_most_64_characters(shop: MagentoSandbox) -> None:
    made = await save(shop, {**LAMP, "sku": "  Ünï-7 "})
    assert made["sku"] == "Ünï-7"
    again = await save(shop, {"sku": "üNÏ-7", "price": 3})
    assert (again["id"], again["price"]) == (made["id"], 3)
    status, answer = await call(shop, "POST", "V1/products", {"product": {**LAMP, "sku": "ü" * 65}})
    assert (status, answer) == (
        400, {"message": "SKU length should be %1 characters maximum.", "parameters": [64]})  # fmt: skip
    assert (await save(shop, {**LAMP, "name": "Long", "sku": "ü" * 64}))["sku"] == "ü" * 64


async def test_a_sku_with_slash_plus_and_quote_is_found_by_its_encoded_path(shop: MagentoSandbox) -> None:
    sku = 'A+B/C "3" & ü'
    await save(shop, {**LAMP, "sku": sku})
    assert (await shop.get_json(f"/rest/V1/products/{quote(sku, safe='')}"))["sku"] == sku


async def test_an_id_in_the_body_renames_to_the_sku_of_the_path(shop: MagentoSandbox) -> None:
    made = await save(shop, LAMP)
    renamed = await save(shop, {"id": made["id"], "sku": "ignored"}, "all/V1/products/LAMP-2")
    assert (renamed["id"], renamed["sku"]) == (made["id"], "LAMP-2")
    assert (await call(shop, "GET", "V1/products/LAMP"))[0] == 404
    await save(shop, {**LAMP, "name": "Other", "sku": "TAKEN"})
    status, answer = await call(shop, "PUT", "V1/products/taken", {"product": {"id": made["id"]}})
    assert (status, answer["parameters"]) == (400, {"fieldName": "sku", "value": "taken"})


async def test_an_order_of_a_renamed_product_keeps_what_it_was_placed_with(shop: MagentoSandbox) -> None:
    placed = (await shop.place(cart()))[0]
    product = await shop.get_json("/rest/V1/products/WATCH")
    await save(shop, {"id": product["id"]}, "all/V1/products/WATCH-NEW")
    order = await shop.get_json(f"/rest/V1/orders/{placed['entity_id']}")
    assert (order["items"][0]["sku"], order["items"][0]["product_id"]) == ("WATCH", product["id"])
    again = (await shop.place(cart()))[0]
    other = await shop.get_json(f"/rest/V1/orders/{again['entity_id']}")
    assert other["items"][0]["product_id"] != product["id"]  # the SKU is another product's now


@pytest.mark.parametrize(
    ("product", "message", "parameters"),
    [
        ({"name": "A", "price": 1}, 'The "%1" attribute value is empty. Set the attribute and try again.', ["sku"]),
        ({"sku": "A", "price": 1}, 'Invalid value of "%value" provided for the %fieldName field.',
         {"fieldName": "name", "value": None}),
        ({"sku": "A", "name": "A"}, 'Invalid value of "%value" provided for the %fieldName field.',
         {"fieldName": "price", "value": None}),
        ({"sku": "A", "name": "A", "price": "cheap"},
         'The "%value" value\'s type is invalid. The "%type" type was expected. Verify and try again.',
         {"type": "float", "value": "cheap"}),
        ({"sku": "A", "name": "A", "price": 1, "status": "on"},
         'The "%value" value\'s type is invalid. The "%type" type was expected. Verify and try again.',
         {"type": "int", "value": "on"}),
    ],
)  # fmt: skip
async def test_a_product_that_is_not_whole_is_refused_in_magentos_words(
    shop: MagentoSandbox, product: dict[str, Any], message: str, parameters: Any
) -> None:
    status, answer = await call(shop, "POST", "V1/products", {"product": product})
    assert (status, answer) == (400, {"message": message, "parameters": parameters})


async def test_bodies_of_any_shape_are_answered_with_400_and_never_500(shop: MagentoSandbox) -> None:
    wrong: list[Any] = [
        {}, {"product": []}, {"product": {**LAMP, "colour": "red"}}, {"product": {**LAMP, "price": True}},
        {"product": {**LAMP, "price": "1e999"}}, {"product": {**LAMP, "custom_attributes": [1]}},
        {"product": {**LAMP, "extension_attributes": []}}, {"product": {**LAMP, "sku": ["A"]}},
        {"product": {**LAMP, "attribute_set_id": 999}}, {"product": {**LAMP, "tier_prices": {"a": 1}}},
        {"product": {**LAMP, "extension_attributes": {"configurable_product_options": "x"}}},
        {"product": {**LAMP, "extension_attributes": {"configurable_product_links": [{}]}}},
        {"product": {**LAMP, "extension_attributes": {"bundle_product_options": [{"product_links": 3}]}}},
        {"product": {**LAMP, "extension_attributes": {"category_links": 7}}},
        {"product": {**LAMP, "product_links": [{"linked_product_sku": 1}]}},
        b'{"product":{"sku":"A","name":"A","price":1,"custom_attributes":{"a":1000000000000000000000000000000}}}',
        b'{"product":{"sku":"\\ud800","price":1}}',
        b'{"product":{"sku":"A","name":"A","price":1,"id":99999999999999999999}}',
    ]  # fmt: skip
    for body in wrong:
        status, answer = await call(shop, "POST", "V1/products", body)
        assert status in (400, 404), (body, answer)
        assert answer["message"]
    assert (await shop.get_json("/rest/V1/products?searchCriteria="))["total_count"] == 0


async def test_two_visible_products_cant_have_the_same_address(shop: MagentoSandbox) -> None:
    await save(shop, LAMP)
    status, answer = await call(shop, "POST", "V1/products", {"product": {**LAMP, "sku": "LAMP-B"}})
    assert (status, answer["message"]) == (400, "URL key for specified store already exists.")
    await save(shop, {**LAMP, "sku": "LAMP-B", "visibility": 1})


async def test_a_name_without_a_store_code_is_the_default_views_own_and_a_price_is_everywhere(
    shop: MagentoSandbox,
) -> None:
    await save(shop, LAMP)
    await save(shop, {"name": "Lampe", "price": 11}, "V1/products/LAMP")
    everywhere = await shop.get_json("/rest/all/V1/products/LAMP")
    here = await shop.get_json("/rest/V1/products/LAMP")
    assert [(one["name"], one["price"]) for one in (everywhere, here)] == [("Lamp", 11), ("Lampe", 11)]
    named = "searchCriteria%5BfilterGroups%5D%5B0%5D%5Bfilters%5D%5B0%5D%5Bfield%5D=name"
    named += "&searchCriteria%5BfilterGroups%5D%5B0%5D%5Bfilters%5D%5B0%5D%5Bvalue%5D=Lampe"
    counts = [(await shop.get_json(f"/rest/{path}V1/products?{named}"))["total_count"] for path in ("", "all/")]
    assert counts == [1, 0]


async def test_with_prices_by_website_a_store_view_has_a_price_of_its_own() -> None:
    async with in_process(Config(price_scope="website")) as shop:
        await save(shop, LAMP)
        await save(shop, {"price": 11}, "V1/products/LAMP")
        prices = [(await shop.get_json(f"/rest/{path}V1/products/LAMP"))["price"] for path in ("all/", "")]
        assert prices == [10, 11]


async def test_a_full_save_moves_updated_at_a_mass_action_or_a_direct_write_doesnt(
    timed: MagentoSandbox, clock: Clock
) -> None:
    made = await save(timed, LAMP)
    for how, moved in (("mass_action", False), ("eav", False), ("import", True)):
        before = (await timed.get_json("/rest/all/V1/products/LAMP"))["updated_at"]
        clock.now += 60
        change = {"skus": ["LAMP"], "set": {"price": "1.75", "special_price": how}, "how": how}
        assert (await timed.control("POST", "products/quietly", change))["changed"] == ["LAMP"]
        after = await timed.get_json("/rest/all/V1/products/LAMP")
        assert (after["updated_at"] > before, custom(after)["special_price"]) == (moved, how)
    clock.now += 60
    saved = await save(timed, {"price": "1.75"}, "all/V1/products/LAMP")  # nothing new, and yet a save
    assert saved["updated_at"] > after["updated_at"] > made["updated_at"]


async def test_saves_are_told_of_when_they_change_something_deletes_and_quiet_changes_never() -> None:
    told: list[tuple[str, str]] = []
    runner = web.AppRunner(app := build_app(Config()))
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        app[SHOP].on_event(lambda event, document: told.append((event, _sku(document))))
        async with aiohttp.ClientSession() as session:
            shop = MagentoSandbox(runner.addresses[0][1], Config(), session)
            await save(shop, LAMP)
            await save(shop, {"price": 11}, "all/V1/products/LAMP")
            await save(shop, {"price": "11.00"}, "all/V1/products/LAMP")
            await call(
                shop, "POST", "V1/products/base-prices", {"prices": [{"sku": "LAMP", "price": 9, "store_id": 0}]}
            )
            await shop.control("POST", "products/quietly", {"skus": ["LAMP"], "set": {"price": 8}})
            refused = await call(shop, "POST", "V1/products", {"product": {**LAMP, "sku": "B"}})
            assert refused[0] == 400
            await call(shop, "DELETE", "V1/products/LAMP")
    finally:
        await runner.cleanup()
    assert told == [("catalog.product.created", "LAMP"), ("catalog.product.updated", "LAMP")]


def _sku(document: Document) -> str:
    return str(document.body["sku"])


async def test_wrong_uses_of_the_quiet_control_are_named(shop: MagentoSandbox) -> None:
    await save(shop, LAMP)
    for body, text in (
        ({"skus": ["LAMP"], "set": {"sku": "B"}}, "anything but sku"),
        ({"skus": [], "set": {"price": 1}}, "skus is a list"),
        ({"skus": ["NONE"], "set": {"price": 1}}, "no product 'NONE'"),
        ({"skus": ["LAMP"], "set": {"price": "x"}}, "price is a number"),
        ({"skus": ["LAMP"], "set": {"price": 1}, "how": "magic"}, "how is one of"),
    ):
        with pytest.raises(AssertionError, match=text):
            await shop.control("POST", "products/quietly", body)


async def test_lists_leave_out_stock_media_and_parts_unless_the_release_shows_them(shop: MagentoSandbox) -> None:
    media = [
        {"id": 1, "media_type": "image", "label": "", "position": 1, "disabled": False, "types": [], "file": "/a.jpg"}
    ]
    extension = {"website_ids": [1], "category_links": [{"position": 0, "category_id": "7"}]}
    extension["downloadable_product_links"] = [{"id": 1, "title": "Manual"}]
    await save(shop, {**LAMP, "media_gallery_entries": media, "extension_attributes": extension})
    (listed,) = (await shop.get_json("/rest/all/V1/products?searchCriteria="))["items"]
    assert "media_gallery_entries" not in listed
    assert set(listed["extension_attributes"]) == {"website_ids", "category_links"}
    one = await shop.get_json("/rest/all/V1/products/LAMP")
    assert one["media_gallery_entries"] == media
    assert set(one["extension_attributes"]) == {*extension, "stock_item"}
    async with in_process(Config(product_lists="full")) as full:
        await save(full, {**LAMP, "extension_attributes": extension})
        (listed,) = (await full.get_json("/rest/all/V1/products?searchCriteria="))["items"]
        assert listed["extension_attributes"]["downloadable_product_links"][0]["title"] == "Manual"


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the folder of recorded documents is not here")
async def test_recorded_products_are_accepted_and_what_is_made_of_them_has_their_shape(shop: MagentoSandbox) -> None:
    simple = wire.decode((SAMPLES / "product-simple.json").read_bytes())
    made = await save(shop, {name: value for name, value in simple.items() if name != "id"})
    assert set(made) == set(simple)
    assert custom(made) | custom(simple) == custom(made)
    given, stored = simple["extension_attributes"], made["extension_attributes"]
    assert set(stored) == set(given)
    assert stored["category_links"] == given["category_links"]
    numbered = {"item_id": made["id"], "product_id": made["id"]}
    assert stored["stock_item"] == given["stock_item"] | numbered
    recorded = (SAMPLES / "product-configurable.json").read_bytes()
    put = await shop.put_product(recorded)
    _, served = await shop.get("/rest/V1/products/MH01")
    assert served == recorded.strip()
    again = await save(shop, {"id": put["id"], "name": "Hoodie"}, "all/V1/products/MH01")
    assert (again["name"], again["id"]) == ("Hoodie", put["id"])
    before = wire.decode(recorded)
    for document in (again, before):
        document |= {"name": 0, "updated_at": 0}
        document["extension_attributes"] = document["extension_attributes"] | {"stock_item": 0}
    assert again == before


async def test_the_stock_item_of_a_product_is_the_inventorys(shop: MagentoSandbox) -> None:
    stock = {"qty": 12, "is_in_stock": True}
    made = await save(shop, {**LAMP, "extension_attributes": {"stock_item": stock}})
    assert (made["extension_attributes"]["stock_item"]["qty"], made["id"]) == (12, made["id"])
    assert (await shop.get_json("/rest/V1/stockItems/LAMP"))["qty"] == 12
    path = f"/rest/V1/products/LAMP/stockItems/{made['id']}"
    status, _ = await shop.send("PUT", path, {"stockItem": {"qty": 5}}, shop.sign("PUT", path))
    assert status == 200
    after = await shop.get_json("/rest/V1/products/LAMP")
    assert (after["extension_attributes"]["stock_item"]["qty"], after["updated_at"]) == (5, made["updated_at"])
    renamed = await save(shop, {"id": made["id"]}, "all/V1/products/LAMP-2")
    assert renamed["extension_attributes"]["stock_item"]["qty"] == 5
    status, answer = await call(
        shop, "PUT", "V1/products/LAMP-2", {"product": {"extension_attributes": {"stock_item": 3}}}
    )
    assert (status, answer["parameters"]["fieldName"]) == (400, "stock_item")


@pytest.mark.parametrize(
    ("condition", "value", "found"),
    [("eq", "7", ["A", "B"]), ("eq", "8", ["B"]), ("in", "8,9", ["B", "C"]), ("eq", "1", [])],
)
async def test_products_are_found_by_any_category_they_are_in(
    shop: MagentoSandbox, condition: str, value: str, found: list[str]
) -> None:
    for sku, categories in (("A", (7,)), ("B", (7, 8)), ("C", (9, 17))):
        links = {"category_links": [{"position": 0, "category_id": str(number)} for number in categories]}
        await save(shop, {**LAMP, "sku": sku, "name": sku, "extension_attributes": links})
    wanted = {"field": "category_id", "value": value, "condition_type": condition}
    path = "searchCriteria[filter_groups][0][filters][0]"
    asked = "&".join(f"{quote(f'{path}[{name}]', safe='')}={quote(text, safe='')}" for name, text in wanted.items())
    answer = await shop.get_json(f"/rest/V1/products?{asked}")
    assert [product["sku"] for product in answer["items"]] == found
    assert answer["search_criteria"]["filter_groups"][0]["filters"] == [wanted]


async def test_categories_and_attributes_are_listed(shop: MagentoSandbox) -> None:
    links = {"category_links": [{"position": 0, "category_id": "7"}]}
    await save(shop, {**LAMP, "extension_attributes": links})
    tree = await shop.get_json("/rest/V1/categories")
    assert [(node["id"], node["product_count"]) for node in tree["children_data"]] == [(7, 1)]
    assert (await shop.get_json("/rest/V1/categories/7"))["path"] == "1/2/7"
    assert (await call(shop, "GET", "V1/categories/8"))[0] == 404
    sets = await shop.get_json("/rest/V1/products/attribute-sets/sets/list?searchCriteria=")
    assert sets["items"][0]["attribute_set_name"] == "Default"
    assert (await shop.get_json("/rest/V1/products/attributes/price"))["scope"] == "global"
    assert (await call(shop, "GET", "V1/products/attributes/nonsense"))[0] == 404
