"""What is said of a company's lists goes into `quickbooks.lists`: only what differs, and never an older version.

One process owns a company, and here one task at a time works on its lists: the row that an object is compared with is
what the log holds. A process that was overtaken may still append older versions; readers refuse them, and the owner
states the newer one again, since compaction keeps the last record of a key.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import structlog

from services.ingest.cursors import Cursors
from services.ingest.lists.asks import Ask, BadAsk, ask_of, together, with_ask
from shared import limits
from shared.log.partitions import partition_for
from shared.log.port import Log, NewRecord, Position
from shared.log.signals import PoisonRecord, RetryLater
from shared.quickbooks.listed import ENTITIES, Listed, NotListed, answered_key, listed, loaded_key, newest
from shared.quickbooks.lists import ListBoard, Loaded, Told
from shared.topics import LISTS
from shared.wire import encode

_log = structlog.get_logger(__name__)


class Lists:
    """The writing side of the lists of owned companies."""

    def __init__(self, log: Log, board: ListBoard, cursors: Cursors) -> None:
        self._log = log
        self._board = board
        self._cursors = cursors
        self._locks: dict[str, asyncio.Lock] = {}
        self._asked: dict[str, asyncio.Event] = {}
        self._owned: set[int] = set()
        board.subscribe(self._repair)

    def own(self, partitions: Collection[int]) -> None:
        """From now on the lists of these partitions are ours to write."""
        self._owned |= set(partitions)
        self._board.own("ingest", partitions)

    async def release(self, partitions: Collection[int]) -> None:
        """They are another's."""
        self._owned -= set(partitions)
        await self._board.release("ingest", partitions)

    async def take(self, realm: str, entity: str, objects: Sequence[Mapping[str, Any]], at: datetime) -> int:
        """Objects as QuickBooks shows them at its time `at`, and deletions as change data capture tells of them. How
        many were news.

        What comes in any order, or twice, leaves the newest version. Entities that have no list here are passed by.
        What makes no sense is told in our log and passed by. Durable on return, and read by our own board. Raises
        LogUnavailable, NotOwner.
        """
        if entity not in ENTITIES:
            return 0
        await self._board.until_ready(realm)
        told = newest(_readable(realm, entity, objects, at))
        lists = self._board.of(realm)
        async with self._lock(realm):
            news = [one for one in told if one.tells_more_than(lists.version(entity, one.id))]
            await self._append([one.record(realm) for one in news])
        return len(news)

    async def whole(self, realm: str, entity: str, at: datetime, now: datetime, count: int) -> None:
        """A list was read to its end: it was so at the server's time `at`, by our clock `now`."""
        await self._loaded(realm, entity, Loaded(at, now, count))

    async def refused(self, realm: str, entity: str, code: str, now: datetime) -> None:
        """The company's plan has no such list: what is here of it stays, and nobody waits for more."""
        before = self._board.of(realm).loaded(entity) or Loaded(now, now, 0)
        await self._loaded(realm, entity, replace(before, read_at=now, refused=code))

    async def _loaded(self, realm: str, entity: str, it: Loaded) -> None:
        document: dict[str, Any] = {"at": it.at.isoformat(), "read_at": it.read_at.isoformat(), "count": it.count}
        if it.refused:
            document["refused"] = it.refused
        record = NewRecord(LISTS, loaded_key(realm, entity), encode(document), realm, {"schema": "1"})
        await self._append([record])

    async def obey(self, realm: str, command: Mapping[str, Any], offset: int) -> None:
        """The command `reload`: see `asks`. Raises PoisonRecord, RetryLater, LogUnavailable, NotOwner."""
        try:
            ask = ask_of(command, offset)
        except BadAsk as error:
            raise PoisonRecord(f"not a command: {error}") from error
        if not self._board.ready(realm):
            raise RetryLater(limits.LISTS_WAIT_SECONDS, "the lists of the company aren't restored yet")
        await self.ask(realm, ask)

    async def ask(self, realm: str, ask: Ask) -> None:
        """Another service wants lists or objects read anew. Durable on return. Raises LogUnavailable, NotOwner."""
        async with self._lock(realm):
            waiting = with_ask(self._waiting(realm), self._board.of(realm).answered(), ask)
            await self._cursors.put(_cursor(realm), realm, {"asks": [one.document() for one in waiting]})
        self.asked(realm).set()

    def wanted(self, realm: str) -> Ask | None:
        """All that was asked for and isn't done."""
        answered = self._board.of(realm).answered()
        return together(ask for ask in self._waiting(realm) if ask.command > answered)

    async def answer(self, realm: str, ask: Ask) -> None:
        """What was asked for is in the topic: those who wait read this after it."""
        value = encode({"commands": ask.command})
        await self._append([NewRecord(LISTS, answered_key(realm), value, realm, {"schema": "1"})])

    def asked(self, realm: str) -> asyncio.Event:
        """Set when something was asked for."""
        return self._asked.setdefault(realm, asyncio.Event())

    def _waiting(self, realm: str) -> list[Ask]:
        document = self._cursors.get(_cursor(realm)) or {}
        return [ask_of(one, one["command"]) for one in document.get("asks", [])]

    def _lock(self, realm: str) -> asyncio.Lock:
        return self._locks.setdefault(realm, asyncio.Lock())

    async def _append(self, records: Sequence[NewRecord]) -> None:
        """Durable and read here on return."""
        last: Position | None = None
        for start in range(0, len(records), limits.LISTS_APPENDS_AT_ONCE):
            some = records[start : start + limits.LISTS_APPENDS_AT_ONCE]
            results = await asyncio.gather(*map(self._log.append, some), return_exceptions=True)
            for result in results:
                if isinstance(result, BaseException):
                    raise result
                last = result if last is None or result.offset > last.offset else last
        if last is not None:
            await self._board.reach(last)

    async def _repair(self, told: Told) -> None:
        """An older version is the last of its key in the log now. Nothing to do when a later one came meanwhile."""
        if told.refused and partition_for(told.realm, limits.PARTITIONS) in self._owned:
            standing: Listed | None = self._board.of(told.realm).version(told.entity, told.id)
            if standing == told.now:
                await self._log.append(told.now.record(told.realm))


def _readable(realm: str, entity: str, objects: Iterable[Mapping[str, Any]], at: datetime) -> Iterator[Listed]:
    for one in objects:
        try:
            yield listed(entity, one, at)
        except NotListed as error:
            _log.error("an object of a list makes no sense", realm=realm, list=entity, reason=str(error))


def _cursor(realm: str) -> str:
    return f"{realm}:lists"
