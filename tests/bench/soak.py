"""A steady load of webhooks for minutes: memory must stay flat, answers quick, and nothing may be lost.

`make soak`, or `python -m tests.bench.soak --minutes 10 --rate 500 --log kafka`. The process is `bookbridge ingest` on
a broker of its own, or `bookbridge run` on the embedded log. The webhooks are about a few busy orders, each read again
and again from a shop that takes its time, as in life. Progress is a line every ten seconds.

Exit code 0: every target reached. 1: one missed, a webhook refused or lost, or no Kafka.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from sandbox.demo.children import Child
from tests.bench.deployed import LostWebhooks, account, deployed_on, drained, webhook
from tests.bench.flatness import flatness
from tests.bench.load import Driver, Load, Pace, Target, note, show, tell
from tests.bench.logs import log_of
from tests.support.deployment import Deployment
from tests.support.kafka_broker import KafkaUnavailable

ORDERS = 5
SHOP_SECONDS = 0.25  # what a call to a shop over the network takes; without, the sandbox shop eats a core of its own
CLIENTS = 64
SLICE_SECONDS = 10.0
SAMPLE_SECONDS = 1.0
DRAIN_SECONDS = 300.0  # for the hints that are left at the end: a busy machine reads them late
TARGET_FLATNESS = 0.9
TARGET_OF_RATE = 0.97  # of the rate asked for, held from beginning to end
MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Turns:
    """The webhooks, one order after the other."""

    made: tuple[bytes, ...]

    def requests(self) -> Iterator[bytes]:
        return itertools.cycle(self.made)


@dataclass(slots=True)
class Soak:
    """What was seen."""

    loads: list[Load] = field(default_factory=list)
    rss_mib: list[float] = field(default_factory=list)

    @property
    def accepted(self) -> int:
        return sum(load.accepted for load in self.loads)


async def run(folder: Path, kind: str, minutes: float, rate: float) -> list[Target]:
    """Raises LostWebhooks, and KafkaUnavailable."""
    async with log_of(kind, folder) as bootstrap, deployed_on(kind, folder, bootstrap) as deployed:
        sent = [webhook(number) for number in range(1, ORDERS + 1)]
        for one in sent:
            await deployed.shop.put_order(one.order, announce=False)
        await deployed.shop.fault("delay", seconds=SHOP_SECONDS, times=None)
        child = await deployed.start("run" if kind == "embedded" else "ingest")
        note(f"{rate:.0f} webhooks a second for {minutes:g} minutes at {child.name} on the {kind} log ...")
        soak = await _drive(deployed, child, Turns(tuple(it.request(deployed.port) for it in sent)), minutes, rate)
        if kind == "kafka":
            tell("soak_backlog_seconds", await drained(deployed, DRAIN_SECONDS), "s")
        await account(deployed, "soak", soak.accepted)
        return _told(soak, rate)


async def _drive(deployed: Deployment, child: Child, turns: Turns, minutes: float, rate: float) -> Soak:
    soak = Soak()
    slices = max(1, round(minutes * 60 / SLICE_SECONDS))
    sampling = asyncio.create_task(_sample(psutil.Process(child.process.pid), soak.rss_mib))
    try:
        with Driver() as driver:
            for number in range(1, slices + 1):
                pace = Pace(rate, CLIENTS)
                load = await asyncio.to_thread(driver.drive, deployed.port, turns, pace, SLICE_SECONDS)
                child.check()
                soak.loads.append(load)
                note(
                    f"  {number * SLICE_SECONDS:6.0f} s  {load.per_second:6.0f}/s  p50 {load.p50_ms:6.1f} ms  "
                    f"p99 {load.p99_ms:6.1f} ms  {soak.rss_mib[-1]:6.1f} MiB  refused {load.refused}"
                )
                if load.refused:
                    raise LostWebhooks(f"{load.refused} webhooks were refused")
    finally:
        sampling.cancel()
        with suppress(asyncio.CancelledError):
            await sampling
    return soak


async def _sample(process: psutil.Process, rss_mib: list[float]) -> None:
    while True:
        rss_mib.append(process.memory_info().rss / MIB)
        await asyncio.sleep(SAMPLE_SECONDS)


def _told(soak: Soak, rate: float) -> list[Target]:
    per_second = statistics.fmean(load.per_second for load in soak.loads)
    tell("soak_webhooks_per_second", per_second, "webhooks/s", asked=rate)
    tell("soak_p50_ms", statistics.median(load.p50_ms for load in soak.loads), "ms")
    tell("soak_p99_ms", statistics.median(load.p99_ms for load in soak.loads), "ms")
    tell("soak_rss_mib", soak.rss_mib[-1], "MiB", first=soak.rss_mib[0], most=max(soak.rss_mib))
    flat = flatness(soak.rss_mib)
    tell("soak_memory_flatness", flat, "ratio", target=TARGET_FLATNESS)
    return [
        Target("soak_memory_flatness", TARGET_FLATNESS, flat),
        Target("soak_of_asked_rate", TARGET_OF_RATE, per_second / rate),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--rate", type=float, default=500.0, help="webhooks a second")
    parser.add_argument("--log", choices=("embedded", "kafka"), default="kafka")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bookbridge-soak-") as folder:
        try:
            targets = asyncio.run(run(Path(folder), options.log, options.minutes, options.rate))
        except KafkaUnavailable as why:
            note(f"NOT RUN, no Kafka: {why}")
            return 1
        except LostWebhooks as error:
            note(f"FAILED: {error}")
            return 1
    show(targets)
    return 0 if all(target.reached for target in targets) else 1


if __name__ == "__main__":
    sys.exit(main())
