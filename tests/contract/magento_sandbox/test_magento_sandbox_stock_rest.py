"""REST of the inventory over HTTP: answers, refusals, permissions, switches."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from sandbox.magento.config import Config
from tests.contract.magento_sandbox.shop_documents import cart
from tests.support.magento_sandbox import MagentoSandbox, SandboxRefused, in_process

INVENTORY = "/rest/V1/inventory"
SAMPLES = Path(__file__).resolve().parents[4] / "shared" / "samples" / "magento"
ROW = {"sku": "A", "source_code": "default", "quantity": 5, "status": 1}


async def call(shop: MagentoSandbox, method: str, path: str, document: Any = None) -> tuple[int, Any]:
    """Signed; the path without host."""
    if method == "GET":
        status, body = await shop.get(path)
    else:
        status, body = await shop.send(method, path, document or {}, shop.sign(method, path))
    return status, json.loads(body)


async def written(shop: MagentoSandbox, method: str, path: str, document: Any) -> Any:
    status, answer = await call(shop, method, path, document)
    assert status == 200, answer
    return answer


async def three_sources(shop: MagentoSandbox) -> int:
    """east before west, off disabled, all on a stock of its own without a website. Answers the stock's id."""
    for code, enabled in (("east", True), ("west", True), ("off", False)):
        source = {"source_code": code, "name": code, "enabled": enabled, "country_id": "US", "postcode": "1"}
        assert await written(shop, "POST", f"{INVENTORY}/sources", {"source": source}) == []
    number: int = await written(shop, "POST", f"{INVENTORY}/stocks", {"stock": {"name": "second"}})
    links = [
        {"stock_id": number, "source_code": code, "priority": place}
        for code, place in (("west", 2), ("east", 1), ("off", 0))
    ]
    assert await written(shop, "POST", f"{INVENTORY}/stock-source-links", {"links": links}) == []
    return number


async def put_items(shop: MagentoSandbox, *rows: tuple[str, str, float, int]) -> None:
    items = [{"sku": sku, "source_code": code, "quantity": q, "status": s} for sku, code, q, s in rows]
    assert await written(shop, "POST", f"{INVENTORY}/source-items", {"sourceItems": items}) == []


async def test_a_new_shop_has_the_default_source_stock_and_website(shop: MagentoSandbox) -> None:
    sources = await shop.get_json(f"{INVENTORY}/sources")
    assert [(one["source_code"], one["enabled"]) for one in sources["items"]] == [("default", True)]
    stock = await shop.get_json(f"{INVENTORY}/stock-resolver/website/base")
    channels = [{"type": "website", "code": "base"}]
    assert stock == {"stock_id": 1, "name": "Default Stock", "extension_attributes": {"sales_channels": channels}}
    assert (await shop.get_json(f"{INVENTORY}/stocks/1")) == stock
    links = await shop.get_json(f"{INVENTORY}/stock-source-links?searchCriteria=")
    assert links["items"] == [{"stock_id": 1, "source_code": "default", "priority": 1}]


async def test_salable_is_what_enabled_sources_have_in_stock(shop: MagentoSandbox) -> None:
    stock = await three_sources(shop)
    await shop.put_product({"id": 1, "sku": "A", "type_id": "simple"})
    await put_items(shop, ("A", "east", 5.5, 1), ("A", "west", 10, 0), ("A", "off", 7, 1), ("A", "default", 2, 1))
    assert await shop.get_json(f"{INVENTORY}/get-product-salable-quantity/A/{stock}") == 5.5
    assert await shop.get_json(f"{INVENTORY}/get-product-salable-quantity/a/1") == 2
    assert await shop.get_json(f"{INVENTORY}/is-product-salable/A/{stock}") is True
    assert await shop.get_json(f"{INVENTORY}/is-product-salable/B/{stock}") is False
    order = await shop.get_json(f"{INVENTORY}/get-sources-assigned-to-stock-ordered-by-priority/{stock}")
    assert [source["source_code"] for source in order] == ["east", "west"]


@pytest.mark.parametrize(
    ("requested", "code"),
    [
        ("5", None),
        ("6", "is_salable_with_reservations-not_enough_qty"),
        ("0.5", "is_correct_qty-min_sale_qty"),
        ("1.5", "is_correct_qty-is_qty_decimal"),
        ("10001", "is_correct_qty-max_sale_qty"),
    ],
)
async def test_a_requested_quantity_is_refused_with_magentos_code(
    shop: MagentoSandbox, requested: str, code: str | None
) -> None:
    await put_items(shop, ("A", "default", 5, 1))
    answer = await shop.get_json(f"{INVENTORY}/is-product-salable-for-requested-qty/A/1/{requested}")
    assert answer["salable"] is (code is None)
    assert [error["code"] for error in answer["errors"]] == ([] if code is None else [code])
    assert all("%" not in error["message"] for error in answer["errors"])


async def test_several_skus_are_asked_at_once(shop: MagentoSandbox) -> None:
    await put_items(shop, ("A", "default", 5, 1), ("B", "default", 0, 1))
    answer = await shop.get_json(f"{INVENTORY}/are-products-salable?skus%5B0%5D=A&skus%5B1%5D=B&stockId=1")
    assert answer == [
        {"sku": "A", "stock_id": 1, "salable": True},
        {"sku": "B", "stock_id": 1, "salable": False},
    ]


async def test_source_items_are_overwritten_and_found_by_criteria(shop: MagentoSandbox) -> None:
    await put_items(shop, ("A", "default", 5, 1), ("B", "default", 6, 1))
    await put_items(shop, ("a", "default", 2, 0))
    where = "searchCriteria%5Bfilter_groups%5D%5B0%5D%5Bfilters%5D%5B0%5D"
    found = await shop.get_json(f"{INVENTORY}/source-items?{where}%5Bfield%5D=sku&{where}%5Bvalue%5D=A")
    assert found["items"] == [{"sku": "A", "source_code": "default", "quantity": 2, "status": 0}]
    assert found["total_count"] == 1
    deleted = {"sourceItems": [{"sku": "A", "source_code": "default"}, {"sku": "never", "source_code": "default"}]}
    assert await written(shop, "POST", f"{INVENTORY}/source-items-delete", deleted) == []
    left = await shop.get_json(f"{INVENTORY}/source-items?searchCriteria=")
    assert [item["sku"] for item in left["items"]] == ["B"]


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the recorded documents are not here")
async def test_the_documented_request_gives_the_documented_answer(shop: MagentoSandbox) -> None:
    for code in ("central", "east"):
        source = {"source_code": code, "name": code, "country_id": "US", "postcode": "1"}
        await written(shop, "POST", f"{INVENTORY}/sources", {"source": source})
    request = json.loads((SAMPLES / "docs-source-items-post-request.json").read_bytes())
    await written(shop, "POST", f"{INVENTORY}/source-items", request)
    where = "searchCriteria%5Bfilter_groups%5D%5B0%5D%5Bfilters%5D%5B0%5D"
    path = f"{where}%5Bfield%5D=sku&{where}%5Bvalue%5D=new_product2&{where}%5Bcondition_type%5D=eq"
    found = await shop.get_json(f"{INVENTORY}/source-items?{path}")
    documented = json.loads((SAMPLES / "docs-source-items-get.json").read_bytes())
    found["search_criteria"].pop("current_page")
    assert found == documented


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"sku": ""}, 'Validation Failed: "sku" can not be empty.'),
    ({"sku": " A"}, 'Validation Failed: "sku" can not contain leading or trailing spaces.'),
    ({"source_code": None}, 'Validation Failed: "source_code" can not be empty.'),
    ({"source_code": "two words"}, 'Validation Failed: "source_code" can not contain whitespaces.'),
    ({"quantity": None}, 'Validation Failed: "quantity" should be numeric.'),
    ({"status": None}, 'Validation Failed: "status" should be numeric.'),
    ({"status": 7}, 'Validation Failed: "status" should a known status.'),
    ({"source_code": "nowhere"}, "Could not save Source Item"),
    ({"quantity": 1e9}, "Could not save Source Item"),
    ({"sku": "x" * 65}, "Could not save Source Item"),
    ({"quantity": "many"}, 'Error occurred during "quantity" processing. The "many" value\'s type is invalid.'),
    ({"quantity": "NaN"}, 'Error occurred during "quantity" processing. The "NaN" value\'s type is invalid.'),
    ({"status": "1" + "0" * 19}, 'Error occurred during "status" processing.'),
    ({"sku": []}, 'Error occurred during "sku" processing. The "array" value\'s type is invalid. The "string" type'),
]


@pytest.mark.parametrize(("change", "message"), REFUSED, ids=[text for _, text in REFUSED])
async def test_one_wrong_row_refuses_the_whole_batch(
    shop: MagentoSandbox, change: dict[str, Any], message: str
) -> None:
    path = f"{INVENTORY}/source-items"
    status, answer = await call(shop, "POST", path, {"sourceItems": [ROW, ROW | {"sku": "B"} | change]})
    assert (status, answer["message"][: len(message)]) == (400, message)
    assert (await shop.get_json(f"{path}?searchCriteria="))["items"] == []


async def test_each_violation_is_listed_beside_the_first(shop: MagentoSandbox) -> None:
    path = f"{INVENTORY}/source-items"
    _, answer = await call(shop, "POST", path, {"sourceItems": [{"quantity": 1, "status": 1}]})
    assert [error["parameters"]["field"] for error in answer["errors"]] == ["sku", "source_code"]


@pytest.mark.parametrize(
    ("method", "path", "document", "status", "message"),
    [
        ("POST", "source-items", {"sourceItems": []}, 400, "Input data is empty"),
        ("POST", "source-items", {}, 400, '"%fieldName" is required. Enter and try again.'),
        ("POST", "source-items", {"sourceItems": [3]}, 400, 'Error occurred during "sourceItems" processing.'),
        ("POST", "source-items-delete", {"sourceItems": []}, 400, "Input data is empty"),
        ("GET", "source-items", None, 400, '"%fieldName" is required. Enter and try again.'),
        ("GET", "sources/none", None, 404, 'Source with code "%value" does not exist.'),
        ("GET", "stocks/9", None, 404, 'Stock with id "%value" does not exist.'),
        ("GET", "stocks/x", None, 400, 'The "%value" value\'s type is invalid.'),
        ("GET", f"stocks/{10**30}", None, 400, 'The "%value" value\'s type is invalid.'),
        ("PUT", "stocks/9", {"stock": {"name": "x"}}, 404, 'Stock with id "%value" does not exist.'),
        ("POST", "stocks", {"stock": {"name": " "}}, 400, "Validation Failed"),
        ("POST", "stocks", {"stock": 3}, 400, 'Error occurred during "stock" processing.'),
        ("DELETE", "stocks/1", {}, 400, "Default Stock could not be deleted."),
        ("POST", "sources", {"source": {"source_code": "a"}}, 400, "Validation Failed"),
        ("POST", "sources", {"source": {"source_code": "a b"}}, 400, "Validation Failed"),
        ("POST", "stock-source-links", {"links": [{"stock_id": 1, "source_code": "no"}]}, 400, "Could not save Stock"),
        ("GET", "stock-resolver/website/other", None, 404, "No linked stock found"),
        ("GET", "get-product-salable-quantity/A/1", None, 404, "The product that was requested doesn't exist."),
        ("GET", "get-product-salable-quantity/SET/1", None, 400, "Can't check requested quantity for products"),
        ("GET", "is-product-salable-for-requested-qty/A/1/x", None, 400, 'The "%value" value\'s type is invalid.'),
        ("GET", "export-stock-salable-qty/website/other?searchCriteria=", None, 404, "No linked stock found"),
        ("GET", "low-quantity-notification/default/A", None, 404, "Request does not match any route."),
    ],
)
async def test_wrong_use_is_answered_as_magento_does(
    shop: MagentoSandbox, method: str, path: str, document: Any, status: int, message: str
) -> None:
    await shop.put_product({"id": 1, "sku": "SET", "type_id": "bundle"})
    got, answer = await call(shop, method, f"{INVENTORY}/{path}", document)
    assert (got, answer["message"][: len(message)]) == (status, message)


async def test_a_stock_with_a_website_stays_and_one_without_goes(shop: MagentoSandbox) -> None:
    number = await three_sources(shop)
    channels = {"sales_channels": [{"type": "website", "code": "base"}]}
    path = f"{INVENTORY}/stocks/{number}"
    await written(shop, "PUT", path, {"stock": {"name": "second", "extension_attributes": channels}})
    assert (await shop.get_json(f"{INVENTORY}/stock-resolver/website/base"))["stock_id"] == number
    status, answer = await call(shop, "DELETE", path)
    assert (status, answer["message"]) == (400, "Stock has at least one sale channel and could not be deleted.")
    await written(shop, "PUT", path, {"stock": {"name": "x", "extension_attributes": {"sales_channels": []}}})
    assert await written(shop, "DELETE", path, {}) == []
    assert (await shop.get_json(f"{INVENTORY}/stocks"))["total_count"] == 1


async def test_a_source_keeps_the_fields_that_a_change_does_not_name(shop: MagentoSandbox) -> None:
    await three_sources(shop)
    change = {"source": {"name": "East", "country_id": "US", "postcode": "2", "phone": "5"}}
    assert await written(shop, "PUT", f"{INVENTORY}/sources/off", change) == []
    source = await shop.get_json(f"{INVENTORY}/sources/off")
    assert (source["name"], source["enabled"], source["postcode"], source["phone"]) == ("East", False, "2", "5")


async def test_links_can_be_taken_away(shop: MagentoSandbox) -> None:
    number = await three_sources(shop)
    link = {"stock_id": number, "source_code": "east", "priority": 1}
    assert await written(shop, "POST", f"{INVENTORY}/stock-source-links-delete", {"links": [link]}) == []
    order = await shop.get_json(f"{INVENTORY}/get-sources-assigned-to-stock-ordered-by-priority/{number}")
    assert [source["source_code"] for source in order] == ["west"]


async def test_exports_show_salable_with_reservations_and_the_index_without(shop: MagentoSandbox) -> None:
    await put_items(shop, ("WATCH", "default", 9, 1))
    await shop.place(cart())
    await shop.put_product({"id": 1, "sku": "SET", "type_id": "bundle"})
    await shop.put_product({"id": 2, "sku": "NOWHERE", "type_id": "simple"})
    export = await shop.get_json(f"{INVENTORY}/export-stock-salable-qty/website/base?searchCriteria=")
    assert {item["sku"]: item["qty"] for item in export["items"]} == {"SET": 0, "WATCH": 7}
    assert export["total_count"] == 3
    dump = await shop.get_json(f"{INVENTORY}/dump-stock-index-data/website/base")
    assert {item["sku"]: item.get("qty") for item in dump} == {"SET": None, "WATCH": 9}


async def test_skus_in_paths_are_decoded_after_the_path_is_split(shop: MagentoSandbox) -> None:
    await put_items(shop, ("A+B/C", "default", 4, 1))
    await shop.put_product({"id": 1, "sku": "A+B/C", "type_id": "simple"})
    assert await shop.get_json(f"{INVENTORY}/get-product-salable-quantity/A%2BB%2FC/1") == 4
    assert (await call(shop, "GET", f"{INVENTORY}/get-product-salable-quantity/A+B%2FC/1"))[0] == 404
    assert (await call(shop, "GET", f"{INVENTORY}/get-product-salable-quantity/A%2BB/C/1"))[0] == 404


async def test_input_limits_bound_the_batch() -> None:
    async with in_process(Config(input_limits=True)) as shop:
        rows = [ROW | {"sku": str(number)} for number in range(21)]
        status, answer = await call(shop, "POST", f"{INVENTORY}/source-items", {"sourceItems": rows})
        assert (status, answer["message"]) == (400, 'Maximum items of type "%type" is %max')
        assert answer["parameters"]["max"] == 20
        await written(shop, "POST", f"{INVENTORY}/source-items", {"sourceItems": rows[:20]})


@pytest.mark.parametrize(
    ("resource", "method", "path"),
    [
        ("Magento_InventoryApi::source", "GET", "inventory/source-items?searchCriteria="),
        ("Magento_InventoryApi::source", "GET", "inventory/sources"),
        ("Magento_InventoryApi::source_edit", "POST", "inventory/sources"),
        ("Magento_InventoryApi::stock", "GET", "inventory/stocks"),
        ("Magento_InventoryApi::stock_edit", "POST", "inventory/stocks"),
        ("Magento_InventoryApi::stock_delete", "DELETE", "inventory/stocks/2"),
        ("Magento_InventoryApi::stock_source_link", "POST", "inventory/stock-source-links"),
        ("Magento_InventoryApi::stock_source_item_assign", "POST", "inventory/source-items"),
        ("Magento_InventorySalesApi::stock", "GET", "inventory/is-product-salable/A/1"),
        ("Magento_Catalog::catalog_inventory", "GET", "stockItems/A"),
    ],
)
async def test_each_route_needs_its_resource(resource: str, method: str, path: str) -> None:
    async with in_process(Config(denied_resources=frozenset({resource}))) as shop:
        status, answer = await call(shop, method, f"/rest/V1/{path}")
        assert (status, answer["parameters"]) == (401, {"resources": resource})
    async with in_process() as shop:
        assert (await call(shop, method, f"/rest/V1/{path}"))[0] != 401


async def test_without_the_inventory_modules_there_are_no_such_routes_and_orders_lower_the_stock_item() -> None:
    async with in_process(Config(msi=False)) as shop:
        for path in ("sources", "stocks", "source-items?searchCriteria=", "is-product-salable/A/1"):
            status, answer = await call(shop, "GET", f"{INVENTORY}/{path}")
            assert (status, answer["message"]) == (404, "Request does not match any route.")
        assert "Magento_Inventory" not in await shop.get_json("/rest/V1/modules")
        (placed,) = await shop.place(cart())
        assert (await shop.get_json("/rest/V1/stockItems/WATCH"))["qty"] == 9998
        await shop.cancel(placed["entity_id"])
        assert (await shop.get_json("/rest/V1/stockItems/WATCH"))["qty"] == 10_000
        assert (await shop.control("GET", "stock"))["reservations_total"] == 0


async def test_a_lagging_index_shows_a_write_later_and_a_reservation_at_once() -> None:
    now = [time.time()]
    async with in_process(Config(stock_index_lag_seconds=60, stock_provided=None), lambda: now[0]) as shop:
        await shop.put_product({"id": 1, "sku": "WATCH", "type_id": "simple"})
        await put_items(shop, ("WATCH", "default", 5, 1))
        path = f"{INVENTORY}/get-product-salable-quantity/WATCH/1"
        assert await shop.get_json(path) == 0
        now[0] += 61
        assert await shop.get_json(path) == 5
        await put_items(shop, ("WATCH", "default", 50, 1))
        await put_items(shop, ("WATCH", "default", 70, 1))
        await shop.place(cart())
        assert await shop.get_json(path) == 3
        now[0] += 61
        assert await shop.get_json(path) == 68


async def test_the_legacy_item_shows_and_writes_the_default_source(shop: MagentoSandbox) -> None:
    await shop.put_product({"id": 190, "sku": "A", "type_id": "simple"})
    change = {"stockItem": {"qty": 30, "is_in_stock": True, "use_config_min_qty": False, "min_qty": "2.5"}}
    assert await written(shop, "PUT", "/rest/V1/products/A/stockItems/77", change) == 190
    item = await shop.get_json("/rest/V1/stockItems/A")
    assert (item["item_id"], item["qty"], item["is_in_stock"], item["min_qty"]) == (190, 30, True, 2.5)
    assert await shop.get_json(f"{INVENTORY}/get-product-salable-quantity/A/1") == 27.5
    status = await shop.get_json("/rest/V1/stockStatuses/A")
    assert (status["stock_status"], status["stock_item"]) == (1, item)
    await written(shop, "PUT", "/rest/V1/products/A/stockItems/1", {"stockItem": {"is_in_stock": False}})
    assert (await shop.get_json("/rest/V1/stockItems/A"))["qty"] == 30
    assert await shop.get_json(f"{INVENTORY}/is-product-salable/A/1") is False
    low = await shop.get_json("/rest/V1/stockItems/lowStock?scopeId=0&qty=30")
    assert [one["product_id"] for one in low["items"]] == [190]
    assert (await shop.get_json("/rest/V1/stockItems/lowStock?scopeId=0&qty=29"))["items"] == []


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the recorded documents are not here")
async def test_the_legacy_item_has_the_recorded_shape(shop: MagentoSandbox) -> None:
    recorded = json.loads((SAMPLES / "stockItem-get.json").read_bytes())
    await shop.put_product({"id": recorded["product_id"], "sku": "A", "type_id": "simple"})
    await put_items(shop, ("A", "default", recorded["qty"], 1))
    assert await shop.get_json("/rest/V1/stockItems/A") == recorded


@pytest.mark.parametrize(
    ("method", "path", "document", "status"),
    [
        ("GET", "stockItems/none", None, 404),
        ("GET", "stockStatuses/none", None, 404),
        ("PUT", "products/none/stockItems/1", {"stockItem": {"qty": 1}}, 404),
        ("PUT", "products/A/stockItems/1", {"stockItem": {"qty": "x"}}, 400),
        ("PUT", "products/A/stockItems/1", {"stockItem": {"qty": 1e15}}, 400),
        ("PUT", "products/A/stockItems/1", {"stockItem": {"backorders": 9}}, 400),
        ("PUT", "products/A/stockItems/1", {"stockItem": {"manage_stock": "maybe"}}, 400),
        ("PUT", "products/A/stockItems/1", {}, 400),
        ("GET", "stockItems/lowStock?scopeId=0", None, 400),
        ("GET", "stockItems/lowStock?scopeId=0&qty=x", None, 400),
    ],
)
async def test_wrong_legacy_calls_are_refused(
    shop: MagentoSandbox, method: str, path: str, document: Any, status: int
) -> None:
    await shop.put_product({"id": 1, "sku": "A", "type_id": "simple"})
    got, answer = await call(shop, method, f"/rest/V1/{path}", document)
    assert got == status, answer


@pytest.mark.parametrize(
    "document", [b"{", [], {"colour": 1}, {"min_qty": "x"}, {"backorders": "maybe"}, {"manage_stock": 1}]
)
async def test_wrong_settings_are_named(shop: MagentoSandbox, document: Any) -> None:
    with pytest.raises(SandboxRefused, match=r"^400 "):
        await shop.control("PATCH", "stock/settings", document)


async def test_settings_of_the_shop_count_for_products_without_their_own(shop: MagentoSandbox) -> None:
    await put_items(shop, ("A", "default", 5, 1))
    await shop.control("PATCH", "stock/settings", {"min_qty": "5"})
    assert await shop.get_json(f"{INVENTORY}/is-product-salable/A/1") is False
    await shop.control("PATCH", "stock/settings", {"backorders": "yes"})
    assert await shop.get_json(f"{INVENTORY}/is-product-salable/A/1") is True
    await shop.reset()
    assert (await shop.control("GET", "stock"))["settings"]["min_qty"] == 0
