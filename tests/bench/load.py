"""A load of webhooks: as many clients as asked for, each sends the same request again as soon as it is answered.

Raw sockets, so that the load costs little beside what is measured; a process of its own.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import multiprocessing
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Load:
    """What came of a load: requests answered 2xx, in all and a second, and how long half and 99 of 100 took at most."""

    accepted: int
    per_second: float
    p50_ms: float
    p99_ms: float
    refused: int


@dataclass(frozen=True, slots=True)
class Target:
    """What a figure has to reach; `measured` is None when it could not be measured."""

    name: str
    at_least: float
    measured: float | None

    @property
    def reached(self) -> bool:
        return self.measured is not None and self.measured >= self.at_least


def request_bytes(port: int, path: str, body: bytes, signature: str) -> bytes:
    """The whole request, as Mage-OS 3.x sends it."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUser-Agent: GuzzleHttp/7\r\n"
        f"Content-Type: application/json\r\nx-magento-signature: {signature}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Requests(Protocol):
    """An endless load of different requests."""

    def requests(self) -> Iterator[bytes]: ...


def drive(port: int, request: bytes | Requests, clients: int, seconds: float) -> Load:
    """Runs the load in a process of its own and waits for it."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_drive, (port, request, clients, seconds))


def _drive(port: int, request: bytes | Requests, clients: int, seconds: float) -> Load:
    requests = itertools.repeat(request) if isinstance(request, bytes) else request.requests()
    return asyncio.run(_load(port, requests, clients, seconds))


async def _load(port: int, requests: Iterator[bytes], clients: int, seconds: float) -> Load:
    latencies: list[float] = []
    refused = 0
    start = time.perf_counter()
    deadline = start + seconds

    async def client() -> None:
        nonlocal refused
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while (sent := time.perf_counter()) < deadline:
            writer.write(next(requests))
            status = await reader.readline()
            if not status:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                continue
            length = 0
            while (line := await reader.readline()) not in (b"\r\n", b""):
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            await reader.readexactly(length)
            if status.split(b" ")[1].startswith(b"2"):
                latencies.append(time.perf_counter() - sent)
            else:
                refused += 1
        writer.close()

    await asyncio.gather(*(client() for _ in range(clients)))
    took = time.perf_counter() - start
    latencies.sort()
    if not latencies:
        return Load(0, 0, 0, 0, refused)
    return Load(
        accepted=len(latencies),
        per_second=len(latencies) / took,
        p50_ms=1000 * latencies[len(latencies) // 2],
        p99_ms=1000 * latencies[min(len(latencies) - 1, len(latencies) * 99 // 100)],
        refused=refused,
    )


def tell(name: str, value: float, unit: str, **sides: float) -> None:
    """One figure: a JSON line; `sides` are what a ratio was made of."""
    row = {"name": name, "value": round(value, 3), "unit": unit, **{side: round(it, 1) for side, it in sides.items()}}
    sys.stdout.write(json.dumps(row) + "\n")
    sys.stdout.flush()


def note(text: str) -> None:
    """Progress, for people."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()
