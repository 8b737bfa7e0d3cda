"""What Intuit sends, over real HTTP: news of several companies is durable as commands when 200 is answered."""

from __future__ import annotations

import asyncio
import base64
import hmac
import shutil
import sqlite3
import subprocess
import time
from pathlib import Path
from typing import Any

import orjson
import pytest
from structlog.testing import capture_logs

from shared import limits
from tests.integration.ingest_receiver.support import REALM
from tests.integration.ingest_sources.support import VERIFIER, World, world

ADDRESS = "/webhooks/quickbooks"
OTHER_REALM = "4620816"


def event(entity: str = "item", realm: str = REALM, **changes: object) -> dict[str, object]:
    return {
        "specversion": "1.0",
        "id": "88cd52aa-33b6-4351-9aa4-47572edbd068",
        "source": "intuit.dsnmYKEjQwWsZbQkVrF0aKy7qDrxJpHvNcmuOQ==",
        "type": f"qbo.{entity}.updated.v1",
        "datacontenttype": "application/json",
        "time": "2025-09-10T21:31:25.179851517Z",
        "intuitentityid": "1234",
        "intuitaccountid": realm,
        "data": {},
    } | changes


def legacy(*entities: str, realm: str = REALM, **changes: str) -> dict[str, Any]:
    rows = [
        {"name": name, "id": "1", "operation": "Update", "lastUpdated": "2015-10-05T14:42:19-0700"} | changes
        for name in entities
    ]
    return {"eventNotifications": [{"realmId": realm, "dataChangeEvent": {"entities": rows}}]}


def sign(body: bytes, token: str = VERIFIER) -> str:
    return base64.b64encode(hmac.digest(token.encode(), body, "sha256")).decode()


def intuit_headers(body: bytes, **changes: str) -> dict[str, str]:
    """Headers of a delivery; with `_` for `-`, changes replace them, "" leaves one out."""
    headers = {
        "content-type": "application/json; charset=utf-8",
        "user-agent": "intuit_notification_server/0.1",
        "intuit-signature": sign(body),
        "intuit-t-id": "1-6716-0001",
        "intuit-created-time": "2025-09-10T14:31:25-0700",
        "intuit-notification-schema-version": "0.1",
    } | {name.replace("_", "-"): value for name, value in changes.items()}
    return {name: value for name, value in headers.items() if value}


async def deliver(ready: World, document: object, **changes: str) -> tuple[int, dict[str, Any]]:
    body = orjson.dumps(document)
    return await ready.send(ADDRESS, body, intuit_headers(body, **changes))


async def polls(ready: World) -> dict[str, list[list[str]]]:
    """The entities asked for, by company."""
    found: dict[str, list[list[str]]] = {}
    for record in await ready.peer.commands(REALM, OTHER_REALM):
        assert record.headers["to"] == "ingest"
        command = orjson.loads(record.value or b"")
        assert command["command"] == "poll"
        found.setdefault(record.key, []).append(command["entities"])
    return found


async def test_each_company_of_a_delivery_gets_one_command_with_its_entities(ready: World) -> None:
    events = [event("item"), event("customer", OTHER_REALM), event("salesreceipt"), event("item", intuitentityid="9")]
    assert await deliver(ready, events) == (200, {"companies": 2, "ignored": 0})
    assert await polls(ready) == {REALM: [["Item", "SalesReceipt"]], OTHER_REALM: [["Customer"]]}
    (record,) = await ready.peer.commands(OTHER_REALM)
    assert record.headers["cause"] == "webhook"
    assert record.headers["event-id"] == "88cd52aa-33b6-4351-9aa4-47572edbd068"
    assert record.headers["occurred-at"] == "2025-09-10T21:31:25.179851+00:00"
    labels = {"connection": "quickbooks", "event": "quickbooks", "status": "200"}
    assert ready.peer.value("bookbridge_webhooks_total", **labels) == 1
    assert await ready.records() == []  # no hint: it is nothing of a shop's


async def test_the_older_format_leads_to_the_same_commands(ready: World) -> None:
    document = legacy("Item", "Invoice")
    document["eventNotifications"] += legacy("Customer", realm=OTHER_REALM, deletedID="7")["eventNotifications"]
    assert await deliver(ready, document) == (200, {"companies": 2, "ignored": 0})
    assert await polls(ready) == {REALM: [["Invoice", "Item"]], OTHER_REALM: [["Customer"]]}
    (record,) = await ready.peer.commands(OTHER_REALM)
    assert record.headers["occurred-at"] == "2015-10-05T21:42:19+00:00"


async def test_the_former_verifier_is_taken_while_it_is_replaced(ready: World) -> None:
    body = orjson.dumps([event()])
    headers = intuit_headers(body, intuit_signature=sign(body, "the-former-verifier"))
    assert (await ready.send(ADDRESS, body, headers))[0] == 200


async def test_companies_and_entities_that_nobody_follows_are_counted_and_taken(ready: World) -> None:
    events = [event(realm="999"), event("taxcode"), event("customer"), event(intuitaccountid=None), 5]
    with capture_logs() as logs:
        assert await deliver(ready, events) == (200, {"companies": 1, "ignored": 4})
    assert await polls(ready) == {REALM: [["Customer"]]}
    name = "bookbridge_webhook_events_ignored_total"
    assert ready.peer.value(name, connection="quickbooks", reason="company") == 1
    assert ready.peer.value(name, connection="quickbooks", reason="unknown") == 3
    assert "qbo.taxcode.updated.v1" in logs[0]["reason"]


@pytest.mark.parametrize("document", [[], {"eventNotifications": []}, [event(realm="999")]])
async def test_a_delivery_that_leads_to_nothing_is_taken(ready: World, document: object) -> None:
    assert (await deliver(ready, document))[0] == 200
    assert await polls(ready) == {}


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b'"qbo"', "neither an array of CloudEvents nor"),
        (b'{"data":{"entity_id":17}}', "neither an array of CloudEvents nor"),
    ],
)
async def test_a_signed_delivery_that_can_not_be_read_does_not_hold_up_those_that_follow(
    ready: World, body: bytes, why: str
) -> None:
    with capture_logs() as logs:
        assert await ready.send(ADDRESS, body, intuit_headers(body)) == (200, {"companies": 0, "ignored": 1})
    assert ready.peer.value("bookbridge_webhook_events_ignored_total", connection="quickbooks", reason="unknown") == 1
    assert why in logs[0]["reason"]
    assert await polls(ready) == {}


GOOD = orjson.dumps([event()])


@pytest.mark.parametrize(
    ("body", "changes", "status", "message"),
    [
        (GOOD, {"intuit_signature": ""}, 401, "is missing, or isn't made from this body"),
        (GOOD, {"intuit_signature": "AAAA"}, 401, "is missing, or isn't"),
        (GOOD, {"intuit_signature": "A" * 43 + "="}, 401, "is missing, or isn't"),
        (GOOD, {"intuit_signature": sign(GOOD, "the client secret")}, 401, "is missing, or isn't"),
        (GOOD, {"intuit_signature": hmac.digest(VERIFIER.encode(), GOOD, "sha256").hex()}, 401, "is missing, or"),
        (GOOD, {"intuit_signature": sign(GOOD) + "=="}, 401, "is missing, or isn't"),
        (GOOD, {"intuit_signature": "sha256=" + sign(GOOD)}, 401, "is missing, or isn't"),
        (GOOD + b"\n", {"intuit_signature": sign(GOOD)}, 401, "is missing, or isn't"),
        (GOOD.replace(b"1234", b"1235"), {"intuit_signature": sign(GOOD)}, 401, "is missing, or isn't"),
        (GOOD, {"content_encoding": "gzip"}, 415, "Content-Encoding"),
        (b" " * (limits.WEBHOOK_BODY_MAX_BYTES + 1), {}, 413, "the body is over"),
    ],
)
async def test_a_wrong_delivery_is_refused_and_told_why(
    ready: World, body: bytes, changes: dict[str, str], status: int, message: str
) -> None:
    got, answer = await ready.send(ADDRESS, body, intuit_headers(body, **changes))
    assert (got, message in answer["error"]) == (status, True), answer
    assert await polls(ready) == {}


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_only_post_is_taken(ready: World, method: str) -> None:
    assert (await ready.send(ADDRESS, GOOD, intuit_headers(GOOD), method))[0] == 405


@pytest.mark.parametrize("path", ["/webhooks/quickbooks/", "/webhooks/quickbooks/x", "/webhooks/QuickBooks"])
async def test_other_addresses_are_not_known(ready: World, path: str) -> None:
    assert (await ready.send(path, GOOD, intuit_headers(GOOD)))[0] == 404


async def test_two_signatures_are_none(ready: World) -> None:
    reader, writer = await ready.peer.connect()
    head = f"POST {ADDRESS} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(GOOD)}\r\n"
    head += f"intuit-signature: {sign(GOOD)}\r\n" * 2
    writer.write(head.encode() + b"\r\n" + GOOD)
    assert b" 401 " in await asyncio.wait_for(reader.readline(), 5)
    writer.close()
    assert await polls(ready) == {}


async def test_while_the_log_is_away_intuit_is_told_to_come_again_before_it_hangs_up(tmp_path: Path) -> None:
    async with world(tmp_path, call_seconds=20.0) as ready:
        assert (await deliver(ready, [event()]))[0] == 200
        blocker = sqlite3.connect(tmp_path / "log.sqlite", isolation_level=None)
        blocker.execute("BEGIN IMMEDIATE")
        start = time.monotonic()
        status, answer = await deliver(ready, [event("customer")])
        taken = time.monotonic() - start
        blocker.execute("ROLLBACK")
        blocker.close()
        assert (status, "within the time" in answer["error"]) == (503, True)
        assert taken < 3.0
        assert (await deliver(ready, [event("customer")]))[0] == 200
        assert ["Customer"] in (await polls(ready))[REALM]


def openssl_sign(body: bytes) -> str:
    command = ["openssl", "dgst", "-sha256", "-hmac", VERIFIER, "-binary"]
    digest = subprocess.run(command, input=body, capture_output=True, check=True, timeout=20).stdout
    return base64.b64encode(digest).decode()


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
async def test_what_openssl_signs_is_taken(ready: World) -> None:
    headers = intuit_headers(GOOD, intuit_signature=openssl_sign(GOOD))
    assert (await ready.send(ADDRESS, GOOD, headers))[0] == 200
