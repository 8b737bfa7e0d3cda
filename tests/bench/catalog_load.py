"""The whole first load of a catalogue, in real time: 50,000 products, 20,000 items in the books, 500 clashes.

`make bench-load`, or `python -m tests.bench.catalog_load --log kafka|embedded`. On Kafka the process is
`bookbridge catalog` beside `bookbridge ingest`, on the embedded log `bookbridge run`. The books' sandbox throttles as
QuickBooks does and tells of every change by webhook. With --kill the process is killed (kill -9) in the middle.
After the load the process is started anew, and may not write.

What counts as what: a batch is one metered call, whatever is in it (30,000 writes: 1,000 batches), and is told by
itself. Metered reads of the catalogue are its other calls that Intuit meters; those of ingest (the company's lists, and
following its changes) are told beside them. The rate is counted in the books: items by the second in which they were
made or changed, over the time from the first to the last; it is held against the shortest time in which QuickBooks
takes as many: 40 full batches in any minute, so that 1,000 take 24 minutes.

Exit code 0: every target reached. 1: one missed, or no Kafka.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import sys
import tempfile
import time
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import psutil

from sandbox.demo.children import Child
from sandbox.demo.failures import CouldNotRun
from shared import limits
from shared.topics import TOPICS
from tests.bench.catalog import CLASHES, ITEMS, PRODUCTS, items, price, products
from tests.bench.deployed import deployed_on
from tests.bench.load import Target, note, show, tell
from tests.bench.logs import log_of
from tests.support.catalogues import append, snapshot
from tests.support.deployment import VERIFIER, Deployment, kill
from tests.support.kafka_broker import KafkaUnavailable

PERMITTED = limits.QUOTA_BATCHES_PER_MINUTE * limits.BATCH_ITEMS
MIB = 1024 * 1024
SETTINGS = '[products]\nworkflow = "all"\n'
CHANGED_EACH = 20  # of so many items in the books one hasn't the shop's price, and is changed
MADE = PRODUCTS - ITEMS - 2 * CLASHES
WRITTEN = MADE + ITEMS // CHANGED_EACH
TARGET_OF_RATE = 0.95
TARGET_READS = 40
LOAD_SECONDS = 60 * 40.0  # 24 minutes at the permitted rate; a busy machine gets time
SAMPLE_SECONDS = 2.0
SEEDS_AT_ONCE = 500
REST_SECONDS = 20.0  # after the second plan: what would be written by then was not going to be written


@dataclass
class Spent:
    """What a process took, sample by sample: it may be killed at any moment."""

    peak_mib: float = 0.0
    cpu_seconds: float = 0.0
    metered: dict[str, float] = field(default_factory=dict)
    """Calls that Intuit meters, by kind."""

    @property
    def reads(self) -> float:
        """But for batches."""
        return sum(count for kind, count in self.metered.items() if kind != "batch")


class Watched:
    """A process of Bookbridge under the load."""

    def __init__(self, deployed: Deployment, child: Child, label: str) -> None:
        self.label = label
        self._deployed = deployed
        self._process = psutil.Process(child.process.pid)
        self.child = child
        self.spent = Spent()

    async def sample(self) -> dict[str, float]:
        """Notes what it took, and returns its metrics by name with labels."""
        with self._process.oneshot():
            times = self._process.cpu_times()
            status = Path(f"/proc/{self._process.pid}/status").read_text()
        peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
        self.spent.peak_mib = int(peak.split()[1]) / 1024
        self.spent.cpu_seconds = times.user + times.system
        port = self._deployed.health[self.child.name]
        async with self._deployed.session.get(f"http://127.0.0.1:{port}/metrics") as answer:
            text = await answer.text()
        rows = (line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
        found = {name: float(value) for name, value in rows}
        metered: dict[str, float] = {}
        for name, value in found.items():
            if name.startswith("bookbridge_quickbooks_calls_total") and 'metered="yes"' in name:
                kind = name.partition('kind="')[2].partition('"')[0]
                metered[kind] = metered.get(kind, 0) + value
        self.spent.metered = metered
        return found


@dataclass
class Load:
    """A deployment with everything that is to be loaded."""

    deployed: Deployment
    service: str
    watched: list[Watched] = field(default_factory=list)

    @property
    def catalogue(self) -> list[Watched]:
        """The processes that the catalogue ran in, one after the other."""
        return [one for one in self.watched if one.child.name == self.service]

    async def start(self, service: str, label: str = "") -> Watched:
        """One process more; one of the same service before it has ended."""
        child = await self.deployed.start(service)
        self.watched.append(Watched(self.deployed, child, label or service))
        return self.watched[-1]

    async def until_loaded(self, watched: Watched, *, left: int = 0, begun: bool = False) -> None:
        """Until the plan under way has at most so many operations left. Raises AssertionError after LOAD_SECONDS."""
        deadline, told = time.monotonic() + LOAD_SECONDS, 0.0
        while True:
            watched.child.check()
            for one in self.watched:
                if one.child.process.returncode is None:
                    found = await one.sample()
                    if one is watched:
                        now = found
            standing = now.get('bookbridge_catalog_left_operations{connection="main"}', 0)
            begun = begun or standing > left
            if begun and standing <= left:
                return
            if time.monotonic() - told > 30:
                told = time.monotonic()
                usage = await self.deployed.books.usage()
                note(f"  {standing:6.0f} left  {watched.spent.peak_mib:5.0f} MiB  metered {usage['coreplus']}")
            assert time.monotonic() < deadline, f"{standing:.0f} operations are left"
            await asyncio.sleep(SAMPLE_SECONDS)


async def run(folder: Path, kind: str, *, killed: bool, webhooks: bool) -> list[Target]:
    """Raises AssertionError when an item was made twice or not at all, KafkaUnavailable, CouldNotRun."""
    async with log_of(kind, folder) as bootstrap, deployed_on(kind, folder, bootstrap) as deployed:
        await _fill(deployed)
        load = Load(deployed, "run" if kind == "embedded" else "catalog")
        if kind == "kafka":
            await load.start("ingest")
        if webhooks:
            url = f"http://127.0.0.1:{deployed.port}/webhooks/quickbooks"
            await deployed.books.control("POST", "webhooks", {"url": url, "verifier_token": VERIFIER})
        note(f"{WRITTEN:,} items are to be written, {ITEMS:,} taken over; {PERMITTED:,} a minute are permitted ...")
        before = time.monotonic()
        process = await load.start(load.service)
        if killed:
            await load.until_loaded(process, left=MADE // 2)
            note("  kill -9")
            kill(process.child)
            await process.child.process.wait()
            process = await load.start(load.service, f"{load.service}_resumed")
        await load.until_loaded(process)
        tell("catalog_load_minutes", (time.monotonic() - before) / 60, "minutes")
        usage = await deployed.books.usage()
        targets = [*await _in_the_books(deployed, usage), *_taken(load)]
        _sizes(folder, deployed)
        return targets + await _second_run(load, process, usage)


async def _fill(deployed: Deployment) -> None:
    note(f"{PRODUCTS:,} snapshots into the log, {ITEMS:,} items into the books ...")
    deployed.configure(SETTINGS)
    await deployed.log.ensure_topics(TOPICS)
    await append(deployed.log, (snapshot(one, deployed.books.realm) for one in products()))
    rows = [
        {name: value for name, value in one.items() if name in _SEEDED} | {"Sku": _sku(sold), "UnitPrice": price}
        for one, (sold, price) in zip(items(), _adopted().items(), strict=True)
    ]
    for start in range(0, len(rows), SEEDS_AT_ONCE):
        await deployed.books.seed({"Item": rows[start : start + SEEDS_AT_ONCE]})


_SEEDED = {"Name", "Type", "Taxable", "Description", "IncomeAccountRef"}


def _adopted() -> dict[int, Decimal]:
    """Products whose item is in the books, spread over the catalogue, and the item's price: the shop's but for some."""
    found: dict[int, Decimal] = {}
    for number in range(1, ITEMS + 1):
        product = number * (PRODUCTS - 2 * CLASHES) // ITEMS
        found[product] = price(product) + (number % CHANGED_EACH == 0)
    return found


def _sku(product: int) -> str:
    return f"SKU-{product:06}"


async def _in_the_books(deployed: Deployment, usage: dict[str, Any]) -> list[Target]:
    """Each SKU once; and how fast they came."""
    rows = await deployed.books.objects("Item")
    ours = {f"SKU-{number:06}": 0 for number in range(1, PRODUCTS - 2 * CLASHES + 1)}
    adopted = {_sku(number) for number in _adopted()}
    seconds: list[float] = []
    for one in rows:
        sku = str(one.get("Sku") or "")
        assert "CLASH" not in sku.upper(), sku
        if sku not in ours:
            continue
        ours[sku] += 1
        times = one["MetaData"]
        if sku not in adopted or times["LastUpdatedTime"] != times["CreateTime"]:
            seconds.append(datetime.fromisoformat(times["LastUpdatedTime"]).timestamp())
    wrong = {sku: count for sku, count in ours.items() if count != 1}
    assert not wrong, f"{len(wrong)} SKUs aren't there once, as {dict(list(wrong.items())[:5])}"
    assert len(seconds) == WRITTEN, f"{len(seconds)} of {WRITTEN} were written"
    span = max(seconds) - min(seconds)
    per_minute = 60 * len(seconds) / span
    tell("catalog_load_items_a_minute", per_minute, "items/min", written=len(seconds), minutes=span / 60)
    shortest = 60 * (math.ceil(WRITTEN / PERMITTED) - 1)  # full batches, each minute's at its beginning
    tell("catalog_load_batches", usage["coreplus"]["batch"], "calls", peak_a_minute=usage["peak_batches_per_minute"])
    refused = sum(usage["throttle_hits"].values())
    tell("catalog_load_answers_429", usage["throttled"], "answers", limits_hit=refused)
    kinds = {kind: float(count) for kind, count in usage["coreplus"].items()}
    tell("catalog_load_metered_of_all_services", usage["metered"] - kinds["batch"], "calls", **kinds)
    return [
        Target("catalog_load_of_permitted_rate", TARGET_OF_RATE, shortest / span),
        Target("catalog_load_answers_429", 0, usage["throttled"], at_most=True),
    ]


def _taken(load: Load) -> list[Target]:
    reads = 0.0
    for one in load.watched:
        name, spent = one.label, one.spent
        sides = {f"metered_{kind}": count for kind, count in spent.metered.items()}
        tell(f"catalog_load_{name}_peak_mib", spent.peak_mib, "MiB", cpu_seconds=spent.cpu_seconds, **sides)
        reads += spent.reads if one in load.catalogue else 0
    return [Target("catalog_load_metered_reads", TARGET_READS, reads, at_most=True)]


def _sizes(folder: Path, deployed: Deployment) -> None:
    for name, place in (("broker", folder / "broker"), ("data", deployed.folder)):
        size = sum(one.stat().st_size for one in place.rglob("*") if one.is_file()) if place.is_dir() else 0
        tell(f"catalog_load_{name}_folder", size / MIB, "MiB")
    for path in sorted(deployed.folder.glob("*.log")):
        tell(f"catalog_load_{path.stem}_lines", path.stat().st_size / MIB, "MiB")


async def _second_run(load: Load, process: Watched, before: dict[str, Any]) -> list[Target]:
    """The same process once more: it plans and writes nothing."""
    note("the process starts once more ...")
    await load.deployed.stop(process.child)
    again = await load.start(load.service, f"{load.service}_again")

    async def planned() -> bool:
        found = await again.sample()
        return found.get('bookbridge_catalog_conflicts{connection="main"}', 0) == 2 * CLASHES

    await load.deployed.until(planned, "the second run has planned", 180)
    await asyncio.sleep(REST_SECONDS)
    await again.sample()
    usage = await load.deployed.books.usage()
    writes = usage["core"] + usage["coreplus"]["batch"] - before["core"] - before["coreplus"]["batch"]
    tell("catalog_second_run_writes", writes, "calls")
    tell("catalog_second_run_peak_mib", again.spent.peak_mib, "MiB", cpu_seconds=again.spent.cpu_seconds)
    return [
        Target("catalog_second_run_writes", 0, writes, at_most=True),
        Target("catalog_second_run_metered_reads", TARGET_READS, again.spent.reads, at_most=True),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description="The whole first load of a catalogue, in real time.")
    parser.add_argument("--log", choices=("kafka", "embedded"), default="kafka")
    parser.add_argument("--kill", action="store_true", help="kill -9 in the middle, and a new process")
    parser.add_argument("--no-webhooks", action="store_true", help="the books tell of nothing")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bookbridge-bench-") as folder:
        try:
            targets = asyncio.run(
                run(Path(folder), arguments.log, killed=arguments.kill, webhooks=not arguments.no_webhooks)
            )
        except (KafkaUnavailable, CouldNotRun, AssertionError) as why:
            note(f"FAILED: {why}")
            return 1
    show(targets)
    return 0 if all(target.reached for target in targets) else 1


if __name__ == "__main__":
    sys.exit(main())
