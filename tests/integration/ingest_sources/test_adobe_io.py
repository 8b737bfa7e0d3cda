"""What Adobe I/O Events delivers, over real HTTP, with a real key host and a real log."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.integration.ingest_receiver.support import eventually
from tests.integration.ingest_sources.support import (
    ADOBE,
    CLIENT_ID,
    KEY_2,
    World,
    adobe_event,
    adobe_headers,
    rsa_sign,
)

SAMPLES = Path(__file__).parents[4] / "shared" / "samples" / "magento"
ORDER = orjson.dumps(adobe_event("observer.sales_order_save_commit_after", {"entity_id": "17", "grand_total": 12.3}))


async def test_a_delivery_is_durable_and_verbatim_when_200_is_answered(ready: World) -> None:
    assert await ready.adobe(ORDER) == (200, {"stored": 1})
    (record,) = await ready.records()
    assert (record.key, record.value) == ("main:order:17", ORDER)
    headers = record.headers
    assert headers["event"] == "observer.sales_order_save_commit_after"
    assert (headers["schema"], headers["cause"], headers["event-id"]) == ("adobe-io", "webhook", "b0f2b088-0001")
    labels = {"connection": "main", "event": "adobe-io", "status": "200"}
    assert ready.peer.value("bookbridge_webhooks_total", **labels) == 1


async def test_the_recorded_event_of_a_product_is_taken_by_its_sku(ready: World) -> None:
    sample = SAMPLES / "aio-cloudevent-catalog_product_save_commit_after.json"
    if not sample.exists():
        pytest.skip("the recorded documents are not here")
    body = sample.read_bytes()
    assert await ready.adobe(body) == (200, {"stored": 1})
    (record,) = await ready.records()
    assert (record.key, record.value) == ("main:product_sku:eventtest1", body)
    assert record.headers["event-id"] == "b0f2b088-5490-4d16-9ce9-0cb1fb3e5ed0"


async def test_the_recorded_event_of_an_invoice_is_a_hint_of_its_order(ready: World) -> None:
    sample = SAMPLES / "aio-event-sales_order_invoice_save_after-raw.json"
    if not sample.exists():
        pytest.skip("the recorded documents are not here")
    value = json.loads(sample.read_bytes())["event"]["data"]["value"]
    body = orjson.dumps(adobe_event("observer.sales_order_invoice_save_after", value))
    assert (await ready.adobe(body))[0] == 200
    assert [record.key for record in await ready.records()] == [f"main:order:{value['order_id']}"]


@pytest.mark.parametrize(
    ("code", "value", "key"),
    [
        ("plugin.magento.sales.api.order_management.place", {"entity_id": 17}, "order:17"),
        ("plugin.sales.api.order_repository.save", {"entity_id": "17"}, "order:17"),
        ("observer.checkout_submit_all_after", {"order": {"entity_id": 17}, "quote": {"entity_id": 9}}, "order:17"),
        ("observer.sales_order_invoice_save_after", {"entity_id": "3", "order_id": "17"}, "order:17"),
        ("observer.sales_order_invoice_save_after", {"entity_id": "3", "order_id": None}, "invoice:3"),
        ("observer.sales_order_shipment_save_after", {"entity_id": "4"}, "shipment:4"),
        ("observer.sales_order_creditmemo_save_after", {"entity_id": 5}, "creditmemo:5"),
        ("observer.sales_order_shipment_track_save_after", {"entity_id": "8", "parent_id": "4"}, "shipment:4"),
        ("observer.sales_order_status_history_save_after", {"entity_id": "8", "parent_id": "17"}, "order:17"),
        ("observer.customer_save_commit_after", {"entity_id": "6"}, "customer:6"),
        ("observer.catalog_product_save_commit_after", {"entity_id": "7", "sku": "A"}, "product:7"),
        (
            "observer.catalog_product_save_commit_after",
            {"sku": "24-MB01: rød/ä"},
            "product_sku:24-MB01%3A%20r%C3%B8d%2F%C3%A4",
        ),
        ("observer.cataloginventory_stock_item_save_commit_after", {"item_id": "1", "product_id": "7"}, "stock_item:7"),
    ],
)
async def test_each_code_is_keyed_by_the_best_id_that_its_fields_give(
    ready: World, code: str, value: dict[str, Any], key: str
) -> None:
    assert await ready.adobe(orjson.dumps(adobe_event(code, value))) == (200, {"stored": 1})
    assert [record.key for record in await ready.records()] == [f"main:{key}"]


@pytest.mark.parametrize(
    "code", ["observer.catalog_product_delete_commit_after", "observer.customer_delete_commit_after"]
)
async def test_a_deletion_is_marked_as_one(ready: World, code: str) -> None:
    await ready.adobe(orjson.dumps(adobe_event(code, {"entity_id": "7"})))
    (record,) = await ready.records()
    assert record.headers["deleted"] == "true"


async def test_each_event_of_a_batch_is_a_record_with_its_own_bytes(ready: World) -> None:
    events = [
        json.dumps(adobe_event("observer.sales_order_save_commit_after", {"entity_id": n, "total": 1.10}, f"id-{n}"))
        for n in range(1, 21)
    ]
    body = ("[\n " + " ,\n".join(events) + "\n]").encode()
    assert await ready.adobe(body, x_adobe_event_id="") == (200, {"stored": 20})
    records = await ready.records()
    assert sorted(record.value or b"" for record in records) == sorted(event.encode() for event in events)
    assert {record.headers["event-id"] for record in records} == {f"id-{n}" for n in range(1, 21)}


async def test_an_event_of_no_use_or_without_an_id_does_not_take_the_others_with_it(ready: World) -> None:
    events = [
        adobe_event("observer.sales_order_save_commit_after", {"entity_id": 17}),
        adobe_event("observer.catalog_category_save_commit_after", {"entity_id": 3}),
        adobe_event("observer.sales_order_save_commit_after", {"increment_id": "000000018"}),
    ]
    status, answer = await ready.adobe(orjson.dumps(events))
    assert (status, answer["stored"]) == (200, 1)
    assert "no event that the books need" in answer["ignored"][0]
    assert "entity_id" in answer["ignored"][1]
    assert [record.key for record in await ready.records()] == ["main:order:17"]
    for reason in ("unknown", "no id"):
        name = "bookbridge_webhook_events_ignored_total"
        assert ready.peer.value(name, connection="main", reason=reason) == 1


def _array_without_commas(body: bytes) -> bytes:
    return b"[" + body + b" " + body + b"]"


@pytest.mark.parametrize(
    ("body", "changes", "status", "message"),
    [
        (ORDER, {"x_adobe_digital_signature_1": "", "x_adobe_digital_signature_2": ""}, 401, "must be there"),
        (ORDER, {"x_adobe_public_key1_path": "", "x_adobe_public_key2_path": ""}, 401, "must be there"),
        (ORDER, {"x_adobe_digital_signature_1": "", "x_adobe_public_key2_path": ""}, 401, "must be there"),
        (
            ORDER,
            {"x_adobe_public_key1_path": "/prod/keys/../x.pem", "x_adobe_public_key2_path": "/evil/keys/a.pem"},
            401,
            "is not like /prod/keys/",
        ),
        (
            ORDER,
            {
                "x_adobe_public_key1_path": "@evil.example/prod/keys/a.pem",
                "x_adobe_public_key2_path": "/prod/keys/a.txt",
            },
            401,
            "is not like /prod/keys/",
        ),
        (
            ORDER,
            {"x_adobe_public_key1_path": "/prod/keys/none.pem", "x_adobe_public_key2_path": "/prod/keys/no.pem"},
            401,
            "neither signature",
        ),
        (ORDER, {"x_adobe_digital_signature_1": "AAAA", "x_adobe_digital_signature_2": "not base64!"}, 401, "neither"),
        (
            ORDER,
            {"x_adobe_digital_signature_1": rsa_sign("adobe 1", ORDER + b" "), "x_adobe_digital_signature_2": ""},
            401,
            "neither signature",
        ),
        (
            ORDER,
            {"x_adobe_digital_signature_1": rsa_sign("adobe 2", ORDER), "x_adobe_public_key2_path": ""},
            401,
            "neither",
        ),
        (ORDER.replace(CLIENT_ID.encode(), b"another"), {}, 403, "recipientclientid"),
        (
            orjson.dumps(adobe_event("observer.x", {"id": CLIENT_ID}, recipientclientid="another")),
            {},
            403,
            "recipientclientid",
        ),
        (b"{" + CLIENT_ID.encode(), {}, 400, "not JSON"),
        (ORDER + ORDER, {}, 400, "follows the event"),
        (_array_without_commas(ORDER), {}, 400, "commas"),
        (b'[{"id":"' + CLIENT_ID.encode() + b'"}]', {}, 400, "not a CloudEvent"),
        (ORDER, {"content_type": "text/xml"}, 415, "Content-Type"),
        (ORDER, {"content_encoding": "gzip"}, 415, "Content-Encoding"),
    ],
)
async def test_a_wrong_delivery_is_refused_and_told_why(
    ready: World, body: bytes, changes: dict[str, str], status: int, message: str
) -> None:
    got, answer = await ready.adobe(body, **changes)
    assert (got, message in answer["error"]) == (status, True), answer
    assert await ready.records() == []


async def test_one_right_signature_is_enough(ready: World) -> None:
    assert (await ready.adobe(ORDER, x_adobe_digital_signature_1="AAAA"))[0] == 200
    assert (await ready.adobe(ORDER, x_adobe_digital_signature_2="", x_adobe_public_key2_path=""))[0] == 200
    assert (await ready.adobe(ORDER, x_adobe_public_key1_path="/prod/keys/none.pem"))[0] == 200
    assert (await ready.adobe(ORDER, x_adobe_public_key1_path="/evil.pem", x_adobe_public_key2_path=KEY_2))[0] == 200


async def test_the_challenge_of_a_registration_is_echoed_only_where_the_source_is_set_up(ready: World) -> None:
    assert await ready.send(f"{ADOBE}?challenge=a%2Bb-1", method="GET") == (200, {"challenge": "a+b-1"})
    status, answer = await ready.send("/webhooks/bare/adobe-io?challenge=1", method="GET")
    assert (status, "[connections.bare.adobe_io]" in answer["error"]) == (404, True)


@pytest.mark.parametrize(
    "query", ["", "?challenge=", "?challenge=1&challenge=2", "?other=1", "?challenge=%0d%0ax", "?challenge=%E4"]
)
async def test_a_get_without_one_plain_challenge_is_refused(ready: World, query: str) -> None:
    assert (await ready.send(ADOBE + query, method="GET"))[0] == 400


async def test_a_validation_url_of_adobe_is_visited_after_the_answer(ready: World) -> None:
    url = f"{ready.host.base}/csm/registrations/validate?id=1-2&challenge=3-4"
    body = orjson.dumps({"validationUrl": url})
    assert (await ready.send(ADOBE, body, {"content-type": "application/json"}))[0] == 200

    async def visited() -> bool:
        return ready.host.asked == ["/csm/registrations/validate?id=1-2&challenge=3-4"]

    await eventually(visited)


@pytest.mark.parametrize(
    "change",
    [
        lambda base: "http://evil.example/csm/registrations/validate?id=1",
        lambda base: f"{base}@evil.example/csm/registrations/validate?id=1",
        lambda base: f"{base}.evil.example/csm/registrations/validate?id=1",
        lambda base: f"{base}/csm/registrations/validate/../../x?id=1",
        lambda base: f"{base}/csm/registrations/validate",
        lambda base: f"{base}/csm/registrations/validate?id=1#@evil.example",
        lambda base: f"{base}/csm/registrations/validate?id=1\r\nHost: evil.example",
        lambda base: f"{base}/csm/registrations/validate?" + "x" * 1_001,
        lambda base: f"{base}/csm/registrations/disabled?id=1",
        lambda base: base + "@evil.example/".ljust(len("/csm/registrations/validate?"), "a") + "id=1",
        lambda base: "file:///etc/passwd",
        lambda base: 17,
    ],
)
async def test_no_other_address_is_ever_visited(ready: World, change: Callable[[str], object]) -> None:
    body = orjson.dumps({"validationUrl": change(ready.host.base)})
    status, answer = await ready.send(ADOBE, body, {"content-type": "application/json"})
    assert (status, "validationUrl" in answer["error"]) == (400, True)
    assert ready.host.asked == []


async def test_a_signature_header_that_comes_twice_counts_as_none(ready: World) -> None:
    headers = [
        *adobe_headers(ORDER).items(),
        ("x-adobe-digital-signature-1", "AAAA"),
        ("x-adobe-public-key2-path", "x"),
    ]
    async with ready.peer.session.post(ready.peer.url + ADOBE, data=ORDER, headers=headers) as answer:
        assert answer.status == 401
