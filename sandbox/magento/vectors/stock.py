"""Stock, in the form of the magento-stock vectors: questions about a SKU on a stock, and steps played one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from sandbox.magento.vectors.report import UNKNOWN, Figure, names, unknown_keys
from sandbox.magento.vectors.stock_figures import figures
from sandbox.magento.vectors.stock_steps import Play
from sandbox.magento.vectors.stock_world import World, fixture_of

Document = Mapping[str, Any]
_FILE = names("about repository commit fixture vectors missing notes")
_VECTOR = names(
    "name source level fixture stocks sources source_items source_items_changed configuration products product"
    " reservations_before sku stock_id requested_qty steps request skus sources_in_order expected derived notes"
)
_MARKS = names("steps stock_id source_items skus request")


def recognises(document: Document) -> bool:
    entries = document.get("vectors")
    if not isinstance(entries, list) or not entries:
        return False
    return all(isinstance(entry, dict) and "expected" in entry and _MARKS & set(entry) for entry in entries)


def vectors(document: Document) -> Iterator[tuple[str, Callable[[], Iterator[Figure]]]]:
    """Each vector's name and what plays it."""
    yield "file", partial(unknown_keys, "file", document, _FILE)
    for vector in document["vectors"]:
        yield vector["name"], partial(_play, document.get("fixture", {}), vector)


def _play(shared: Document, vector: Document) -> Iterator[Figure]:
    name = vector["name"]
    yield from unknown_keys(name, vector, _VECTOR)
    world = World(fixture_of(shared, vector))
    if "product" in vector:
        for row in vector.get("source_items", ()):
            world.own_settings(row["sku"], vector["product"])
    play = Play(world, vector)
    for number, step in enumerate(vector.get("steps", ()), 1):
        where = f"{name} step {number} {step.get('do')}"
        if not play.step(step):
            yield where, step, UNKNOWN
        yield from unknown_keys(where, step, play.known_keys(step))
        yield from figures(where, step.get("expect", {}), play)
    yield from figures(name, vector["expected"], play)
    yield from figures(f"{name} derived", vector.get("derived", {}), play)
