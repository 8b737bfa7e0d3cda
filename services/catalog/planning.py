"""A plan for one shop from what this process knows: its products, and the items and links of the company."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.catalog.categories import Refusals
from services.catalog.products import Shelves, Shop
from services.reference import Reference
from shared import limits
from shared.commerce.product import ProductKey
from shared.links.state import Held, LinkState
from shared.links.store import RealmLinks
from shared.mapping.catalog.content import attributes_of
from shared.mapping.catalog.plan import CatalogPlan
from shared.mapping.catalog.planning import Sources, plan, with_unreadable
from shared.mapping.catalog.sold import Sold
from shared.mapping.catalog.standing import BooksItem, ProductLink, read_item
from shared.mapping.identity import linked_product
from shared.settings.model import Settings
from shared.settings.products import Workflow


async def make_plan(
    shelves: Shelves, links: RealmLinks, reference: Reference, settings: Settings, refusals: Refusals
) -> CatalogPlan:
    """The plan; the work is done beside the loop. Raises NotOwner."""
    chosen = settings.products
    shop = await shelves.products(settings.connection, tuple(attributes_of(settings)))
    sold = Sold()
    if chosen.workflow is Workflow.SOLD:
        sold = await shelves.sold(settings.connection, settings.items.match)
    items: list[BooksItem] = []
    for number, row in enumerate(reference.items()):
        items.append(read_item(row))
        if number % limits.CATALOG_ROWS_AT_ONCE == 0:
            await asyncio.sleep(0)
    linked = await look(links)
    sources = Sources(
        items, linked.skus, linked.products, reference.books, sold, frozenset(refusals.names), refusals.categories()
    )
    return await asyncio.to_thread(_plan, shop, sources, settings)


def _plan(shop: Shop, sources: Sources, settings: Settings) -> CatalogPlan:
    return with_unreadable(plan(shop.products, sources, settings), shop.unreadable)


@dataclass(frozen=True, slots=True)
class Linked:
    """What the company's links of SKUs and products say; `standing` are those whose write hasn't ended, `told` are the
    products that wait for a person, and what of."""

    skus: Mapping[str, str]
    products: Sequence[ProductLink]
    standing: Sequence[tuple[str, LinkState]]
    told: Mapping[ProductKey, Held]


async def look(links: RealmLinks) -> Linked:
    """All of them, read in parts so that others get a turn."""
    skus: dict[str, str] = {}
    products: list[ProductLink] = []
    standing: list[tuple[str, LinkState]] = []
    told: dict[ProductKey, Held] = {}
    for kind in ("item", "product"):
        for number, (key, state) in enumerate(links.scan(f"{links.realm}:{kind}:")):
            if state.intent is not None:
                standing.append((key, state))
            if state.held is not None and not state.refused and kind == "product":
                told[linked_product(key)] = state.held
            if state.booked is not None and kind == "item":
                skus[key] = state.booked.id
            elif state.booked is not None:
                products.append(ProductLink(linked_product(key), state.booked.id, state.booked.content_hash))
            if number % limits.CATALOG_ROWS_AT_ONCE == 0:
                await asyncio.sleep(0)
    return Linked(skus, products, standing, told)
