"""Items of the books, made by orders and by the catalogue: never two for one SKU.

An item has a link (`realm:item:sku:...`), and the link's record in the log is the lock: both services work from states
of one revision, the record that stands first wins, and the other finds an intent where it saw none. Under the name lock
two keys of one process don't race for a name; QuickBooks' own check of names is behind that (6240).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from services.locks import KeyLocks
from services.reference import Reference
from shared import limits
from shared.links.state import Booked, Intent, LinkState
from shared.links.store import RealmLinks
from shared.links.writer import Write, Writer
from shared.quickbooks.faults import NameTaken
from shared.wire import decode

Fits = Callable[[Mapping[str, Any]], bool]
"""Whether an item found by its name may stand for the one that was to be made."""


class ItemKeeper:
    """The items of one realm. All calls for a key within `hold`."""

    def __init__(
        self,
        links: RealmLinks,
        writer: Writer,
        reference: Reference,
        locks: KeyLocks,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._links = links
        self._writer = writer
        self._reference = reference
        self._now = now
        self._locks = locks

    def hold(self, key: str) -> AbstractAsyncContextManager[None]:
        """The key, for one task at a time."""
        return self._locks.hold(key)

    async def settled(self, key: str) -> LinkState:
        """The link without an intent: one that stands is brought to its end first. Raises what Writer raises."""
        state = await self._left_alone(key)
        if state.intent is None:
            return state
        try:
            done = await self._writer.settle(key, state, self.find)
        except NameTaken:
            return self._links.get(key)
        self._reference.add_item(done.answer)
        return done.state

    async def _left_alone(self, key: str) -> LinkState:
        """The link, once an intent of a moment ago has had the time to end: settling it would cost a metered look for
        what is being made, perhaps by the other service."""
        deadline = time.monotonic() + limits.ITEM_INTENT_SECONDS
        while True:
            state = self._links.get(key)
            if state.intent is None or time.monotonic() > deadline:
                return state
            age = (self._now() - state.intent.decided_at).total_seconds()
            if not 0 <= age < limits.ITEM_INTENT_SECONDS:
                return state
            await asyncio.sleep(limits.ITEM_INTENT_LOOK_SECONDS)

    async def adopt(self, key: str, state: LinkState, row: Mapping[str, Any]) -> str:
        """Links an item that is in the books already; its Id. Raises LinkLost, LogUnavailable."""
        await self._links.put(key, state, booked=booked_as("Item", row))
        return str(row["Id"])

    async def create(self, key: str, body: Mapping[str, Any], fits: Fits) -> str | None:
        """The Id of a new item, or of one of that name that fits; None when the name is another item's.

        Raises LinkLost, LogUnavailable, and the errors of `faults`."""
        name = str(body["Name"])
        async with self._locks.hold(f"item named {name.lower()}"):
            state = self._links.get(key)
            if (namesake := self._reference.item_named(name)) is not None:
                return await self.adopt(key, state, namesake) if fits(namesake) else None
            try:
                done = await self._writer.perform(key, state, Write("Item", "create", body), self.find)
            except NameTaken:
                state = self._links.get(key)
                other = await self._reference.find_item(name)
                if other is not None and fits(other):
                    self._reference.add_item(other)
                    return await self.adopt(key, state, other)
                await self._links.put(key, state, numbers_taken=state.numbers_taken + 1)
                return None
            self._reference.add_item(done.answer)
            return str(done.answer["Id"])

    async def find(self, intent: Intent) -> Mapping[str, Any] | None:
        """What the intent would have made, if it is in the books (metered)."""
        body = decode(intent.body.encode())
        row = await self._reference.find_item(body["Name"])
        return row if row is not None and row.get("Sku", "") == body.get("Sku", "") else None


def booked_as(entity: str, row: Mapping[str, Any]) -> Booked:
    """A link's object that others made."""
    return Booked(
        entity=entity,
        id=str(row["Id"]),
        sync_token=str(row["SyncToken"]),
        content_hash="",
        requestid="",
        total=Decimal(0),
    )
