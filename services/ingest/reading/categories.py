"""The shop's category tree, for those who want its categories in the books: one call for all products of an hour."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from services.ingest.shops import Shop
from shared import limits
from shared.magento.client import Document
from shared.magento.faults import BadAnswer, NotFound

RIGHT = "categories"
"""What the integration must be allowed to see (Magento_Catalog::categories)."""


async def category_paths(shop: Shop) -> Mapping[str, str] | None:
    """Id -> full name; None where settings don't want them. Raises RetryLater, BadAnswer."""
    if not shop.wants_categories:
        return None
    if time.monotonic() >= shop.categories_until:
        async with shop.calling(RIGHT) as client:
            try:
                shop.categories = paths_of(await (shop.view or client).get("categories"))
            except NotFound as error:  # of the tree; it mustn't be taken for the product's
                raise BadAnswer(f"the shop shows no categories: {error.message}", error.status) from error
        shop.categories_until = time.monotonic() + limits.STORE_CONFIG_SECONDS
    return shop.categories


def paths_of_product(product: Document, paths: Mapping[str, str]) -> dict[str, str]:
    """Those of the product's categories."""
    extension = product.get("extension_attributes")
    links = extension.get("category_links") if isinstance(extension, dict) else None
    rows = links if isinstance(links, list) else ()
    ids = [str(row.get("category_id")) for row in rows if isinstance(row, dict)]
    return {one: paths[one] for one in ids if one in paths}


def paths_of(tree: Any) -> dict[str, str]:
    """Id -> full name below the store's root, `Light:Lamps`, of the tree that /V1/categories shows.
    Raises BadAnswer."""
    if not isinstance(tree, dict):
        raise BadAnswer("the answer is no tree of categories")
    found: dict[str, str] = {}
    left = [(child, "") for child in _children(tree)]
    while left:
        node, above = left.pop()
        name = " ".join(str(node.get("name") or "").replace(":", "-").split())
        full = f"{above}:{name}" if above else name
        if name:
            found[str(node.get("id"))] = full
            left += [(child, full) for child in _children(node)]
    return found


def _children(node: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    children = node.get("children_data")
    return [one for one in children if isinstance(one, dict)] if isinstance(children, list) else []
