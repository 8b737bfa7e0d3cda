"""Reads whole lists, and single objects, from QuickBooks (metered: a call for a thousand rows).

A list that is being read stays as it was for its readers, object by object: what the pages show is newer or the same,
what they don't show is looked up by Id before it is called gone, and only then is the list called whole anew. So a
crash in between leaves a whole list, and the next reading appends only what the first one didn't.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime

from services.ingest.lists.lists import Lists
from shared import limits
from shared.quickbooks import queries
from shared.quickbooks.client import QuickBooksClient
from shared.quickbooks.listed import LARGE, SINGLE
from shared.quickbooks.lists import ListBoard

# Names of what is inactive stay taken, and who becomes inactive must be seen to. Not asked of the tax lists, of which
# nobody has told that they know the condition (reference/quickbooks.md, section 4, speaks of name lists).
_WITH_INACTIVE = frozenset((*LARGE, "Account", "Class", "Department", "PaymentMethod", "Term"))


class Loader:
    """Reads the lists of one company."""

    def __init__(
        self,
        realm: str,
        client: QuickBooksClient,
        lists: Lists,
        board: ListBoard,
        now: Callable[[], datetime],
        count: Callable[[str], None],
    ) -> None:
        """`count` hears of each metered call."""
        self._realm = realm
        self._client = client
        self._lists = lists
        self._board = board
        self._now = now
        self._count = count

    async def load(self, entity: str) -> int:
        """A whole list; how many objects it has. Raises the errors of `faults`, LogUnavailable, NotOwner."""
        if entity in SINGLE:
            return await self._single(entity)
        known = {one.id for one in self._board.of(self._realm).versions(entity) if not one.gone}
        seen: set[str] = set()
        began: datetime | None = None
        async for page in self._client.pages(entity, _condition(entity)):
            self._count(entity)
            began = began or page.at
            await self._lists.take(self._realm, entity, page.rows, page.at)
            seen.update(str(row.get("Id")) for row in page.rows)
        seen |= await self.check(entity, known - seen)
        await self._lists.whole(self._realm, entity, began or self._now(), self._now(), len(seen))
        return len(seen)

    async def check(self, entity: str, numbers: Collection[str]) -> set[str]:
        """Reads single objects; those that QuickBooks doesn't have are gone. Those that it has. Raises as `load`."""
        found: set[str] = set()
        ordered = sorted(numbers)
        for start in range(0, len(ordered), limits.LISTS_IDS_AT_ONCE):
            some = ordered[start : start + limits.LISTS_IDS_AT_ONCE]
            where = queries.both(queries.one_of("Id", some), _condition(entity))
            page = await self._client.page(queries.select(entity, where))
            self._count(entity)
            here = {str(row.get("Id")) for row in page.rows}
            gone = [{"Id": number, "status": "Deleted"} for number in some if number not in here]
            await self._lists.take(self._realm, entity, [*page.rows, *gone], page.at)
            found |= here
        return found

    async def _single(self, entity: str) -> int:
        at = self._now()  # before the call: the answer isn't older
        read = self._client.company_info if entity == "CompanyInfo" else self._client.preferences
        document = await read()
        self._count(entity)
        await self._lists.take(self._realm, entity, [document], at)
        await self._lists.whole(self._realm, entity, at, self._now(), 1)
        return 1


def _condition(entity: str) -> str:
    return queries.active_and_inactive() if entity in _WITH_INACTIVE else ""
