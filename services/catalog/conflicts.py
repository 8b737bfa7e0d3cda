"""What a person must decide is told once: when it is new, whichever process plans.

What was told stands in the product's link. Steps of `tell`, and what a crash after each means:
1. the outcome is published       -> told once more by the next plan
2. the link says what was told    -> done
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime

from services.catalog.outcome import Outcome
from shared import limits
from shared.commerce.product import ProductKey
from shared.links.state import Held
from shared.links.store import LinkLost, RealmLinks
from shared.mapping.identity import product_link

Tell = Callable[[ProductKey, Outcome], Awaitable[None]]


class ConflictTeller:
    """Of one realm."""

    def __init__(self, links: RealmLinks, tell: Tell) -> None:
        self._links = links
        self._tell = tell

    async def tell(
        self, connection: str, found: Sequence[Outcome], told: Mapping[ProductKey, Held], version: str
    ) -> None:
        """`found` is all that waits of a shop's products, `told` what links say of them. What has ended is forgotten,
        so that it is news when it comes again. Raises LogUnavailable, NotOwner."""
        standing = {ProductKey(connection, one.product): one for one in found}
        news = [(key, _held(one, version), one) for key, one in standing.items() if not _says(told.get(key), one)]
        ended = [key for key in told if key.connection == connection and key not in standing]
        for start in range(0, len(news), limits.CATALOG_TELLS_AT_ONCE):
            part = news[start : start + limits.CATALOG_TELLS_AT_ONCE]
            await asyncio.gather(*(self._told(key, held, one) for key, held, one in part))
        for start in range(0, len(ended), limits.CATALOG_TELLS_AT_ONCE):
            await asyncio.gather(
                *(self._note(key, None) for key in ended[start : start + limits.CATALOG_TELLS_AT_ONCE])
            )

    async def _told(self, key: ProductKey, held: Held, outcome: Outcome) -> None:
        await self._tell(key, outcome)
        await self._note(key, held)

    async def _note(self, key: ProductKey, held: Held | None) -> None:
        link = product_link(self._links.realm, key)
        try:
            await self._links.put(link, self._links.get(link), held=held, refused="")
        except LinkLost:
            return  # another process plans now, and tells


def _held(outcome: Outcome, version: str) -> Held:
    return Held(
        reason=outcome.reason,
        text=outcome.text,
        setting=outcome.setting,
        settings=version,
        since=datetime.now(UTC),
    )


def _says(held: Held | None, outcome: Outcome) -> bool:
    return held is not None and (held.reason, held.text, held.setting) == (
        outcome.reason,
        outcome.text,
        outcome.setting,
    )
