"""Walks a list of the shop for a sweep: rows that say where they lead, and the ids of those that no list shows."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog

from services.ingest.reading import walk as pages
from services.ingest.reading.pages import BrokenPage
from services.ingest.reading.rows import read_rows
from services.ingest.shops import Shop
from services.ingest.sweep.lists import Listing
from shared import limits
from shared.log.signals import RetryLater
from shared.magento.search import Filter

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Page:
    """Rows, ascending by id; or the id of the one row, `broken`, that no list shows. `last_id` is where the next page
    begins."""

    rows: list[dict[str, Any]]
    last_id: int
    broken: int | None = None


async def walk(shop: Shop, listing: Listing, filters: Sequence[Filter], after_id: int = 0) -> AsyncGenerator[Page]:
    """All rows that the filters let through, from above `after_id`. Raises RetryLater, BadAnswer."""
    broken = 0
    walking = pages.walk(partial(read_rows, shop, listing), filters, after_id)
    try:
        async with aclosing(walking):
            async for page in walking:
                if not isinstance(page, pages.BrokenRow):
                    broken = 0
                    if page.rows:
                        yield Page(page.rows, page.last_id)
                    continue
                broken += 1
                if broken > limits.SWEEP_BROKEN_IN_A_ROW:
                    raise RetryLater(limits.SWEEP_RETRY_SECONDS, f"nothing of {listing.path} can be listed: {page.why}")
                _log.warning("a row breaks its page", list=listing.path, row=page.id, why=page.why)
                yield Page([], page.id, broken=page.id)
    except BrokenPage as error:
        raise RetryLater(limits.SWEEP_RETRY_SECONDS, str(error)) from error
