"""Brings orders into the shops, one after the other at a steady rate, and keeps a list of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from sandbox.demo.control import NotTaken, ShopServer
from sandbox.demo.recorded import LeftOut, Recorded
from sandbox.demo.world import Shop
from sandbox.magento.cart import Cart

RECORDED = "recorded"


@dataclass(frozen=True, slots=True)
class Placed:
    """An order that a shop has. `key` is the one of its records in the log."""

    key: str
    shape: str
    number: str
    entity_id: int
    shop: ShopServer


async def place_cart(shop: Shop, cart: Cart) -> Placed:
    """A generated order."""
    placed = await shop.server.place(cart)
    number = int(placed["entity_id"])
    return Placed(_key(shop, number), cart.shape, str(placed["increment_id"]), number, shop.server)


async def load_recorded(shop: Shop, order: Recorded) -> Placed:
    """A recorded order. Raises NotTaken."""
    await shop.server.load(order.text)
    return Placed(_key(shop, order.entity_id), RECORDED, order.number, order.entity_id, shop.server)


def _key(shop: Shop, entity_id: int) -> str:
    return f"{shop.name}:order:{entity_id}"


@dataclass(frozen=True, slots=True)
class Load:
    """What is to be brought in: carts for the first shop, recordings for each."""

    carts: Sequence[Cart]
    recorded: Sequence[Sequence[Recorded]]

    def shuffled(self, shops: Sequence[Shop], seed: int) -> list[tuple[Shop, Cart | Recorded]]:
        steps: list[tuple[Shop, Cart | Recorded]] = [(shops[0], cart) for cart in self.carts]
        steps += [(shop, order) for shop, orders in zip(shops, self.recorded, strict=True) for order in orders]
        Random(f"{seed}:order of events").shuffle(steps)
        return steps


async def drive(
    steps: Sequence[tuple[Shop, Cart | Recorded]], per_second: float, on_placed: Callable[[Placed], None]
) -> list[LeftOut]:
    """Takes the steps at the rate; what the shop refuses is answered."""
    loop = asyncio.get_running_loop()
    start = loop.time()
    left_out = []
    for number, (shop, step) in enumerate(steps):
        await asyncio.sleep(max(0.0, start + number / per_second - loop.time()))
        try:
            on_placed(await (place_cart(shop, step) if isinstance(step, Cart) else load_recorded(shop, step)))
        except NotTaken as refusal:
            if isinstance(step, Cart):
                raise
            left_out.append(LeftOut(step.file, str(refusal)))
    return left_out
