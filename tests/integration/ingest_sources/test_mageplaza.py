"""What Mageplaza's module sends, over real HTTP: any body that a template gives, with a secret."""

from __future__ import annotations

import pytest

from tests.integration.ingest_sources.support import HEADER_SECRET, MAGEPLAZA, World, basic

BODY = b'{"id": 17, "number": "000000017", "customer": "Anna"}'
DIGEST = 'Digest username="bookbridge", realm="x", nonce="1", uri="/", response="0"'


async def test_a_hook_with_the_password_is_durable_when_200_is_answered(ready: World) -> None:
    assert await ready.send(MAGEPLAZA, BODY, basic()) == (200, {"status": "stored"})
    (record,) = await ready.records()
    assert (record.key, record.value) == ("main:order:17", BODY)
    assert (record.headers["schema"], record.headers["event"]) == ("mageplaza", "order")
    labels = {"connection": "main", "event": "mageplaza.order", "status": "200"}
    assert ready.peer.value("bookbridge_webhooks_total", **labels) == 1


async def test_a_header_or_a_former_password_does_as_well(ready: World) -> None:
    assert (await ready.send(MAGEPLAZA, BODY, {"x-bookbridge-secret": HEADER_SECRET}))[0] == 200
    assert (await ready.send(MAGEPLAZA, BODY, basic(password="the-former-password")))[0] == 200


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
async def test_an_id_in_the_address_needs_no_body_whatever_the_method(ready: World, method: str) -> None:
    assert (await ready.send(f"{MAGEPLAZA}?id=17", headers=basic(), method=method))[0] == 200
    assert [record.key for record in await ready.records()] == ["main:order:17"]


@pytest.mark.parametrize(
    ("hook", "query", "body", "key"),
    [
        ("order", "", b'{"entity_id": "17", "items": [{"order_id": 99}]}', "order:17"),
        ("order", "", b'{"item": {"entity_id": 17}}', "order:17"),
        ("order", "", b'[{"order": {"entity_id": 17}}]', "order:17"),
        ("order", "", b'{"entity_id": 17, "note": "said "hello" and\nleft"}', "order:17"),
        ("order", "", b'{"note": "\xff", "entity_id":"17",}', "order:17"),
        ("order", "", b"{'entity_id': '17'}", "order:17"),
        ("order", "", b"<order><entity_id>17</entity_id><name>A & B</name></order>", "order:17"),
        ("order", "", b'<?xml version="1.0"?><o><entity_id type="i"><![CDATA[17]]></entity_id></o>', "order:17"),
        ("order", "", b"entity_id=17&name=A%20B", "order:17"),
        ("order", "?entity_id=17", b'{"entity_id": 99}', "order:17"),
        ("order", "?entity_id=", b"id=17", "order:17"),
        ("new_order_comment", "?parent_id=17", b'{"entity_id": 5}', "order:17"),
        ("new_order_comment", "", b'{"entity_id": 5, "parent_id": 17}', "order:17"),
        ("new_invoice", "?order_id=17", b"", "order:17"),
        ("new_invoice", "?id=3", b"", "invoice:3"),
        ("new_invoice", "", b'{"entity_id": 3, "order_id": "17"}', "order:17"),
        ("new_shipment", "", b'{"entity_id": 4}', "shipment:4"),
        ("new_creditmemo", "", b"<m><entity_id> 5 </entity_id></m>", "creditmemo:5"),
        ("update_customer", "?id=6", b"", "customer:6"),
        ("update_product", "", b'{"entity_id": 7, "sku": "A"}', "product:7"),
    ],
)
async def test_the_id_is_found_in_whatever_the_template_gives(
    ready: World, hook: str, query: str, body: bytes, key: str
) -> None:
    status, answer = await ready.send(f"/webhooks/main/mageplaza/{hook}{query}", body, basic())
    assert status == 200, answer
    assert [record.key for record in await ready.records()] == [f"main:{key}"]


async def test_a_deletion_is_marked_as_one(ready: World) -> None:
    await ready.send("/webhooks/main/mageplaza/delete_product?id=7", headers=basic(), method="DELETE")
    assert [record.headers["deleted"] for record in await ready.records()] == ["true"]


@pytest.mark.parametrize(
    ("path", "body", "headers", "status", "message"),
    [
        (MAGEPLAZA, BODY, {}, 401, "neither Basic authentication nor the header"),
        (MAGEPLAZA, BODY, basic(password="wrong"), 401, "neither"),
        (MAGEPLAZA, BODY, basic(username="other"), 401, "neither"),
        (MAGEPLAZA, BODY, {"authorization": "Basic ?"}, 401, "neither"),
        (MAGEPLAZA, BODY, {"authorization": DIGEST}, 401, "neither"),
        (MAGEPLAZA, BODY, {"x-bookbridge-secret": HEADER_SECRET[:-1]}, 401, "neither"),
        (MAGEPLAZA, BODY, {"x-bookbridge-secret": "é"}, 401, "neither"),
        (MAGEPLAZA, b"", basic(), 400, "?entity_id={{ item.entity_id }}"),
        (MAGEPLAZA, b'{"increment_id": "17"}', basic(), 400, "no id was found"),
        (MAGEPLAZA, b'{"entity_id": "17abc"}', basic(), 400, "no id was found"),
        (MAGEPLAZA, b'{"a": "x"y", "entity_id": 1, "o": {"entity_id": 2}}', basic(), 400, "several times"),
        (MAGEPLAZA, b'{"entity_id": 1, "name": "x", "entity_id": "2"}', basic(), 400, "several times"),
        (MAGEPLAZA + "?entity_id=1&entity_id=2", b"", basic(), 400, "several times"),
        ("/webhooks/main/mageplaza/new_invoice", b"{}", basic(), 400, "?order_id={{ item.order_id }}"),
        ("/webhooks/main/mageplaza/new_order_comment", b'{"entity_id": 5}', basic(), 400, "?parent_id="),
        ("/webhooks/main/mageplaza/new_category", BODY, basic(), 404, "the books need"),
        ("/webhooks/bare/mageplaza/order", BODY, basic(), 404, "[connections.bare.mageplaza]"),
        (MAGEPLAZA, BODY, basic() | {"content-encoding": "gzip"}, 415, "Content-Encoding"),
    ],
)
async def test_a_wrong_hook_is_refused_and_told_why(
    ready: World, path: str, body: bytes, headers: dict[str, str], status: int, message: str
) -> None:
    got, answer = await ready.send(path, body, headers)
    assert (got, message in answer["error"]) == (status, True), answer
    assert await ready.records() == []


async def test_another_method_is_told_which_ones_there_are(ready: World) -> None:
    async with ready.peer.session.options(ready.peer.url + MAGEPLAZA) as answer:
        assert (answer.status, answer.headers["Allow"]) == (405, "DELETE, GET, PATCH, POST, PUT")
