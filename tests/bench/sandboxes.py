"""Both sandboxes on a file and one core: a mixed load on 1,000, 10,000 and 100,000 documents, and the memory it takes.

A mix is four new documents, two reads, two lookups by number and two sweeps of a window of changes, again and again.
Requests a second are told by the clock and by the processor time of the server: other work on the machine slows only
the first.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import aiohttp

from shared.wire import decode
from tests.bench.fill import fill_books, fill_shop
from tests.bench.load import Load, Target, drive, note, tell
from tests.bench.mixes import BooksMix, Mix, ShopMix

SIZES = (1_000, 10_000, 100_000)
CLIENTS = 8
WARM_UP_SECONDS = 1.0
WINDOW_SECONDS = 4.0
TARGET_PER_SECOND = 200
TARGET_FLATNESS = 0.7  # memory on 1,000 documents over that on 100,000
_START_SECONDS = 30.0


class _Fill(Protocol):
    def __call__(self, file: Path, first: int, end: int) -> None: ...


@dataclass(frozen=True, slots=True)
class _Kind:
    name: str
    module: str
    fill: _Fill


_KINDS = (_Kind("books", "sandbox.quickbooks", fill_books), _Kind("shop", "sandbox.magento", fill_shop))


@dataclass(frozen=True, slots=True)
class _Measured:
    per_second: float
    per_cpu_second: float
    rss_mib: float


async def run(folder: Path) -> list[Target]:
    """Tells the figures. Raises AssertionError when a request of a mix was refused."""
    targets = []
    for kind in _KINDS:
        file, last, measured = folder / f"{kind.name}.sqlite", 0, []
        for size in SIZES:
            note(f"{kind.name} sandbox on {size:,} documents ...")
            _fill_elsewhere(kind, file, last, size)
            measured.append(await _measure(kind, file, size))
            last = size
        name = f"{kind.name}_sandbox"
        targets.append(Target(f"{name}_per_second", TARGET_PER_SECOND, measured[-1].per_cpu_second))
        targets.append(Target(f"{name}_memory_flatness", TARGET_FLATNESS, measured[0].rss_mib / measured[-1].rss_mib))
    return targets


def _fill_elsewhere(kind: _Kind, file: Path, first: int, end: int) -> None:
    """In a process of its own: what it takes is not what the server takes."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        pool.apply(kind.fill, (file, first, end))


async def _measure(kind: _Kind, file: Path, size: int) -> _Measured:
    command = (sys.executable, "-m", kind.module, "--port", "0", "--store", str(file))
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    try:
        async with asyncio.timeout(_START_SECONDS):
            port = int(decode(await process.stdout.readline())["listening"])
        os.sched_setaffinity(process.pid, {max(os.sched_getaffinity(0))})
        mix = await _mix(kind, port, size)
        await _drive(port, mix, WARM_UP_SECONDS)
        before = _cpu_seconds(process.pid)
        load = await _drive(port, mix, WINDOW_SECONDS)
        cpu = _cpu_seconds(process.pid) - before
        found = _Measured(load.per_second, load.accepted / cpu, _peak_mib(process.pid))
    finally:
        process.terminate()
        await process.wait()
    name = f"{kind.name}_sandbox_{size}"
    tell(f"{name}_per_second", found.per_second, "requests/s", per_cpu_second=found.per_cpu_second)
    tell(f"{name}_p50_ms", load.p50_ms, "ms", p99=load.p99_ms)
    tell(f"{name}_peak_rss", found.rss_mib, "MiB")
    note(f"  {found.per_second:7.0f}/s  {found.per_cpu_second:7.0f} per cpu second  {found.rss_mib:6.1f} MiB")
    return found


async def _drive(port: int, mix: Mix, seconds: float) -> Load:
    load = await asyncio.to_thread(drive, port, mix, CLIENTS, seconds)
    assert not load.refused, f"{load.refused} requests were refused"
    return load


async def _mix(kind: _Kind, port: int, size: int) -> Mix:
    run_id = time.time_ns()
    if kind.name == "shop":
        return ShopMix(port, size, run_id)
    base = f"http://127.0.0.1:{port}/_sandbox"
    wide = {"calls_per_minute": 10**9, "calls_per_second": 10**9, "calls_at_once": 10**6}
    async with aiohttp.ClientSession() as session:
        await _posted(session, f"{base}/settings", wide)
        grant = await _posted(session, f"{base}/grant", {})
    return BooksMix(port, size, run_id, grant["access_token"])


async def _posted(session: aiohttp.ClientSession, url: str, body: dict[str, Any]) -> dict[str, Any]:
    async with session.post(url, json=body) as response:
        response.raise_for_status()
        answer: dict[str, Any] = decode(await response.read())
    return answer


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _peak_mib(pid: int) -> float:
    lines: Iterator[str] = iter(Path(f"/proc/{pid}/status").read_text().splitlines())
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))
