"""A hint of any kind leads to the right snapshot: of its order, product or customer."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import quote

import pytest

from shared import limits
from shared.log.port import NewRecord
from shared.topics import CUSTOMERS, DEAD_LETTERS, HINTS, ORDERS, OUTCOMES, PRODUCTS
from shared.wire import decode
from tests.support.deployment import TOKEN, Deployment
from tests.support.shopping import cart

pytestmark = pytest.mark.timeout(60)

SKUS = ["plain", "with/slash", "a+b", "100% wool", "two words", "ключ-🔑", "x,y", 'quo"te', "[1]~&=?#"]


async def hint(deployed: Deployment, kind: str, entity: int | str, **headers: str) -> None:
    """As the receiver appends one."""
    told = {"cause": "webhook", "event": "test", "received-at": datetime.now(UTC).isoformat(), **headers}
    record = NewRecord(HINTS, f"main:{kind}:{entity}", b"{}", deployed.books.realm, told)
    await deployed.log.append(record)


async def published(deployed: Deployment, topic: str, key: str, count: int = 1) -> list[dict[str, Any]]:
    """Waits for so many snapshots of an entity."""

    async def there() -> bool:
        return sum(one.key == key for one in await deployed.read(topic)) >= count

    await deployed.until(there, f"{count} snapshots of {key}")
    return [decode(one.value or b"") for one in await deployed.read(topic) if one.key == key]


async def add_product(deployed: Deployment, sku: str, **more: Any) -> int:
    product = {"sku": sku, "name": sku.encode().hex(), "price": 10, "attribute_set_id": 4, "type_id": "simple", **more}
    headers = deployed.shop.sign("POST", "/rest/V1/products")
    status, answer = await deployed.shop.send("POST", "/rest/V1/products", {"product": product}, headers)
    assert status == 200, answer
    return int(decode(answer)["id"])


@pytest.fixture
async def quiet(receiving: Deployment) -> Deployment:
    """The shop tells nobody anything; tests append the hints."""
    await receiving.shop.webhooks("http://127.0.0.1:1/{event}", TOKEN, enabled=False)
    return receiving


@pytest.mark.parametrize("kind", ["invoice", "creditmemo", "shipment"])
async def test_a_hint_that_knows_a_document_only_leads_to_its_order(quiet: Deployment, kind: str) -> None:
    await quiet.place(cart())
    placed = await quiet.place(cart())
    order_id = placed["entity_id"]
    await quiet.shop.invoice(order_id)
    await quiet.shop.ship(order_id)
    path = f"/rest/V1/order/{order_id}/refund"
    assert (await quiet.shop.send("POST", path, {}, quiet.shop.sign("POST", path)))[0] == 200
    name = f"{kind}s"
    wanted = f"/rest/V1/{name}?searchCriteria[filter_groups][0][filters][0][field]=order_id"
    wanted += f"&searchCriteria[filter_groups][0][filters][0][value]={order_id}"
    (document,) = (await quiet.shop.get_json(quote(wanted, safe="/?&=")))["items"]
    await hint(quiet, kind, document["entity_id"])
    (snapshot,) = await published(quiet, ORDERS, quiet.key(placed))
    assert [one["entity_id"] for one in snapshot[name]] == [document["entity_id"]]


async def test_a_document_that_the_shop_never_had_is_told_of(
    quiet: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "NOT_FOUND_SECONDS", 0.5)
    await hint(quiet, "invoice", 4711)
    outcome = await quiet.until_outcome("main:invoice:4711", "not_found")
    assert "does not have the invoice" in outcome["text"]
    assert await quiet.read(ORDERS) == []


@pytest.mark.parametrize("known_by", ["product", "product_sku", "stock_item"])
async def test_products_of_any_sku_are_found_by_id_by_sku_and_by_their_stock(quiet: Deployment, known_by: str) -> None:
    ids = {sku: await add_product(quiet, sku) for sku in SKUS}
    rows = [{"sku": sku, "source_code": "default", "quantity": 3, "status": 1} for sku in SKUS]
    headers = quiet.shop.sign("POST", "/rest/V1/inventory/source-items")
    assert (await quiet.shop.send("POST", "/rest/V1/inventory/source-items", {"sourceItems": rows}, headers))[0] == 200
    for sku, number in ids.items():
        await hint(quiet, known_by, quote(sku, safe="") if known_by == "product_sku" else number)
    for sku, number in ids.items():
        (snapshot,) = await published(quiet, PRODUCTS, f"main:product:{number}")
        assert snapshot["product"]["sku"] == sku and "partial" not in snapshot["product"]
        assert snapshot["product"]["extension_attributes"]["stock_item"]["product_id"] == number
        assert [(item["sku"], item["quantity"]) for item in snapshot["source_items"]] == [(sku, 3)]


@pytest.mark.parametrize("known_by", ["product", "product_sku"])
async def test_a_deleted_product_is_published_as_deleted(quiet: Deployment, known_by: str) -> None:
    number = await add_product(quiet, "A/B")
    await hint(quiet, "product", number)
    await published(quiet, PRODUCTS, f"main:product:{number}")
    await quiet.shop.control("DELETE", f"products/{quote('A/B', safe='')}")
    name = quote("A/B", safe="") if known_by == "product_sku" else number
    for _ in range(2):
        await hint(quiet, known_by, name, deleted="true")
    snapshots = await published(quiet, PRODUCTS, f"main:product:{number}", 2)
    assert [(one.get("deleted"), one.get("id")) for one in snapshots] == [(None, None), (True, number)]


async def test_an_event_of_a_deletion_that_comes_before_it_waits_for_it(quiet: Deployment) -> None:
    number = await add_product(quiet, "MUG")
    await hint(quiet, "product", number, deleted="true")
    await quiet.until(partial(asked_twice, quiet), "it was looked for twice")
    assert [one.headers["cause"] for one in await quiet.read(PRODUCTS)] in ([], ["nightly"]), "not by the hint"
    await quiet.shop.control("DELETE", "products/MUG")

    async def gone() -> bool:
        return any(decode(one.value or b"").get("deleted") is True for one in await quiet.read(PRODUCTS))

    await quiet.until(gone, "the product is told as deleted")


async def asked_twice(deployed: Deployment) -> bool:
    calls = await deployed.shop.usage()
    return sum(count for route, count in calls.items() if "products" in route) >= 4


async def test_a_sku_that_was_renamed_is_not_a_deleted_product(quiet: Deployment) -> None:
    number = await add_product(quiet, "OLD")
    await hint(quiet, "product", number)
    await published(quiet, PRODUCTS, f"main:product:{number}")
    path = "/rest/V1/products/NEW"
    body = {"product": {"id": number, "sku": "NEW", "name": "Renamed"}}
    assert (await quiet.shop.send("PUT", path, body, quiet.shop.sign("PUT", path)))[0] == 200
    await hint(quiet, "product_sku", "OLD", **{"received-at": "2020-01-01T00:00:00+00:00"})
    snapshots = await published(quiet, PRODUCTS, f"main:product:{number}", 2)
    assert snapshots[1]["product"]["sku"] == "NEW" and "deleted" not in snapshots[1]


async def test_a_customer_is_read_with_addresses_and_is_deleted_when_gone(
    quiet: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "NOT_FOUND_SECONDS", 0.5)
    body = {"customer": {"email": "ann@example.com", "firstname": "Ann", "lastname": "Lee"}}
    headers = quiet.shop.sign("POST", "/rest/V1/customers")
    status, answer = await quiet.shop.send("POST", "/rest/V1/customers", body, headers)
    assert status == 200, answer
    number = decode(answer)["id"]
    await hint(quiet, "customer", number)
    (snapshot,) = await published(quiet, CUSTOMERS, f"main:customer:{number}")
    assert snapshot["customer"]["email"] == "ann@example.com"
    path = f"/rest/V1/customers/{number}"
    assert (await quiet.shop.bare("DELETE", path, quiet.shop.sign("DELETE", path)))[0] == 200
    await hint(quiet, "customer", number)
    snapshots = await published(quiet, CUSTOMERS, f"main:customer:{number}", 2)
    assert snapshots[1]["deleted"] is True and "customer" not in snapshots[1]


async def test_a_missing_right_to_products_is_told_of_and_orders_go_on(quiet: Deployment) -> None:
    number = await add_product(quiet, "MUG")
    await quiet.shop.control("PATCH", "settings", {"denied_resources": ["Magento_Catalog::products"]})
    placed = await quiet.place(cart())
    await hint(quiet, "product", number)
    await hint(quiet, "order", placed["entity_id"])
    outcome = await quiet.until_outcome(f"main:product:{number}", "refused")
    assert "Magento_Catalog::products" in outcome["text"]
    await published(quiet, ORDERS, quiet.key(placed))
    await hint(quiet, "product", 7_777)  # while the shop isn't asked again
    outcome = await quiet.until_outcome("main:product:7777", "refused")
    assert "Magento_Catalog::products" in outcome["text"], "the right is named however often it lacks"


async def test_an_order_asked_for_by_command_is_published_though_unchanged(quiet: Deployment) -> None:
    placed = await quiet.place(cart())
    await hint(quiet, "order", placed["entity_id"])
    await published(quiet, ORDERS, quiet.key(placed))
    await hint(quiet, "order", placed["entity_id"], cause="command")
    first, second = await published(quiet, ORDERS, quiet.key(placed), 2)
    assert {**first, "fetched_at": ""} == {**second, "fetched_at": ""}


async def test_hints_of_an_unknown_kind_are_set_aside(quiet: Deployment) -> None:
    await hint(quiet, "category", 3)

    async def buried() -> bool:
        return len(await quiet.read(DEAD_LETTERS)) == 1

    await quiet.until(buried, "a dead letter")
    assert await quiet.read(OUTCOMES) == []
