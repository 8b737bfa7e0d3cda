"""The lists of the companies that this process owns, read from `quickbooks.lists`: an order costs no metered read.

Ingest writes the topic (services/ingest/lists); every service reads it here. Rows and the index by name, SKU and e-mail
lie in a SQLite file, so that memory doesn't grow with the company.

What this process wrote to the books itself is known at once (`note`): it lies over the rows until the topic tells
of it, of a later version, or of its deletion.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any

import structlog

from shared import limits
from shared.log.partitions import partition_for
from shared.log.port import Log, LogUnavailable, NotOwner, Position, Record
from shared.log.projection import Index, Projection
from shared.log.signals import StopService, backoff
from shared.quickbooks.listed import (
    LARGE,
    Listed,
    answered_key,
    fold,
    key_of,
    listed_again,
    loaded_key,
    parse,
    parts,
    words_of_row,
)
from shared.quickbooks.overlay import Overlay
from shared.topics import LISTS
from shared.wire import decode

_log = structlog.get_logger(__name__)
_INDEX = Index("names, SKUs and e-mails 2", words_of_row)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A list that was read as a whole: when by the server's clock, when by the reader's, and how many objects.

    `refused` is the code with which QuickBooks refused the last reading since the company's plan has no such list: it
    is what it was before, empty as a rule. "" for a list that was read."""

    at: datetime
    read_at: datetime
    count: int
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """An object's record was read. `refused`: it was older than what stands in its row, which is `now`. `before`: what
    stood there, None for nothing."""

    realm: str
    entity: str
    id: str
    now: Listed
    refused: bool
    before: Listed | None = None


Listener = Callable[[Told], Awaitable[None]]
"""Holds up the projection while it runs, and must not wait for `reach`."""


class ListBoard:
    """All lists of owned partitions. Services of one process share it: what one of them owns is followed."""

    def __init__(self, log: Log, path: Path) -> None:
        self._projection = Projection(log, LISTS, path, fold, on_change=self._changed, index=_INDEX)
        self._owners: dict[int, set[str]] = {}
        self._adding: set[asyncio.Task[None]] = set()
        self._listeners: list[Listener] = []
        self._realms: dict[str, RealmLists] = {}
        self._restored = asyncio.Event()

    async def __aenter__(self) -> ListBoard:
        await self._projection.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._adding:
            task.cancel()
        if self._adding:
            await asyncio.wait(self._adding)
        await self._projection.close()

    def own(self, owner: str, partitions: Iterable[int]) -> None:
        """Follows these partitions for `owner`, a service. Their lists can be used when `ready` says so."""
        wanted = set(partitions)
        for partition in wanted:
            self._owners.setdefault(partition, set()).add(owner)
        task = asyncio.create_task(self._add(wanted), name="lists restored")
        self._adding.add(task)
        task.add_done_callback(self._adding.discard)

    async def release(self, owner: str, partitions: Iterable[int]) -> None:
        """`owner` needs them no more."""
        for partition in partitions:
            self._owners.get(partition, set()).discard(owner)
        idle = {partition for partition, owners in self._owners.items() if not owners}
        for partition in idle:
            del self._owners[partition]
        await self._projection.remove(idle)
        for realm in [name for name in self._realms if partition_for(name, limits.PARTITIONS) in idle]:
            self._realms.pop(realm).move()

    def ready(self, realm: str) -> bool:
        """Whether all that the log holds of the company was read."""
        return partition_for(realm, limits.PARTITIONS) in self._projection.ready

    async def until_ready(self, realm: str) -> None:
        """Returns when it is. The caller cancels."""
        while not self.ready(realm):
            await self._restored.wait()

    def of(self, realm: str) -> RealmLists:
        """The lists of one company."""
        found = self._realms.get(realm)
        if found is None:
            found = self._realms[realm] = RealmLists(self, realm)
        return found

    def subscribe(self, listener: Listener) -> None:
        """Tells `listener` of every record from now on, those that a restore reads excepted."""
        self._listeners.append(listener)

    async def reach(self, position: Position) -> None:
        """Returns when the record at `position` was read. Raises LogUnavailable, NotOwner."""
        await self._projection.reach(position)

    # --- rows, for RealmLists

    def row(self, realm: str, key: str) -> bytes | None:
        """Raises NotOwner: lists that aren't here are not lists without entries."""
        self._check(realm)
        return self._projection.get(key)

    def rows(self, realm: str, prefix: str) -> Iterator[tuple[str, bytes]]:
        """Raises NotOwner."""
        self._check(realm)
        return self._projection.scan(prefix)

    def called(self, realm: str, word: str) -> list[tuple[str, bytes]]:
        """Raises NotOwner."""
        self._check(realm)
        return self._projection.find(word)

    def _check(self, realm: str) -> None:
        if not self.ready(realm):
            raise NotOwner(f"the lists of company {realm} aren't here")

    async def _add(self, partitions: Collection[int]) -> None:
        failures = 0
        with suppress(StopService, NotOwner):  # the first is raised by every look-up, the second is another's to know
            while wanted := [partition for partition in partitions if partition in self._owners]:
                try:
                    await self._projection.add(wanted)
                    self._restored.set()
                    self._restored = asyncio.Event()
                    return
                except LogUnavailable as error:
                    failures += 1
                    _log.warning("lists can't be restored yet", error_class=type(error).__qualname__)
                    await asyncio.sleep(backoff(failures))

    async def _changed(self, record: Record, before: bytes | None, after: bytes | None) -> None:
        realm, entity, number = parts(record.key)
        lists = self._realms.get(realm)
        if after is None or number == "":
            if lists is not None:
                lists.move()
            return
        now = parse(record.key, after)
        stood = None if before is None else parse(record.key, before)
        told = Told(realm, entity, number, now, refused=before == after, before=stood)
        if lists is not None:
            lists.told(told)
        if self.ready(realm):
            for listener in self._listeners:
                await listener(told)


class RealmLists:
    """The lists of one company. Look-ups raise NotOwner when it isn't this process's, StopService when its topic can't
    be followed any more."""

    def __init__(self, board: ListBoard, realm: str) -> None:
        self._board = board
        self.realm = realm
        self._own = Overlay(limits.LISTS_OWN_OBJECTS)
        self.revision = 0
        """Grows when anything but an item or a customer changes."""
        self._moved = asyncio.Event()

    # --- what is here

    def missing(self, entities: Iterable[str]) -> list[str]:
        """Those whose list isn't here as a whole."""
        if not self._board.ready(self.realm):
            return list(entities)
        return [entity for entity in entities if self.loaded(entity) is None]

    def loaded(self, entity: str) -> Loaded | None:
        """When the list was last read as a whole."""
        row = self._board.row(self.realm, loaded_key(self.realm, entity))
        if row is None:
            return None
        document = decode(row)
        at, read_at = (datetime.fromisoformat(document[name]) for name in ("at", "read_at"))
        return Loaded(at, read_at, document["count"], document.get("refused", ""))

    def answered(self) -> int:
        """The offset of the last command whose readings are done; -1 before the first."""
        row = self._board.row(self.realm, answered_key(self.realm))
        return -1 if row is None else int(decode(row)["commands"])

    async def until_answered(self, command: int) -> None:
        """Returns when the readings that the command at this offset asked for are here. The caller limits the time."""
        while True:
            moved = self._moved
            if self.answered() >= command:
                return
            await moved.wait()

    def move(self) -> None:
        """Readings are done, or the lists are here no more: who waits looks again."""
        self._moved.set()
        self._moved = asyncio.Event()

    # --- objects

    def get(self, entity: str, number: str) -> Mapping[str, Any] | None:
        """The object of this Id, active or not."""
        if (own := self._own.get(entity, number)) is not None:
            return own
        found = self.version(entity, number)
        return None if found is None or found.gone else dict(decode(found.value))

    def named(self, entity: str, name: str) -> list[Mapping[str, Any]]:
        """The active objects of this name, whatever its letter case, the oldest first. Classes, locations and accounts
        go by their full name."""
        return self._called(entity, f"name={name.lower()}")

    def items_of_sku(self, sku: str) -> list[Mapping[str, Any]]:
        """The active items with this SKU, whatever its letter case, the oldest first; categories are none."""
        return self._called("Item", f"sku={sku.lower()}")

    def customers_of_email(self, email: str) -> list[Mapping[str, Any]]:
        """The active customers with this e-mail, whatever its letter case, the oldest first."""
        return self._called("Customer", f"email={email.strip().lower()}")

    def has(self, entity: str, word: str) -> bool:
        """Whether an active object is called so: see listed.words."""
        return bool(self._called(entity, word))

    def all(self, entity: str) -> Iterator[Mapping[str, Any]]:
        """Every object of a list, active or not, without what only this process knows yet. For short lists."""
        for one in self.versions(entity):
            if not one.gone:
                yield dict(decode(one.value))

    def known(self, entity: str) -> Iterator[Mapping[str, Any]]:
        """Every object of a list as `get` gives it: also what only this process knows yet."""
        told: set[str] = set()
        for one in self.versions(entity):
            told.add(one.id)
            if (own := self._own.get(entity, one.id)) is not None:
                yield own
            elif not one.gone:
                yield dict(decode(one.value))
        yield from self._own.others(entity, told)

    def note(self, entity: str, document: Mapping[str, Any]) -> None:
        """Our own write's answer: known from now on, until the topic tells of it or of something newer."""
        mine = listed_again(entity, document)
        standing = self.version(entity, mine.id)
        if standing is None or standing.older_than(mine):
            self._own.put(mine, document)

    # --- versions, for who writes the topic

    def version(self, entity: str, number: str) -> Listed | None:
        """What the topic says of an object, that it is gone included."""
        key = key_of(self.realm, entity, number)
        row = self._board.row(self.realm, key)
        return None if row is None else parse(key, row)

    def versions(self, entity: str) -> Iterator[Listed]:
        """The same of all objects of a list."""
        for key, row in self._board.rows(self.realm, f"{self.realm}:{entity}:"):
            if key != loaded_key(self.realm, entity):
                yield parse(key, row)

    def told(self, told: Told) -> None:
        """The topic tells of an object."""
        self._own.overtaken(told.now)
        if told.entity not in LARGE and not told.refused:
            self.revision += 1

    def _called(self, entity: str, word: str) -> list[Mapping[str, Any]]:
        found: dict[str, Mapping[str, Any]] = {}
        for key, row in self._board.called(self.realm, f"{self.realm}:{entity}:{word}"):
            one = parse(key, row)
            if self._own.get(entity, one.id) is None:
                found[one.id] = decode(one.value)
        found |= self._own.called(entity, word)
        return [found[number] for number in sorted(found, key=_by_age)]


def _by_age(number: str) -> tuple[int, str]:
    """QuickBooks counts Ids upwards."""
    return len(number), number
