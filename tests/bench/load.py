"""Loads of webhooks: flat out (each client sends again as soon as it is answered), or at a pace.

Raw sockets, so that the load costs little beside what is measured; a process of its own.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import multiprocessing
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol, Self


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
    """What a figure has to reach, or with `at_most` not to pass; `measured` is None when it could not be measured."""

    name: str
    bound: float
    measured: float | None
    at_most: bool = False

    @property
    def reached(self) -> bool:
        if self.measured is None:
            return False
        return self.measured <= self.bound if self.at_most else self.measured >= self.bound


def show(targets: Iterable[Target]) -> None:
    """The table of targets."""
    note(f"\n{'figure':36} {'target':>9} {'measured':>10}")
    for target in targets:
        measured = "not run" if target.measured is None else f"{target.measured:.2f}"
        bound = f"{'<=' if target.at_most else '>='} {target.bound:g}"
        note(f"{target.name:36} {bound:>9} {measured:>10}  {'reached' if target.reached else 'MISSED'}")


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


@dataclass(frozen=True, slots=True)
class Pace:
    """So many requests a second, by as many clients as it takes up to `clients`; no answer is waited for before the
    next is due. Latencies count from when a request was due: a server that falls behind can't hide it. What isn't sent
    within the time is left out, and shows as a lower rate."""

    per_second: float
    clients: int


class Driver:
    """A process that makes one load after the other."""

    def __init__(self) -> None:
        self._pool = multiprocessing.get_context("spawn").Pool(1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.terminate()
        self._pool.join()

    def drive(self, port: int, request: bytes | Requests, pace: Pace, seconds: float) -> Load:
        """Runs the load and waits for it. A `Requests` begins anew with each load."""
        return self._pool.apply(_drive_paced, (port, request, pace, seconds))


def _drive_paced(port: int, request: bytes | Requests, pace: Pace, seconds: float) -> Load:
    return asyncio.run(_paced(port, _endless(request), pace, seconds))


def _endless(request: bytes | Requests) -> Iterator[bytes]:
    return itertools.repeat(request) if isinstance(request, bytes) else request.requests()


def _drive(port: int, request: bytes | Requests, clients: int, seconds: float) -> Load:
    return asyncio.run(_load(port, _endless(request), clients, seconds))


class _Client:
    """One connection that sends and waits for the answer; opened anew when the server closes it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def send(self, request: bytes) -> bool:
        """Whether the answer was 2xx. Sends again when the connection turns out to be closed."""
        while True:
            if self._streams is None:
                self._streams = await asyncio.open_connection("127.0.0.1", self._port)
            reader, writer = self._streams
            writer.write(request)
            status = await reader.readline()
            if not status:
                self.close()
                continue
            length = 0
            while (line := await reader.readline()) not in (b"\r\n", b""):
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            await reader.readexactly(length)
            return status.split(b" ")[1].startswith(b"2")

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


async def _load(port: int, requests: Iterator[bytes], clients: int, seconds: float) -> Load:
    latencies: list[float] = []
    refused = 0
    start = time.perf_counter()
    deadline = start + seconds

    async def client() -> None:
        nonlocal refused
        connection = _Client(port)
        while (sent := time.perf_counter()) < deadline:
            if await connection.send(next(requests)):
                latencies.append(time.perf_counter() - sent)
            else:
                refused += 1
        connection.close()

    await asyncio.gather(*(client() for _ in range(clients)))
    return _result(latencies, refused, time.perf_counter() - start)


async def _paced(port: int, requests: Iterator[bytes], pace: Pace, seconds: float) -> Load:
    latencies: list[float] = []
    refused = 0
    due = itertools.count()
    total = int(pace.per_second * seconds)
    start = time.perf_counter()
    deadline = start + seconds

    async def client() -> None:
        nonlocal refused
        connection = _Client(port)
        while (number := next(due)) < total and time.perf_counter() < deadline:
            at = start + number / pace.per_second
            await asyncio.sleep(at - time.perf_counter())
            if await connection.send(next(requests)):
                latencies.append(time.perf_counter() - at)
            else:
                refused += 1
        connection.close()

    await asyncio.gather(*(client() for _ in range(pace.clients)))
    return _result(latencies, refused, max(seconds, time.perf_counter() - start))


def _result(latencies: list[float], refused: int, took: float) -> Load:
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
    row = {"name": name, "value": round(value, 3), "unit": unit, **{side: round(it, 2) for side, it in sides.items()}}
    sys.stdout.write(json.dumps(row) + "\n")
    sys.stdout.flush()


def note(text: str) -> None:
    """Progress, for people."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()
