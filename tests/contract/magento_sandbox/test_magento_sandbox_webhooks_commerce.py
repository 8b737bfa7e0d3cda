"""Adobe Commerce webhooks: the shop asks, waits, and does what it is told."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from sandbox.magento.webhooks.commerce import DEFAULT_MESSAGE
from sandbox.magento.webhooks.commerce_operations import BadAnswer, applied, read
from tests.contract.magento_sandbox.hook_receiver import Received, Receiver, receiving
from tests.contract.magento_sandbox.shop_documents import cart, order
from tests.support.magento_sandbox import MagentoSandbox, SandboxRefused, in_process

PLACE = "plugin.magento.sales.api.order_management.place"


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as one:
        yield one


async def register(shop: MagentoSandbox, receiver: Receiver, name: str = "hook", **plan: Any) -> None:
    whole = {"kind": "commerce", "name": name, "url": receiver.at(name), "webhook_method": PLACE}
    await shop.control("POST", "webhooks", whole | plan)


def answering(receiver: Receiver, document: Any, status: int = 200) -> None:
    async def respond(got: Received) -> web.Response:
        return web.json_response(document, status=status)

    receiver.respond = respond


async def test_the_shop_waits_and_goes_on_after_success(shop: MagentoSandbox, receiver: Receiver) -> None:
    answering(receiver, {"op": "success"})
    await register(shop, receiver, headers={"X-Key": "k"}, bearer="ims")
    [placed] = await shop.place(cart())
    [got] = receiver.received
    assert list(got.json) == ["order"]
    assert got.json["order"]["entity_id"] == placed["entity_id"]
    assert got.body.startswith(b'{"order":{')
    assert b"Check \\/ Money order" in got.body  # as PHP writes JSON
    assert len(got.headers["x-adobe-commerce-request-id"]) == 36
    assert (got.headers["X-Key"], got.headers["Authorization"]) == ("k", "Bearer ims")
    assert "x-adobe-commerce-webhook-signature" not in got.headers


@pytest.mark.parametrize(
    ("document", "status", "message"),
    [
        ({"op": "exception", "message": "No more of these"}, 200, "No more of these"),
        ([{"op": "success"}, {"op": "exception"}], 200, "Sorry"),
        ({"op": "success"}, 500, "Sorry"),
        ({"op": "dance"}, 200, "Sorry"),
        ({"op": "replace", "path": "order/nowhere/a", "value": 1}, 200, "Sorry"),
        ({"op": "replace", "path": "order/grand_total", "value": "a lot"}, 200, "Sorry"),
        ({"op": "replace", "path": "order/items", "value": 5}, 200, "Sorry"),
    ],
)
async def test_a_required_hook_that_fails_refuses_the_order_with_the_shoppers_message(
    shop: MagentoSandbox, receiver: Receiver, document: Any, status: int, message: str
) -> None:
    answering(receiver, document, status)
    await register(shop, receiver, fallback_error_message="Sorry")
    with pytest.raises(SandboxRefused, match=f"400 .*{message}"):
        await shop.place(cart())
    assert await shop.orders() == []
    assert len(receiver.received) == 1


async def test_without_a_message_of_its_own_the_shopper_reads_the_default(
    shop: MagentoSandbox, receiver: Receiver
) -> None:
    receiver.drop = True
    await register(shop, receiver)
    with pytest.raises(SandboxRefused, match=DEFAULT_MESSAGE):
        await shop.place(cart())


@pytest.mark.parametrize("status", [404, 500, 503])
async def test_an_optional_hook_that_fails_is_only_logged(
    shop: MagentoSandbox, receiver: Receiver, status: int
) -> None:
    answering(receiver, {"op": "success"}, status)
    await register(shop, receiver, required=False)
    await shop.place(cart())
    [told] = (await shop.deliveries())["deliveries"]
    assert (told["state"], told["note"]) == ("dead", f"the hook answered {status}")
    assert len(receiver.received) == 1  # never again


async def test_an_exception_ends_the_process_even_of_an_optional_hook(shop: MagentoSandbox, receiver: Receiver) -> None:
    answering(receiver, {"op": "exception", "message": "Stop"})
    await register(shop, receiver, required=False)
    with pytest.raises(SandboxRefused, match="Stop"):
        await shop.place(cart())


@pytest.mark.parametrize("required", [True, False])
async def test_the_hard_timeout_ends_the_wait(shop: MagentoSandbox, receiver: Receiver, required: bool) -> None:
    async def slowly(got: Received) -> web.Response:
        await asyncio.sleep(5)
        return web.json_response({"op": "success"})

    receiver.respond = slowly
    await register(shop, receiver, timeout=100, required=required)
    started = time.monotonic()
    if required:
        with pytest.raises(SandboxRefused, match=DEFAULT_MESSAGE):
            await shop.place(cart())
    else:
        await shop.place(cart())
    assert 0.1 <= time.monotonic() - started < 3


async def test_the_soft_timeout_is_only_noted(shop: MagentoSandbox, receiver: Receiver) -> None:
    async def slowly(got: Received) -> web.Response:
        await asyncio.sleep(0.1)
        return web.json_response({"op": "success"})

    receiver.respond = slowly
    await register(shop, receiver, soft_timeout=50)
    await shop.place(cart())
    [told] = (await shop.deliveries())["deliveries"]
    assert told["note"] == "notice: longer than the soft timeout of 50 ms"


async def test_answers_change_the_order_before_it_is_placed(shop: MagentoSandbox, receiver: Receiver) -> None:
    answering(
        receiver,
        [
            {"op": "replace", "path": "order/customer_note", "value": "checked"},
            {"op": "add", "path": "order/extension_attributes/erp_code", "value": "E-7"},
            {"op": "remove", "path": "order/store_name"},
            {"op": "replace", "path": "order/entity_id", "value": 1},
        ],
    )
    await register(shop, receiver)
    [placed] = await shop.place(cart())
    shown = await shop.get_json(f"/rest/V1/orders/{placed['entity_id']}")
    assert shown["customer_note"] == "checked"
    assert shown["extension_attributes"]["erp_code"] == "E-7"
    assert "store_name" not in shown
    assert shown["entity_id"] == placed["entity_id"] != 1


async def test_a_signature_is_rsa_over_the_base64_of_the_body(shop: MagentoSandbox, receiver: Receiver) -> None:
    answering(receiver, {"op": "success"})
    await register(shop, receiver, sign=True)
    await shop.place(cart())
    [got] = receiver.received
    pem = (await shop.control("GET", "webhooks/commerce-key"))["pem"]
    key = serialization.load_pem_public_key(pem.encode())
    assert isinstance(key, rsa.RSAPublicKey)
    signature = base64.b64decode(got.headers["x-adobe-commerce-webhook-signature"])
    key.verify(signature, base64.b64encode(got.body), padding.PKCS1v15(), hashes.SHA256())
    with pytest.raises(InvalidSignature):
        key.verify(signature, got.body, padding.PKCS1v15(), hashes.SHA256())
    assert (await shop.control("POST", "webhooks/commerce-key"))["pem"] != pem


async def test_batches_run_in_order_and_their_hooks_at_once(shop: MagentoSandbox, receiver: Receiver) -> None:
    together = asyncio.Barrier(2)

    async def respond(got: Received) -> web.Response:
        if got.event in ("a", "b"):
            async with asyncio.timeout(5):
                await together.wait()  # each of them only answers while the other is waiting too
            return web.json_response({"op": "replace", "path": "order/customer_note", "value": got.event})
        return web.json_response({"op": "success"})

    receiver.respond = respond
    await register(shop, receiver, "last", batch_name="second", batch_order=2)
    await register(shop, receiver, "a", batch_order=1, priority=2)
    await register(shop, receiver, "b", batch_order=1, priority=1)
    await shop.place(cart())
    assert receiver.events()[-1] == "last"
    assert receiver.received[-1].json["order"]["customer_note"] == "a"  # merged by priority: b, then a


async def test_an_answer_is_taken_again_while_its_ttl_lasts(receiver: Receiver) -> None:
    now = [1_800_000_000.0]
    answering(receiver, {"op": "success"})
    async with in_process(clock=lambda: now[0]) as shop:
        fields = [{"name": "order.store_id"}]
        await register(shop, receiver, ttl=60, fields=fields)
        for seconds, requests in ((0, 1), (59, 1), (2, 2)):
            now[0] += seconds
            await shop.place(cart())
            assert len(receiver.received) == requests


async def test_fields_choose_and_move_what_is_sent(shop: MagentoSandbox, receiver: Receiver) -> None:
    answering(receiver, {"op": "success"})
    fields = [{"name": "order.items[].sku"}, {"name": "mail", "source": "order.customer_email"}]
    await register(shop, receiver, fields=fields)
    await shop.place(cart())
    assert receiver.received[0].json == {"order": {"items": [{"sku": "WATCH"}]}, "mail": "a@example.com"}


async def test_an_observer_is_told_its_event_and_its_object(shop: MagentoSandbox, receiver: Receiver) -> None:
    answering(receiver, {"op": "success"})
    await register(shop, receiver, webhook_method="observer.sales_order_save_after", webhook_type="after")
    await shop.put_order(order(5))
    [got] = receiver.received
    assert list(got.json) == ["eventName", "data"]
    assert got.json["eventName"] == "sales_order_save_after"
    assert got.json["data"]["order"] == got.json["data"]["data_object"]
    assert got.json["data"]["order"]["entity_id"] == 5


async def test_a_hook_before_a_save_changes_the_row_and_one_after_the_commit_comes_too_late_to_refuse(
    shop: MagentoSandbox, receiver: Receiver
) -> None:
    async def respond(got: Received) -> web.Response:
        if got.event == "late":
            return web.json_response({"op": "exception", "message": "Too late"})
        return web.json_response({"op": "replace", "path": "data/order/customer_note", "value": "seen"})

    receiver.respond = respond
    await shop.put_order(order(5), announce=False)
    await register(shop, receiver, "early", webhook_method="observer.sales_order_save_before")
    await register(shop, receiver, "late", webhook_method="observer.sales_order_save_commit_after")
    with pytest.raises(SandboxRefused, match="Too late"):
        await shop.hold(5)
    shown = await shop.get_json("/rest/V1/orders/5")
    assert (shown["state"], shown["customer_note"]) == ("holded", "seen")


async def test_over_rest_a_refusal_is_answered_as_magento_answers_it(shop: MagentoSandbox, receiver: Receiver) -> None:
    answering(receiver, {"op": "exception", "message": "Not on my watch"})
    await shop.put_order(order(5), announce=False)
    await register(shop, receiver, webhook_method="observer.sales_order_save_before")
    path = "/rest/V1/orders/5/hold"
    status, body = await shop.send("POST", path, {}, shop.sign("POST", path))
    assert (status, json.loads(body)) == (400, {"message": "Not on my watch"})
    assert (await shop.get_json("/rest/V1/orders/5"))["state"] == "new"


async def test_after_placing_the_result_is_told(shop: MagentoSandbox, receiver: Receiver) -> None:
    answering(receiver, {"op": "success"})
    await register(shop, receiver, webhook_type="after", webhook_method="plugin.sales.api.order_management.place")
    [placed] = await shop.place(cart())
    [got] = receiver.received
    assert list(got.json) == ["order", "result"]
    assert got.json["result"]["entity_id"] == placed["entity_id"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"no json", "no JSON"),
        (b"[]]", "no JSON"),
        (b"5", "op, one of"),
        (b'{"op":"add","value":1}', "add needs a path"),
        (b'{"op":"replace","path":"a"}', "replace needs a value"),
    ],
)
def test_what_is_no_operation_is_told(body: bytes, reason: str) -> None:
    with pytest.raises(BadAnswer, match=reason):
        read(body)


def test_operations_add_to_lists_replace_by_index_and_remove() -> None:
    payload = {"result": [{"a": 1}], "x": {"y": 1, "z": 2}}
    found = read(
        b'[{"op":"add","path":"result","value":{"a":2}},{"op":"replace","path":"result/0/a","value":9},'
        b'{"op":"remove","path":"x/y"},{"op":"add","path":"x/n/m","value":3}]'
    )
    assert applied(payload, found) == {"result": [{"a": 9}, {"a": 2}], "x": {"z": 2, "n": {"m": 3}}}
    assert payload == {"result": [{"a": 1}], "x": {"y": 1, "z": 2}}


async def test_a_wrong_hook_is_refused_with_its_reason(shop: MagentoSandbox, receiver: Receiver) -> None:
    for plan, reason in (
        ({"webhook_method": "observer.moon_rise"}, "this shop has no 'observer.moon_rise'"),
        ({"timeout": -1}, "timeout"),
        ({"fields": [{"name": "a..b"}]}, "fields"),
        ({"headers": {"X\nY": "a"}}, "headers"),
    ):
        with pytest.raises(SandboxRefused, match=f"400 .*{reason}"):
            await register(shop, receiver, **plan)
