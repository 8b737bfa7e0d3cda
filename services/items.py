"""Items of the books, made by orders and by the catalogue: never two for one SKU.

An item has a link (`realm:item:sku:...`), and the link's record in the log is the lock: both services work from states
of one revision, the record that stands first wins, and the other finds an intent where it saw none. Under the name lock
two keys of one process don't race for a name; QuickBooks' own check of names is behind that (6240).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
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
        return (await self.find_all([intent]))[0]

    async def find_all(self, intents: Sequence[Intent]) -> list[Mapping[str, Any] | None]:
        """The same for several, at the cost of two calls."""
        wanted = [(intent, decode(intent.body.encode())) for intent in intents]
        names = [body["Name"] for intent, body in wanted if intent.action == "create"]
        ids = [body["Id"] for intent, body in wanted if intent.action == "update"]
        by_name: dict[str, list[Mapping[str, Any]]] = {}
        for row in await self._reference.find_items("Name", names):
            by_name.setdefault(str(row.get("Name")).lower(), []).append(row)
        by_id = {str(row["Id"]): row for row in await self._reference.find_items("Id", ids)}
        return [
            _made(by_name.get(body["Name"].lower(), ()), body)
            if intent.action == "create"
            else _changed(by_id.get(body["Id"]), body)
            for intent, body in wanted
        ]


def _made(rows: Iterable[Mapping[str, Any]], body: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The item that a create call made: of its name (within its category), type and SKU."""
    fields = ("Sku", "ParentRef", *(["Type"] if "Type" in body else []))
    return next((row for row in rows if all(_same(row, body, name) for name in fields)), None)


def _changed(row: Mapping[str, Any] | None, body: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The item when it moved on and shows what the update says."""
    if row is None or int(row["SyncToken"]) <= int(body["SyncToken"]):
        return None
    return row if all(_same(row, body, name) for name in body.keys() - {"Id", "SyncToken", "sparse"}) else None


def _same(row: Mapping[str, Any], body: Mapping[str, Any], name: str) -> bool:
    """Whether a field is alike; of a reference the Id counts, and an empty one is none."""
    one, other = row.get(name), body.get(name)
    if isinstance(other, dict) or isinstance(one, dict):
        return (one or {}).get("value") == (other or {}).get("value")
    return one == other or (one or "") == (other or "")


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
