"""The formula against the figures of Magento's own tests: what a source holds, and what can be sold, after each story.

Each story begins with what the fixture's sources hold; the books have that on hand and no document. So the quantity is
what the sources hold by Magento's figures, and the quantity less what is open is what can be sold."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from sandbox.magento.vectors.stock_steps import Play
from sandbox.magento.vectors.stock_world import World, fixture_of
from shared.commerce.stock import OrderStock, Standing
from shared.magento.stock_reading import read_pieces
from shared.mapping.stock.decision import StockDecision
from tests.unit.stock.cases import decided
from tests.unit.stock.shop_orders import RecordingHooks

VECTORS = Path(__file__).parents[4] / "shared/vectors/magento-stock"
FILES = ("cancel-and-ship", "creditmemo-and-stock", "shipping-and-virtual-invoices")
FIGURES = {"source_items", "salable_quantity", "reservations_total"}
STEPS = {"place_order", "invoice", "ship", "cancel_order", "creditmemo", "change_sku", "set_source_status"}


def _stories() -> list[Any]:
    stories = []
    for name in FILES:
        path = VECTORS / f"{name}.json"
        if not path.exists():
            continue
        document = json.loads(path.read_text(), parse_float=Decimal)
        for vector in document["vectors"]:
            steps = {step["do"] for step in vector["steps"]}
            if steps <= STEPS and FIGURES & set(vector["expected"]):
                stories.append(pytest.param(document, vector, id=f"{name}: {vector['name']}"))
    return stories


STORIES = _stories()
pytestmark = pytest.mark.skipif(not STORIES, reason="the vectors are not there")


@pytest.mark.parametrize(("document", "vector"), STORIES)
def test_source_and_salable_quantity_are_magentos(document: Mapping[str, Any], vector: Mapping[str, Any]) -> None:
    world = World(fixture_of(document.get("fixture", {}), vector))
    world.hooks = hooks = RecordingHooks(world)
    started: dict[str, Decimal] = {}
    play = Play(world, vector)
    shown = vector["expected"].get("source_items")
    for row in fixture_of(document.get("fixture", {}), vector)["source_items"]:
        if shown is None or row["source"] in shown:
            started[row["sku"]] = started.get(row["sku"], Decimal(0)) + Decimal(row["quantity"])
    for step in vector["steps"]:
        assert play.step(step)
        if step["do"] == "change_sku":
            started[step["new_sku"]] = started.pop(step["sku"])
    found = _decisions(play, hooks, started)
    checked = 0
    for sku, held in _expected(vector["expected"].get("source_items", {})).items():
        assert found[sku].quantity == held, sku
        checked += 1
    for sku, salable in _expected(vector["expected"].get("salable_quantity", {})).items():
        assert found[sku].quantity - found[sku].open == salable, sku  # type: ignore[operator]
        checked += 1
    for sku, reserved in _expected(vector["expected"].get("reservations_total", {})).items():
        assert -found[sku].open == reserved, sku
        checked += 1
    assert checked


def _decisions(play: Play, hooks: RecordingHooks, started: Mapping[str, Decimal]) -> dict[str, StockDecision]:
    orders: dict[str, list[OrderStock]] = {sku: [] for sku in started}
    for order in play.orders:
        for read in read_pieces(hooks.snapshot(order.body)) if order.accepted else ():
            back = hooks.returned.get((order.body["entity_id"], read.sku), Decimal(0))
            known = replace(read.pieces, returned=back)
            orders[read.sku].append(OrderStock("o", order.body["increment_id"], Standing.TO_POST, known))
    return {sku: decided(count, *orders[sku]) for sku, count in started.items()}


def _expected(figures: Mapping[str, Mapping[str, str]]) -> dict[str, Decimal]:
    """Per SKU, over all sources or stocks; what the vector shows none of is left out."""
    sums: dict[str, Decimal] = {}
    for by_sku in figures.values():
        for sku, figure in by_sku.items():
            if figure is not None:
                sums[sku] = sums.get(sku, Decimal(0)) + Decimal(figure)
    return sums
