"""A thousand slow clients at a time, twice: memory stays flat, all are cut within 15 s, and others are served."""

from __future__ import annotations

import asyncio
import io
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import aiohttp
import psutil
import pytest

from shared.magento.signatures import sign
from tests.integration.ingest_receiver.support import ADDRESS, BODY, TOKEN
from tests.integration.ingest_receiver.test_slow_clients import HEAD

CLIENTS = 1_000
CUT_WITHIN_SECONDS = 15.0
HONEST_SECONDS = 2.0
GROWTH_BYTES = 15 * 1024 * 1024  # between the waves; the first may fill caches and pools
WAVE_BYTES = 60 * 1024 * 1024  # while a wave hangs on

# What each client has sent before it stalls: nothing, parts of a head, a head, parts of a body.
STALLS = [b"", HEAD[:9], HEAD[:-2], HEAD, HEAD + BODY[:20]]


@contextmanager
def many_files(count: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    if before[1] != resource.RLIM_INFINITY and before[1] < count:
        pytest.skip(f"the system allows {before[1]} open files, and {count} are needed")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(before[0], count), before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


class Wave:
    """A thousand clients that stall, half of them trickling one byte a second."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.start = time.monotonic()
        self.last_cut = 0.0
        self.connected = 0

    async def client(self, number: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        self.connected += 1
        writer.write(STALLS[number % len(STALLS)])
        trickling = asyncio.create_task(self.trickle(writer)) if number % 2 else None
        try:
            while await reader.read(1_024):
                pass
        except ConnectionError:
            pass
        self.last_cut = time.monotonic() - self.start
        if trickling:
            trickling.cancel()
        writer.close()

    async def trickle(self, writer: asyncio.StreamWriter) -> None:
        while True:
            await asyncio.sleep(1)
            writer.write(b"x")

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            for number in range(CLIENTS):
                group.create_task(self.client(number))


async def honest(session: aiohttp.ClientSession, port: int) -> float:
    start = time.monotonic()
    headers = {"x-magento-signature": sign(BODY, TOKEN), "content-type": "application/json"}
    async with session.post(f"http://127.0.0.1:{port}{ADDRESS}", data=io.BytesIO(BODY), headers=headers) as answer:
        assert answer.status == 202
    return time.monotonic() - start


async def measure_wave(process: psutil.Process, session: aiohttp.ClientSession, port: int) -> tuple[Wave, float, int]:
    """The wave when all its clients are gone, the slowest honest request meanwhile, and the peak of memory."""
    wave, slowest, peak = Wave(port), 0.0, 0
    running = asyncio.create_task(wave.run())
    while not running.done():
        slowest = max(slowest, await honest(session, port))
        peak = max(peak, process.memory_info().rss)
        await asyncio.wait([running], timeout=0.1)
    await running
    return wave, slowest, peak


@pytest.mark.timeout(100)
async def test_memory_stays_flat_under_two_waves_of_a_thousand_slow_clients(tmp_path: Path) -> None:
    with many_files(CLIENTS * 2):
        host = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.integration.ingest_receiver.host", str(tmp_path),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert host.stdout is not None
        assert host.stdin is not None
        port = int(await asyncio.wait_for(host.stdout.readline(), 20))
        process = psutil.Process(host.pid)
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as session:
            for _ in range(100):
                await honest(session, port)
            idle = process.memory_info().rss
            first, first_slowest, first_peak = await measure_wave(process, session, port)
            after_first = process.memory_info().rss
            second, second_slowest, second_peak = await measure_wave(process, session, port)
            after_second = process.memory_info().rss
        host.stdin.close()
        assert await asyncio.wait_for(host.wait(), 20) == 0
    figures = f"{idle=:,} {first_peak=:,} {after_first=:,} {second_peak=:,} {after_second=:,}"
    print(figures, first.last_cut, second.last_cut, first_slowest, second_slowest)  # noqa: T201 - shown with pytest -s
    assert first.connected == second.connected == CLIENTS
    assert max(first.last_cut, second.last_cut) < CUT_WITHIN_SECONDS
    assert max(first_slowest, second_slowest) < HONEST_SECONDS
    assert max(first_peak, second_peak) - idle < WAVE_BYTES, figures
    assert after_second - after_first < GROWTH_BYTES, figures
    assert second_peak - first_peak < GROWTH_BYTES, figures
