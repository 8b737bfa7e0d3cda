"""The edge of the API: addresses, methods and bodies that nothing stands behind."""

from __future__ import annotations

import asyncio
import gzip

import pytest

from sandbox import limits
from tests.contract.quickbooks_sandbox.books_client import Books, connect
from tests.support.quickbooks_sandbox import QuickBooksSandbox


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "reports/ProfitAndLoss"),
        ("GET", "reports"),
        ("POST", "upload"),
        ("GET", "download/1"),
        ("GET", "invoice/1/pdf"),
        ("POST", "invoice/1/send"),
        ("POST", "customer/1"),
        ("GET", "customer"),
        ("GET", "nonsense/1"),
        ("POST", "nonsense"),
        ("GET", "batch"),
        ("PUT", "customer"),
        ("PATCH", "customer/1"),
        ("DELETE", "customer/1"),
        ("DELETE", "batch"),
    ],
)
async def test_what_is_not_there_is_an_unsupported_operation(books: Books, method: str, path: str) -> None:
    reply = await books.call(method, path, data=b"{}", headers={"Content-Type": "application/json"})
    assert (reply.status, reply.codes) == (400, ["500"]), reply.raw.decode()
    assert (await books.sandbox.usage())["metered"] == 0


async def test_an_address_outside_the_api_is_a_page_of_the_gateway(sandbox: QuickBooksSandbox) -> None:
    for address in ("/v3", "/v3/company", "/v3/nonsense"):
        async with sandbox.session.get(sandbox.base_url + address) as answer:
            assert (answer.status, answer.content_type) == (404, "text/html")
    async with sandbox.session.get(f"{sandbox.base_url}/_sandbox/nonsense") as answer:
        told = await answer.json()
        assert answer.status == 404 and "nonsense" in told["error"] and "POST /_sandbox/clock" in told["routes"]


async def test_the_bare_address_tells_a_person_what_is_where(sandbox: QuickBooksSandbox) -> None:
    async with sandbox.session.get(sandbox.base_url) as answer:
        text = await answer.text()
    assert answer.status == 200 and f"{sandbox.base_url}/v3/company/{sandbox.realm}/" in text
    assert sandbox.client_secret in text
    assert "GET /_sandbox/usage" in (await sandbox.control("GET", ""))["routes"]


async def test_without_a_token_nothing_is_told_about_addresses(sandbox: QuickBooksSandbox) -> None:
    async with sandbox.session.put(f"{sandbox.base_url}/v3/company/{sandbox.realm}/nonsense/1/2/3") as answer:
        assert answer.status == 401


async def test_a_compressed_body_is_taken_and_a_wrongly_compressed_one_refused(books: Books) -> None:
    body = b'{"DisplayName": "Packed"}'
    packed = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    reply = await books.call("POST", "customer", data=gzip.compress(body), headers=packed)
    assert reply.of("Customer")["DisplayName"] == "Packed"
    assert (await books.call("POST", "customer", data=body, headers=packed)).status == 400


async def test_a_small_body_that_unpacks_to_a_large_one_is_413(books: Books) -> None:
    body = gzip.compress(b" " * (limits.QB_BODY_MAX_BYTES + 1))
    assert len(body) < 10_000
    packed = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    assert (await books.call("POST", "customer", data=body, headers=packed)).status == 413


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"DisplayName": ' + b"[" * 5_000, "2010"),
        (b'{"Notes": ' + b"[" * 70 + b"]" * 70 + b"}", "2010"),
        (b'{"DisplayName": ' + b"9" * 5_000 + b"}", "2010"),
        (b'{"Balance": 1e41}', "2090"),
        (b"null", "2010"),
        (b"", "2010"),
        (b"\xef\xbb\xbf{}", "2010"),
        ("{}".encode("utf-16"), "500"),
    ],
)
async def test_a_body_that_no_parser_should_take_is_a_fault(books: Books, body: bytes, code: str) -> None:
    for path in ("customer", "batch"):
        reply = await books.call("POST", path, data=body, headers={"Content-Type": "application/json"})
        assert (reply.status, reply.codes) == (400, [code]), reply.raw.decode()


async def test_of_a_key_that_comes_twice_the_last_counts(books: Books) -> None:
    body = b'{"DisplayName": "First", "DisplayName": "Second"}'
    reply = await books.call("POST", "customer", data=body, headers={"Content-Type": "application/json"})
    assert reply.of("Customer")["DisplayName"] == "Second"


async def test_the_clock_ends_and_says_so(sandbox: QuickBooksSandbox) -> None:
    with pytest.raises(AssertionError, match="year 2500"):
        for _ in range(3):
            await sandbox.advance(10**10)
    books = await connect(sandbox)
    assert (await books.get("customer/1")).status == 200


@pytest.mark.parametrize(
    "sent",
    [
        b"NONSENSE\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /v3/company/1/customer HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 20_000 + b"\r\n\r\n",
        b"POST /v3/company/1/customer HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET /v3/company/%zz/%00 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    ],
)
async def test_what_is_no_http_is_answered_in_the_400s(sandbox: QuickBooksSandbox, sent: bytes) -> None:
    port = int(sandbox.base_url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    async with asyncio.timeout(10):
        assert (await reader.readline()).startswith((b"HTTP/1.0 4", b"HTTP/1.1 4"))
    writer.close()
    await writer.wait_closed()
