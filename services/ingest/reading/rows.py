"""Pages of a list of the shop, with as much of each row as is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from services.ingest.reading.pages import BrokenPage
from services.ingest.shops import Shop
from shared.magento.client import Document
from shared.magento.faults import BadAnswer
from shared.magento.search import Condition, Criteria, Direction, Filter


class AnyListing(Protocol):
    """A list whose column entity_id is the id of each row."""

    @property
    def path(self) -> str: ...

    @property
    def id_member(self) -> str:
        """What the id is called in the answer."""

    @property
    def right(self) -> str:
        """What `Shop.calling` calls the right to it."""

    @property
    def fields(self) -> str:
        """The members of a row that are wanted, separated by commas."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Ascending by id. `last_id` is that of the last row, `more` whether rows follow it."""

    rows: list[Document]
    last_id: int
    more: bool


async def read_rows(shop: Shop, listing: AnyListing, filters: Sequence[Filter], after_id: int, size: int) -> Rows:
    """The first `size` rows above `after_id` that all `filters` let through. Raises BrokenPage when fewer may come,
    BadAnswer when the shop ignores the search, RetryLater."""
    groups = [[item] for item in (*filters, Filter("entity_id", str(after_id), Condition.GT))]
    criteria = Criteria(groups, ("entity_id", Direction.ASC), size)
    try:
        async with shop.calling(listing.right, in_parts=True) as client:
            rows, total = await client.search(listing.path, criteria, listing.fields)
    except BadAnswer as error:
        await shop.confirm()
        raise BrokenPage(f"{listing.path} above {after_id}, {size} rows: {error}") from error
    last_id = after_id
    for row in rows:
        current = row.get(listing.id_member)
        if not isinstance(current, int) or current <= last_id:
            raise BadAnswer(f"{listing.path} is not sorted by id above {after_id}: the shop ignores the search")
        last_id = current
    return Rows(rows, last_id, bool(rows) and len(rows) < total)
