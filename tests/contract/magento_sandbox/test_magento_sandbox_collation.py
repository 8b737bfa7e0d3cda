"""What the shop's database takes for one SKU, and for a SKU at all."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pytest

from sandbox.magento.collation import fold
from tests.support.magento_sandbox import MagentoSandbox, in_process

ONE = [("Mug", "MUG"), ("CAFE", "café"), ("sock 🧦", "sock 🍣"), ("straße", "STRASE"), ("a", "a  "), ("Ñ", "n")]
TWO = [
    ("straße", "strasse"),
    ("a", " a"),
    ("a b", "a  b"),
    ("Ø", "O"),
    ("e", "e\u0301"),
    ("a", "a\u00a0"),
    ("a/b", "a"),
]


@pytest.fixture
async def shop() -> AsyncIterator[MagentoSandbox]:
    async with in_process() as sandbox:
        yield sandbox


async def post(shop: MagentoSandbox, *rows: tuple[str, Any]) -> int:
    items = [
        {"sku": sku, "source_code": "default", "quantity": Decimal(str(quantity)), "status": 1}
        for sku, quantity in rows
    ]
    path = "/rest/V1/inventory/source-items"
    status, _ = await shop.send("POST", path, {"sourceItems": items}, shop.sign("POST", path))
    return status


async def found(shop: MagentoSandbox, condition: str, value: str) -> dict[str, Any]:
    name = "searchCriteria[filter_groups][0][filters][0]"
    query = "&".join(
        f"{quote(f'{name}[{member}]', safe='')}={quote(text, safe='')}"
        for member, text in (("field", "sku"), ("value", value), ("condition_type", condition))
    )
    items = (await shop.get_json(f"/rest/V1/inventory/source-items?{query}"))["items"]
    return {item["sku"]: item["quantity"] for item in items}


@pytest.mark.parametrize("pair", ONE)
async def test_skus_that_are_one_share_a_row_that_keeps_its_spelling(
    shop: MagentoSandbox, pair: tuple[str, str]
) -> None:
    there, other = pair
    assert fold(there) == fold(other)
    assert await post(shop, (there, 1)) == 200
    assert await found(shop, "eq", other) == {there: 1}
    assert await found(shop, "in", f"x,{other}") == {there: 1}
    if other == other.strip():
        assert await post(shop, (other, 2), (there, 3), (other, 4)) == 200  # the last one counts
        assert await found(shop, "eq", there) == {there: 4}


@pytest.mark.parametrize("pair", TWO)
async def test_skus_that_are_two_have_a_row_each(shop: MagentoSandbox, pair: tuple[str, str]) -> None:
    assert fold(pair[0]) != fold(pair[1])
    able = [sku for sku in pair if sku == sku.strip(" ")]
    assert await post(shop, *((sku, number) for number, sku in enumerate(able))) == 200
    for number, sku in enumerate(able):
        assert await found(shop, "eq", sku) == {sku: number}


async def test_a_search_for_several_splits_at_commas_and_trims_nothing(shop: MagentoSandbox) -> None:
    await post(shop, ("a", 1), ("b", 2), ("a,b", 3))
    assert await found(shop, "in", "a,b") == {"a": 1, "b": 2}
    assert await found(shop, "in", "a, b") == {"a": 1}
    assert await found(shop, "eq", "a,b") == {"a,b": 3}


@pytest.mark.parametrize(
    ("sku", "quantity", "status"),
    [
        ("no product has it", 1, 200),
        ("a ", 1, 400),
        ("\ta", 1, 400),
        ("", 1, 400),
        ("\u00a0a", 1, 200),
        ("x" * 64, 1, 200),
        ("x" * 65, 1, 400),
        ("a", -3, 200),
        ("a", "1.00005", 200),
        ("a", 10**8, 400),
    ],
)
async def test_what_a_source_item_may_be(shop: MagentoSandbox, sku: str, quantity: Any, status: int) -> None:
    """One wrong row, and none of the batch is written."""
    assert await post(shop, ("first", 1), (sku, quantity), ("last", 1)) == status
    assert bool(await found(shop, "in", "first,last")) == (status == 200)


async def test_a_fifth_decimal_is_rounded(shop: MagentoSandbox) -> None:
    await post(shop, ("a", "1.00005"), ("b", "-1.00005"))
    assert await found(shop, "in", "a,b") == {"a": Decimal("1.0001"), "b": Decimal("-1.0001")}


async def test_two_products_cannot_have_skus_that_are_one(shop: MagentoSandbox) -> None:
    for sku in ("CAFE", "café"):
        product = {"sku": sku, "name": sku, "price": 1, "attribute_set_id": 4, "type_id": "simple"}
        path = "/rest/V1/products"
        assert (await shop.send("POST", path, {"product": product}, shop.sign("POST", path)))[0] == 200
    listed = await shop.get_json("/rest/V1/products?searchCriteria=")
    assert len(listed["items"]) == 1
