"""Mage-OS events out, what its consumers do beyond one delivery: chains, snapshots, stores, traces."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from sandbox.magento import limits
from tests.contract.magento_sandbox.hook_receiver import Receiver, receiving, settled
from tests.contract.magento_sandbox.shop_documents import cart, order
from tests.support.magento_sandbox import MagentoSandbox, SandboxRefused

CREATED = ["sales.order.created"]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as one:
        yield one


async def register(shop: MagentoSandbox, receiver: Receiver, name: str, **plan: Any) -> None:
    await shop.webhooks(receiver.at(name), f"token-{name}", **{"name": name, "events": CREATED, **plan})


async def test_subscribers_of_an_event_are_told_in_turn(shop: MagentoSandbox, receiver: Receiver) -> None:
    for name in ("a", "b", "c"):
        await register(shop, receiver, name)
    await shop.put_order(order(1))
    await settled(shop)
    assert receiver.events() == ["a", "b", "c"]
    for one in receiver.received:
        key = f"token-{one.event}".encode()
        assert one.headers["x-magento-signature"] == hmac.new(key, one.body, hashlib.sha256).hexdigest()


@pytest.mark.parametrize(("fmt", "told"), [("3.x", ["a", "b"]), ("4.x", ["a", "b", "c"])])
async def test_3x_skips_the_subscribers_behind_one_that_cant_be_reached(
    shop: MagentoSandbox, receiver: Receiver, fmt: str, told: list[str]
) -> None:
    receiver.drop = frozenset({"b"})
    for name in ("a", "b", "c"):
        await register(shop, receiver, name, format=fmt)
    await shop.put_order(order(1))
    counts = await settled(shop)
    assert sorted(receiver.events()) == told
    assert (counts["lost"], counts["skipped"]) == (1, 3 - len(told))


async def test_an_error_answer_does_not_keep_the_event_from_the_next_subscriber(
    shop: MagentoSandbox, receiver: Receiver
) -> None:
    receiver.answers = [500]
    await register(shop, receiver, "a", time_scale=0)
    await register(shop, receiver, "b")
    await shop.put_order(order(1))
    await settled(shop)
    assert sorted(receiver.events()) == ["a", "a", "b"]


async def test_the_body_shows_the_entity_as_the_consumer_finds_it(shop: MagentoSandbox, receiver: Receiver) -> None:
    await register(shop, receiver, "a", delay_seconds=0.3, seed=1)
    [placed] = await shop.place(cart())
    await shop.invoice(placed["entity_id"])
    await settled(shop)
    [got] = receiver.received
    assert got.json["data"]["state"] == "processing"


async def test_retries_send_the_snapshot_of_the_first_attempt(shop: MagentoSandbox, receiver: Receiver) -> None:
    receiver.answers = [503]
    await register(shop, receiver, "a", time_scale=0.3)
    await shop.put_order(order(1))
    await receiver.wait_for(1)
    await shop.hold(1)
    await settled(shop)
    assert [one.json["data"]["state"] for one in receiver.received] == ["new", "new"]


async def test_an_entity_that_is_gone_when_the_consumer_runs_is_never_told_of(
    shop: MagentoSandbox, receiver: Receiver
) -> None:
    await register(shop, receiver, "a", delay_seconds=0.3, seed=1)
    await register(shop, receiver, "b")
    await shop.put_order(order(1))
    await shop.control("POST", "orders/1/delete")
    counts = await settled(shop)
    assert receiver.received == []
    assert (counts["lost"], counts["sent"]) == (2, 0)


async def test_store_ids_filter_only_where_the_publisher_passes_one(shop: MagentoSandbox, receiver: Receiver) -> None:
    await register(shop, receiver, "common", store_id=2)
    await register(shop, receiver, "other", store_id=2, publisher_passes_store=True)
    await register(shop, receiver, "own", store_id=1, publisher_passes_store=True)
    await register(shop, receiver, "all", store_id=0, publisher_passes_store=True)
    await shop.put_order(order(1))
    await settled(shop)
    assert receiver.events() == ["common", "own", "all"]


async def test_the_store_of_a_subscription_is_the_source_of_its_cloudevents(
    shop: MagentoSandbox, receiver: Receiver
) -> None:
    await register(shop, receiver, "a", format="4.x", store_id=3)
    await shop.put_order(order(1))
    await settled(shop)
    assert receiver.received[0].json["source"] == "3"


async def test_a_cloudevents_id_is_the_same_in_every_attempt_and_differs_by_subscriber(
    shop: MagentoSandbox, receiver: Receiver
) -> None:
    receiver.answers = [503, 503]
    for name in ("a", "b"):
        await register(shop, receiver, name, format="4.x", time_scale=0, seed=ord(name))
    await shop.put_order(order(1))
    await settled(shop)
    ids = {name: {one.json["id"] for one in receiver.received if one.event == name} for name in ("a", "b")}
    assert len(receiver.received) == 4
    assert {len(found) for found in ids.values()} == {1}
    assert ids["a"] != ids["b"]


async def test_dead_letters_are_counted_and_can_be_replayed_byte_for_byte(
    shop: MagentoSandbox, receiver: Receiver
) -> None:
    tries = 1 + limits.WEBHOOK_MAX_DEATHS
    receiver.answers = [500] * tries
    await register(shop, receiver, "a", time_scale=0)
    await shop.put_order(order(1))
    await settled(shop)
    [dead] = (await shop.control("GET", "webhooks/deliveries?state=dead&bodies=1"))["deliveries"]
    assert dead["tries"] == tries
    assert [one["answer"] for one in dead["attempts"]] == ["500"] * tries
    assert dead["body"].encode() == receiver.received[0].body
    await shop.hold(1)
    await shop.control("POST", "webhooks/replay", {"deliveries": [dead["id"]]})
    counts = await settled(shop)
    assert (counts["dead"], counts["delivered"]) == (1, 1)
    assert receiver.received[-1].body == receiver.received[0].body


async def test_retry_after_rules_the_second_retry_and_not_the_first(shop: MagentoSandbox, receiver: Receiver) -> None:
    receiver.answers, receiver.headers = [500, 500], {"Retry-After": "0"}
    await register(shop, receiver, "a", time_scale=0.2)
    started = time.monotonic()
    await shop.put_order(order(1))
    await settled(shop)
    assert len(receiver.received) == 3
    assert 0.2 <= time.monotonic() - started < 0.8  # 1 s and 0 s, not 1 s and 4 s


async def test_registrations_are_listed_replaced_by_name_and_removed(shop: MagentoSandbox, receiver: Receiver) -> None:
    await register(shop, receiver, "a")
    await register(shop, receiver, "b")
    await register(shop, receiver, "a", events=["sales.order.paid"])
    listed = (await shop.control("GET", "webhooks"))["registrations"]
    assert [(one["name"], one["events"]) for one in listed] == [("b", CREATED), ("a", ["sales.order.paid"])]
    assert "token-a" not in json.dumps(listed, default=str)
    await shop.control("DELETE", "webhooks/b")
    with pytest.raises(SandboxRefused, match="no registration 'b'"):
        await shop.control("DELETE", "webhooks/b")
    await shop.put_order(order(1))
    await settled(shop)
    assert receiver.received == []


@pytest.mark.parametrize(
    ("plan", "reason"),
    [
        ({"kind": "carrier_pigeon"}, "kind is one of mageos"),
        ({"url_template": "ftp://x/{event}"}, "url_template"),
        ({"url_template": "http://x:port/"}, "url_template"),
        ({"token": ""}, "url_template and token"),
        ({"copies_min": 3, "copies_max": 2}, "copies_min 3 is above copies_max 2"),
        ({"time_scale": -1}, "time_scale"),
        ({"name": "a b"}, "name"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_a_wrong_plan_is_refused_with_its_reason(
    shop: MagentoSandbox, receiver: Receiver, plan: dict[str, Any], reason: str
) -> None:
    whole = {"url_template": receiver.url, "token": "t", **plan}
    with pytest.raises(SandboxRefused, match=f"400 .*{reason}"):
        await shop.control("POST", "webhooks", whole)


async def test_accounts_addresses_and_logins_are_told_of(shop: MagentoSandbox, receiver: Receiver) -> None:
    await shop.webhooks(receiver.url, "t", events=[f"customer.{name}" for name in ("created", "updated", "login")])
    names = ["customer.address.created", "customer.address.updated"]
    await shop.webhooks(receiver.url, "t", events=names, name="addresses")

    async def send(method: str, path: str, **customer: Any) -> dict[str, Any]:
        who = {"email": "a@example.com", "firstname": "A", "lastname": "B", **customer}
        status, body = await shop.send(method, path, {"customer": who}, shop.sign(method, path))
        assert status == 200, body
        await settled(shop)
        answer: dict[str, Any] = json.loads(body)
        return answer

    home: dict[str, Any] = {
        "firstname": "A",
        "lastname": "B",
        "street": ["1 Main St"],
        "city": "X",
        "postcode": "1",
        "telephone": "1",
    }
    home |= {"country_id": "US", "region": {"region_code": "CA", "region": "California", "region_id": 12}}
    made = await send("POST", "/rest/V1/customers", addresses=[home])
    assert sorted(receiver.events()) == ["customer.address.created", "customer.created"]
    address = next(one for one in receiver.received if one.event == "customer.address.created").json["data"]
    assert (address["customer_id"], address["city"]) == (made["id"], "X")
    receiver.received.clear()
    path = f"/rest/V1/customers/{made['id']}"
    await send("PUT", path, middlename="M")  # nothing that Mage-OS looks at
    assert receiver.events() == []
    await send("PUT", path, taxvat="DE1", addresses=[made["addresses"][0] | {"city": "Y"}])
    assert sorted(receiver.events()) == ["customer.address.updated", "customer.updated"]
    await shop.control("POST", f"customers/{made['id']}/login")
    await settled(shop)
    assert receiver.events()[-1] == "customer.login"
    assert receiver.received[-1].json["data"]["email"] == "a@example.com"
