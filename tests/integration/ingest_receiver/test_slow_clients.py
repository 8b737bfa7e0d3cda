"""Slow, silent and too many clients on raw sockets: each is cut in time, and others are served meanwhile."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path

import pytest

from shared.magento.signatures import sign
from tests.integration.ingest_receiver.support import ADDRESS, BODY, TOKEN, Peer, eventually, has_open, running

SECONDS = 1.0  # the receiver's limit here, to keep the tests short; the real one is in test_slow_clients_memory.py
SLACK = 0.7
HEAD = (
    f"POST {ADDRESS} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    f"x-magento-signature: {sign(BODY, TOKEN)}\r\nContent-Length: {len(BODY)}\r\n\r\n"
).encode()

Writer = asyncio.StreamWriter
Script = Callable[[Writer], Coroutine[None, None, None]]


@pytest.fixture
async def peer(tmp_path: Path) -> AsyncIterator[Peer]:
    async with running(tmp_path, request_seconds=SECONDS, max_connections=50) as peer:
        yield peer


async def trickle(writer: Writer, data: bytes) -> None:
    """A byte each twentieth of a second, for as long as the other side takes them."""
    for byte in data * 100:
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0.05)


async def send_nothing(writer: Writer) -> None:
    """Only connects."""


async def half_a_request_line(writer: Writer) -> None:
    writer.write(HEAD[:9])


async def head_in_single_bytes(writer: Writer) -> None:
    await trickle(writer, HEAD[:-2])


async def endless_head(writer: Writer) -> None:
    writer.write(HEAD[:-2])
    for number in range(1_000):
        writer.write(f"x-{number % 50}: x\r\n"[: 1 + number % 9].encode() if number < 5 else b"x")
        await writer.drain()
        await asyncio.sleep(0.05)


async def body_in_single_bytes(writer: Writer) -> None:
    writer.write(HEAD)
    await trickle(writer, BODY[:-1])


async def most_of_a_body(writer: Writer) -> None:
    writer.write(HEAD + BODY[:-1])


async def chunks_in_single_bytes(writer: Writer) -> None:
    writer.write(f"POST {ADDRESS} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
    await trickle(writer, b"1\r\nx\r\n")


async def refused_and_body_in_single_bytes(writer: Writer) -> None:
    writer.write(b"POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n")
    await trickle(writer, b"x")


async def second_request_in_single_bytes(writer: Writer) -> None:
    writer.write(HEAD + BODY)
    await trickle(writer, HEAD[:-2])


async def silence_after_a_request(writer: Writer) -> None:
    writer.write(HEAD + BODY)


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (send_nothing, "idle"),
        (half_a_request_line, "slow"),
        (head_in_single_bytes, "slow"),
        (endless_head, "slow"),
        (body_in_single_bytes, "slow"),
        (most_of_a_body, "slow"),
        (chunks_in_single_bytes, "slow"),
        (refused_and_body_in_single_bytes, "slow"),
        (second_request_in_single_bytes, "slow"),
        (silence_after_a_request, "idle"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
async def test_a_client_that_does_not_hand_over_a_request_is_cut_in_time(
    peer: Peer, script: Script, reason: str
) -> None:
    reader, writer = await peer.connect()
    start = time.monotonic()
    sending = asyncio.create_task(script(writer))
    closing = asyncio.create_task(until_closed(reader))
    slowest = 0.0
    while not closing.done():
        asked = time.monotonic()
        assert (await peer.post())[0] == 202
        slowest = max(slowest, time.monotonic() - asked)
        await asyncio.sleep(0.05)
        assert time.monotonic() - start < SECONDS + SLACK, "still connected"
    assert time.monotonic() - start > SECONDS / 2, "cut before its time"
    assert slowest < 0.5, "others waited"
    assert peer.value("bookbridge_http_connections_cut_total", reason=reason) == 1
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    writer.close()


async def test_a_client_that_does_not_read_its_answers_is_cut_in_time(peer: Peer) -> None:
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    sock.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(sock, ("127.0.0.1", peer.server.port))
    requests = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 500

    async def ask_without_end() -> None:
        while True:
            await loop.sock_sendall(sock, requests)

    start = time.monotonic()
    asking = asyncio.create_task(ask_without_end())
    done, _ = await asyncio.wait([asking], timeout=10 * SECONDS)
    elapsed = time.monotonic() - start
    asking.cancel()
    sock.close()
    assert done, "the receiver goes on answering a client that reads nothing"
    assert isinstance(asking.exception(), ConnectionError)
    # What the buffers hold is answered at full speed; then the clock of the last answer runs out.
    assert elapsed < 3 * SECONDS
    assert peer.value("bookbridge_http_connections_cut_total", reason="slow") == 1


async def test_a_client_in_time_is_not_cut_and_its_connection_lives_on(peer: Peer) -> None:
    reader, writer = await peer.connect()
    for _ in range(5):
        writer.write(HEAD + BODY[:20])
        await asyncio.sleep(SECONDS / 2)
        writer.write(BODY[20:])
        assert b" 202 " in await asyncio.wait_for(reader.readuntil(b"\r\n"), 5)
        await asyncio.wait_for(reader.readuntil(b"}"), 5)
    writer.close()


async def test_connections_over_the_cap_are_closed_at_once_and_counted(peer: Peer) -> None:
    held = [await peer.connect() for _ in range(50)]
    await eventually(lambda: has_open(peer, 50))
    start = time.monotonic()
    reader, writer = await peer.connect()
    await until_closed(reader)
    assert time.monotonic() - start < 0.5
    assert peer.value("bookbridge_http_connections_cut_total", reason="full") == 1
    assert peer.value("bookbridge_http_connections_open") == 50
    for _, other in [*held, (reader, writer)]:
        other.close()
    await eventually(lambda: has_open(peer, 0))
    assert (await peer.post())[0] == 202


async def test_shutting_down_does_not_wait_for_slow_clients(tmp_path: Path) -> None:
    async with running(tmp_path, request_seconds=SECONDS) as peer:
        held = [await peer.connect() for _ in range(10)]
        for _, writer in held:
            writer.write(HEAD)
        await eventually(lambda: has_open(peer, 10))
        start = time.monotonic()
    assert time.monotonic() - start < 3 * SECONDS
    for _, writer in held:
        writer.close()


async def until_closed(reader: asyncio.StreamReader) -> None:
    """Reads until the other side closes or aborts."""
    try:
        while await reader.read(65_536):
            pass
    except ConnectionResetError:
        pass
