"""What a world's lives came to: which of them failed, and how, in words."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from shared.topics import OUTCOMES
from shared.wire import decode
from tests.lives import settling
from tests.lives.living import Living
from tests.lives.world import World

_WRITES_SHOWN = 12


@dataclass
class Failure:
    """Of one life. `doubled`: writes that subtracted an order twice, or were wrong otherwise when they were made;
    `final`: what was wrong once all was quiet; `refused`: shipments that the shop refused though the goods were there.
    """

    living: Living
    doubled: list[str] = field(default_factory=list)
    final: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    writes: list[str] = field(default_factory=list)
    terms: list[str] = field(default_factory=list)

    @property
    def any(self) -> bool:
        return bool(self.doubled or self.final or self.refused)

    def text(self) -> str:
        life = self.living.life
        lines = [f"life {life.seed} (SKU {life.sku}, {life.opening} at first{', scarce' if life.scarce else ''})"]
        lines += [f"  WRONG  {text}" for text in (*self.doubled, *self.final, *self.refused)]
        lines += [f"  step   {step}" for step in life.steps]
        lines += [f"  went   {text}" for text in self.living.told]
        lines += [f"  wrote  {text}" for text in self.writes[-_WRITES_SHOWN:]]
        lines += [f"  told   {text}" for text in self.terms[-_WRITES_SHOWN:]]
        return "\n".join(lines)


@dataclass
class Verdict:
    """`adrift`: lives whose SKU the shop itself reserves wrongly after refunds between shipments (docs/stock.md): what
    can be sold is judged with the drift settled. `short`: shipments refused since the goods
    weren't there. `written`: writes that were judged."""

    lives: int
    failures: list[Failure]
    adrift: int = 0
    shipments: int = 0
    short: int = 0
    written: int = 0
    troubles: int = 0
    orders: int = 0

    def add(self, other: Verdict) -> None:
        self.lives += other.lives
        self.failures += other.failures
        self.adrift += other.adrift
        self.shipments += other.shipments
        self.short += other.short
        self.written += other.written
        self.troubles += other.troubles
        self.orders += other.orders

    @property
    def doubled(self) -> int:
        return sum(bool(one.doubled) for one in self.failures)

    @property
    def final(self) -> int:
        return sum(bool(one.final) for one in self.failures)

    @property
    def refused(self) -> int:
        return sum(len(one.refused) for one in self.failures)

    def summary(self) -> str:
        return (
            f"{self.lives} lives, {self.orders} orders, {self.shipments} shipments, {self.written} writes judged, "
            f"{self.troubles} troubles: {len(self.failures)} lives failed "
            f"({self.doubled} wrong at a write, {self.final} in the end, {self.refused} shipments refused though the "
            f"goods were there); {self.short} shipments refused as they weren't; {self.adrift} lives drift by the "
            "shop's own fault"
        )


async def judge(world: World, unbooked: Sequence[str]) -> Verdict:
    """Of a world that is quiet."""
    failures = {living.life.sku: Failure(living) for living in world.lives}
    adrift = {living.life.sku for living in world.lives if living.drift}
    written = 0
    for write in await world.writes(world.began):
        failure = failures.get(write["sku"])
        if failure is None:
            continue
        failure.writes.append(_said(write))
        written += 1
        failure.doubled += _check(failure.living, write)
    for living, sells in await settling.wrong(world):
        text = f"in the end the shop sells {sells:f}, and {living.truth.sellable:f} can be sold"
        failures[living.life.sku].final.append(text)
    for sku in unbooked:
        failures[sku].final.append("the books have another quantity on hand than its orders leave there")
    await _ship(world)
    for failure in failures.values():
        failure.refused += [
            f"{count} could not be shipped for lack in the source, though {shelf:f} were on the shelf"
            for count, shelf in failure.living.refusals
            if shelf >= count
        ]
    found = [failure for failure in failures.values() if failure.any]
    await _explain(world, found)
    return Verdict(
        lives=len(world.lives),
        failures=found,
        adrift=len(adrift),
        shipments=sum(one.shipments for one in world.lives),
        short=sum(shelf < count for one in world.lives for count, shelf in one.refusals),
        written=written,
        troubles=len(world.weather.told),
        orders=sum(len(one.orders) for one in world.lives),
    )


async def _explain(world: World, failures: Sequence[Failure]) -> None:
    """Each decision on their SKUs that was carried out, with its terms: what Bookbridge says of it."""
    if world.copier or not failures:
        return
    by_key = {f"main:stock:{one.living.life.sku}": one for one in failures}
    for record in await world.made.read(OUTCOMES):
        failure = by_key.get(record.key)
        if failure is not None and record.value:
            failure.terms.append(_told(decode(record.value)))


def _told(outcome: dict[str, Any]) -> str:
    terms = "; ".join(f"{one['units']} {one['because']}" for one in outcome.get("sum", ()))
    return f"{outcome['status']} {outcome.get('quantity', '')} {outcome.get('text', '')} = {terms}"


async def _ship(world: World) -> None:
    """What was sold can be shipped to its end."""
    for living in world.lives:
        await living.ship_all()


def _check(living: Living, write: dict[str, Any]) -> list[str]:
    """At the moment of the write. (The shop's clock is moved on only when all lives are over.)"""
    units, right = Decimal(str(write["quantity"])), living.truth.right(float(write["at"]))
    if units in right:
        return []
    least = min(right)
    what = f"{least - units:f} less than the least" if units < least else "none of what"
    return [f"write {write['number']}: {units:f}, {what} that was right then ({_shown(right)})"]


def _shown(units: set[Decimal]) -> str:
    some = [f"{one:f}" for one in sorted(units)]
    return ", ".join(some if len(some) <= 6 else [*some[:3], "...", *some[-2:]])


def _said(write: dict[str, Any]) -> str:
    at = time.strftime("%H:%M:%S", time.localtime(float(write["at"])))
    return f"{at} write {write['number']}: {write['before']} -> {write['quantity']}, {write['reserved']} reserved"
