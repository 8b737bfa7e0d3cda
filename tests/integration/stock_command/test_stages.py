"""`stock explain` at each stage of an order of 3 mugs, by running services: the table of docs/stock.md, row by row.

On Kafka, where the process that posts orders can be away while the others go on.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from shared.commerce.money import ZERO
from shared.mapping.stock.decision import Outcome, StockDecision, TermKind
from tests.integration.stock_command.beside import Stock
from tests.support.deployment import Deployment
from tests.support.stocking import ON, Warehouse

pytestmark = [pytest.mark.timeout(900), pytest.mark.kafka]
PAGE = (Path(__file__).parents[3] / "docs/stock.md").read_text()


def table() -> dict[str, list[int]]:
    """Stage -> on hand, deducted, left, open, source, can be sold."""
    section = PAGE.split("### An order of 3 mugs, stage by stage")[1].split("\n#")[0]
    lines = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")][2:]
    return {stage.strip(): [int(cell) for cell in cells] for stage, *cells in lines}


def figures(found: StockDecision) -> list[Decimal]:
    """The same of a decision; what was deducted and what has left as their difference."""
    on_hand = sum((term.units for term in found.terms if term.kind is TermKind.ON_HAND), ZERO)
    orders = sum((term.units for term in found.terms if term.order), ZERO)
    quantity = on_hand + orders  # nothing else is in the sum
    return [on_hand, orders, found.open, quantity, quantity - found.open]


async def shows(goods: Warehouse, stock: Stock, sku: str, stage: str) -> StockDecision:
    """Waits until the decision is as the table says; the shop sells what the table says, too, and the command prints
    the sum."""
    on_hand, deducted, left, open_, source, sellable = table()[stage]
    found: list[StockDecision] = []

    async def as_written() -> bool:
        decision = await stock.explained(sku)
        found[:] = [decision] if decision is not None and decision.outcome is Outcome.UNCHANGED else []
        return [figures(one) for one in found] == [[on_hand, deducted - left, open_, source, sellable]]

    await goods.deployed.until(as_written, f"{sku} is as the page says: {stage}", 150)
    assert found[0].quantity == source
    assert [(await goods.held())[sku], await goods.salable(sku)] == [source, sellable]
    code, out, _ = await stock("explain", "main", sku)
    assert code == 0
    numbers = [line.split("  ")[0] for line in map(str.strip, out.splitlines()) if line and line[0] in "+-=0123456789"]
    assert numbers[0] == str(on_hand)
    assert (f"= {source}" in numbers, f"= {sellable}" in numbers) == (True, bool(open_) or source == sellable)
    return found[0]


async def read(deployed: Deployment, placed: dict[str, Any]) -> dict[str, Any]:
    """The order as the shop shows it."""
    found: dict[str, Any] = await deployed.shop.get_json(f"/rest/V1/orders/{placed['entity_id']}")
    return found


@pytest.mark.parametrize("log_kind", ["kafka"])
async def test_an_order_is_explained_at_every_stage_as_the_page_says(deployed: Deployment) -> None:
    goods, stock = Warehouse(deployed), Stock(Warehouse(deployed))
    await goods.offer({"MUG": 10, "JUG": 10, "POT": 10})
    await goods.have({"MUG": 10, "JUG": 10, "POT": 10})
    deployed.configure(ON)
    await stock.start(goods, orders=False)
    mugs, jugs, pots = [await goods.order(sku, 3) for sku in ("MUG", "JUG", "POT")]
    found = await shows(goods, stock, "MUG", "placed")
    assert [term.kind for term in found.terms] == [TermKind.ON_HAND]
    await deployed.shop.ship(jugs["entity_id"])
    await shows(goods, stock, "JUG", "shipped before it was posted")

    orders = await stock.begin_orders()
    found = await shows(goods, stock, "MUG", "posted")
    (term,) = [term for term in found.terms if term.order]
    assert [mugs["increment_id"] in term.because, term.booked, term.taken] == [True, 3, 0]
    assert term.records[0] in {f"{one['type']} {one['doc_number']}" for one in await deployed.documents()}
    await shows(goods, stock, "JUG", "posted and shipped")
    await shows(goods, stock, "POT", "posted")
    (line,) = [one["item_id"] for one in (await read(deployed, mugs))["items"]]
    await deployed.shop.ship(mugs["entity_id"], {line: 1})
    await shows(goods, stock, "MUG", "posted, one shipped")
    await deployed.shop.ship(mugs["entity_id"], {line: 2})
    await shows(goods, stock, "MUG", "posted and shipped")

    await deployed.stop(orders)
    await deployed.shop.cancel(pots["entity_id"])
    await shows(goods, stock, "POT", "posted, then cancelled, not yet voided")
    await stock.begin_orders()
    await shows(goods, stock, "POT", "cancelled and voided")
