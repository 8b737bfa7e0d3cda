"""A change of a product that has its item is written at once, such as that of a price: the plan over a large catalogue
takes its time. Only where that plan would come to the same (shared/mapping/catalog/alone.py); it is due anyway."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable

from services.catalog.applying import Applier, Turn
from services.catalog.products import Shelves
from services.reference import Reference
from shared import limits
from shared.commerce.product import ProductKey
from shared.links.store import RealmLinks
from shared.log.port import LogUnavailable, NotOwner
from shared.log.signals import RetryLater
from shared.mapping.catalog.alone import update_alone
from shared.mapping.catalog.content import attributes_of
from shared.mapping.catalog.plan import ItemOperation
from shared.mapping.catalog.standing import ProductLink, read_item
from shared.mapping.identity import identity_of, product_link, sku_link
from shared.quickbooks.faults import QuickBooksError
from shared.settings.loader import Loaded
from shared.settings.model import Settings


class Hurry:
    """Of one realm; `run` until cancelled, beside the plans."""

    def __init__(
        self,
        links: RealmLinks,
        reference: Reference,
        shelves: Shelves,
        shops: Callable[[], Iterable[Loaded]],
        applier: Callable[[str], Applier],
    ) -> None:
        self._links = links
        self._reference = reference
        self._shelves = shelves
        self._shops = shops
        self._applier = applier
        self._came = asyncio.Event()
        self._keys: set[ProductKey] = set()

    def product(self, key: ProductKey) -> None:
        """It has changed. Of more at once than are hurried none is: the plan writes them in batches."""
        if len(self._keys) <= limits.CATALOG_HURRIED:
            self._keys.add(key)
        self._came.set()

    async def run(self) -> None:
        """Raises StopService."""
        while True:
            await self._came.wait()
            await asyncio.sleep(limits.CATALOG_HURRY_SECONDS)
            self._came.clear()
            keys, self._keys = self._keys, set()
            if len(keys) > limits.CATALOG_HURRIED:
                continue
            try:
                await self._change(keys)
            except (RetryLater, QuickBooksError, LogUnavailable):
                continue  # the plan meets it, too, and tells
            except NotOwner:
                return

    async def _change(self, keys: Collection[ProductKey]) -> None:
        self._reference.ensure()
        by_shop: dict[str, list[ProductKey]] = defaultdict(list)
        for key in sorted(keys, key=str):
            by_shop[key.connection].append(key)
        for loaded in self._shops():
            connection = loaded.settings.connection
            found = [self._operation(key, loaded.settings) for key in by_shop[connection]]
            applier = self._applier(connection)
            operations = await applier.open([one for one in found if one is not None], loaded.version)
            few = limits.CATALOG_BATCH_FROM - 1  # one by one, which costs no metered call
            for start in range(0, len(operations), few):
                part = operations[start : start + few]
                await applier.apply(part, loaded.version, Turn(len(part)))

    def _operation(self, key: ProductKey, settings: Settings) -> ItemOperation | None:
        """None as well while the product's item is in doubt."""
        product = self._shelves.product(key, tuple(attributes_of(settings)))
        own = self._links.get(product_link(self._links.realm, key))
        if product is None or own.booked is None or own.held is not None:
            return None
        used = self._links.get(sku_link(self._links.realm, identity_of(product.sku, settings.items.match)))
        row = self._reference.item_of_id(own.booked.id)
        if row is None or used.booked is None or used.booked.id != own.booked.id:
            return None
        link = ProductLink(key, own.booked.id, own.booked.content_hash)
        return update_alone(product, read_item(row), link, self._reference.books, settings)
