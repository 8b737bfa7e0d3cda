"""From an event to the shop's source item, with 300 ms for every call of both sides, and 5,000 changed at once.

`python -m tests.bench.stock` runs it alone. An event is told one SKU after the other; before each event of the shop the
source item was set wrong by hand, so that there is something to write. Counted is from the webhook's arrival; for
change data capture alone, from the answer that showed the change.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from shared import limits
from shared.topics import CHANGES, COMMANDS, HINTS, ORDERS
from tests.bench.load import Target, note, show, tell
from tests.bench.stock_world import ON_HAND, World, world

EVENTS = 200  # of each kind
MANY = 5_000
EVERY_SECONDS = 0.4  # between two events
LATENCY_SECONDS, MANY_SECONDS = 3.0, 60.0
_LAST_SECONDS = 30.0  # that the last event may take
_MANY_LAST_SECONDS = 300.0
_WRONG = 7  # pieces by which a source item is set wrong

Act = Callable[[str], Awaitable[None]]


async def run(folder: Path, events: int = EVENTS, many: int = MANY) -> list[Target]:
    """Tells the figures. Raises AssertionError when a source item isn't written at all."""
    sold = [f"SOLD-{number:04}" for number in range(2 * events)]
    counted = [f"COUNTED-{number:04}" for number in range(events)]
    stored = [f"STORED-{number:05}" for number in range(max(many - len(sold) - len(counted), 0))]
    note(f"a shop and books with {len(sold + counted + stored):,} goods ...")
    async with world(folder, [*sold, *counted, *stored]) as made:
        begin = time.monotonic()
        await made.until_written([*sold, *counted, *stored], _MANY_LAST_SECONDS)
        tell("stock_first_run_seconds", time.monotonic() - begin, "s", rows=len(made.items))
        note(f"{len(sold)} orders ...")
        orders = {sku: await made.order(sku) for sku in sold}
        for sku in sold[:events]:  # the others are unpaid, and so not in the books
            await made.deployed.shop.invoice(orders[sku])
        await made.posted(events)
        await _quiet(made)
        await made.slow()
        measured = await _of_the_shop(made, orders)
        measured |= await _of_the_books(made, counted)
        seconds = await _all_at_once(made)
    targets = [
        Target(f"stock_{name}_p99_seconds", LATENCY_SECONDS, p99, at_most=True) for name, p99 in measured.items()
    ]
    return [*targets, Target("stock_5000_seconds", MANY_SECONDS, seconds, at_most=True)]


async def _of_the_shop(made: World, orders: Mapping[str, int]) -> dict[str, float]:
    shop = made.deployed.shop
    half = len(orders) // 2
    shipped, cancelled = list(orders)[:half], list(orders)[half:]

    async def ship(sku: str) -> None:
        await shop.ship(orders[sku])

    async def cancel(sku: str) -> None:
        await shop.cancel(orders[sku])

    async def refund(sku: str) -> None:
        await shop.control("POST", f"orders/{orders[sku]}/creditmemo", {})

    measured = {"shipment": await _measure(made, "shipment", shipped, ship, orders)}
    measured["cancellation"] = await _measure(made, "cancellation", cancelled, cancel, orders)
    measured["refund"] = await _measure(made, "refund", shipped, refund, orders)
    return measured


async def _measure(made: World, name: str, skus: Sequence[str], act: Act, orders: Mapping[str, int]) -> float:
    note(f"{len(skus)} times: {name} ...")
    await _quiet(made)
    await made.hold(dict.fromkeys(skus, ON_HAND + _WRONG))
    begun = await _spread(skus, act)
    written = await made.until_written(skus, _LAST_SECONDS)
    arrived, read = await _arrivals(made, begun, orders), await _snapshots(made, begun, orders)
    _tell(f"{name}_snapshot", skus, arrived, read)
    return _tell(name, skus, arrived, written)


async def _of_the_books(made: World, skus: Sequence[str]) -> dict[str, float]:
    async def count(sku: str) -> None:
        await made.adjust({sku: 1})

    note(f"{len(skus)} times: sold in the books, told by webhook ...")
    await made.webhooks_of_the_books(True)
    begun = await _spread(skus, made.sell)
    written = await made.until_written(skus, _LAST_SECONDS)
    polls = sorted(_seconds(one.headers["received-at"]) for one in await made.deployed.read(COMMANDS))
    arrived = {sku: next((at for at in polls if at >= begun[sku]), begun[sku]) for sku in skus}
    by_webhook = _tell("webhook", skus, arrived, written)

    note(f"{len(skus)} times: counted in the books, told by nobody ...")
    await made.webhooks_of_the_books(False)
    begun = await _spread(skus, count)
    written = await made.until_written(skus, _LAST_SECONDS + limits.CDC_FAST_SECONDS)
    shown = await _shown(made, begun)
    _tell("cdc_from_change", skus, begun, written, poll_every=limits.CDC_FAST_SECONDS)
    return {"webhook": by_webhook, "cdc": _tell("cdc", skus, shown, written)}


async def _all_at_once(made: World) -> float:
    skus = list(made.items)
    note(f"{len(skus):,} counted in the books at once ...")
    await made.webhooks_of_the_books(True)
    await _quiet(made)
    before, begin = await made.calls(), time.time()
    await made.adjust(dict.fromkeys(skus, 5))
    changed = time.time()
    written = await made.until_written(skus, _MANY_LAST_SECONDS)
    after = await made.calls()
    assert len(written.keys() & set(skus)) == len(skus), f"{len(written)} of {len(skus)} source items were written"
    seconds = max(written[sku] for sku in skus) - changed
    shop, books = (now - then for now, then in zip(after, before, strict=True))
    tell("stock_5000_seconds", seconds, "s", skus=len(skus), change_took=changed - begin, shop_calls=shop, books=books)
    return seconds


async def _spread(skus: Sequence[str], act: Act) -> dict[str, float]:
    """One after the other at a pace; when each began, in Unix seconds."""
    begun: dict[str, float] = {}
    start = time.monotonic()
    for number, sku in enumerate(skus):
        await asyncio.sleep(start + number * EVERY_SECONDS - time.monotonic())
        begun[sku] = time.time()
        await act(sku)
    return begun


async def _quiet(made: World, seconds: float = limits.CDC_FAST_SECONDS + 5) -> None:
    """What earlier events led to is over: nothing was written for so long."""
    last = time.monotonic()

    async def nothing_new() -> bool:
        nonlocal last
        if await made.writes():
            last = time.monotonic()
        return time.monotonic() - last > seconds

    await made.deployed.until(nothing_new, "nothing is written any more", _MANY_LAST_SECONDS)


async def _arrivals(made: World, begun: Mapping[str, float], orders: Mapping[str, int]) -> dict[str, float]:
    """By SKU, when the first hint since its event came."""
    wanted = {f"main:order:{orders[sku]}": sku for sku in begun}
    found: dict[str, float] = {}
    for record in await made.deployed.read(HINTS):
        sku, at = wanted.get(record.key), _seconds(record.headers["received-at"])
        if sku is not None and at >= begun[sku]:
            found[sku] = min(at, found.get(sku, at))
    return {sku: found.get(sku, begun[sku]) for sku in begun}


async def _snapshots(made: World, begun: Mapping[str, float], orders: Mapping[str, int]) -> dict[str, float]:
    """By SKU, when the first snapshot since its event was published."""
    wanted = {f"main:order:{orders[sku]}": sku for sku in begun}
    found: dict[str, float] = {}
    for record in await made.deployed.read(ORDERS):
        sku, at = wanted.get(record.key), record.timestamp_ms / 1000
        if sku is not None and at >= begun[sku]:
            found[sku] = min(at, found.get(sku, at))
    return found


async def _shown(made: World, begun: Mapping[str, float]) -> dict[str, float]:
    """By SKU, when the first change of its item since then came into the log."""
    wanted = {f"{made.deployed.books.realm}:Item:{made.items[sku]}": sku for sku in begun}
    found: dict[str, float] = {}
    for record in await made.deployed.read(CHANGES):
        sku, at = wanted.get(record.key), record.timestamp_ms / 1000
        if sku is not None and at >= begun[sku]:
            found[sku] = min(at, found.get(sku, at))
    return found


def _tell(
    name: str, skus: Sequence[str], begun: Mapping[str, float], ended: Mapping[str, float], **more: float
) -> float:
    """The 99th percentile of the times between; one that never ended is endless."""
    took = sorted(ended.get(sku, float("inf")) - begun.get(sku, 0.0) for sku in skus)
    p50, p99 = (took[min(len(took) - 1, int(len(took) * share))] for share in (0.5, 0.99))
    tell(f"stock_{name}_p99_seconds", p99, "s", p50=p50, most=took[-1], events=len(took), **more)
    return p99


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="bookbridge-bench-") as folder:
        targets = asyncio.run(run(Path(folder)))
    show(targets)
    return 0 if all(target.reached for target in targets) else 1


if __name__ == "__main__":
    sys.exit(main())
