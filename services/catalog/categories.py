"""Categories that items need are made before the items: few, so one by one, each once (services/items.py)."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog

from services.items import ItemKeeper
from services.reference import Reference
from shared import limits
from shared.links.state import LinkState
from shared.links.store import LinkLost, RealmLinks
from shared.links.writer import STANDS, Write, Writer
from shared.mapping.catalog.plan import CategoryOperation
from shared.mapping.text import same_name
from shared.quickbooks.faults import NameTaken, QuickBooksError

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Refusals:
    """What QuickBooks wouldn't take: `names` of items (same_name) that are taken, and categories."""

    names: set[str] = field(default_factory=set)
    _categories: dict[str, tuple[float, str]] = field(default_factory=dict)

    def refuse(self, full_name: str, why: str) -> None:
        """Of a category; for a while."""
        self._categories[same_name(full_name)] = (time.monotonic() + limits.CATALOG_CATEGORY_SECONDS, why)

    def categories(self) -> Mapping[str, str]:
        """Those that aren't tried now, by full name (same_name), and why."""
        now = time.monotonic()
        self._categories = {name: one for name, one in self._categories.items() if one[0] > now}
        return {name: why for name, (_, why) in self._categories.items()}

    def forget(self) -> None:
        """Settings have changed."""
        self._categories.clear()


class CategoryMaker:
    """Of one realm."""

    def __init__(
        self, links: RealmLinks, writer: Writer, keeper: ItemKeeper, reference: Reference, refusals: Refusals
    ) -> None:
        self._links = links
        self._writer = writer
        self._keeper = keeper
        self._reference = reference
        self._refusals = refusals

    async def make(self, operations: Sequence[CategoryOperation]) -> None:
        """Parents come first; one whose parent can't be made, or that another process is making, waits for another
        plan. Raises LogUnavailable, and errors of QuickBooks after which the intent stands."""
        made: dict[str, str] = {}
        for one in operations:
            if one.parent and one.parent not in made:
                continue
            body = {**one.body, "SubItem": True, "ParentRef": {"value": made[one.parent]}} if one.parent else one.body
            try:
                made[one.full_name] = await self._one(one, body)
            except STANDS:
                raise
            except LinkLost:
                continue
            except QuickBooksError as error:
                self._refusals.refuse(one.full_name, f"QuickBooks refuses it ({error.code}): {error.message}")
                _log.warning("a category is refused", realm=self._links.realm, category=one.full_name, code=error.code)

    async def _one(self, one: CategoryOperation, body: Mapping[str, Any]) -> str:
        state = await self._keeper.settled(one.link_key)
        action = "update" if "Id" in body else "create"
        try:
            done = await self._writer.perform(one.link_key, state, Write("Item", action, body), self._keeper.find)
        except NameTaken:
            return await self._adopt(one, self._links.get(one.link_key), body)
        self._reference.add_item(done.answer)
        _log.info("category", realm=self._links.realm, category=one.full_name, item=str(done.answer["Id"]))
        return str(done.answer["Id"])

    async def _adopt(self, one: CategoryOperation, state: LinkState, body: Mapping[str, Any]) -> str:
        """Somebody else made it meanwhile. Raises NameTaken when the name is that of another item."""
        for row in await self._reference.find_items("Name", [str(body.get("Name", ""))]):
            self._reference.add_item(row)
            same = same_name(str(row.get("FullyQualifiedName") or row.get("Name"))) == same_name(one.full_name)
            if row.get("Type") == "Category" and same and row.get("Active") is not False:
                return await self._keeper.adopt(one.link_key, state, row)
        raise NameTaken("6240", "another item has this name")
