"""What invoices, shipments, credit memos and cancels do beside their own rows: to stock, and to who listens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.magento import announcing, lifecycle
from sandbox.magento.aftersale.open_quantities import to_invoice, to_refund, to_ship
from sandbox.magento.aftersale.order import Line
from sandbox.magento.cart import Cart
from sandbox.magento.config import Config
from sandbox.magento.errors import ControlError
from sandbox.magento.life import rows
from sandbox.magento.placing import place
from sandbox.magento.shop import Document, Kind, Shop
from tests.contract.magento_sandbox.shop_documents import cart
from tests.contract.magento_sandbox.test_magento_sandbox_pricing import random_carts
from tests.support.magento_sandbox import MagentoSandbox, SandboxRefused, in_process

PAID = ["invoice.created", "invoice.paid", "order.paid"]
EVENTS: list[tuple[list[str], list[str]]] = [
    (["invoice"], [*PAID, "order.updated"]),
    (["invoice", "ship"], ["shipment.created", "order.shipped", "order.updated"]),
    (["invoice", "ship", "creditmemo"], ["creditmemo.created", "order.updated"]),
    (["ship"], ["shipment.created", "order.shipped", "order.updated"]),
    (["ship", "invoice"], [*PAID, "order.updated"]),  # processing, then complete
    (["hold"], ["order.updated", "order.holded"]),
    (["hold", "unhold"], ["order.updated", "unholdedcreated"]),  # the module's slip: a name nobody subscribes to
    (["cancel"], ["order.updated", "order.cancelled"]),
    (["comment"], []),
    (["invoice", "comment"], []),
]


class Watched:
    """A shop whose clock a test moves, and what it told of the order."""

    def __init__(self, one: Cart) -> None:
        self.time = datetime(2026, 3, 1, tzinfo=UTC)
        self.shop = Shop(Config(), lambda: self.time)
        self.told: list[str] = []
        self.shop.on_event(lambda event, document: self.told.append(event.removeprefix("sales.")))
        with self.shop.atomic():
            self.number = place(self.shop, one).entity_id
            announcing.order_saved(self.shop, self.order, None)

    @property
    def order(self) -> Document:
        order = self.shop.get(Kind.ORDER, self.number)
        assert order is not None
        return order

    def act(self, action: str, body: dict[str, Any] | None = None) -> list[str]:
        """What was told of it. Raises ControlError."""
        self.time += timedelta(minutes=1)
        mark = len(self.told)
        with self.shop.atomic():
            lifecycle.ACTIONS[action](self.shop, self.order, body or {})
        return self.told[mark:]


@pytest.mark.parametrize(("actions", "expected"), EVENTS, ids=["-".join(actions) for actions, _ in EVENTS])
def test_each_step_tells_its_document_then_what_became_of_the_order(actions: list[str], expected: list[str]) -> None:
    watched = Watched(Cart.model_validate(cart(shipping_amount="5.00")))
    bodies = {"comment": {"comment": "called"}}
    for action in actions:
        told = watched.act(action, bodies.get(action))
    assert told == expected


LEFT: dict[str, Callable[[Line], Decimal]] = {
    "invoice": to_invoice,
    "ship": lambda line: to_ship(line, "larger"),
    "creditmemo": to_refund,
}


def asked(watched: Watched, draw: st.DataObject, action: str) -> dict[str, Any]:
    body: dict[str, Any] = {}
    if action in LEFT and draw.draw(st.booleans()):
        open_lines = [line for line in rows.read(watched.shop, watched.order).lines if LEFT[action](line) > 0]
        pieces = {line.code: draw.draw(st.integers(0, int(LEFT[action](line)))) for line in open_lines}
        body["items"] = {code: count for code, count in pieces.items() if count}
    if action == "creditmemo" and draw.draw(st.booleans()):
        body |= {"shipping_amount": "0", "adjustment_positive": "0.37"}
    return body | ({"comment": "x"} if action == "comment" else {})


@settings(max_examples=40)
@given(random_carts, st.data())
def test_a_step_moves_the_row_and_tells_once_or_is_refused_and_leaves_no_trace(one: Cart, draw: st.DataObject) -> None:
    watched = Watched(one)
    assert watched.told.count("order.created") == 1
    actions = st.sampled_from(["invoice", "ship", "creditmemo", "hold", "unhold", "cancel", "comment"])
    for action in draw.draw(st.lists(actions, min_size=3, max_size=9)):
        before, mark = watched.order.body, len(watched.told)
        reserved = watched.shop.stock.inventory.ledger.all()
        try:
            told = watched.act(action, asked(watched, draw, action))
        except ControlError:
            assert (watched.order.body, watched.told[mark:]) == (before, [])
            assert watched.shop.stock.inventory.ledger.all() == reserved
            continue
        after = watched.order.body
        assert after["updated_at"] > before["updated_at"]
        assert max(Counter(told).values(), default=0) <= 1
        assert ("order.updated" in told) == (after["state"] != before["state"])
        assert ("order.paid" in told) == (after["base_total_due"] == 0 != before["base_total_due"])
        assert after["extension_attributes"]["shipping_assignments"][0].get("items") == after["items"]


STEPS = [  # five ordered of a hundred; after each step: pieces in the source, pieces reserved
    [("invoice", 4, 100, -5), ("ship", 2, 98, -3), ("return", 3, 99, -1)],  # reference 7.3: salable 98
    [("invoice", 5, 100, -5), ("refund", 2, 98, -3), ("ship", 3, 95, 0)],  # kept back unshipped: gone all the same
    [("invoice", 5, 100, -5), ("return", 2, 100, -3), ("ship", 3, 97, 0)],
    [("invoice", 5, 100, -5), ("ship", 5, 95, 0), ("return", 5, 100, 0)],
    [("invoice", 5, 100, -5), ("ship", 5, 95, 0), ("refund", 5, 95, 0)],
    [("ship", 2, 98, -3), ("cancel", 0, 98, 0)],
    [("invoice", 2, 100, -5), ("cancel", 0, 100, -2), ("ship", 2, 98, 0)],
]


@pytest.mark.parametrize("steps", STEPS, ids=["-".join(f"{name}{count or ''}" for name, count, *_ in s) for s in STEPS])
async def test_pieces_leave_and_come_back_as_documents_say(steps: list[tuple[str, int, int, int]]) -> None:
    async with in_process(Config(stock_provided=100)) as shop:
        [one] = await shop.place(cart(items=[{"sku": "MUG", "name": "Mug", "price": "10.00", "qty": 5}]))
        order_id, item = one["entity_id"], 700_001
        assert await stock(shop) == (100, -5)
        for name, count, source, reserved in steps:
            returned = [item] if name == "return" else []
            action = "creditmemo" if name in ("return", "refund") else name
            body: dict[str, Any] = {} if action == "cancel" else {"items": {str(item): count}}
            if action == "creditmemo":
                body["return_to_stock_items"] = returned
            await shop.control("POST", f"orders/{order_id}/{action}", body)
            assert await stock(shop) == (source, reserved), name
        assert (await shop.control("GET", "stock/audit"))["inconsistencies"] == {}


async def test_a_shipment_that_its_source_can_not_fill_leaves_order_stock_and_counters_alone() -> None:
    async with in_process(Config(bearer=True, stock_provided=5)) as shop:
        [one] = await shop.place(cart(items=[{"sku": "MUG", "name": "Mug", "price": "10.00", "qty": 5}]))
        less = {"sourceItems": [{"sku": "MUG", "source_code": "default", "quantity": 3, "status": 1}]}
        assert (await shop.send("POST", "/rest/V1/inventory/source-items", less, shop.bearer))[0] == 200
        before = await shop.get(f"/rest/V1/orders/{one['entity_id']}", shop.bearer)
        with pytest.raises(SandboxRefused, match=r"409 .*Not all of your products are available"):
            await shop.ship(one["entity_id"])
        assert await shop.get(f"/rest/V1/orders/{one['entity_id']}", shop.bearer) == before
        assert await stock(shop) == (3, -5)
        await shop.ship(one["entity_id"], {700_001: 3})
        assert await stock(shop) == (0, -2)


async def stock(shop: MagentoSandbox) -> tuple[int, int]:
    """Pieces in the default source, and the sum of reservations."""
    seen = await shop.control("GET", "stock?sku=MUG")
    [source] = seen["source_items"]
    reserved = sum((row["quantity"] for row in seen["reservations"]), Decimal(0))
    assert source["quantity"] % 1 == reserved % 1 == 0
    return int(source["quantity"]), int(reserved)
