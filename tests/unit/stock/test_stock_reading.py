"""What an order holds and took, read from its snapshot, against the sandbox shop's stock engine in any life of it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sandbox.magento.vectors.stock_life import Order
from sandbox.magento.vectors.stock_world import World
from shared.commerce.stock import OrderStock, Standing
from shared.magento.models import Snapshot
from shared.magento.stock_reading import SkuPieces, read_pieces
from tests.unit.stock.cases import quantity
from tests.unit.stock.shop_orders import RecordingHooks

START = 1000
CONFIGURATION = {"manage_stock": True, "backorders": "no"}
LIVES = st.lists(
    st.tuples(
        st.sampled_from(["invoice", "ship", "cancel", "refund", "refund and put back"]), st.integers(1, 6)
    ),
    max_size=8,
)  # fmt: skip


def _world() -> tuple[World, RecordingHooks]:
    world = World(
        {
            "stocks": [{"stock_id": 1, "sales_channel": "base", "links": [{"source": "default", "priority": 1}]}],
            "sources": [{"code": "default"}],
            "source_items": [{"sku": "p", "source": "default", "quantity": START}],
            "products": {},
            "configuration": CONFIGURATION,
            "reservations": [],
        }
    )
    world.hooks = hooks = RecordingHooks(world)
    return world, hooks


def _live(order: Order, name: str, step: str, count: int, reserved: Decimal) -> None:
    """One step, as far as Magento lets it (reference 4.3): nothing is refunded that wasn't invoiced. It would let you
    ship or cancel again what was refunded unshipped, and then reserve less than nothing: that drift of its own is left
    out."""
    row, virtual = order.body["items"][0], order.body["items"][-1]["is_virtual"]
    to_ship = row["qty_ordered"] - max(row["qty_shipped"], row["qty_refunded"]) - row["qty_canceled"]
    free = {
        "invoice": row["qty_ordered"] - row["qty_invoiced"] - row["qty_canceled"],
        "ship": 0 if virtual else min(to_ship, reserved),
        "cancel": 0 if row["qty_refunded"] else row["qty_ordered"],
    }.get(step, row["qty_invoiced"] - row["qty_refunded"])
    count = min(count, int(free))
    if count <= 0 or order.body["state"] in ("canceled", "closed", "complete"):
        return
    chosen = {name: count}
    if step == "invoice":
        order.invoice(chosen, None)
    elif step == "ship":
        order.ship(chosen, "default", None)
    elif step == "cancel":
        order.cancel()
    else:
        order.credit(chosen, None, [name, "p"] if step == "refund and put back" else [])


@pytest.mark.parametrize("kind", ["simple", "virtual", "configurable"])
@given(ordered=st.integers(1, 6), life=LIVES)
@example(ordered=2, life=[("invoice", 1), ("ship", 1), ("refund", 1), ("invoice", 1), ("refund", 1)])
def test_open_pieces_are_the_shops_reservations_and_taken_ones_are_gone_from_its_source(
    kind: str, ordered: int, life: list[tuple[str, int]]
) -> None:
    world, hooks = _world()
    order = Order(hooks, 1, 1, "1")
    child = {"children": [{"sku": "p"}]} if kind == "configurable" else None
    name = "parent" if child else "p"
    order.add(name, ordered, kind, child)
    order.place()
    reserved = Decimal(ordered)
    for step, count in life:
        _live(order, name, step, count, reserved)
        (read,) = read_pieces(hooks.snapshot(order.body))
        reserved = -sum((row.quantity for row in world.inventory.ledger.all()), Decimal(0))
        if order.body["state"] in ("closed", "complete") and reserved:
            # After refunds between shipments the shop reserves too much or too little for an order that is over: its
            # own audit lists that as an inconsistency and settles it (reference 7.3, known drift).
            assert order.body["items"][0]["qty_refunded"] > 0, order.body
            assert read.pieces.open == 0, order.body
            return
        (source,) = world.inventory.rows.of("p")
        back = hooks.returned.get((1, "p"), hooks.returned.get((1, "parent"), Decimal(0)))
        known = replace(read.pieces, returned=back)
        assert read.pieces.open == reserved, order.body
        assert quantity(START, OrderStock("o", "1", Standing.TO_POST, known)) == source.quantity, order.body


def _snapshot(items: list[dict[str, Any]], state: str = "processing", **documents: Any) -> Snapshot:
    order = {"entity_id": 5, "increment_id": "5", "created_at": "2026-11-24 08:00:00", "state": state, "items": items}
    outer = {"connection": "shop", "fetched_at": "2026-11-24 12:00:00", "time_zone": "UTC"}
    return Snapshot.model_validate({**outer, "order": order, **documents})


def _bundle(child_price: int, **counters: int) -> list[dict[str, Any]]:
    """Two bundles of three mugs each."""
    parent = {"item_id": 1, "product_type": "bundle", "sku": "SET", "qty_ordered": 2, "row_total": 60, **counters}
    child = {"item_id": 2, "parent_item_id": 1, "product_type": "simple", "sku": "MUG", "qty_ordered": 6}
    return [parent, {**child, "price": child_price, "row_total_incl_tax": child_price * 6}]


def _memo(number: int, made: str, **quantities: Any) -> dict[str, Any]:
    rows = [{"order_item_id": int(item[1:]), "qty": count} for item, count in quantities.items()]
    return {"entity_id": number, "created_at": f"2026-11-24 {made}", "items": rows}


def _one(snapshot: Snapshot) -> SkuPieces:
    (read,) = read_pieces(snapshot)
    return read


def test_a_bundle_shipped_together_moves_its_parts() -> None:
    read = _one(_snapshot(_bundle(10, qty_shipped=1)))
    assert (read.sku, read.bundle) == ("MUG", "")
    assert [read.pieces.ordered, read.pieces.left, read.pieces.open] == [6, 3, 3]


def test_parts_of_a_bundle_with_one_price_are_told_apart() -> None:
    rows = _bundle(0)
    rows.append({"item_id": 3, "product_type": "simple", "sku": "mug", "qty_ordered": 1, "price": 10})
    found = read_pieces(_snapshot(rows))
    assert [(read.sku, read.bundle, read.pieces.ordered) for read in found] == [
        ("MUG", "SET", Decimal(6)),
        ("mug", "", Decimal(1)),
    ]


def test_pieces_refunded_unshipped_stay_so_when_the_rest_is_shipped() -> None:
    """By its counters the order would still hold two pieces, which the shop released with the memo."""
    row = {"item_id": 1, "sku": "MUG", "product_type": "simple", "qty_ordered": 5}
    row |= {"qty_invoiced": 2, "qty_refunded": 2, "qty_shipped": 3}
    documents: dict[str, Any] = {
        "invoices": [_memo(1, "09:00:00", i1=2)],
        "creditmemos": [_memo(2, "10:00:00", i1=2)],
        "shipments": [_memo(3, "11:00:00", i1="3.0000")],
    }
    read = _one(_snapshot([row], **documents))
    assert [read.pieces.released, read.pieces.open] == [2, 0]
    without = _one(_snapshot([row], creditmemos=documents["creditmemos"]))
    assert [without.pieces.released, without.pieces.open] == [0, 2]


def test_documents_that_were_taken_back_do_not_count() -> None:
    row = {"item_id": 1, "sku": "MUG", "product_type": "simple", "qty_ordered": 2, "qty_invoiced": 2, "qty_refunded": 1}
    cancelled = {**_memo(1, "09:00:00", i1=2), "state": 3}
    invoices = [cancelled, {**_memo(2, "09:30:00", i1=2), "state": 2}]
    read = _one(_snapshot([row], invoices=invoices, creditmemos=[_memo(3, "10:00:00", i1=1)]))
    assert read.pieces.released == 1


@pytest.mark.parametrize("state", ["complete", "closed", "canceled"])
def test_an_order_that_is_over_holds_nothing_whatever_its_counters_say(state: str) -> None:
    row = {"item_id": 1, "sku": "MUG", "product_type": "simple", "qty_ordered": 2}
    assert _one(_snapshot([row], state)).pieces.open == 0
    assert _one(_snapshot([row], "processing")).pieces.open == 2


def test_a_renamed_product_is_found_by_its_id() -> None:
    row = {"item_id": 1, "product_id": 9, "sku": "MUG", "product_type": "simple", "qty_ordered": 2}
    (read,) = read_pieces(_snapshot([row]), {9: "CUP"})
    assert read.sku == "CUP"


def test_gift_cards_and_parents_hold_no_stock() -> None:
    rows = [{"item_id": 1, "sku": "GIFT", "product_type": "giftcard", "qty_ordered": 1}]
    assert read_pieces(_snapshot(rows)) == []


@pytest.mark.parametrize("field", ["qty_shipped", "qty_refunded", "qty_invoiced", "product_id"])
def test_a_counter_that_cannot_be_read_is_told_and_does_not_hold_the_order_itself(field: str) -> None:
    row = {"item_id": 1, "sku": "MUG", "product_type": "simple", "qty_ordered": 2, field: "many"}
    snapshot = _snapshot([row])
    with pytest.raises(ValueError, match="a number was expected"):
        read_pieces(snapshot)
