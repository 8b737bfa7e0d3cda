"""Mage-OS events out: bytes, signature, headers, names, retries, losses, copies."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.magento import limits, php_json
from sandbox.magento.config import Config
from sandbox.magento.webhooks.mageos import backoff_seconds, retryable
from tests.contract.magento_sandbox.hook_receiver import Receiver, receiving, settled
from tests.contract.magento_sandbox.shop_documents import cart, order
from tests.support.magento_sandbox import MagentoSandbox, in_process

TOKEN = "verification-token"


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as one:
        yield one


async def test_a_3x_event_is_php_json_signed_over_its_bytes(shop: MagentoSandbox, receiver: Receiver) -> None:
    await shop.webhooks(receiver.url, TOKEN, events=["sales.order.created"])
    [placed] = await shop.place(cart())
    await settled(shop)
    [got] = receiver.received
    assert got.event == "sales.order.created"
    assert got.headers["x-magento-signature"] == hmac.new(TOKEN.encode(), got.body, hashlib.sha256).hexdigest()
    assert got.headers["Content-Type"] == "application/json"
    assert got.body.startswith(b'{"data":{')
    assert b"Zo\\u00eb" in got.body
    assert b"Check \\/ Money order" in got.body
    assert json.loads(got.body)["data"]["entity_id"] == placed["entity_id"]


async def test_a_4x_event_is_a_cloudevent_without_content_type(shop: MagentoSandbox, receiver: Receiver) -> None:
    await shop.webhooks(receiver.url, TOKEN, format="4.x", events=["sales.order.created"])
    await shop.place(cart())
    await settled(shop)
    [got] = receiver.received
    event = json.loads(got.body)
    assert "Content-Type" not in got.headers
    assert list(event) == ["specversion", "id", "source", "type", "datacontenttype", "data"]
    assert (event["specversion"], event["source"], event["type"]) == ("1.0", "0", "sales.order.created")
    assert got.headers["x-magento-signature"] == hmac.new(TOKEN.encode(), got.body, hashlib.sha256).hexdigest()


async def test_payloads_carry_the_row_total_before_discount_and_rest_does_not(
    shop: MagentoSandbox, receiver: Receiver
) -> None:
    await shop.webhooks(receiver.url, TOKEN, events=["sales.order.created"])
    [placed] = await shop.place(cart(coupons=[{"action": "by_percent", "amount": 10}]))
    await settled(shop)
    [item] = json.loads(receiver.received[0].body)["data"]["items"]
    shown = await shop.get_json(f"/rest/V1/orders/{placed['entity_id']}")
    assert (item["row_total"], shown["items"][0]["row_total"]) == (20, 18)


async def test_the_life_of_an_order_raises_the_modules_event_names(shop: MagentoSandbox, receiver: Receiver) -> None:
    await shop.webhooks(receiver.url, TOKEN)
    [placed] = await shop.place(cart())
    number = placed["entity_id"]
    await shop.edit(number, {"customer_email": "other@example.com"})  # no event: only the state counts
    await shop.invoice(number)
    await shop.ship(number)
    await settled(shop)
    assert Counter(receiver.events()) == Counter(
        {
            "catalog.product.created": 1,
            "sales.order.created": 1,
            "sales.order.paid": 1,
            "sales.order.updated": 2,  # new to processing, processing to complete
            "sales.invoice.created": 1,
            "sales.invoice.paid": 1,
            "sales.shipment.created": 1,
            "sales.order.shipped": 1,
        }
    )


async def test_holding_and_cancelling_are_announced_and_unholding_never_is(
    shop: MagentoSandbox, receiver: Receiver
) -> None:
    await shop.webhooks(receiver.url, TOKEN)
    await shop.put_order(order(5), announce=False)
    await shop.hold(5)
    await shop.control("POST", "orders/5/unhold")
    await shop.cancel(5)
    await settled(shop)
    assert Counter(receiver.events()) == {
        "sales.order.updated": 3,
        "sales.order.holded": 1,
        "sales.order.cancelled": 1,
    }


async def test_a_free_order_is_paid_when_it_is_created(shop: MagentoSandbox, receiver: Receiver) -> None:
    await shop.webhooks(receiver.url, TOKEN, events=["sales.order.created", "sales.order.paid"])
    [placed] = await shop.place(cart(coupons=[{"action": "by_percent", "amount": 100}]))
    assert float(placed["grand_total"]) == 0
    await settled(shop)
    assert sorted(receiver.events()) == ["sales.order.created", "sales.order.paid"]


async def test_an_error_answer_is_tried_again_with_the_same_bytes(shop: MagentoSandbox, receiver: Receiver) -> None:
    receiver.answers = [503, 404]
    await shop.webhooks(receiver.url, TOKEN, events=["sales.order.created"], time_scale=0.001)
    await shop.put_order(order(5))
    counts = await settled(shop)
    assert len({one.body for one in receiver.received}) == 1
    assert counts["answered"] == {"503": 1, "404": 1, "202": 1}
    assert (counts["delivered"], counts["dead"], counts["lost"]) == (1, 0, 0)


async def test_an_event_dies_after_five_retries(shop: MagentoSandbox, receiver: Receiver) -> None:
    receiver.answers = [500] * 20
    await shop.webhooks(receiver.url, TOKEN, events=["sales.order.created"], time_scale=0.0)
    await shop.put_order(order(5))
    counts = await settled(shop)
    assert len(receiver.received) == 1 + limits.WEBHOOK_MAX_DEATHS
    assert (counts["delivered"], counts["dead"]) == (0, 1)


async def test_no_answer_loses_the_event_for_ever(shop: MagentoSandbox, receiver: Receiver) -> None:
    receiver.drop = True
    await shop.webhooks(receiver.url, TOKEN, events=["sales.order.created"], time_scale=0.0)
    await shop.put_order(order(5))
    counts = await settled(shop)
    assert len(receiver.received) == 1
    assert (counts["lost"], counts["dead"], counts["delivered"]) == (1, 0, 0)


async def test_copies_come_in_another_order_and_repeat_by_seed(shop: MagentoSandbox, receiver: Receiver) -> None:
    async def arrivals() -> list[int]:
        receiver.received.clear()
        plan = {"copies_min": 1, "copies_max": 3, "shuffle": True, "seed": 7, "events": ["sales.order.created"]}
        await shop.webhooks(receiver.url, TOKEN, **plan)
        for number in range(1, 21):
            await shop.put_order(order(number))
        await settled(shop)
        return [json.loads(one.body)["data"]["entity_id"] for one in receiver.received]

    first = await arrivals()
    counts = Counter(first)
    assert set(counts) == set(range(1, 21))
    assert set(counts.values()) == {1, 2, 3}
    assert first != sorted(first)
    await shop.reset()
    assert Counter(await arrivals()) == counts


async def test_a_rate_spaces_deliveries(shop: MagentoSandbox, receiver: Receiver) -> None:
    await shop.webhooks(receiver.url, TOKEN, events=["sales.order.created"], rate_per_second=50)
    started = asyncio.get_running_loop().time()
    for number in range(1, 41):
        await shop.put_order(order(number))
    await settled(shop)
    assert len(receiver.received) == 40
    assert asyncio.get_running_loop().time() - started >= 39 / 50 - 0.1


async def test_a_subscription_over_rest_hears_its_event_until_switched_off(
    shop: MagentoSandbox, receiver: Receiver
) -> None:
    wanted = {
        "event_name": "sales.order.created",
        "recipient_url": receiver.url.replace("{event}", "own"),
        "verification_token": TOKEN,
        "metadata": "http",
    }
    path = "/rest/V1/async_event"
    status, body = await shop.send("POST", path, {"asyncEvent": wanted}, shop.sign("POST", path))
    assert status == 200
    made = json.loads(body)
    assert "verification_token" not in made
    await shop.put_order(order(1))
    await settled(shop)
    listed = await shop.get_json("/rest/V1/async_events?searchCriteria=")
    assert listed["items"] == [made]
    path = f"/rest/V1/async_event/{made['subscription_id']}"
    await shop.send("PUT", path, {"asyncEvent": {"status": False}}, shop.sign("PUT", path))
    await shop.put_order(order(2))
    await settled(shop)
    assert receiver.events() == ["own"]


async def test_a_subscription_keeps_its_address_whatever_is_put_and_a_put_without_status_switches_it_off(
    shop: MagentoSandbox,
) -> None:
    wanted = {"event_name": "customer.created", "recipient_url": "http://127.0.0.1:1/a", "verification_token": TOKEN}
    path = "/rest/V1/async_event"
    _, body = await shop.send("POST", path, {"asyncEvent": wanted}, shop.sign("POST", path))
    made = json.loads(body)
    path = f"{path}/{made['subscription_id']}"
    other = {"asyncEvent": {"recipient_url": "http://127.0.0.1:1/b"}}
    status, _ = await shop.send("PUT", path, other, shop.sign("PUT", path))
    assert status == 200
    listed = await shop.get_json("/rest/V1/async_events?searchCriteria=")
    assert listed["items"] == [{**made, "status": False}]


async def test_a_shop_without_the_module_has_no_routes_of_it() -> None:
    async with in_process(Config(edition="open source")) as shop:
        status, body = await shop.get("/rest/V1/async_events?searchCriteria=")
        assert (status, b"match any route" in body) == (404, True)


def test_only_3x_tries_again_after_a_refusal_of_ours() -> None:
    assert [status for status in (400, 401, 404, 429, 500, 503) if retryable(status, "4.x")] == [429, 500, 503]
    assert all(retryable(status, "3.x") for status in (400, 401, 404, 429, 500, 503))


def test_the_retry_delay_grows_with_the_square_and_follows_retry_after_from_the_second_on() -> None:
    assert [backoff_seconds(deaths, None) for deaths in (1, 2, 3, 9)] == [1.0, 4.0, 9.0, 60.0]
    assert [backoff_seconds(deaths, "30") for deaths in (1, 2)] == [1.0, 30.0]
    assert backoff_seconds(2, "soon") == 4.0


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("\x7f", '"\x7f"'),
        ("\\u007f", '"\\\\u007f"'),  # a backslash and five letters, no DEL
        ("a/b \u00e9 \U0001f600", '"a\\/b \\u00e9 \\ud83d\\ude00"'),
        ('\x00\b\f\n\r\t\x1f"\\', '"\\u0000\\b\\f\\n\\r\\t\\u001f\\"\\\\"'),
    ],
)
@pytest.mark.parametrize("beside", [0, 2**70])  # an integer that takes the other way through the writer
def test_php_json_writes_the_bytes_that_phps_json_encode_does(text: str, written: str, beside: int) -> None:
    assert php_json.encode({text: [text, beside]}) == f"{{{written}:[{written},{beside}]}}"


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_php_json_is_ascii_json_of_the_same_value(value: Any) -> None:
    text = php_json.encode(value)
    assert json.loads(text, strict=False) == value
    assert text.isascii()
    assert "/" not in text.replace("\\/", "")
