"""Walks a list of the shop by id, past rows that break the page they are on.

Magento answers 500 for a whole page when one of its orders can't be shown (reference/magento.md, section 8.12). Then
halves of it are asked for, down to the single row, whose id is found by lists that end before and behind it.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from services.ingest.reading.page_size import Hunt, PageSize
from services.ingest.reading.pages import BrokenPage
from shared import limits
from shared.magento.search import Condition, Filter


class AnyPage(Protocol):
    """Rows, ascending by id."""

    @property
    def last_id(self) -> int:
        """That of the last row; that above which was asked when there are no rows."""

    @property
    def more(self) -> bool:
        """Whether rows follow it."""


P = TypeVar("P", bound=AnyPage)
ReadPage = Callable[[Sequence[Filter], int, int], Awaitable[P]]
"""(filters, the id above which to begin, how many rows) -> the page. Raises BrokenPage when fewer rows may come."""


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """A row that no list shows."""

    id: int
    why: str


async def walk(
    read: ReadPage[P], filters: Sequence[Filter], after_id: int = 0, most: int = limits.MAGENTO_PAGE_MAX
) -> AsyncGenerator[P | BrokenRow]:
    """All rows that the filters let through, from above `after_id`, in pages of up to `most`. Raises BrokenPage when a
    row breaks its list and can't be found, and what else `read` raises."""
    size = PageSize(most, most)
    while True:
        try:
            page = await read(filters, after_id, size.rows)
        except BrokenPage as error:
            if size.failed():
                continue
            row = await _alone(read, filters, after_id, error)
            size.found()
            yield row
            after_id = row.id if isinstance(row, BrokenRow) else row.last_id
            continue
        size.came()
        yield page
        if not page.more:
            return
        after_id = page.last_id


async def _alone(read: ReadPage[P], filters: Sequence[Filter], after_id: int, first: BrokenPage) -> P | BrokenRow:
    """The first row above `after_id`, whose list of one failed: the row after all, or its id."""
    hunt = Hunt(after_id)
    for _ in range(limits.SWEEP_HUNT_CALLS):
        upto = Filter("entity_id", str(hunt.probe), Condition.LTEQ)
        try:
            page = await read([*filters, upto], after_id, 1)
        except BrokenPage:
            hunt.answer(failed=True)
        else:
            if page.last_id > after_id:  # it was not the row's fault
                return page
            hunt.answer(failed=False)
        if hunt.found is not None:
            return BrokenRow(hunt.found, str(first))
    raise BrokenPage(f"the rows above {after_id} come neither whole nor in parts: {first}") from first
