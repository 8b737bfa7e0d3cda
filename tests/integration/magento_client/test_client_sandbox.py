"""The REST client against the sandbox shop: both kinds of authentication, documents, paging, faults."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import aiohttp
import pytest

from sandbox.magento.cart import Address, Buyer, Cart, Item
from sandbox.magento.config import Config, OAuthSort
from shared import limits
from shared.magento import oauth1
from shared.magento.client import Authentication, Bearer, MagentoClient, OAuth1, new_session
from shared.magento.faults import NotFound, Refused, ShopUnavailable, Unauthorised
from shared.magento.search import Condition, Criteria, Direction, Filter, Window, percent_encode
from tests.support.magento_sandbox import MagentoSandbox, in_process

CART = Cart(
    items=(Item(sku="MUG-01", name="Mug", qty=Decimal(2), price=Decimal("12.50")),),
    buyer=Buyer(email="buyer@example.test"),
    billing=Address(
        firstname="Ada", lastname="Byron", street=("1 Pine St",), city="San Jose", region="CA", postcode="95110"
    ),
)


def signing(shop: MagentoSandbox, **changes: str) -> OAuth1:
    keys = shop.credentials
    values = {
        "consumer_key": keys.consumer_key,
        "consumer_secret": keys.consumer_secret,
        "access_token": keys.access_token,
        "access_token_secret": keys.access_token_secret,
    }
    return OAuth1(oauth1.Credentials(**(values | changes)))


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with new_session() as session:
        yield session


@pytest.fixture
async def shop() -> AsyncIterator[MagentoSandbox]:
    async with in_process() as shop:
        yield shop


def client(session: aiohttp.ClientSession, shop: MagentoSandbox, auth: Authentication | None = None) -> MagentoClient:
    return MagentoClient(session, shop.base_url, auth or signing(shop))


async def placed(shop: MagentoSandbox, count: int = 1) -> list[int]:
    answers = await shop.place(*[CART] * count)
    return [answer["entity_id"] for answer in answers]


async def test_a_signed_call_reads_an_order_with_its_amounts_as_decimals(
    session: aiohttp.ClientSession, shop: MagentoSandbox
) -> None:
    (order_id,) = await placed(shop)
    order = await client(session, shop).get_order(order_id)
    assert order["entity_id"] == order_id
    amount = order["subtotal"]
    assert isinstance(amount, Decimal | int)
    assert amount == 25


@pytest.mark.parametrize("sort", ["rfc", "decoded"])
async def test_signatures_of_searches_hold_for_both_orders_of_sorting_up_to_the_limit_of_filters(
    session: aiohttp.ClientSession, sort: OAuthSort
) -> None:
    filters = [[Filter("status", "a + b/c=d&e [é]~%1", Condition.NEQ)]] * limits.MAGENTO_FILTERS_MAX
    async with in_process(Config(oauth_sort=sort)) as shop:
        (order_id,) = await placed(shop)
        items, total = await client(session, shop).search("orders", Criteria(filters, ("entity_id", Direction.ASC)))
        assert ([item["entity_id"] for item in items], total) == ([order_id], 1)


async def test_each_call_has_a_nonce_of_its_own(session: aiohttp.ClientSession, shop: MagentoSandbox) -> None:
    (order_id,) = await placed(shop)
    magento = client(session, shop)
    for _ in range(3):
        await magento.get_order(order_id)
    keys = signing(shop).credentials
    repeating = client(session, shop, OAuth1(keys, nonce=lambda: "same"))
    await repeating.get_order(order_id)
    with pytest.raises(Unauthorised, match="nonce is already being used by the consumer with ID 1"):
        await repeating.get_order(order_id)


@pytest.mark.parametrize("wrong", ["consumer_key", "consumer_secret", "access_token", "access_token_secret"])
async def test_a_wrong_key_or_secret_is_unauthorised_with_the_known_causes(
    session: aiohttp.ClientSession, shop: MagentoSandbox, wrong: str
) -> None:
    with pytest.raises(Unauthorised, match="known causes"):
        await client(session, shop, signing(shop, **{wrong: "wrong"})).store_configs()


async def test_the_access_token_as_bearer_is_refused_by_default_and_taken_where_it_is_allowed(
    session: aiohttp.ClientSession, shop: MagentoSandbox
) -> None:
    with pytest.raises(Unauthorised, match=r"use OAuth 1\.0a"):
        await client(session, shop, Bearer(shop.token)).store_configs()
    async with in_process(Config(bearer=True)) as lenient:
        (config, *_) = await client(session, lenient, Bearer(lenient.token)).store_configs()
        assert config["timezone"] == "America/Los_Angeles"


async def test_an_order_that_is_not_there_is_not_found(session: aiohttp.ClientSession, shop: MagentoSandbox) -> None:
    with pytest.raises(NotFound):
        await client(session, shop).get_order(4_711)


async def test_a_path_that_no_route_has_is_refused_not_taken_for_a_missing_entity(
    session: aiohttp.ClientSession, shop: MagentoSandbox
) -> None:
    with pytest.raises(Refused, match="match any route"):
        await client(session, shop).get("nothing/here")


async def test_invoices_and_credit_memos_of_an_order_are_its_own(
    session: aiohttp.ClientSession, shop: MagentoSandbox
) -> None:
    first, second = await placed(shop, 2)
    await shop.invoice(first)
    await shop.invoice(second)
    magento = client(session, shop)
    invoices = await magento.documents_of("invoices", [first])
    assert [invoice["order_id"] for invoice in invoices] == [first]
    assert await magento.documents_of("creditmemos", [first]) == []


@pytest.mark.parametrize("page_size", [1, 2, 3, 5, 100])
async def test_a_walk_meets_every_order_once_in_order_of_its_id(
    session: aiohttp.ClientSession, shop: MagentoSandbox, page_size: int
) -> None:
    ids = sorted(await placed(shop, 5))
    seen = [page async for page in client(session, shop).walk("orders", page_size=page_size)]
    assert [order["entity_id"] for page in seen for order in page] == ids
    assert all(len(page) <= page_size for page in seen)


async def test_a_walk_ends_on_shops_that_repeat_the_last_page(session: aiohttp.ClientSession) -> None:
    async with in_process(Config(out_of_range_page="last")) as shop:
        ids = sorted(await placed(shop, 4))
        seen = [page async for page in client(session, shop).walk("orders", page_size=2)]
        assert [order["entity_id"] for page in seen for order in page] == ids


async def test_a_walk_goes_on_behind_an_id_and_keeps_to_its_window(
    session: aiohttp.ClientSession, shop: MagentoSandbox
) -> None:
    ids = sorted(await placed(shop, 4))
    magento, now = client(session, shop), datetime.now(UTC)
    around = Window("updated_at", now - timedelta(hours=1), now + timedelta(hours=1))
    before = Window("updated_at", now - timedelta(hours=2), now - timedelta(hours=1))
    pages = [page async for page in magento.walk("orders", window=around, after_id=ids[1])]
    assert [order["entity_id"] for page in pages for order in page] == ids[2:]
    assert [page async for page in magento.walk("orders", window=before)] == []


async def test_a_walk_is_not_led_astray_by_orders_that_change_meanwhile(
    session: aiohttp.ClientSession, shop: MagentoSandbox
) -> None:
    ids = sorted(await placed(shop, 6))
    seen: list[int] = []
    async for page in client(session, shop).walk("orders", page_size=2):
        seen += [order["entity_id"] for order in page]
        await shop.edit(ids[0], {"customer_note": "changed"})
        await placed(shop)
        if len(seen) > 20:
            break
    assert seen[:6] == ids
    assert len(set(seen)) == len(seen)


async def test_a_sku_with_a_plus_a_space_and_a_percent_sign_is_found(
    session: aiohttp.ClientSession, shop: MagentoSandbox
) -> None:
    sku = "A+B 50%é"
    await shop.put_product(
        {"id": 9, "sku": sku, "name": "Odd", "type_id": "simple", "updated_at": "2026-01-01 00:00:00"}
    )
    magento = client(session, shop)
    assert (await magento.get(f"products/{percent_encode(sku)}"))["sku"] == sku
    items, _ = await magento.search("products", Criteria([[Filter("sku", sku)]]))
    assert [item["sku"] for item in items] == [sku]


async def test_a_store_code_is_part_of_the_address(session: aiohttp.ClientSession, shop: MagentoSandbox) -> None:
    (order_id,) = await placed(shop)
    magento = MagentoClient(session, f"{shop.base_url}/index.php/", signing(shop), store_code="all")
    assert (await magento.get_order(order_id))["entity_id"] == order_id


async def test_an_html_error_and_dropped_connections_are_an_unavailable_shop_and_pass(
    session: aiohttp.ClientSession, shop: MagentoSandbox
) -> None:
    (order_id,) = await placed(shop)
    magento = client(session, shop)
    for effect, times in (("status", 1), ("drop", 2)):  # a dropped call on a kept connection is sent once more
        await shop.fault(effect, "orders/:id", times=times)
        with pytest.raises(ShopUnavailable):
            await magento.get_order(order_id)
    assert (await magento.get_order(order_id))["entity_id"] == order_id


async def test_a_kept_connection_that_dies_costs_a_second_signature_not_an_error(
    session: aiohttp.ClientSession, shop: MagentoSandbox
) -> None:
    (order_id,) = await placed(shop)
    nonces: list[str] = []

    def nonce() -> str:
        nonces.append(f"nonce{len(nonces)}")
        return nonces[-1]

    magento = client(session, shop, OAuth1(signing(shop).credentials, nonce=nonce))
    await magento.get_order(order_id)
    await shop.fault("drop", "orders/:id")
    assert (await magento.get_order(order_id))["entity_id"] == order_id
    assert len(nonces) == 3


@pytest.mark.parametrize("sort", ["rfc", "decoded"])
async def test_writes_are_signed_so_that_magento_takes_them(session: aiohttp.ClientSession, sort: OAuthSort) -> None:
    async with in_process(Config(oauth_sort=sort)) as shop:
        magento = MagentoClient(session, shop.base_url, signing(shop))
        wanted = {"event_name": "customer.created", "recipient_url": "http://127.0.0.1:1/a", "verification_token": "t"}
        made = await magento.post("async_event", {"asyncEvent": wanted})
        await magento.put(f"async_event/{made['subscription_id']}", {"asyncEvent": {"status": False}})
        items, _ = await magento.search("async_events", Criteria([]))
        assert [(item["subscription_id"], item["status"]) for item in items] == [(made["subscription_id"], False)]
        wrong = MagentoClient(session, shop.base_url, signing(shop, access_token_secret="wrong"))
        with pytest.raises(Unauthorised):
            await wrong.post("async_event", {"asyncEvent": wanted})
