"""`bookbridge demo`: orders of all shapes and of real shops through Bookbridge into books, and the proof."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.demo import limits
from sandbox.demo.audit import expect
from sandbox.demo.documents import STATES
from sandbox.demo.driver import Load, Placed, drive, place_cart
from sandbox.demo.ports import free_ports
from sandbox.demo.progress import Shown
from sandbox.demo.recorded import LeftOut, into_shops, read_folder
from sandbox.demo.result import Result
from sandbox.demo.verdict import Judged, Verdict, by_order
from sandbox.demo.watch import Watch
from sandbox.demo.world import Plan, World, open_world
from sandbox.fault_file import FaultFile
from sandbox.magento.config import Config as ShopConfig
from sandbox.scenarios.orders import carts
from shared.config import LogKind

Hook = Callable[[World], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says. `samples` None: no recorded orders."""

    log: LogKind
    orders: int
    seed: int
    samples: Path | None
    keep: bool = False
    faults: FaultFile | None = None


async def run_demo(options: Options, shown: Shown, before_audit: Hook | None = None) -> Result:
    """The figures. Raises CouldNotRun. `before_audit` may spoil the books, so that tests see the proof fail."""
    folder = Path(tempfile.mkdtemp(prefix="bookbridge-demo-"))
    kept = True
    try:
        result = await _in_folder(options, folder, shown, before_audit)
        kept = options.keep or bool(result.problems())
        return result
    except asyncio.CancelledError:
        kept = options.keep
        raise
    finally:
        if kept:
            shown.note(f"The working folder is kept: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)


async def _in_folder(options: Options, folder: Path, shown: Shown, before_audit: Hook | None) -> Result:
    recorded, left_out = read_folder(options.samples) if options.samples else ([], [])
    first = ShopConfig.first_entity_id
    by_shop, clashing = into_shops(recorded, lambda number: first <= number < first + options.orders)
    left_out += clashing
    plan = Plan(
        options.log, folder, free_ports(), shops=len(by_shop), copies=(1, 3), seed=options.seed, faults=options.faults
    )
    async with open_world(plan, shown.say) as world:
        run = _Run(options, world, shown)
        work = asyncio.create_task(run.work(Load(carts(options.seed, options.orders), by_shop), left_out, before_audit))
        dying = asyncio.create_task(world.children.until_one_ends())
        following = asyncio.create_task(run.watch.follow())
        tasks = (work, dying, following)
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if dying.done():
                dying.result()
            if following.done():
                following.result()
            return work.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)


class _Run:
    def __init__(self, options: Options, world: World, shown: Shown) -> None:
        self._options = options
        self._world = world
        self._shown = shown
        self._placed: list[Placed] = []
        self.watch = Watch(world.log)

    async def work(self, load: Load, left_out: list[LeftOut], before_audit: Hook | None) -> Result:
        """The first order alone, the others, the proof."""
        others: list[str] = []
        patience = limits.FAULTS_PATIENCE if self._options.faults else 1
        self._shown.say("the first order: Bookbridge learns what the books hold")
        metered = 0
        try:
            async with asyncio.timeout(limits.WARM_UP_SECONDS * patience):
                self._placed.append(await place_cart(self._world.shops[0], load.carts[0]))
                await self._settled()
            metered = _reads(await self._world.books.usage())
            left_out += await self._bring_in(Load(load.carts[1:], load.recorded), patience)
        except TimeoutError:
            others.append(f"not everything was decided in time; {await self._in_flight()} records are in flight")
        if before_audit is not None:
            await before_audit(self._world)
        self._shown.say("comparing shop and books")
        if self._options.faults is not None:
            self._shown.note(f"Faults met: {', '.join(await self._world.end_faults()) or 'none'}")
        return await self._result(left_out, metered, [*others, *self.watch.dead_letters])

    async def _bring_in(self, load: Load, patience: int) -> list[LeftOut]:
        """Raises TimeoutError."""
        steps = load.shuffled(self._world.shops, self._options.seed)
        rate = max(limits.ORDERS_PER_SECOND[self._options.log.value], len(steps) / limits.PLACING_SECONDS)
        seconds = patience * max(
            limits.SETTLE_SECONDS, len(steps) * limits.DOCUMENT_CALLS * 60 / limits.CALLS_PER_MINUTE
        )
        ticking = asyncio.create_task(self._tick(len(steps) + 1))
        try:
            async with asyncio.timeout(seconds):
                left_out = await drive(steps, rate, self._placed.append)
                await self._settled()
        finally:
            ticking.cancel()
            await asyncio.wait([ticking])
        return left_out

    async def _tick(self, orders: int) -> None:
        while True:
            decided = sum(self.watch.seen(order.key).decided for order in self._placed)
            self._shown.count("orders decided", decided, orders)
            await asyncio.sleep(limits.POLL_SECONDS)

    async def _settled(self) -> None:
        """Waits until every order is decided, every webhook delivered, and nothing in flight."""
        while True:
            if all(self.watch.seen(order.key).decided for order in self._placed) and await self._quiet():
                counts = [await shop.server.deliveries() for shop in self._world.shops]
                if not any(count["pending"] for count in counts) and await self._quiet():
                    return
            await asyncio.sleep(limits.POLL_SECONDS)

    async def _quiet(self) -> bool:
        return self.watch.quiet(await self._world.order_hints_read())

    async def _in_flight(self) -> int:
        return self.watch.in_flight(await self._world.order_hints_read())

    async def _result(self, left_out: list[LeftOut], metered: int, others: list[str]) -> Result:
        ledger = by_order(await self._world.books.ledger())
        judged = []
        for order in self._placed:
            expected = expect(await order.shop.order(order.entity_id), STATES)
            documents = tuple(ledger.pop(order.key, ()))
            judged.append(Judged(order.key, order.shape, order.number, expected, self.watch.seen(order.key), documents))
        strays = tuple(document for documents in ledger.values() for document in documents)
        for shop in self._world.shops:
            counts = await shop.server.deliveries()
            if counts["delivered"] != counts["scheduled"]:
                others.append(f"{shop.name}: {counts['delivered']} of {counts['scheduled']} webhooks were delivered")
        if untimed := [order.number for order in judged if order.posted and order.seen.seconds is None]:
            others.append(f"no time from webhook to books is known of {', '.join(untimed)}")
        usage = await self._world.books.usage()
        seconds = [order.seen.seconds for order in judged[1:] if order.seen.seconds is not None]
        return Result(
            log=self._options.log.value,
            seed=self._options.seed,
            verdict=Verdict(tuple(judged), strays, others),
            left_out=tuple(left_out),
            seconds=tuple(seconds),
            metered=_reads(usage) - metered,
            usage=usage,
            disturbed=self._options.faults is not None,
        )


def _reads(usage: Mapping[str, Any]) -> int:
    """Metered calls that orders cause; questions for changes come by the clock, with orders or without."""
    return int(usage["metered"]) - int(usage["coreplus"]["cdc"])
