"""Adobe I/O Events out: handshake, bytes, signatures, fields, batches, retries, states, journal."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from sandbox.magento.webhooks.io_journal import DAY, Health, Journal
from sandbox.magento.webhooks.io_registration import retryable
from tests.contract.magento_sandbox.hook_receiver import Received, Receiver, receiving, settled
from tests.contract.magento_sandbox.shop_documents import cart, order
from tests.support.magento_sandbox import MagentoSandbox, SandboxRefused, in_process

SAMPLES = Path(__file__).parents[4] / "shared" / "samples" / "magento"
COMMIT = "observer.sales_order_save_commit_after"


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as one:
        yield one


async def register(shop: MagentoSandbox, receiver: Receiver, *events: Any, **plan: Any) -> dict[str, Any]:
    codes = [{"code": event} if isinstance(event, str) else event for event in events or (COMMIT,)]
    whole = {"kind": "adobe_io", "url": receiver.at("io"), "events": codes, "handshake": "skip", "time_scale": 0}
    return await shop.control("POST", "webhooks", whole | plan)


async def fetched(url: str) -> bytes:
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        assert response.status == 200
        return await response.read()


async def fits(shop: MagentoSandbox, got: Received, slot: int) -> bool:
    """Whether the signature is one of the raw body by the public key that the delivery names."""
    path = got.headers[f"x-adobe-public-key{slot}-path"]
    assert path.startswith("/prod/keys/pub-key-") and path.endswith(".pem")
    key = serialization.load_pem_public_key(await fetched(shop.base_url + path))
    assert isinstance(key, rsa.RSAPublicKey)
    signature = base64.b64decode(got.headers[f"x-adobe-digital-signature-{slot}"])
    try:
        key.verify(signature, got.body, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


def shape(value: Any) -> Any:
    """Keys and types, the first row standing for all."""
    if isinstance(value, dict):
        return {name: shape(one) for name, one in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__


def missing(wanted: Any, found: Any, where: str = "") -> list[str]:
    """What of the shape isn't there."""
    if isinstance(wanted, dict):
        if not isinstance(found, dict):
            return [where]
        return [at for name, one in wanted.items() for at in missing(one, found.get(name, "absent"), f"{where}.{name}")]
    if isinstance(wanted, list) and isinstance(found, list):
        return missing(wanted[0], found[0], f"{where}[]") if wanted and found else []
    return [] if wanted == found else [f"{where}: {wanted}, not {found}"]


@pytest.mark.parametrize("variant", ["text", "json"])
async def test_a_receiver_that_echoes_the_challenge_is_active(
    shop: MagentoSandbox, receiver: Receiver, variant: str
) -> None:
    async def respond(got: Received) -> web.Response:
        challenge = got.query["challenge"]
        return web.Response(text=challenge) if variant == "text" else web.json_response({"challenge": challenge})

    receiver.respond = respond
    made = await register(shop, receiver, handshake="challenge")
    assert made["status"] == "active"
    assert [one.method for one in receiver.received] == ["GET"]


@pytest.mark.parametrize(("status", "body"), [(200, "something else"), (404, ""), (500, "")])
async def test_other_answers_leave_the_registration_closed_and_its_events_in_the_journal(
    shop: MagentoSandbox, receiver: Receiver, status: int, body: str
) -> None:
    async def respond(got: Received) -> web.Response:
        return web.Response(status=status, text=body)

    receiver.respond = respond
    made = await register(shop, receiver, handshake="challenge", name="io")
    assert made["status"] == ("pending" if status == 200 else "disabled")
    handshakes = len(receiver.received)
    await shop.put_order(order(1))
    await settled(shop)
    assert len(receiver.received) == handshakes
    assert (await shop.control("GET", "webhooks/io/journal"))["_page"]["count"] == 1


async def test_the_validation_address_opens_the_registration_within_five_minutes_only(receiver: Receiver) -> None:
    now = [1_800_000_000.0]

    async def respond(got: Received) -> web.Response:
        return web.Response()

    receiver.respond = respond
    async with in_process(clock=lambda: now[0]) as shop:
        for seconds, status in ((301.0, "disabled"), (299.0, "active")):
            await register(shop, receiver, handshake="challenge", name="io")
            address = receiver.received[-1].json["validationUrl"]
            assert address.startswith(f"{shop.base_url}/csm/registrations/validate?id=")
            now[0] += seconds
            async with aiohttp.ClientSession() as session, session.get(address) as response:
                assert (response.status == 200) == (status == "active")
            await shop.control("GET", "webhooks/io/journal")
            [listed] = (await shop.control("GET", "webhooks"))["registrations"]
            assert listed["status"] == status


async def test_a_single_delivery_is_a_cloudevent_signed_by_two_keys(shop: MagentoSandbox, receiver: Receiver) -> None:
    await register(shop, receiver, {"code": COMMIT, "fields": ["entity_id"]}, client_id="client")
    await shop.put_order(order(5))
    await settled(shop)
    [got] = receiver.received
    event = got.json
    assert event["type"] == "com.adobe.commerce." + COMMIT
    assert event["data"]["value"] == {"entity_id": "5"}
    assert event["recipientclientid"] == event["recipient_client_id"] == "client"
    assert got.headers["x-adobe-event-id"] == event["eventid"] == event["event_id"] != event["id"]
    assert got.headers["Content-Type"] == "application/json"
    assert "x-adobe-retry-count" not in got.headers
    assert json.dumps(json.loads(got.body), separators=(",", ":"), ensure_ascii=False).encode() == got.body
    assert [await fits(shop, got, slot) for slot in (1, 2)] == [True, True]


async def test_keys_rotate_and_one_signature_may_be_stale(shop: MagentoSandbox, receiver: Receiver) -> None:
    await register(shop, receiver)
    await shop.put_order(order(1))
    await settled(shop)
    await shop.control("POST", "webhooks/keys", {"rotate": [1], "stale": [1]})
    await shop.put_order(order(2))
    await settled(shop)
    first, second = receiver.received
    path = "x-adobe-public-key1-path"
    assert first.headers[path] != second.headers[path]
    assert [await fits(shop, second, slot) for slot in (1, 2)] == [False, True]
    assert await fits(shop, first, 1)  # the former public key is served on
    await shop.control("POST", "webhooks/keys", {"stale": []})
    await shop.put_order(order(3))
    await settled(shop)
    assert await fits(shop, receiver.received[-1], 1)


async def test_fields_choose_and_origdata_and_isnew_come_only_when_asked_for(
    shop: MagentoSandbox, receiver: Receiver
) -> None:
    fields = ["increment_id", "items[].sku", "payment.method", "nothing", "_origData.state", "_isNew"]
    await register(shop, receiver, {"code": COMMIT, "fields": fields})
    await register(shop, receiver, COMMIT, name="all", url=receiver.at("all"))
    await shop.put_order(order(5))
    await shop.hold(5)
    await settled(shop)
    new, old = [one.json["data"]["value"] for one in receiver.received if one.event == "io"]
    assert new == {
        "increment_id": "000000005", "items": [{"sku": "A"}], "payment": {"method": None}, "nothing": None,
        "_isNew": True, "_origData": None,
    }  # fmt: skip
    assert (old["_isNew"], old["_origData"]) == (False, {"state": "new"})
    whole = next(one for one in receiver.received if one.event == "all").json["data"]["value"]
    assert "_origData" not in whole and "_isNew" not in whole
    assert whole["items"][0]["item_id"] == "50"


async def test_loaded_amounts_are_text_and_changed_ones_numbers(shop: MagentoSandbox, receiver: Receiver) -> None:
    await register(shop, receiver)
    await shop.put_order(order(5, base_grand_total=10), announce=False)
    await shop.edit(5, {"grand_total": 12})
    await settled(shop)
    value = receiver.received[-1].json["data"]["value"]
    assert (value["grand_total"], value["base_grand_total"], value["store_id"]) == (12, "10.0000", "1")


async def test_an_invoice_event_has_the_keys_and_types_of_the_recorded_one(
    shop: MagentoSandbox, receiver: Receiver
) -> None:
    sample = SAMPLES / "aio-event-sales_order_invoice_save_after-raw.json"
    if not sample.exists():
        pytest.skip("the recorded event is not here")
    await register(shop, receiver, "observer.sales_order_invoice_save_after")
    [placed] = await shop.place(cart())
    await shop.invoice(placed["entity_id"])
    await settled(shop)
    value = json.loads(receiver.received[-1].body)["data"]["value"]
    wanted = shape(json.loads(sample.read_bytes())["event"]["data"]["value"])
    assert "\n".join(missing(wanted, shape(value))) == ""


async def test_a_product_event_has_the_envelope_of_the_recorded_one(shop: MagentoSandbox, receiver: Receiver) -> None:
    path = SAMPLES / "aio-cloudevent-catalog_product_save_commit_after.json"
    if not path.exists():
        pytest.skip("the recorded event is not here")
    sample = json.loads(path.read_bytes())
    fields = [name for name in sample["data"]["value"] if name != "stock_data"] + ["stock_data.qty"]
    await register(shop, receiver, {"code": "observer.catalog_product_save_commit_after", "fields": fields})
    await shop.place(cart())
    await settled(shop)
    event = receiver.received[0].json
    assert list(event) == list(sample)
    assert missing(shape(sample), shape(event)) == []


async def test_batches_hold_up_to_twenty_events_in_an_array(shop: MagentoSandbox, receiver: Receiver) -> None:
    event = {"code": COMMIT, "fields": ["entity_id"], "priority": True}
    await register(shop, receiver, event, batch=True, time_scale=0.5)
    for number in range(1, 46):
        await shop.put_order(order(number))
    await settled(shop)
    sizes = [len(one.json) for one in receiver.received]
    assert sum(sizes) == 45
    assert max(sizes) == 20
    assert len({event["eventid"] for one in receiver.received for event in one.json}) == 45
    assert all([await fits(shop, one, 1) for one in receiver.received])


async def test_events_of_more_than_64_kb_are_never_made(shop: MagentoSandbox, receiver: Receiver) -> None:
    await register(shop, receiver, name="io")
    await shop.put_order(order(1, customer_note="x" * 66_000))
    await settled(shop)
    [listed] = (await shop.control("GET", "webhooks"))["registrations"]
    assert (listed["too_large"], receiver.received) == (1, [])
    assert (await shop.control("GET", "webhooks/io/journal"))["events"] == []


def test_only_429_and_errors_of_the_server_but_505_are_tried_again() -> None:
    tried = [
        status for status in (200, 301, 400, 401, 404, 408, 429, 500, 503, 504, 505, 599, 600) if retryable(status)
    ]
    assert tried == [429, 500, 503, 504, 599]
    assert retryable(None)


@pytest.mark.parametrize(("status", "requests"), [(400, 1), (404, 1), (505, 1), (429, 100), (500, 100)])
async def test_an_event_is_dropped_at_once_or_after_the_retries_of_a_day(
    shop: MagentoSandbox, receiver: Receiver, status: int, requests: int
) -> None:
    receiver.answers = [status] * 200
    await register(shop, receiver, name="io")
    await shop.put_order(order(1))
    counts = await settled(shop)
    assert len(receiver.received) == requests  # 1+2+4+8 and then 15 minutes each: 99 retries fit into 24 hours
    assert counts["dead"] == 1
    retries = [one.headers.get("x-adobe-retry-count") for one in receiver.received]
    assert retries == [None, *map(str, range(1, requests))]
    assert len({one.body for one in receiver.received}) == 1
    [listed] = (await shop.control("GET", "webhooks"))["registrations"]
    assert listed["status"] == ("disabled" if requests > 1 else "active")
    await shop.put_order(order(2))
    await settled(shop)
    assert len(receiver.received) == requests + (requests == 1)
    assert (await shop.control("GET", "webhooks/io/journal?since=1"))["_page"]["count"] == 1


async def test_the_waits_follow_the_schedule_on_the_shops_clock(receiver: Receiver) -> None:
    now = [1_800_000_000.0]  # a full minute
    receiver.answers = [503] * 6
    async with in_process(clock=lambda: now[0]) as shop:
        await register(shop, receiver, {"code": COMMIT, "priority": True}, time_scale=1)
        await shop.put_order(order(1))
        for seconds in (1, 60, 120, 240, 480, 900, 900):
            before = len(receiver.received)
            now[0] += seconds - 0.5
            await shop.deliveries()
            assert len(receiver.received) == before
            now[0] += 0.5
            await receiver.wait_for(before + 1)
            await _attempted(shop, before + 1)
        [told] = (await shop.deliveries())["deliveries"]
        assert told["state"] == "delivered"


async def _attempted(shop: MagentoSandbox, tries: int) -> None:
    """Until the sandbox has taken note of an answer."""
    while len((await shop.deliveries())["deliveries"][0]["attempts"]) < tries:
        pass


async def test_save_after_tells_of_what_is_rolled_back_and_commit_after_does_not(
    shop: MagentoSandbox, receiver: Receiver
) -> None:
    await register(shop, receiver, "observer.sales_order_save_after", COMMIT, time_scale=0)
    poor = cart(items=[{"sku": "NONE", "name": "None", "price": "1.00", "qty": 20_000}])
    with pytest.raises(SandboxRefused):
        await shop.place(cart(), poor)
    await settled(shop)
    assert [one.json["type"].rpartition(".")[2] for one in receiver.received] == ["sales_order_save_after"]
    assert await shop.orders() == []


async def test_placing_an_order_raises_the_codes_of_placing_once(shop: MagentoSandbox, receiver: Receiver) -> None:
    codes = ("plugin.sales.api.order_management.place", "observer.checkout_submit_all_after")
    await register(shop, receiver, *codes)
    [placed] = await shop.place(cart(paid_at_once=True))
    await shop.ship(placed["entity_id"])
    await settled(shop)
    assert sorted(one.json["type"].removeprefix("com.adobe.commerce.") for one in receiver.received) == sorted(codes)


def test_a_registration_is_unstable_at_ten_attempts_of_which_eight_failed_and_disabled_a_day_later() -> None:
    now = [0.0]
    health = Health(lambda: now[0])
    for delivered in [True, True] + [False] * 7:
        health.note(delivered=delivered)
    assert health.status == "active"
    health.note(delivered=False)
    assert health.status == "unstable"
    health.note(delivered=True)
    assert health.status == "active"
    health.note(delivered=False)
    health.note(delivered=False)
    health.note(delivered=False)
    health.note(delivered=False)
    health.note(delivered=False)
    assert health.status == "unstable"
    now[0] = DAY / 2
    for _ in range(10):
        health.note(delivered=False)
    assert health.status == "unstable"
    now[0] = DAY
    health.note(delivered=False)
    assert health.status == "disabled"
    health.note(delivered=True)
    assert health.status == "disabled"  # an administrator must enable it


def test_the_journal_forgets_after_seven_days_and_pages_by_position() -> None:
    now = [0.0]
    journal = Journal(lambda: now[0])
    for number in range(5):
        journal.add({"n": number})
    assert [one["event"]["n"] for one in journal.page(1, 2)["events"]] == [1, 2]
    assert journal.page(1, 2)["_page"] == {"last": "3", "count": 2}
    now[0] = 7 * DAY + 1
    assert journal.page(0, 10) == {"events": [], "_page": {"last": "0", "count": 0}}


@pytest.mark.parametrize(
    ("plan", "reason"),
    [
        ({"events": []}, "events"),
        ({"events": [{"code": "observer.moon_rise"}]}, "raises no 'observer.moon_rise'"),
        ({"events": [{"code": COMMIT, "fields": ["a..b"]}]}, "fields"),
        ({"url": "not an address"}, "url"),
        ({"handshake": "kiss"}, "handshake"),
    ],
)
async def test_a_wrong_registration_is_refused_with_its_reason(
    shop: MagentoSandbox, receiver: Receiver, plan: dict[str, Any], reason: str
) -> None:
    with pytest.raises(SandboxRefused, match=f"400 .*{reason}"):
        await register(shop, receiver, **plan)
