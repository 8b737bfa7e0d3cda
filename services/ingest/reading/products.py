"""Products of every type with their stock: the legacy row, which is part of the product's document, and with
multi-source inventory what each source holds.

A list shows products without stock, options and links (reference, section 7.1), so each is read by its SKU: as the
store view that settings name, where they do. That shows the price of its website, at no further call.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from services.ingest.reading.categories import category_paths, paths_of_product
from services.ingest.reading.fetched import Fetched, Kind
from services.ingest.reading.source_items import SourceItems, source_items
from services.ingest.shops import Shop
from shared import limits
from shared.magento.calls import at_once
from shared.magento.client import Document, MagentoClient
from shared.magento.faults import BadAnswer, MagentoError, NotFound, Refused
from shared.magento.search import Criteria, Direction, Filter, may_lack_an_address, percent_encode
from shared.magento.stock_rows import alike, same_sku


async def read_product(shop: Shop, product_id: int, fetched_at: datetime) -> Fetched:
    """By id, which outlives a change of the SKU. Raises NotFound, RetryLater, BadAnswer."""
    async with shop.calling(Kind.PRODUCT) as client:
        row = await _listed(client, Filter("entity_id", str(product_id)))
    if row.get("id") != product_id:
        raise BadAnswer(f"the answer is not product {product_id}")
    fetched = await read_product_by_sku(shop, str(row.get("sku")), fetched_at)
    if fetched.id != product_id:
        raise BadAnswer(f"product {product_id} gave its SKU to another meanwhile")
    return fetched


async def read_product_by_sku(shop: Shop, sku: str, fetched_at: datetime) -> Fetched:
    """Raises NotFound, RetryLater, BadAnswer."""
    async with shop.calling(Kind.PRODUCT) as client:
        product, stock = await at_once(_whole(shop, client, sku), source_items(shop, client, [sku]))
    return _fetched(product, stock, await category_paths(shop), fetched_at)


async def complete_products(shop: Shop, rows: Sequence[Document], fetched_at: datetime) -> list[Fetched]:
    """The products of a list, up to MAGENTO_PAGE_MAX; those that are gone by now are left out.

    Raises RetryLater, BadAnswer.
    """
    skus = [str(row.get("sku")) for row in rows]
    if not skus:
        return []
    turns = asyncio.Semaphore(limits.ENTITIES_OF_A_PAGE)
    async with shop.calling(Kind.PRODUCT, in_parts=True) as client:

        async def one(sku: str) -> Document | None:
            async with turns:
                try:
                    return await _whole(shop, client, sku)
                except NotFound:
                    return None

        stock, *products = await at_once(source_items(shop, client, skus), *(one(sku) for sku in skus))
    paths = await category_paths(shop)
    return [_fetched(product, stock, paths, fetched_at) for product in products if product is not None]


async def _whole(shop: Shop, client: MagentoClient, sku: str) -> Document:
    """As `_own`. A store view that the shop doesn't have is refused as what it is: it says no more than that it knows
    no such address (reference, section 2.1)."""
    try:
        return await _own(shop.view or client, sku)
    except Refused as error:
        if shop.view is None or not error.is_unknown_route:
            raise
        raise Refused(f"no store view has the code that products.store_view names ({error.message})", 404) from error


async def _own(client: MagentoClient, sku: str) -> Document:
    """The product's own document. Some web servers take no slash in an address, however it is encoded
    (reference, section 8.19): of such a product there is only what a list shows, which is marked as `partial`."""
    try:
        product = await client.get(f"products/{percent_encode(sku)}")
    except MagentoError as error:
        if not 400 <= error.status < 500 or not may_lack_an_address(sku):
            raise
        product = {**await _listed(client, Filter("sku", sku)), "partial": True}
    if not isinstance(product, dict) or not isinstance(product.get("id"), int):
        raise BadAnswer("the answer is not a product")
    if alike(str(product.get("sku")).strip()) != alike(sku.strip()):
        raise BadAnswer("the answer is not the product of this SKU")
    return product


async def _listed(client: MagentoClient, wanted: Filter) -> Document:
    rows, _ = await client.search("products", Criteria([[wanted]], ("entity_id", Direction.ASC), 1))
    if not rows:
        raise NotFound(f"the shop has no product whose {wanted.field} is {wanted.value}", 404)
    return rows[0]


def _fetched(
    product: Document, stock: SourceItems | None, paths: Mapping[str, str] | None, fetched_at: datetime
) -> Fetched:
    items = None if stock is None else stock.get(same_sku(product["sku"]), [])
    content: dict[str, Any] = {"product": product, "source_items": items}
    if paths is not None:
        content["category_paths"] = paths_of_product(product, paths)
    return Fetched(Kind.PRODUCT, int(product["id"]), fetched_at, content)
