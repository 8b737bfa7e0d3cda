"""searchCriteria: every condition, OR and AND, sorting, paging in and out of range, the fields filter."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import pytest

from sandbox.magento.config import Config
from tests.contract.magento_sandbox.shop_documents import cart, order
from tests.support.magento_sandbox import MagentoSandbox, in_process

ORDERS = (
    order(1, state="new", updated_at="2026-03-01 10:00:00", grand_total=5),
    order(2, state="processing", updated_at="2026-03-02 10:00:00", grand_total=50, coupon_code="SAVE10"),
    order(3, state="complete", updated_at="2026-03-03 10:00:00", grand_total=500, applied_rule_ids="2,3"),
)


@pytest.fixture
async def stocked() -> AsyncIterator[MagentoSandbox]:
    async with in_process() as shop:
        for document in ORDERS:
            await shop.put_order(document)
        yield shop


def query(**criteria: str) -> str:
    """searchCriteria keys written with dots: groups.0.0.field -> [filter_groups][0][filters][0][field]."""
    parts = []
    for key, value in criteria.items():
        names = key.split("__")
        name = "searchCriteria" + "".join(f"[{one}]" for one in names)
        parts.append(f"{quote(name, safe='')}={quote(value, safe='')}")
    return "&".join(parts)


def condition(field: str, value: str, kind: str, group: int = 0, index: int = 0) -> str:
    prefix = f"filter_groups__{group}__filters__{index}__"
    return query(**{prefix + "field": field, prefix + "value": value, prefix + "condition_type": kind})


async def ids(shop: MagentoSandbox, *parts: str) -> list[int]:
    page = await shop.get_json("/rest/V1/orders?" + "&".join(parts))
    return [int(item["entity_id"]) for item in page["items"]]


@pytest.mark.parametrize(
    ("field", "kind", "value", "found"),
    [
        ("entity_id", "eq", "2", [2]),
        ("entity_id", "neq", "2", [1, 3]),
        ("grand_total", "gt", "50", [3]),
        ("grand_total", "gteq", "50", [2, 3]),
        ("grand_total", "moreq", "50.0000", [2, 3]),
        ("grand_total", "lt", "50", [1]),
        ("grand_total", "lteq", "50", [1, 2]),
        ("state", "like", "%CES%", [2]),
        ("state", "nlike", "%ces%", [1, 3]),
        ("entity_id", "in", "1,3", [1, 3]),
        ("entity_id", "nin", "1,3", [2]),
        ("applied_rule_ids", "finset", "3", [3]),
        ("applied_rule_ids", "nfinset", "9", [3]),
        ("coupon_code", "null", "", [1, 3]),
        ("coupon_code", "notnull", "", [2]),
        ("coupon_code", "neq", "X", [2]),  # a comparison with NULL never holds
        ("updated_at", "from", "2026-03-02 10:00:00", [2, 3]),
        ("updated_at", "to", "2026-03-02 10:00:00", [1, 2]),
        ("updated_at", "gteq", "2026-03-02T09:00:00Z", [3]),  # ISO is compared as text, not converted
    ],
)
async def test_conditions_compare_as_the_database_does(
    stocked: MagentoSandbox, field: str, kind: str, value: str, found: list[int]
) -> None:
    assert await ids(stocked, condition(field, value, kind)) == found


async def test_filters_of_a_group_are_or_and_groups_are_and(stocked: MagentoSandbox) -> None:
    either = (condition("entity_id", "1", "eq"), condition("entity_id", "3", "eq", index=1))
    assert await ids(stocked, *either) == [1, 3]
    assert await ids(stocked, *either, condition("state", "new", "eq", group=1)) == [1]


async def test_camel_case_names_are_the_same(stocked: MagentoSandbox) -> None:
    prefix = "filterGroups__0__filters__0__"
    asked = {prefix + "field": "entity_id", prefix + "value": "1", prefix + "conditionType": "gt", "pageSize": "1"}
    assert await ids(stocked, query(**asked, currentPage="2")) == [3]


async def test_sorting_is_descending_unless_said(stocked: MagentoSandbox) -> None:
    by_total = query(sortOrders__0__field="grand_total")
    assert await ids(stocked, by_total) == [3, 2, 1]
    assert await ids(stocked, by_total, query(sortOrders__0__direction="ASC")) == [1, 2, 3]
    status, body = await stocked.get("/rest/V1/orders?" + by_total + "&" + query(sortOrders__0__direction="up"))
    assert (status, json.loads(body)["parameters"]) == (400, ["ASC", "DESC"])


async def test_the_answer_repeats_the_criteria_and_counts_all(stocked: MagentoSandbox) -> None:
    page = await stocked.get_json("/rest/V1/orders?" + condition("entity_id", "1", "gt") + "&" + query(pageSize="1"))
    assert page["total_count"] == 2
    assert page["search_criteria"] == {
        "filter_groups": [{"filters": [{"field": "entity_id", "value": "1", "condition_type": "gt"}]}],
        "page_size": 1,
        "current_page": 1,
    }


@pytest.mark.parametrize(("release", "found"), [("empty", []), ("last", [3])])
async def test_a_page_behind_the_last_follows_the_release(release: Any, found: list[int]) -> None:
    async with in_process(Config(out_of_range_page=release)) as shop:
        for document in ORDERS:
            await shop.put_order(document)
        assert await ids(shop, query(pageSize="2", currentPage="7")) == found
        assert await ids(shop, query(pageSize="2", currentPage="0")) == [1, 2]


async def test_a_list_without_criteria_is_refused(stocked: MagentoSandbox) -> None:
    status, body = await stocked.get("/rest/V1/orders")
    assert (status, json.loads(body)) == (
        400,
        {"message": '"%fieldName" is required. Enter and try again.', "parameters": {"fieldName": "searchCriteria"}},
    )


async def test_an_unknown_column_is_a_masked_failure_and_an_unknown_attribute_is_named(stocked: MagentoSandbox) -> None:
    status, body = await stocked.get("/rest/V1/orders?" + condition("items", "1", "eq"))
    assert status == 500
    assert b"Report ID" in body
    status, body = await stocked.get("/rest/V1/products?" + condition("id", "1", "eq"))
    assert (status, json.loads(body)["parameters"]) == (400, ["id"])


async def test_columns_that_rest_does_not_show_can_be_filtered(stocked: MagentoSandbox) -> None:
    [placed] = await stocked.place(cart())
    assert await ids(stocked, condition("shipping_method", "flatrate_flatrate", "eq")) == [placed["entity_id"]]


async def test_input_limits_cap_the_page_size_when_on() -> None:
    async with in_process(Config(input_limits=True)) as shop:
        status, body = await shop.get("/rest/V1/orders?" + query(pageSize="301"))
        assert (status, b"Maximum SearchCriteria pageSize" in body) == (400, True)


@pytest.mark.parametrize(
    ("fields", "answer"),
    [
        (
            "items[entity_id],total_count",
            {"items": [{"entity_id": 1}, {"entity_id": 2}, {"entity_id": 3}], "total_count": 3},
        ),
        ("entity_id", []),  # an entity's field at the level of the list
        ("items[entity_id", []),
        ("items[entity-id]", []),
    ],
)
async def test_the_fields_filter_keeps_what_is_named_or_nothing(
    stocked: MagentoSandbox, fields: str, answer: Any
) -> None:
    assert await stocked.get_json(f"/rest/V1/orders?searchCriteria=&fields={quote(fields, safe='')}") == answer


async def test_fields_of_one_order_reach_into_its_items(stocked: MagentoSandbox) -> None:
    answer = await stocked.get_json(f"/rest/V1/orders/2?fields={quote('entity_id,items[sku]', safe='')}")
    assert answer == {"entity_id": 2, "items": [{"sku": "A"}]}
