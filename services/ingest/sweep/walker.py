"""Walks a list of the shop by id, page by page, past rows that break the page they are on.

Magento answers 500 for a whole page when one of its orders can't be shown (reference/magento.md, section 8.12). Then
halves of it are asked for, down to the single row, whose id is found by lists that end before and behind it. What makes
all of that worth while is that the shop answers otherwise: that is asked first, and when it doesn't, it is down.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from services.ingest.shops import Shop
from services.ingest.sweep.lists import Listing
from services.ingest.sweep.page_size import Hunt, PageSize
from shared import limits
from shared.log.signals import RetryLater
from shared.magento.faults import BadAnswer
from shared.magento.search import Condition, Criteria, Direction, Filter

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Page:
    """Rows, ascending by id; or the id of the one row, `broken`, that no list shows. `last_id` is where the next page
    begins."""

    rows: list[dict[str, Any]]
    last_id: int
    broken: int | None = None
    is_last: bool = False


class PageFailed(Exception):
    """The shop answers, but not with this page."""


async def walk(shop: Shop, listing: Listing, filters: Sequence[Filter], after_id: int = 0) -> AsyncIterator[Page]:
    """All rows that the filters let through, from above `after_id`. Raises RetryLater, BadAnswer."""
    size, broken = PageSize(), 0
    while True:
        try:
            page = await _page(shop, listing, filters, after_id, size.rows)
        except PageFailed as error:
            if size.failed():
                continue
            page = await _alone(shop, listing, filters, after_id)
            _log.warning("a row breaks its page", list=listing.path, row=page.last_id, why=str(error))
            size.found()
            broken += 1
            if broken > limits.SWEEP_BROKEN_IN_A_ROW:
                raise RetryLater(limits.SWEEP_RETRY_SECONDS, f"nothing of {listing.path} can be listed") from error
        else:
            size.came()
            broken = 0
        if page.rows or page.broken is not None:
            yield page
        if page.is_last:
            return
        after_id = page.last_id


async def _page(shop: Shop, listing: Listing, filters: Sequence[Filter], after_id: int, rows: int) -> Page:
    """The rows above an id. Raises PageFailed when fewer of them may come, RetryLater, BadAnswer."""
    groups = [[item] for item in (*filters, Filter("entity_id", str(after_id), Condition.GT))]
    criteria = Criteria(groups, ("entity_id", Direction.ASC), rows)
    try:
        async with shop.calling(listing.right, in_parts=True) as client:
            items, total = await client.search(listing.path, criteria, listing.fields)
    except BadAnswer as error:
        await shop.confirm()
        raise PageFailed(str(error)) from error
    last_id = after_id
    for item in items:
        current = item.get(listing.id_member)
        if not isinstance(current, int) or current <= last_id:
            raise BadAnswer(f"{listing.path} is not sorted by id above {after_id}: the shop ignores the search")
        last_id = current
    return Page(items, last_id, is_last=len(items) >= total or not items)


async def _alone(shop: Shop, listing: Listing, filters: Sequence[Filter], after_id: int) -> Page:
    """The first row above an id, whose list of one failed: the row after all, or its id."""
    hunt = Hunt(after_id)
    for _ in range(limits.SWEEP_HUNT_CALLS):
        upto = Filter("entity_id", str(hunt.probe), Condition.LTEQ)
        try:
            page = await _page(shop, listing, [*filters, upto], after_id, 1)
        except PageFailed:
            hunt.answer(failed=True)
        else:
            if page.rows:  # it was not the row's fault
                return Page(page.rows, page.last_id)
            hunt.answer(failed=False)
        if hunt.found is not None:
            return Page([], hunt.found, broken=hunt.found)
    raise RetryLater(limits.SWEEP_RETRY_SECONDS, f"{listing.path} above {after_id} comes neither whole nor in parts")
