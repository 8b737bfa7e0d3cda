"""Orders edited and placed again: what the new order is, what becomes of the old one, of stock and of who listens."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from sandbox.magento.cart import Cart
from sandbox.magento.config import Config
from sandbox.magento.life import editing
from sandbox.magento.placing import place
from sandbox.magento.shop import Shop
from shared import wire
from tests.contract.magento_sandbox.shop_documents import cart
from tests.support.magento_sandbox import MagentoSandbox, SandboxRefused, in_process

NUMBERS = ("item_id", "parent_item_id", "associated_item_id", "quote_item_id", "tax_id", "tax_item_id", "order_id",
           "billing_address_id", "quote_id")  # fmt: skip
BOX = {
    "sku": "BOX", "name": "Box", "type": "bundle_dynamic", "qty": 2,
    "children": [{"sku": "X", "name": "X", "price": "3", "qty": 2}, {"sku": "Y", "name": "Y", "price": "4"}],
}  # fmt: skip


async def read(shop: MagentoSandbox, number: int) -> dict[str, Any]:
    status, body = await shop.get(f"/rest/V1/orders/{number}", shop.bearer)
    assert status == 200, body
    document: dict[str, Any] = wire.decode(body)
    return document


async def reserved(shop: MagentoSandbox) -> dict[str, Decimal]:
    rows = (await shop.control("GET", "stock"))["reservations"]
    return {sku: sum(row["quantity"] for row in rows if row["sku"] == sku) for sku in {row["sku"] for row in rows}}


def numbers(value: Any) -> Iterator[tuple[str, int]]:
    """Every number by which rows of an order name each other, wherever it stands."""
    if isinstance(value, dict):
        if "address_type" in value:
            yield from (("address", value["entity_id"]), ("address of", value["parent_id"]))
        for name, entry in value.items():
            if name in NUMBERS:
                yield name, entry
            yield from numbers(entry)
    elif isinstance(value, list):
        for entry in value:
            yield from numbers(entry)


@pytest.mark.parametrize("again", ["edit", "reorder"])
async def test_no_row_of_the_new_order_is_one_of_the_old(again: str) -> None:
    async with in_process(Config(bearer=True, itemized_taxes=True)) as shop:
        [one] = await shop.place(cart(items=[BOX], shipping_amount="5.00"))
        old = await read(shop, one["entity_id"])
        new = await read(shop, (await shop.control("POST", f"orders/{old['entity_id']}/{again}"))["entity_id"])
        assert not set(numbers(new)) & set(numbers(old))
        items = {item["item_id"] for item in new["items"]}
        taxed = [row["item_id"] for row in new["extension_attributes"]["item_applied_taxes"] if row["item_id"]]
        assert taxed
        assert set(taxed) <= items
        assert new["billing_address"]["parent_id"] == new["entity_id"]
        assert [item["row_total"] for item in new["items"]] == [item["row_total"] for item in old["items"]]


async def test_a_copy_of_a_paid_order_is_due_and_nothing_of_its_payment_is_taken_over(
    bearer_shop: MagentoSandbox,
) -> None:
    shop = bearer_shop
    credit = {"store_credit": "12.00"}
    [one] = await shop.place(cart(payment_method="braintree", paid_at_once=True, shipping_amount="5", tenders=credit))
    old = await read(shop, one["entity_id"])
    assert old["extension_attributes"]["customer_balance_invoiced"] == 12
    new = await shop.control("POST", f"orders/{old['entity_id']}/reorder")
    assert (new["total_due"], new.get("total_paid")) == (old["grand_total"], None)
    assert not {"last_trans_id", "amount_paid", "base_amount_paid"} & set(new["payment"])
    assert "customer_balance_invoiced" not in new["extension_attributes"]
    assert new["extension_attributes"]["customer_balance_amount"] == 12


async def test_an_edit_with_another_cart_reserves_the_new_goods_and_releases_the_old(
    bearer_shop: MagentoSandbox,
) -> None:
    shop = bearer_shop
    [one] = await shop.place(cart())
    changed = cart(items=[{"sku": "STRAP", "name": "Strap", "price": "7.00", "qty": 3}])
    new = await shop.control("POST", f"orders/{one['entity_id']}/edit", {"cart": changed})
    assert new["increment_id"] == f"{one['increment_id']}-1"
    assert [(item["sku"], item["qty_ordered"]) for item in new["items"]] == [("STRAP", 3)]
    assert (new["grand_total"], (await read(shop, one["entity_id"]))["state"]) == (Decimal("22.73"), "canceled")
    assert await reserved(shop) == {"WATCH": 0, "STRAP": -3}
    assert (await shop.control("GET", "stock/audit"))["inconsistencies"] == {}


async def test_an_edit_into_goods_that_are_not_there_leaves_everything_as_it_was() -> None:
    async with in_process(Config(bearer=True, stock_provided=5)) as shop:
        [one] = await shop.place(cart())
        before = await read(shop, one["entity_id"])
        changed = cart(items=[{"sku": "STRAP", "name": "Strap", "price": "7.00", "qty": 6}])
        with pytest.raises(SandboxRefused, match="409"):
            await shop.control("POST", f"orders/{one['entity_id']}/edit", {"cart": changed})
        assert await read(shop, one["entity_id"]) == before
        assert await reserved(shop) == {"WATCH": -2}
        assert len(await shop.orders()) == 1


@pytest.mark.parametrize(("body", "named"), [({"kart": {}}, "kart"), ({"cart": {"items": []}}, "items")])
async def test_what_is_wrong_with_a_cart_of_an_edit_is_named(
    shop: MagentoSandbox, body: dict[str, Any], named: str
) -> None:
    [one] = await shop.place(cart())
    with pytest.raises(SandboxRefused, match=f"400 .*{named}"):
        await shop.control("POST", f"orders/{one['entity_id']}/edit", body)


def test_an_edit_tells_of_the_new_order_then_of_the_old_ones_end() -> None:
    shop, told = Shop(Config()), list[tuple[str, int]]()
    old = place(shop, Cart.model_validate(cart()))
    shop.on_event(lambda event, document: told.append((event, document.entity_id)))
    with shop.atomic():
        new = editing.edit(shop, old)
    assert told == [
        ("sales.order.created", new.entity_id),
        ("sales.order.updated", old.entity_id),
        ("sales.order.cancelled", old.entity_id),
    ]


@pytest.mark.parametrize("kind", ["bundle_dynamic", "bundle_fixed"])
async def test_selections_of_a_bundle_shipped_separately_leave_one_by_one(
    bearer_shop: MagentoSandbox, kind: str
) -> None:
    shop = bearer_shop
    [one] = await shop.place(cart(items=[BOX | {"type": kind, "price": "20", "shipment_type": "separately"}]))
    box, first, second = (await read(shop, one["entity_id"]))["items"]
    await shop.ship(one["entity_id"], {first["item_id"]: 4})
    after = await read(shop, one["entity_id"])
    assert [item["qty_shipped"] for item in after["items"]] == [0, 4, 0]
    assert await reserved(shop) == {"X": 0, "Y": -2}
    with pytest.raises(SandboxRefused, match="409"):
        await shop.ship(one["entity_id"], {first["item_id"]: 1})
    await shop.ship(one["entity_id"], {second["item_id"]: 2})
    await shop.invoice(one["entity_id"])
    assert (await read(shop, one["entity_id"]))["state"] == "complete"
    assert await reserved(shop) == {"X": 0, "Y": 0}
    again = await shop.control("POST", f"orders/{one['entity_id']}/reorder")
    await shop.ship(again["entity_id"], {again["items"][1]["item_id"]: 1})
    assert box["item_id"] != again["items"][0]["item_id"]


async def test_selections_of_a_bundle_shipped_together_do_not_leave_alone(shop: MagentoSandbox) -> None:
    [one] = await shop.place(cart(items=[BOX]))
    order_id = one["entity_id"]
    with pytest.raises(SandboxRefused, match="409"):
        await shop.ship(order_id, {700_002: 1})
    with pytest.raises(SandboxRefused, match=r"400 .*shipped separately"):
        await shop.place(cart(items=[{"sku": "A", "name": "A", "shipment_type": "separately"}]))
