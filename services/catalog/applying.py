"""Operations of a plan into the books: each once, whatever dies on the way, and none holds up another.

Steps of one operation, and what a crash after each means:
1. the item is written, its intent and answer in the SKU's link -> the next plan takes the item over
2. the outcome is told                                          -> told twice, as made and as taken over
3. the product's link leads to the item                         -> done
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from services.catalog.outcome import Outcome, done, refused
from services.items import ItemKeeper, booked_as
from services.reference import Reference
from shared import limits
from shared.commerce.product import ProductKey
from shared.links.batch_writer import BatchWriter, Result, Task
from shared.links.state import Booked, Held, LinkState
from shared.links.store import LinkLost, RealmLinks
from shared.links.writer import Done, Write, Writer
from shared.magento.calls import at_once
from shared.mapping.catalog.plan import ItemOperation, OperationKind
from shared.mapping.parked import Reason
from shared.mapping.text import same_name
from shared.quickbooks.faults import (
    BooksClosed,
    Missing,
    NameTaken,
    NumberTaken,
    QuickBooksError,
    Refused,
    StaleObject,
)
from shared.wire import encode_canonical

Tell = Callable[[ProductKey, Outcome], Awaitable[None]]


@dataclass
class Turn:
    """What came of applying a plan: of `total` operations so many are `done`, those `refused` included, and of
    `to_write` writes so many are `written`. `again`: another plan is due at once. `trouble` stopped it: QuickBooks is
    away or full, or a person must act; what was decided stands in the log."""

    total: int
    to_write: int = 0
    done: int = 0
    written: int = 0
    refused: int = 0
    again: bool = False
    trouble: QuickBooksError | None = None
    taken: list[tuple[ItemOperation, QuickBooksError]] = field(default_factory=list)  # their names are others'
    stale: list[str] = field(default_factory=list)  # items that moved on
    missing: list[tuple[ItemOperation, QuickBooksError]] = field(default_factory=list)


class Applier:
    """Of one realm; one plan at a time. It adds names that turn out to be taken to `unavailable`.
    `writing` is held while it writes: no two tasks at one link."""

    def __init__(
        self,
        links: RealmLinks,
        writer: Writer,
        batches: BatchWriter,
        keeper: ItemKeeper,
        reference: Reference,
        unavailable: set[str],
        tell: Tell,
        writing: asyncio.Lock,
    ) -> None:
        self._links = links
        self._writer = writer
        self._batches = batches
        self._keeper = keeper
        self._reference = reference
        self._unavailable = unavailable
        self._tell = tell
        self._writing = writing
        self._failed: set[str] = set()  # operations after whose failure the books were looked into

    async def open(self, operations: Sequence[ItemOperation], version: str) -> list[ItemOperation]:
        """Those that can be done now: not refused under these settings, and no other write of the item standing. Of a
        first load so many are looked at that others get their turn in between."""
        found: list[ItemOperation] = []
        for number, one in enumerate(operations, 1):
            if not self._is_held(one, version) and not self._stands(one):
                found.append(one)
            if number % limits.CATALOG_ROWS_AT_ONCE == 0:
                await asyncio.sleep(0)
        return found

    def _stands(self, operation: ItemOperation) -> bool:
        return self._links.get(operation.link_key).intent is not None

    def _is_held(self, operation: ItemOperation, version: str) -> bool:
        state = self._links.get(operation.product_link)
        return state.held is not None and (state.held.settings, state.refused) == (version, _hash(operation))

    async def apply(self, operations: Sequence[ItemOperation], version: str, turn: Turn) -> None:
        """Raises LogUnavailable, NotOwner, StopService."""
        many = sum(bool(one.body) for one in operations) >= limits.CATALOG_BATCH_FROM
        queue = deque(operations)
        size = limits.BATCH_ITEMS if many else 1
        workers = limits.CATALOG_BATCHES_AT_ONCE if many else limits.CATALOG_SINGLES_AT_ONCE

        async def work() -> None:
            while queue and turn.trouble is None:
                await self._part(queue, size, version, turn)

        async with self._writing:
            await at_once(*(work() for _ in range(workers)))
            await self._look(version, turn)

    async def _part(self, queue: deque[ItemOperation], size: int, version: str, turn: Turn) -> None:
        """The next operations, until so many writes are together: what writes nothing takes no place in a batch."""
        written: list[tuple[ItemOperation, Task]] = []
        while queue and len(written) < size and turn.trouble is None:
            one = queue.popleft()
            state = self._links.get(one.link_key)
            if _overtaken(one, state):  # orders made an item meanwhile
                turn.again = True
            elif one.body:
                written.append((one, Task(one.link_key, state, _write(one))))
            else:
                await self._adopt(one, state, turn)
        if not written:
            return
        if size == 1:
            results: Sequence[Result] = [await self._alone(written[0][1])]
        else:
            results = await self._batches.perform([task for _, task in written], self._keeper.find_all)
        for (operation, _), result in zip(written, results, strict=True):
            await self._ended(operation, result, version, turn)

    async def _alone(self, task: Task) -> Result:
        try:
            return await self._writer.perform(task.key, task.state, task.write, self._keeper.find)
        except (LinkLost, QuickBooksError) as error:
            return error

    async def _adopt(self, operation: ItemOperation, state: LinkState, turn: Turn) -> None:
        row = self._reference.item_of_id(operation.item_id or "")
        if row is None:
            turn.again = True
            return
        try:
            if operation.link_key != operation.product_link and _id(state.booked) != operation.item_id:
                await self._links.put(operation.link_key, state, booked=booked_as("Item", row))
        except LinkLost:
            turn.again = True
            return
        await self._finish(operation, row, turn)

    async def _ended(self, operation: ItemOperation, result: Result, version: str, turn: Turn) -> None:
        match result:
            case Done():
                self._reference.add_item(result.answer)
                await self._finish(operation, result.answer, turn)
            case LinkLost():
                turn.again = True
            case NameTaken():
                turn.taken.append((operation, result))
            case StaleObject():
                turn.stale.append(operation.item_id or "")
            case Missing():
                turn.missing.append((operation, result))
            case Refused() | BooksClosed() | NumberTaken():
                await self._hold(operation, result, version, turn)
            case _:  # the intent stands
                turn.trouble = result

    async def _finish(self, operation: ItemOperation, row: Mapping[str, Any], turn: Turn) -> None:
        await self._tell(operation.product, done(operation, str(row["Id"]), str(row.get("Name") or "")))
        booked = Booked(
            entity="Item",
            id=str(row["Id"]),
            sync_token=str(row["SyncToken"]),
            content_hash=operation.content_hash,
            requestid="",
            total=Decimal(0),
        )
        await self._note(operation, turn, booked=booked, held=None, refused="", acted=operation.kind.value)
        turn.again = turn.again or (operation.item_id is not None and "Name" in operation.body)  # a name is free now
        turn.done += 1
        turn.written += bool(operation.body)

    async def _hold(self, operation: ItemOperation, error: QuickBooksError, version: str, turn: Turn) -> None:
        """It is left alone until the shop, the item or the settings change."""
        text = f"QuickBooks refuses it ({error.code}): {error.detail or error.message}"
        reason = Reason.REFUSED.value
        held = Held(reason=reason, text=text, setting="products", settings=version, since=datetime.now(UTC))
        await self._tell(operation.product, refused(operation, reason, text))
        await self._note(operation, turn, held=held, refused=_hash(operation))
        turn.done += 1
        turn.written += 1
        turn.refused += 1

    async def _note(self, operation: ItemOperation, turn: Turn, **changes: object) -> None:
        """Into the product's link, which is the catalogue's alone."""
        try:
            await self._links.put(operation.product_link, self._links.get(operation.product_link), **changes)
        except LinkLost:
            turn.again = True

    def _give_up(self, names: Collection[str]) -> None:
        """Names of others: an item that is known by one of them may still be taken over."""
        if len(self._unavailable) > limits.CATALOG_FAILED:
            self._unavailable.clear()
        self._unavailable.update(map(same_name, names))

    async def _look(self, version: str, turn: Turn) -> None:
        """What the lists didn't know is read, in few calls, and noted: the next plan knows it. An operation that fails
        again all the same is held."""
        if turn.trouble is not None:
            return
        taken, missing = (self._first_time(failed) for failed in (turn.taken, turn.missing))
        names = [str(one.body["Name"]) for one in taken]
        self._give_up(names)
        await self._note_items("Name", names)
        await self._note_items("Id", turn.stale)
        if missing:  # an account or an item is gone
            self._reference.distrust()
            await self._reference.renew()
        turn.again = turn.again or bool(taken or turn.stale or missing)
        for operation, error in (*turn.taken, *turn.missing):
            if operation not in taken and operation not in missing:
                await self._hold(operation, error, version, turn)

    def _first_time(self, failed: Sequence[tuple[ItemOperation, QuickBooksError]]) -> list[ItemOperation]:
        found = [one for one, _ in failed if _hash(one) not in self._failed]
        if len(self._failed) > limits.CATALOG_FAILED:
            self._failed.clear()
        self._failed.update(_hash(one) for one in found)
        return found

    async def _note_items(self, by: str, values: Sequence[str]) -> None:
        for start in range(0, len(values), limits.CATALOG_IDS_AT_ONCE):
            for row in await self._reference.find_items(by, values[start : start + limits.CATALOG_IDS_AT_ONCE]):
                self._reference.add_item(row)


def _overtaken(operation: ItemOperation, state: LinkState) -> bool:
    """Whether the link isn't as the plan saw it."""
    if state.intent is not None:
        return True
    if operation.kind is OperationKind.CREATE:
        return _id(state.booked) not in (None, operation.replaces)
    return False


def _write(operation: ItemOperation) -> Write:
    action = "create" if operation.kind is OperationKind.CREATE else "update"
    return Write("Item", action, operation.body, operation.content_hash)


def _id(booked: Booked | None) -> str | None:
    return booked.id if booked is not None else None


def _hash(operation: ItemOperation) -> str:
    """Of what is written, the version of the item that it changes included."""
    content = {"kind": operation.kind.value, "body": dict(operation.body)}
    return hashlib.sha256(encode_canonical(content)).hexdigest()[:32]
