"""What Adobe Commerce's webhooks ask, over real HTTP: told at once that the process may go on, once it is stored."""

from __future__ import annotations

import base64
import sqlite3
import time
from pathlib import Path

import pytest

from shared import limits
from tests.integration.ingest_sources.support import COMMERCE, World, commerce_headers, rsa_sign, world

BODY = (
    b'{"eventName":"sales_order_save_commit_after","data":{"data_object":{"entity_id":"17"},'
    b'"order":{"entity_id":"17","grand_total":"12.3000"}}}'
)
PLACE = "/webhooks/main/commerce/plugin.magento.sales.api.order_management.place"


async def test_a_signed_hook_is_durable_when_success_is_answered(ready: World) -> None:
    assert await ready.send(COMMERCE, BODY, commerce_headers(BODY)) == (200, {"op": "success"})
    (record,) = await ready.records()
    assert (record.key, record.value) == ("main:order:17", BODY)
    assert record.headers["schema"] == "commerce"
    assert record.headers["event-id"] == "6f1f4f0e-0000-4000-8000-000000000001"
    labels = {"connection": "main", "event": "observer.sales_order_save_commit_after", "status": "200"}
    assert ready.peer.value("bookbridge_webhooks_total", **labels) == 1


@pytest.mark.parametrize(
    ("hook", "body", "key"),
    [
        (
            "plugin.magento.sales.api.order_management.place",
            b'{"order":{"entity_id":17},"result":{"entity_id":17}}',
            "order:17",
        ),
        (
            "plugin.sales.api.order_management.place",
            b'{"order":{"increment_id":"1"},"result":{"entity_id":17}}',
            "order:17",
        ),
        ("observer.sales_order_save_commit_after", b'{"entity_id":"17"}', "order:17"),
        ("observer.sales_order_save_commit_after", b'{"data":{"entity_id":17}}', "order:17"),
        (
            "observer.sales_order_invoice_save_after",
            b'{"data":{"invoice":{"entity_id":3,"order_id":"17"}}}',
            "order:17",
        ),
        ("observer.sales_order_invoice_save_after", b'{"data":{"data_object":{"entity_id":3}}}', "invoice:3"),
        ("observer.catalog_product_save_commit_after", b'{"product":{"sku":"A:B"}}', "product_sku:A%3AB"),
        ("observer.customer_save_commit_after", b'{"data":{"customer":{"id":6}}}', "customer:6"),
    ],
)
async def test_observers_plugins_and_chosen_fields_all_lead_to_the_entity(
    ready: World, hook: str, body: bytes, key: str
) -> None:
    assert (await ready.send(f"/webhooks/main/commerce/{hook}", body, commerce_headers(body)))[0] == 200
    assert [record.key for record in await ready.records()] == [f"main:{key}"]


async def test_both_keys_are_taken_while_one_is_replaced(ready: World) -> None:
    assert (await ready.send(COMMERCE, BODY, commerce_headers(BODY, "commerce old")))[0] == 200


@pytest.mark.parametrize(
    ("path", "body", "changes", "status", "message"),
    [
        (COMMERCE, BODY, {"x-adobe-commerce-webhook-signature": ""}, 401, "is missing, or isn't made from this body"),
        (COMMERCE, BODY, {"x-adobe-commerce-webhook-signature": "AAAA"}, 401, "is missing, or isn't"),
        (COMMERCE, BODY, {"x-adobe-commerce-webhook-signature": "no base64"}, 401, "is missing, or isn't"),
        (COMMERCE, BODY, {"x-adobe-commerce-webhook-signature": rsa_sign("commerce", BODY)}, 401, "is missing, or"),
        (
            COMMERCE,
            BODY,
            {"x-adobe-commerce-webhook-signature": rsa_sign("another", base64.b64encode(BODY))},
            401,
            "is missing, or",
        ),
        (COMMERCE, BODY + b" ", commerce_headers(BODY), 401, "is missing, or isn't"),
        (COMMERCE, b"{", {}, 400, "not JSON"),
        (COMMERCE, b"[" * 100_000, {}, 400, "not JSON"),
        (COMMERCE, b"[]", {}, 400, "not a JSON object"),
        (COMMERCE, b'{"data":{"order":{"increment_id":"17"}}}', {}, 400, "entity_id of the order is missing"),
        (PLACE, b'{"order":{"increment_id":"17"}}', {}, 400, "take type after"),
        (
            COMMERCE,
            b'{"eventName":"observer.sales_order_invoice_save_after","data":{}}',
            {},
            400,
            "this address is for",
        ),
        ("/webhooks/main/commerce/observer.sales_order_save_before", BODY, {}, 404, "known are"),
        ("/webhooks/bare/commerce/observer.sales_order_save_after", BODY, {}, 404, "[connections.bare.commerce]"),
        ("/webhooks/main/commerce", BODY, {}, 404, "no such address"),
        (COMMERCE, BODY, {"content-type": "text/plain"}, 415, "Content-Type"),
    ],
)
async def test_a_wrong_hook_is_refused_and_told_why(
    ready: World, path: str, body: bytes, changes: dict[str, str], status: int, message: str
) -> None:
    headers = {name: value for name, value in (commerce_headers(body) | changes).items() if value}
    got, answer = await ready.send(path, body, headers)
    assert (got, message in answer["error"]) == (status, True), answer
    assert await ready.records() == []


async def test_a_log_that_is_slow_never_holds_a_shopper_up_for_long(tmp_path: Path) -> None:
    async with world(tmp_path, call_seconds=20.0) as ready:
        assert (await ready.send(COMMERCE, BODY, commerce_headers(BODY)))[0] == 200
        blocker = sqlite3.connect(tmp_path / "log.sqlite", isolation_level=None)
        blocker.execute("BEGIN IMMEDIATE")
        start = time.monotonic()
        status, answer = await ready.send(COMMERCE, BODY, commerce_headers(BODY))
        taken = time.monotonic() - start
        blocker.execute("ROLLBACK")
        blocker.close()
        assert (status, "within the time" in answer["error"]) == (503, True)
        assert taken < limits.SHOPPER_WAIT_SECONDS + 1
