"""Asynchronous and bulk calls: accepted, done later, told of by their status."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from sandbox.magento.config import Config
from sandbox.magento.releases import RELEASES, config_of
from tests.contract.magento_sandbox.catalogue_calls import LAMP
from tests.support.magento_rest import Rest, page
from tests.support.magento_sandbox import MagentoSandbox, SandboxRefused, in_process

BULK, ASYNC = "/rest/all/async/bulk/V1", "/rest/all/async/V1"
WAIT_SECONDS = 5.0


def _lamp(number: int, **more: Any) -> dict[str, Any]:
    return {"product": LAMP | {"sku": f"L{number}", "name": f"Lamp {number}"} | more}


async def _accepted(shop: MagentoSandbox, method: str, path: str, document: Any, prefix: str = BULK) -> dict[str, Any]:
    status, body = await Rest(shop, prefix).call(method, path, document)
    assert status == 202, body
    answer: dict[str, Any] = body
    return answer


async def _ended(shop: MagentoSandbox, bulk_uuid: str) -> list[dict[str, Any]]:
    """The operations, once none is open."""
    async with asyncio.timeout(WAIT_SECONDS):
        while True:
            status = await Rest(shop).done("GET", f"bulk/{bulk_uuid}/detailed-status")
            if all(one["status"] != 4 for one in status["operations_list"]):
                operations: list[dict[str, Any]] = status["operations_list"]
                return operations
            await asyncio.sleep(0.01)


async def test_a_bulk_is_accepted_and_each_entity_done(shop: MagentoSandbox) -> None:
    answer = await _accepted(shop, "POST", "products", [_lamp(0), _lamp(1), {"product": {"name": "no SKU"}}])
    assert [(one["id"], one["status"], len(one["data_hash"])) for one in answer["request_items"]] == [
        (0, "accepted", 64), (1, "accepted", 64), (2, "accepted", 64),
    ]  # fmt: skip
    assert answer["errors"] is False
    operations = await _ended(shop, answer["bulk_uuid"])
    assert [one["status"] for one in operations] == [1, 1, 3]
    assert operations[0]["topic_name"] == "async.magento.catalog.api.productrepositoryinterface.save.post"
    assert operations[2]["result_serialized_data"] is None
    assert (await shop.get_json("/rest/V1/products/L1"))["name"] == "Lamp 1"
    rest = Rest(shop)
    assert await rest.done("GET", f"bulk/{answer['bulk_uuid']}/operation-status/1") == 2
    short = await rest.done("GET", f"bulk/{answer['bulk_uuid']}/status")
    assert set(short["operations_list"][0]) == {"id", "status", "result_message", "error_code"}
    found = await rest.done("GET", "bulk?" + page("status", "eq", "3"))
    assert [one["id"] for one in found["items"]] == [2]
    assert (await rest.call("GET", "bulk/nothing/status"))[0] == 404


async def test_names_of_the_path_stand_in_the_entities_of_a_bulk(shop: MagentoSandbox) -> None:
    for number in range(2):
        await Rest(shop, "/rest/all/V1").done("POST", "products", _lamp(number))
    renamed = [{"product": {"sku": f"L{number}", "name": "New"}} for number in range(2)] + [{"product": {}}]
    answer = await _accepted(shop, "PUT", "products/bySku", renamed)
    assert [one["status"] for one in answer["request_items"]] == ["accepted", "accepted", "rejected"]
    assert answer["errors"] is True
    assert [one["status"] for one in await _ended(shop, answer["bulk_uuid"])] == [1, 1, 5]
    assert (await shop.get_json("/rest/V1/products/L0"))["name"] == "New"
    stock = [{"productSku": "L0", "itemId": 1, "stockItem": {"qty": 7, "is_in_stock": True}}]
    answer = await _accepted(shop, "PUT", "products/byProductSku/stockItems/byItemId", stock)
    assert [one["status"] for one in await _ended(shop, answer["bulk_uuid"])] == [1]
    assert (await shop.get_json("/rest/V1/stockItems/L0"))["qty"] == 7
    answer = await _accepted(shop, "DELETE", "products/bySku", [{"sku": "L0"}])
    await _ended(shop, answer["bulk_uuid"])
    assert (await shop.get("/rest/V1/products/L0"))[0] == 404


async def test_a_single_call_is_done_later_too(shop: MagentoSandbox) -> None:
    answer = await _accepted(shop, "POST", "products", _lamp(1), ASYNC)
    assert [one["status"] for one in await _ended(shop, answer["bulk_uuid"])] == [1]
    answer = await _accepted(shop, "DELETE", "products/L1", None, ASYNC)
    assert [one["status"] for one in await _ended(shop, answer["bulk_uuid"])] == [1]
    assert (await Rest(shop, ASYNC).call("GET", "products/L1"))[0] == 404
    assert (await Rest(shop, BULK).call("PUT", "products/L1", []))[0] == 404


async def test_without_a_consumer_operations_stay_open_until_there_is_one(shop: MagentoSandbox) -> None:
    await shop.control("POST", "consumers", {"count": 0})
    answer = await _accepted(shop, "POST", "products", [_lamp(1)])
    await asyncio.sleep(0.1)  # longer than a consumer takes; the assertion is that nothing happened
    assert await Rest(shop).done("GET", f"bulk/{answer['bulk_uuid']}/operation-status/4") == 1
    await shop.control("POST", "consumers", {"count": 1})
    assert [one["status"] for one in await _ended(shop, answer["bulk_uuid"])] == [1]


async def test_messages_wait_on_the_shops_clock() -> None:
    now = [1_800_000_000.0]
    async with in_process(Config(consumer_delay_seconds=60), clock=lambda: now[0]) as shop:
        answer = await _accepted(shop, "POST", "products", [_lamp(1)])
        await asyncio.sleep(0.1)
        assert (await shop.get("/rest/V1/products/L1"))[0] == 404
        now[0] += 61
        assert [one["status"] for one in await _ended(shop, answer["bulk_uuid"])] == [1]


async def test_several_consumers_dont_keep_the_order(shop: MagentoSandbox) -> None:
    async def names(count: int) -> list[str]:
        await shop.control("POST", "consumers", {"count": count})
        answer = await _accepted(shop, "POST", "products", [_lamp(number) for number in range(20)])
        await _ended(shop, answer["bulk_uuid"])
        items = (await shop.get_json("/rest/V1/products?searchCriteria="))["items"]
        for sku in (one["sku"] for one in items):
            await Rest(shop).done("DELETE", f"products/{sku}")
        return [one["sku"] for one in items]  # by id, so in the order in which they were made

    wanted = [f"L{number}" for number in range(20)]
    assert await names(1) == wanted
    shuffled = await names(4)
    assert shuffled != wanted
    assert sorted(shuffled) == sorted(wanted)


async def test_an_operation_that_met_a_deadlock_is_left_for_the_caller_to_repeat(shop: MagentoSandbox) -> None:
    await shop.control("POST", "consumers", {"deadlocks": 1})
    answer = await _accepted(shop, "POST", "products", [_lamp(0), _lamp(1)])
    operations = await _ended(shop, answer["bulk_uuid"])
    assert [(one["status"], one["error_code"]) for one in operations] == [(2, 1213), (1, None)]
    assert (await shop.get("/rest/V1/products/L0"))[0] == 404


async def test_rights_are_those_of_the_route_and_checked_at_once() -> None:
    async with in_process(Config(denied_resources=frozenset({"Magento_Catalog::products"}))) as shop:
        status, body = await Rest(shop, BULK).call("POST", "products", [_lamp(1)])
        assert (status, body["parameters"]) == (401, {"resources": "Magento_Catalog::products"})


async def test_input_limits_allow_more_asynchronously() -> None:
    rows = [{"sku": f"S{number}", "source_code": "default", "quantity": 1, "status": 1} for number in range(21)]
    async with in_process(Config(input_limits=True)) as shop:
        assert (await Rest(shop).call("POST", "inventory/source-items", {"sourceItems": rows}))[0] == 400
        answer = await _accepted(shop, "POST", "inventory/source-items", [{"sourceItems": rows}])
        assert [one["status"] for one in await _ended(shop, answer["bulk_uuid"])] == [1]
        status, body = await Rest(shop, BULK).call("POST", "inventory/source-items", [{}] * 5_001)
        assert (status, body["parameters"]["max"]) == (400, 5_000)


async def test_a_reset_forgets_bulks_and_what_is_open(shop: MagentoSandbox) -> None:
    await shop.control("POST", "consumers", {"count": 0})
    answer = await _accepted(shop, "POST", "products", [_lamp(1)])
    await shop.reset()
    assert (await Rest(shop).call("GET", f"bulk/{answer['bulk_uuid']}/status"))[0] == 404
    assert (await shop.control("GET", "consumers"))["count"] == 1


@pytest.mark.parametrize("switch", [{"count": -1}, {"delay_seconds": "1"}, {"colour": 1}, {"count": True}])
async def test_a_wrong_switch_of_the_consumers_is_named(shop: MagentoSandbox, switch: dict[str, Any]) -> None:
    with pytest.raises(SandboxRefused, match=f"400 .*{next(iter(switch))}"):
        await shop.control("POST", "consumers", switch)


def test_a_release_sets_what_depends_on_it_and_single_switches_win() -> None:
    assert {release: config_of(release).bearer for release in RELEASES} == {
        "2.3.7": True, "2.4.4": False, "2.4.7": False, "2.4.8": False,
    }  # fmt: skip
    assert (config_of("2.3.7").out_of_range_page, config_of("2.3.7").admin_token_seconds) == ("last", 14_400)
    newest = config_of("2.4.8")
    assert (newest.row_totals, newest.itemized_taxes, newest.oauth_sort) == ("2.4.8", True, "decoded")
    assert config_of("2.4.8", row_totals="raw", bearer=True) == config_of("2.4.8", bearer=True, row_totals="raw")
    assert config_of("2.4.8", row_totals="raw").row_totals == "raw"
    assert config_of("2.4.7") == Config()
