"""One life: its steps are done to the shop and the books over HTTP, and what came of each is written down."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sandbox.magento.cart import Cart
from shared.wire import decode
from tests.lives.by_hand import Accountant
from tests.lives.plan import Life, Step, What
from tests.lives.truth import ZERO, Goods, Standing, Truth
from tests.support.magento_sandbox import MagentoSandbox, SandboxRefused
from tests.support.shopping import cart

_OVER = ("complete", "closed", "canceled")
_AWAY_SECONDS = 30.0
_NEWS_SECONDS = 30.0  # so long news of goods that came in may take to the shop: webhooks get lost, systems are away
_NO_STOCK = "Not all of your products are available"  # the shop's words when its source holds less than is shipped


@dataclass
class Order:
    """Of the shop; `back` are refunded pieces that the warehouse has back and the books don't. `last` is what became of
    it last, in the second `at` of the shop's clock; `voided`: a person voided its document."""

    entity_id: int
    number: str
    row: Mapping[str, Any]
    state: str
    reserved: Decimal
    back: Decimal = ZERO
    last: What = What.PLACE
    at: int = 0
    voided: bool = False

    def counted(self, counter: str) -> int:
        return int(self.row.get(f"qty_{counter}") or 0)

    @property
    def deducted(self) -> int:
        """What the books are to have deducted for it. A cancelled order is void, also when pieces of it were shipped:
        nobody invoiced them."""
        return 0 if self.state == "canceled" else self.counted("ordered") - self.counted("canceled")

    @property
    def by_hand(self) -> bool:
        """Whether a person brings it into the books as it should be: an order that was cancelled in part is parked for
        good (docs/mapping.md), a document that a person voided stays as it is."""
        return self.voided or (self.state != "canceled" and self.counted("canceled") > 0)

    @property
    def over(self) -> bool:
        return self.state in _OVER

    @property
    def needed(self) -> Decimal:
        """Still to be shipped: what the shop holds for it, but nothing for an order that is over."""
        return ZERO if self.over else max(self.reserved, ZERO)

    def most(self, what: What) -> int:
        """The pieces that the step may concern."""
        if what is What.MEMO:
            return int(self.back)
        if what is What.VOID:
            return 0 if self.voided else 1
        if self.state in ("closed", "canceled"):
            return 0
        shippable = self.counted("ordered") - self.counted("canceled")
        return {
            What.INVOICE: shippable - self.counted("invoiced"),
            What.SHIP: min(shippable - max(self.counted("shipped"), self.counted("refunded")), int(self.needed)),
            What.REFUND: self.counted("invoiced") - self.counted("refunded"),
            What.CANCEL: 0 if self.over else shippable - max(self.counted("invoiced"), self.counted("shipped")),
        }[what]


@dataclass
class Living:
    """A life in its world. `told` are its steps as they went; `refusals` are shipments that the shop refused for lack
    of goods in its source, each with what lay on the shelf for long enough that the shop could know of it."""

    life: Life
    shop: MagentoSandbox
    accountant: Accountant
    item: str
    truth: Truth
    orders: list[Order] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    refusals: list[tuple[int, Decimal]] = field(default_factory=list)
    shipments: int = 0

    @classmethod
    def begin(cls, life: Life, shop: MagentoSandbox, accountant: Accountant, item: str) -> Living:
        return cls(life, shop, accountant, item, Truth([Goods(0.0, Decimal(life.opening))]))

    @property
    def on_hand(self) -> Decimal | None:
        """What the books should have, once all is booked. None where an order is left to a person."""
        if any(order.by_hand for order in self.orders):
            return None
        return self.truth.goods[-1].units - sum(order.deducted for order in self.orders)

    @property
    def drift(self) -> Decimal:
        """What the shop still reserves for orders that are over, or reserves less than nothing: after refunds between
        shipments it does (docs/stock.md), and its own audit settles it."""
        return sum((order.reserved for order in self.orders if order.over), ZERO)

    async def live(self) -> None:
        for step in self.life.steps:
            await asyncio.sleep(step.pause)  # the world goes on between two steps
            await self._do(step)

    async def ship_all(self) -> None:
        """What open orders still need."""
        for order in self.orders:
            if (most := order.most(What.SHIP)) > 0:
                await self._to_order(What.SHIP, order, most, back=False)

    async def _do(self, step: Step) -> None:
        if step.what is What.PLACE:
            await self._place(step.count)
        elif step.what in (What.RECEIVE, What.ADJUST):
            await self._count(step.what, step.count)
        else:
            able = [order for order in self.orders if order.most(step.what) > 0]
            if not able:
                return
            order = able[step.which % len(able)]
            count = min(step.count, order.most(step.what))
            if step.what is What.MEMO:
                await self._memo(order, count)
            elif step.what is What.VOID:
                await self._void(order)
            else:
                await self._to_order(step.what, order, count, step.flag)

    async def _place(self, count: int) -> None:
        since = time.time()
        try:
            (placed,) = await self.shop.place(_cart(self.life.sku, count))
        except SandboxRefused:
            self._tell(f"place {count}: the shop has not so many to sell")
            return
        order = Order(placed["entity_id"], placed["increment_id"], {}, "", ZERO)
        self.orders.append(order)
        await self._look(order, since, f"place {count}: order {len(self.orders) - 1}")

    async def _to_order(self, what: What, order: Order, count: int, back: bool) -> None:
        said = f"{what} {count} of order {self.orders.index(order)}"
        if what is What.REFUND or order.last is What.REFUND:
            await _past(order.at + 1)
        row, since = str(order.row["item_id"]), time.time()
        body: dict[str, Any] = {} if what is What.CANCEL else {"items": {row: count}}
        if what is What.REFUND:
            body |= {"shipping_amount": 0, "return_to_stock_items": [int(row)] if back else []}
        action = "creditmemo" if what is What.REFUND else str(what)
        self.shipments += what is What.SHIP
        try:
            await self.shop.control("POST", f"orders/{order.entity_id}/{action}", body)
        except SandboxRefused as refused:
            self._tell(f"{said}: refused, {refused}")
            if what is What.SHIP and _NO_STOCK in str(refused):
                self.refusals.append((count, self.truth.lain(since - _NEWS_SECONDS)))
            return
        if what is What.REFUND and back:
            order.back += count
            said += ", back into stock"
        order.last = what
        await self._look(order, since, said)

    async def _look(self, order: Order, since: float, said: str) -> None:
        """How the order stands in the shop now. Nobody else changes it or the SKU's reservations."""
        shown = await self._shown(order)
        stock = await self.shop.control("GET", f"stock?sku={self.life.sku}")
        ours = [one for one in stock["reservations"] if one["metadata"]["object_increment_id"] == order.number]
        order.row, order.state, order.at = shown["items"][0], shown["state"], int(time.time())
        order.reserved = -sum((Decimal(str(one["quantity"])) for one in ours), ZERO)
        gone = order.counted("ordered") - order.counted("canceled") - order.needed
        self.truth.stand(order.number, Standing(since, gone, order.needed))
        self._tell(f"{said}; {order.state}, {gone:f} gone, {order.needed:f} needed")

    async def _shown(self, order: Order) -> dict[str, Any]:
        """Also when the shop is away for a moment."""
        async with asyncio.timeout(_AWAY_SECONDS):
            while True:
                status, answer = await self.shop.get(f"/rest/V1/orders/{order.entity_id}")
                if status == 200:
                    shown: dict[str, Any] = decode(answer)
                    return shown
                await asyncio.sleep(0.05)

    async def _count(self, what: What, units: int) -> None:
        since = time.time()
        await self.accountant.adjust(self.item, units)
        self.truth.bring(since, Decimal(units))
        self._tell(f"{what} {units:+d}")

    async def _memo(self, order: Order, count: int) -> None:
        since, order.back = time.time(), order.back - count
        await self.accountant.memo(self.item, count)
        self.truth.bring(since, Decimal(count))
        self._tell(f"memo {count} of order {self.orders.index(order)}")

    async def _void(self, order: Order) -> None:
        done = await self.accountant.void(order.number)
        order.voided = order.voided or done
        said = "" if done else ": it has no document that stands"
        self._tell(f"void the document of order {self.orders.index(order)}{said}")

    def _tell(self, text: str) -> None:
        self.told.append(f"{time.strftime('%H:%M:%S')}.{int(time.time() * 1000) % 1000:03d} {text}")


async def _past(second: int) -> None:
    """Until that second of the clock. The shop tells the sequence of an order's documents by their seconds alone, and
    whether refunded goods had left hangs on it."""
    await asyncio.sleep(max(second - time.time(), 0.0))


def _cart(sku: str, count: int) -> Cart:
    """One line for the same guest each time: customers are not what these lives are about."""
    plain = cart(sku, taxed=False)
    return plain.model_copy(update={"items": (plain.items[0].model_copy(update={"qty": Decimal(count)}),)})
