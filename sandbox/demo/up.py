"""`bookbridge up`: the demo's world on fixed ports, with a new order every few seconds, until Ctrl-C."""

from __future__ import annotations

import asyncio
import secrets
import shutil
from dataclasses import asdict
from decimal import Decimal
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import typer

from sandbox.demo import limits
from sandbox.demo.driver import Placed, place_cart
from sandbox.demo.ports import FIXED, check_free
from sandbox.demo.shelves import COUNTED
from sandbox.demo.watch import POSTED, Seen, Watch
from sandbox.demo.world import Plan, World, open_world
from sandbox.fault_file import FaultFile
from sandbox.magento.cart import Cart
from sandbox.scenarios.orders import carts
from shared.config import LogKind

FOLDER = Path("data") / "up"
_KAFKA_ONLY = ("orders_health", "inventory_health", "kafka")


async def run_up(log: LogKind, faults: FaultFile | None = None) -> None:
    """Until cancelled. Raises CouldNotRun, also when a port is taken."""
    ports = {purpose: port for purpose, port in asdict(FIXED).items() if isinstance(port, int)}
    check_free({name: port for name, port in ports.items() if log is LogKind.KAFKA or name not in _KAFKA_ONLY})
    folder = FOLDER.resolve()
    shutil.rmtree(folder, ignore_errors=True)  # the sandboxes forget everything at their end, so we start afresh, too
    folder.mkdir(parents=True)
    seed = secrets.randbelow(10**6)
    plan = Plan(log, folder, FIXED, shops=1, copies=(1, 3), seed=seed, faults=faults, books_tell=True, stock=True)
    async with open_world(plan, lambda text: typer.echo(f"{text} ...")) as world:
        typer.echo(_welcome(folder, world))
        teller = _Teller(world)
        tasks = [
            asyncio.ensure_future(work)
            for work in (teller.place(plan.seed), teller.watch.follow(), world.children.until_one_ends())
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                if task.done():
                    task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)


class _Teller:
    """Places orders and prints a line for each when it is first decided."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._waiting: dict[str, tuple[Placed, Cart]] = {}
        self.watch = Watch(world.log, self._decided, _say_stock)

    async def place(self, seed: int) -> None:
        """Until cancelled."""
        random = Random(seed)
        for number in count():
            cart = carts(seed, number + 1)[number]
            order = await place_cart(self._world.shops[0], cart)
            self._waiting[order.key] = (order, cart)
            if (seen := self.watch.seen(order.key)).decided:  # before the shop's answer was here
                self._decided(order.key, seen)
            await asyncio.sleep(random.uniform(*limits.UP_ORDER_SECONDS))

    def _decided(self, key: str, seen: Seen) -> None:
        waiting = self._waiting.pop(key, None)
        if waiting is not None:
            typer.echo(_line(*waiting, seen))


def _line(order: Placed, cart: Cart, seen: Seen) -> str:
    buyer = "company" if cart.buyer.company_name else "registered" if cart.buyer.registered else "guest"
    start = f"{order.number:>10}  {order.shape:<20}  {buyer:<10}"
    if seen.status not in POSTED:
        return f"{start}  {seen.status}: {seen.text}"
    return f"{start}  {seen.total:>10}  {seen.document:>8}  {seen.seconds or 0:>7.2f}"


def _say_stock(document: dict[str, Any]) -> None:
    """What was written to a source of the shop: what it held before, and now."""
    if document["status"] == "written":
        before, after = (Decimal(str(document.get(name, 0))).normalize() for name in ("before", "quantity"))
        typer.echo(f"     stock  {document['sku']:<20}  {before:f} -> {after:f}")


def _welcome(folder: Path, world: World) -> str:
    shop, books = world.shops[0].server.url, world.books.url
    return f"""
Bookbridge is up. A new order comes every few seconds; Ctrl-C ends everything.

  shop (sandbox Magento)       {shop}
  books (sandbox QuickBooks)   {books}
  webhooks of the shop         http://127.0.0.1:{FIXED.ingest}/webhooks/main/mageos/<event>
  webhooks of the books        http://127.0.0.1:{FIXED.ingest}/webhooks/quickbooks
  health and metrics           {", ".join(f"{url}/metrics" for url in world.health.values())}
  logs and data                {folder}

Try:
  curl -s {books}/_sandbox/ledger | python3 -m json.tool | less
  curl -s {books}/_sandbox/usage
  curl -s {books}/_sandbox/webhooks/deliveries?last=3
  curl -s {shop}/_sandbox/orders
  curl -s {books}/_sandbox/faults {shop}/_sandbox/faults
  curl -s {next(iter(world.health.values()))}/metrics | grep bookbridge

Bookbridge's own commands, from another terminal:
  export BOOKBRIDGE_DATA={folder}/data BOOKBRIDGE_SECRETS={folder}/secrets.toml
  .venv/bin/bookbridge backfill main --from 2026-03-01
  .venv/bin/bookbridge connect status
  .venv/bin/bookbridge stock explain main {COUNTED[0][0]}

     order  shape                 buyer            total  document  seconds"""
