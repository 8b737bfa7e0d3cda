"""Each answer of the webhook port, over real HTTP and with a real log behind it."""

from __future__ import annotations

import asyncio
import gzip
import logging
import sqlite3
import time
from pathlib import Path

import orjson
import pytest
from structlog.testing import capture_logs

from shared import limits
from shared.magento.signatures import sign
from tests.integration.ingest_receiver.support import (
    ADDRESS,
    BODY,
    INVOICE_TOKEN,
    TOKEN,
    Peer,
    eventually,
    eventually_status,
    has_open,
    running,
)

CLOUD_EVENT = (
    b'{"specversion":"1.0","id":"5d2c6f0e-8a51-4a55-9d0b-0a8d1d1f7c11","source":"0",'
    b'"type":"sales.order.created","datacontenttype":"application/json","data":{"entity_id":17}}'
)


async def test_a_signed_event_is_durable_and_verbatim_in_the_log_when_202_is_answered(peer: Peer) -> None:
    status, _, _ = await peer.post()
    assert status == 202
    (record,) = await peer.records()
    assert record.key == "main-shop:order:17"
    assert record.value == BODY
    assert record.headers["event"] == "sales.order.created"
    assert record.headers["cause"] == "webhook"
    assert record.headers["schema"] == "mageos-3"
    assert record.headers["content-type"] == "application/json"
    assert record.headers["received-at"].endswith("+00:00")
    assert len(record.headers["event-id"]) == len(record.headers["trace-id"]) == 32
    assert (
        peer.value("bookbridge_webhooks_total", connection="main-shop", event="sales.order.created", status="202") == 1
    )


@pytest.mark.parametrize("content_type", ["", "application/json", "application/cloudevents+json; charset=UTF-8"])
async def test_a_cloud_event_is_taken_without_content_type_too_and_keeps_its_id(peer: Peer, content_type: str) -> None:
    status, _, _ = await peer.post(CLOUD_EVENT, headers={"content-type": content_type})
    assert status == 202
    (record,) = await peer.records()
    assert record.headers["event-id"] == "5d2c6f0e-8a51-4a55-9d0b-0a8d1d1f7c11"
    assert record.headers["schema"] == "mageos-4"
    assert record.headers.get("content-type", "") == content_type


async def test_a_content_type_with_undecodable_bytes_does_no_harm(peer: Peer) -> None:
    reader, writer = await peer.connect()
    head = f"POST {ADDRESS} HTTP/1.1\r\nHost: x\r\nx-magento-signature: {sign(BODY, TOKEN)}\r\n".encode()
    head += b"Content-Type: application/json; x=\xe9\r\nContent-Length: %d\r\n\r\n" % len(BODY)
    writer.write(head + BODY)
    assert b" 202 " in await asyncio.wait_for(reader.readuntil(b"\r\n"), 5)
    writer.close()


async def test_events_of_invoices_shipments_and_credit_memos_become_hints_of_their_order(peer: Peer) -> None:
    body = b'{"data":{"entity_id":900,"order_id":17}}'
    for event in ("sales.invoice.paid", "sales.shipment.created", "sales.creditmemo.created"):
        assert (await peer.post(body, path=f"/webhooks/main-shop/mageos/{event}"))[0] == 202
    assert [record.key for record in await peer.records()] == ["main-shop:order:17"] * 3


async def test_a_subscription_with_its_own_token_takes_no_other(peer: Peer) -> None:
    body, path = b'{"data":{"entity_id":900,"order_id":17}}', "/webhooks/main-shop/mageos/sales.invoice.created"
    assert (await peer.post(body, path=path, token=TOKEN))[0] == 401
    assert (await peer.post(body, path=path, token=INVOICE_TOKEN))[0] == 202


async def test_both_tokens_are_taken_while_they_are_being_changed(peer: Peer) -> None:
    assert (await peer.post(token="old-token"))[0] == 202
    assert (await peer.post(token=TOKEN))[0] == 202


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/webhooks/other-shop/mageos/sales.order.created", "connection 'other-shop' is not known"),
        ("/webhooks/main-shop/mageos/sales.order.eaten", "event 'sales.order.eaten' is not known"),
        ("/webhooks/main-shop/mageos/sales.order.created/", "no such address"),
        ("/", "no such address"),
    ],
)
async def test_404_for_an_address_that_does_not_exist(peer: Peer, path: str, message: str) -> None:
    status, text, _ = await peer.post(path=path)
    assert (status, message in text) == (404, True), text
    assert await peer.records() == []
    assert peer.value("bookbridge_webhooks_total", connection="unknown", event="unknown", status="404") == 1


async def test_the_misspelt_event_name_of_the_sender_is_known(peer: Peer) -> None:
    assert (await peer.post(path="/webhooks/main-shop/mageos/sales.unholdedcreated"))[0] == 202


async def test_405_for_another_method(peer: Peer) -> None:
    status, _, headers = await peer.post(method="PUT")
    assert (status, headers["Allow"]) == (405, "POST")


async def test_413_by_content_length_before_any_byte_of_the_body_is_read(peer: Peer) -> None:
    reader, writer = await peer.connect()
    length = limits.WEBHOOK_BODY_MAX_BYTES + 1
    writer.write(f"POST {ADDRESS} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n".encode())
    answer = await asyncio.wait_for(reader.readuntil(b"\r\n"), 5)
    assert b" 413 " in answer
    writer.close()


async def test_413_by_count_for_a_body_that_comes_in_chunks(peer: Peer) -> None:
    reader, writer = await peer.connect()
    writer.write(f"POST {ADDRESS} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
    for _ in range(limits.WEBHOOK_BODY_MAX_BYTES // 65_536 + 1):
        writer.write(b"10000\r\n" + bytes(65_536) + b"\r\n")
    answer = await asyncio.wait_for(reader.readuntil(b"\r\n"), 5)
    assert b" 413 " in answer
    writer.close()


async def test_400_for_malformed_chunks(peer: Peer) -> None:
    reader, writer = await peer.connect()
    writer.write(f"POST {ADDRESS} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
    writer.write(b"zz\r\n")
    assert b" 400 " in await asyncio.wait_for(reader.readuntil(b"\r\n"), 5)
    writer.close()


async def test_a_sender_that_breaks_off_within_the_body_is_counted_and_makes_no_server_error(peer: Peer) -> None:
    _, writer = await peer.connect()
    writer.write(f"POST {ADDRESS} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{{".encode())
    labels = {"connection": "main-shop", "event": "sales.order.created", "status": "408"}

    async def counted() -> bool:
        return peer.value("bookbridge_webhooks_total", **labels) == 1

    await eventually(lambda: has_open(peer, 1))
    writer.transport.abort()
    await eventually(counted)
    await eventually(lambda: has_open(peer, 0))


async def test_a_body_of_exactly_the_limit_is_taken(peer: Peer) -> None:
    start, end = b'{"data":{"entity_id":17,"x":"', b'"}}'
    body = start + b"x" * (limits.WEBHOOK_BODY_MAX_BYTES - len(start) - len(end)) + end
    assert (await peer.post(body))[0] == 202
    (record,) = await peer.records()
    assert record.value == body


async def test_a_sender_that_asks_before_a_long_body_is_told_to_go_on_or_refused_at_once(peer: Peer) -> None:
    reader, writer = await peer.connect()
    head = f"POST {ADDRESS} HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nx-magento-signature: {sign(BODY, TOKEN)}\r\n"
    writer.write(f"{head}Content-Length: {len(BODY)}\r\n\r\n".encode())
    assert await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5) == b"HTTP/1.1 100 Continue\r\n\r\n"
    writer.write(BODY)
    assert b" 202 " in await asyncio.wait_for(reader.readuntil(b"\r\n"), 5)
    writer.close()
    reader, writer = await peer.connect()
    writer.write(f"{head}Content-Length: 99999999\r\n\r\n".encode())
    assert b" 413 " in await asyncio.wait_for(reader.readuntil(b"\r\n"), 5)
    writer.close()


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "application/jsonp"])
async def test_415_for_another_content_type(peer: Peer, content_type: str) -> None:
    assert (await peer.post(headers={"content-type": content_type}))[0] == 415


async def test_415_for_a_compressed_body_which_is_not_unpacked(peer: Peer) -> None:
    assert (await peer.post(gzip.compress(BODY), headers={"content-encoding": "gzip"}))[0] == 415


@pytest.mark.parametrize(
    "signature", ["", "0" * 64, sign(BODY, TOKEN).upper(), sign(BODY, TOKEN)[:-2], "sha256=" + sign(BODY, TOKEN)]
)
async def test_401_without_the_right_signature(peer: Peer, signature: str) -> None:
    status, _, _ = await peer.post(headers={"x-magento-signature": signature})
    assert status == 401
    assert await peer.records() == []


async def test_401_when_the_signature_header_comes_twice(peer: Peer) -> None:
    reader, writer = await peer.connect()
    signature = f"x-magento-signature: {sign(BODY, TOKEN)}\r\n" * 2
    writer.write(
        f"POST {ADDRESS} HTTP/1.1\r\nHost: x\r\n{signature}Content-Length: {len(BODY)}\r\n\r\n".encode() + BODY
    )
    assert b" 401 " in await asyncio.wait_for(reader.readuntil(b"\r\n"), 5)
    writer.close()


async def test_a_body_without_the_right_signature_is_not_parsed(peer: Peer) -> None:
    assert (await peer.post(b"{ no json", token="wrong"))[0] == 401
    assert (await peer.post(b"{ no json"))[0] == 400


async def test_the_signature_is_over_the_raw_bytes_not_over_equal_json(peer: Peer) -> None:
    spaced = orjson.dumps(orjson.loads(BODY), option=orjson.OPT_INDENT_2)
    assert (await peer.post(spaced, headers={"x-magento-signature": sign(BODY, TOKEN)}))[0] == 401


@pytest.mark.parametrize(
    ("body", "missing"),
    [
        (b"", "not JSON"),
        (b"[]", "not a JSON object"),
        (b"{}", '"data" is missing'),
        (b'{"data":[]}', '"data" is not an object'),
        (b'{"data":{"increment_id":"17"}}', '"data.entity_id" is missing'),
        (b'{"data":{"entity_id":null}}', "not a positive whole number"),
        (b'{"data":{"entity_id":true}}', "not a positive whole number"),
        (b'{"data":{"entity_id":17.0}}', "not a positive whole number"),
        (b'{"data":{"entity_id":0}}', "not a positive whole number"),
        (b'{"data":{"entity_id":"17:x"}}', "not a positive whole number"),
        (b'{"data":{"entity_id":99999999999999999999}}', "not a positive whole number"),
        (b'{"specversion":"1.0","type":"sales.order.created"}', '"data" is missing'),
        (b'{"specversion":"1.0","type":"catalog.product.updated","data":{"entity_id":1}}', "but this address is for"),
        (b"[" * 100_000, "not JSON"),
        (b'{"data":{"entity_id":17,"x":"\xff"}}', "not JSON"),
    ],
)
async def test_400_names_what_is_wrong_with_the_body(peer: Peer, body: bytes, missing: str) -> None:
    status, text, _ = await peer.post(body)
    assert status == 400
    assert missing in orjson.loads(text)["error"]
    assert await peer.records() == []


async def test_an_id_written_as_a_string_of_digits_is_taken(peer: Peer) -> None:
    assert (await peer.post(b'{"data":{"entity_id":"0017"}}'))[0] == 202
    assert (await peer.records())[0].key == "main-shop:order:17"


async def test_503_for_a_connection_whose_settings_are_still_to_come(peer: Peer) -> None:
    status, _, headers = await peer.post(path="/webhooks/new-shop/mageos/sales.order.created")
    assert (status, headers["Retry-After"]) == (503, str(limits.WEBHOOK_RETRY_AFTER_SECONDS))


async def test_503_with_retry_after_when_the_log_is_closed(peer: Peer) -> None:
    await peer.log.close()
    status, _, headers = await peer.post()
    assert (status, headers["Retry-After"]) == (503, str(limits.WEBHOOK_RETRY_AFTER_SECONDS))


async def test_503_while_the_log_cannot_write_and_202_when_it_can_again(tmp_path: Path) -> None:
    async with running(tmp_path, call_seconds=0.5) as peer:
        assert (await peer.post())[0] == 202
        blocker = sqlite3.connect(tmp_path / "log.sqlite", isolation_level=None)
        blocker.execute("BEGIN IMMEDIATE")
        start = time.monotonic()
        assert (await peer.post())[0] == 503
        assert time.monotonic() - start < 5
        blocker.execute("ROLLBACK")
        blocker.close()
        await eventually_status(peer, 202)


async def test_503_when_the_bodies_of_all_requests_together_are_too_large(
    peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "WEBHOOK_BODIES_MAX_BYTES", 1_000)
    held = []
    for _ in range(3):
        _, writer = await peer.connect()
        writer.write(f"POST {ADDRESS} HTTP/1.1\r\nHost: x\r\nContent-Length: 600\r\n\r\n".encode() + b"x" * 300)
        held.append(writer)
    await eventually_status(peer, 503, BODY + b" " * 300)
    for writer in held:
        writer.close()
    await eventually_status(peer, 202, BODY + b" " * 300)


async def test_an_oversized_head_is_refused(peer: Peer) -> None:
    assert (await peer.post(headers={"x-long": "x" * 100_000}))[0] == 400
    assert (await peer.post(headers={f"x-{number}": "x" for number in range(1_000)}))[0] == 400


@pytest.mark.parametrize(
    "head",
    [
        b"GET /connect/quickbooks/callback?code=hush-hush\xff HTTP/1.1\r\nHost: x",
        b"GET http://[::1/connect?code=hush-hush HTTP/1.1\r\nHost: x",
        b"POST / HTTP/1.1\r\nHost: x\r\nx-bookbridge-secret: hush-hush\x00",
        b"POST / HTTP/1.1\r\nHost: x\r\nx-bookbridge-secret:\r\n hush-hush",
        b"POST / HTTP/1.1\r\nHost: x\r\nCookie: hush-hush" + b"x" * 5_000,
    ],
    ids=["address", "host", "header", "folded", "long"],
)
async def test_a_head_that_can_not_be_read_is_refused_and_its_bytes_are_nowhere(
    peer: Peer, head: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    reader, writer = await peer.connect()
    with capture_logs() as lines:
        writer.write(head + b"\r\n\r\n")
        answer = await asyncio.wait_for(reader.read(), 5)
    writer.close()
    assert answer.split()[1] == b"400"
    assert b"hush" not in answer
    assert "hush" not in caplog.text
    assert "hush" not in str(lines)
    (line,) = [line for line in lines if line["event"] == "request head unreadable"]
    assert (line["status"], line["log_level"]) == (400, "warning")


async def test_a_flood_of_refusals_is_one_line_in_the_log_without_the_body(peer: Peer) -> None:
    with capture_logs() as lines:
        for _ in range(50):
            await peer.post(token="wrong")
    (line,) = [line for line in lines if line["event"] == "webhook refused"]
    assert (line["status"], line["connection"]) == (401, "main-shop")
    assert "000000017" not in str(lines)


async def test_one_connection_takes_many_webhooks(peer: Peer) -> None:
    for number in range(1, 201):
        assert (await peer.post(b'{"data":{"entity_id":%d}}' % number))[0] == 202
    assert [record.key for record in await peer.records()] == [f"main-shop:order:{n}" for n in range(1, 201)]
    assert peer.server.admission.open == 1
