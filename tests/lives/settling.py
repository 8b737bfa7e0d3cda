"""Waits until all is quiet. Each wait is for a condition, with a limit: what isn't so by then is for the verdict."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

from tests.lives.living import Living
from tests.lives.world import CANARY, World
from tests.support.sweeping import PAST_THE_LAG, until_swept

_LOOK_SECONDS = 0.2
_LIMIT_SECONDS = 90.0
_BEGIN_SECONDS = 60.0


async def begin(world: World) -> None:
    """Waits until the keeper of stock is at work: the canary's source is filled. Raises AssertionError."""
    if not await _within(_BEGIN_SECONDS, lambda: _canary_is_right(world)):
        raise AssertionError(f"no stock is written\n{_logs(world)}")


async def settle(world: World) -> list[str]:
    """What still differs for the books' part of it: everything was told, swept and booked; the keeper of stock has
    looked at all of it. Names of the SKUs whose orders are not booked as they should be."""
    await world.weather.clear()
    await _within(_LIMIT_SECONDS, lambda: _all_told(world))
    await world.made.shop.advance(PAST_THE_LAG)
    await until_swept(world.made, 2)
    await _within(_LIMIT_SECONDS, lambda: _all_booked(world))
    await sing(world)
    if not world.copier:
        await _within(_LIMIT_SECONDS, lambda: _all_right(world))
    await sing(world)
    return await unbooked(world)


async def sing(world: World) -> None:
    """The canary gets a piece more, and is waited for: what is told in sequence before it has arrived."""
    await world.accountant.adjust(world.canary, 1)
    world.canary_holds += 1
    if not await _within(_LIMIT_SECONDS, lambda: _canary_is_right(world)):
        raise AssertionError(f"the books' last change isn't in the shop\n{_logs(world)}")


async def wrong(world: World) -> list[tuple[Living, Decimal]]:
    """Lives whose SKU the shop doesn't sell as many of as can be sold, with what it sells, its own drift settled."""
    stock = await world.stock()
    sellable, held = sellable_of(stock), held_of(stock)
    found: list[tuple[Living, Decimal]] = []
    for living in world.lives:
        sells = sellable[living.life.sku]
        if living.drift:
            sells = max(held[living.life.sku] - living.truth.needed, Decimal(0))
        if sells != living.truth.sellable:
            found.append((living, sells))
    return found


async def unbooked(world: World) -> list[str]:
    """SKUs of which the books have another quantity on hand than their orders, as they stand, leave there."""
    on_hand = await world.on_hand()
    return [one.life.sku for one in world.lives if one.on_hand is not None and on_hand.get(one.life.sku) != one.on_hand]


def sellable_of(stock: dict[str, Any]) -> dict[str, Decimal]:
    """What the shop would sell, by SKU."""
    return {sku: Decimal(str(units)) for sku, units in stock["salable"]["1"].items()}


def held_of(stock: dict[str, Any]) -> dict[str, Decimal]:
    """What its source holds."""
    return {one["sku"]: Decimal(str(one["quantity"])) for one in stock["source_items"]}


async def _canary_is_right(world: World) -> bool:
    return sellable_of(await world.stock()).get(CANARY) == world.canary_holds


async def _all_told(world: World) -> bool:
    return not (await world.made.shop.deliveries())["pending"]


async def _all_booked(world: World) -> bool:
    return not await unbooked(world)


async def _all_right(world: World) -> bool:
    return not await wrong(world)


async def _within(seconds: float, condition: Callable[[], Awaitable[bool]]) -> bool:
    """Whether it came true within so many seconds."""
    deadline = time.monotonic() + seconds
    while not await condition():
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(_LOOK_SECONDS)
    return True


def _logs(world: World) -> str:
    return "\n".join(path.read_text()[-3000:] for path in sorted(world.made.folder.glob("*.log")))
