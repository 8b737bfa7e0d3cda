"""What Mage-OS Async Events sends, 3.x and 4.x, byte for byte as PHP writes it."""

from __future__ import annotations

import pytest

from sandbox.magento.subscriptions import Format, Subscription
from sandbox.magento.webhooks.mageos import render
from shared.magento.signatures import sign
from tests.integration.ingest_sources.support import TOKEN, World

PATH = "/webhooks/main/mageos/sales.order.created"
# PHP's json_encode with its default flags: slashes escaped, nothing beyond ASCII, floats as they come.
THREE = rb'{"data":{"entity_id":17,"grand_total":12.3,"note":"Caf\u00e9 \ud83d\ude00 1\/2","items":[]}}'
FOUR = (
    rb'{"specversion":"1.0","id":"5d2c6f0e-8a51-4a55-9d0b-0a8d1d1f7c11","source":"0","type":"sales.order.created",'
    rb'"datacontenttype":"application\/json","data":{"entity_id":17,"note":"Caf\u00e9 1\/2"}}'
)
GUZZLE = {"content-type": "application/json", "user-agent": "GuzzleHttp/7"}


def signed(body: bytes, **changes: str) -> dict[str, str]:
    return {"x-magento-signature": sign(body, TOKEN), **changes}


async def test_a_request_of_3_is_taken_and_kept_byte_for_byte(ready: World) -> None:
    assert (await ready.send(PATH, THREE, signed(THREE) | GUZZLE))[0] == 202
    (record,) = await ready.records()
    assert (record.key, record.value, record.headers["schema"]) == ("main:order:17", THREE, "mageos-3")


async def test_a_request_of_4_has_no_content_type_and_an_id_that_repeats_keep(ready: World) -> None:
    for _ in range(2):
        assert (await ready.send(PATH, FOUR, signed(FOUR)))[0] == 202
    records = await ready.records()
    assert [record.value for record in records] == [FOUR, FOUR]
    assert {record.headers["event-id"] for record in records} == {"5d2c6f0e-8a51-4a55-9d0b-0a8d1d1f7c11"}
    assert {record.headers["schema"] for record in records} == {"mageos-4"}


@pytest.mark.parametrize("format_", ["3.x", "4.x"])
async def test_what_the_sandbox_writes_is_taken(ready: World, format_: Format) -> None:
    subscription = Subscription(1, "sales.order.created", "", TOKEN, format_, True, 0)
    body = render({"entity_id": 17, "customer_firstname": "Zoë/ß"}, subscription, "id-1")
    assert (await ready.send(PATH, body, signed(body)))[0] == 202
    assert [record.key for record in await ready.records()] == ["main:order:17"]


@pytest.mark.parametrize(
    ("path", "body", "changes", "status", "message"),
    [
        (PATH, THREE, {"x-magento-signature": ""}, 401, "x-magento-signature is missing"),
        (PATH, THREE, {"x-magento-signature": sign(THREE, "another token")}, 401, "x-magento-signature"),
        (PATH, THREE, {"x-magento-signature": sign(THREE, TOKEN).upper()}, 401, "x-magento-signature"),
        (PATH, THREE, {"x-magento-signature": sign(THREE.replace(rb"\/", b"/"), TOKEN)}, 401, "x-magento-signature"),
        (PATH, THREE, {"x-magento-signature": sign(FOUR, TOKEN)}, 401, "x-magento-signature"),
        (PATH, b'{"data":', {}, 400, "not JSON"),
        (PATH, b"[17]", {}, 400, "not a JSON object"),
        (PATH, b'{"order":{}}', {}, 400, '"data" is missing'),
        (PATH, b'{"data":{"id":17}}', {}, 400, '"data.entity_id" is missing'),
        (PATH, b'{"data":{"entity_id":-17}}', {}, 400, "not a positive whole number"),
        (PATH, FOUR.replace(b"sales.order.created", b"customer.created"), {}, 400, "but this address is for"),
        ("/webhooks/main/mageos/sales.order.deleted", THREE, {}, 404, "known are"),
        ("/webhooks/none/mageos/sales.order.created", THREE, {}, 404, "'none' is not known"),
        ("/webhooks/new/mageos/sales.order.created", THREE, {}, 503, "no settings are published yet"),
        ("/webhooks/main/mageos", THREE, {}, 404, "no such address"),
        (PATH, THREE, {"content-type": "text/html"}, 415, "Content-Type"),
    ],
)
async def test_a_wrong_request_is_refused_and_told_why(
    ready: World, path: str, body: bytes, changes: dict[str, str], status: int, message: str
) -> None:
    headers = {name: value for name, value in (signed(body) | GUZZLE | changes).items() if value}
    got, answer = await ready.send(path, body, headers)
    assert (got, message in answer["error"]) == (status, True), answer
    assert await ready.records() == []
