"""The last whole look at the items of each owned company, in force once everything that it saw is known here.

A look at items counts where sales were looked at with it or later: else another hand may have changed one between.

Ingest moves its cursor after the rows that the look showed are durable, and a write of ours has its intent in the log
before it is sent. So whoever reads the cursor first, and then lists, links and changes up to the ends that they have
after that, knows all rows of the look and every write that it may show.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from services.consuming import end
from services.inventory.knowledge_documents import SALES
from shared import limits
from shared.commerce.stock import Seen
from shared.log.partitions import partition_for
from shared.log.port import Log, LogUnavailable, NotOwner, Record
from shared.log.projection import CorruptRecord, Projection
from shared.log.signals import backoff
from shared.quickbooks.cdc import Unreadable
from shared.quickbooks.looks import cursor_of, look_in
from shared.settings.model import Settings
from shared.topics import CURSORS
from shared.wire import NotJson, decode, encode

_log = structlog.get_logger(__name__)


class Looks:
    """`caught_up` (a realm) returns when lists, links and sales are known as far as the log has them now; `adopted` (a
    realm) hears of each look that comes into force."""

    def __init__(
        self, log: Log, path: Path, caught_up: Callable[[str], Awaitable[None]], adopted: Callable[[str], None]
    ) -> None:
        self._projection = Projection(log, CURSORS, path, _fold, on_change=self._told)
        self._caught_up = caught_up
        self._adopted = adopted
        self._seen: dict[str, Seen] = {}
        self._owned: set[int] = set()
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def start(self) -> None:
        """Raises LogUnavailable."""
        await self._projection.start()

    async def close(self) -> None:
        await end(list(self._tasks.values()))
        await self._projection.close()

    async def own(self, partitions: Iterable[int], realms: Iterable[str]) -> None:
        """`realms`: those that are known by now; others follow with their first look. Raises LogUnavailable."""
        partitions = set(partitions)
        await self._projection.add(partitions)
        self._owned |= partitions
        for realm in realms:
            self.adopt(realm)

    async def release(self, partitions: Iterable[int]) -> None:
        """They are another's."""
        self._owned -= set(partitions)
        gone = [realm for realm in {*self._tasks, *self._seen} if not self._owns(realm)]
        await end([self._tasks.pop(realm) for realm in gone if realm in self._tasks])
        for realm in gone:
            self._seen.pop(realm, None)
        await self._projection.remove(partitions)

    def of(self, realm: str) -> Seen | None:
        """The look in force; None before the first. Raises StopService when none can come any more."""
        raise_failure(self._tasks.get(realm))
        return self._seen.get(realm)

    def told(self, realm: str) -> Seen | None:
        """The last look that the log tells of, whether in force by now or not."""
        row = self._projection.get(cursor_of(realm))
        return None if row is None else _seen(row)

    def _owns(self, realm: str) -> bool:
        return partition_for(realm, limits.PARTITIONS) in self._owned

    async def _told(self, record: Record, before: bytes | None, after: bytes | None) -> None:
        if after is not None and record.partition in self._owned:
            self.adopt(record.key.partition(":")[0])

    def adopt(self, realm: str) -> None:
        """The last look that the log tells of comes into force, if the realm is ours and it isn't."""
        running = self._tasks.get(realm)
        if self._owns(realm) and (running is None or running.done()):
            self._tasks[realm] = asyncio.create_task(self._until_adopted(realm), name=f"look at {realm}")

    async def _until_adopted(self, realm: str) -> None:
        """The last one; what comes meanwhile, too. Raises StopService."""
        failures = 0
        while (row := self._projection.get(cursor_of(realm))) is not None:
            try:
                await self._caught_up(realm)
            except LogUnavailable as error:
                failures += 1
                _log.warning("a look waits for the log", realm=realm, error_class=type(error).__qualname__)
                await asyncio.sleep(backoff(failures))
                continue
            except NotOwner:
                return
            self._put(realm, row)
            if self._projection.get(cursor_of(realm)) == row:
                return

    def _put(self, realm: str, row: bytes) -> None:
        look, standing = _seen(row), self._seen.get(realm)
        if look is not None and (
            standing is None or standing.end < look.end
        ):  # a process that was overtaken may tell of an older one
            self._seen[realm] = look
            self._adopted(realm)


def raise_failure(task: asyncio.Task[None] | None) -> None:
    """What work beside the loop failed with."""
    if task is not None and task.done() and not task.cancelled():
        task.result()


def _seen(row: bytes) -> Seen | None:
    """None for a look at items that doesn't count."""
    (sent, answered), *sales = decode(row)
    look = Seen.at(datetime.fromisoformat(answered))
    if any(one is None or datetime.fromisoformat(one[1]) < look.end for one in sales):
        return None
    return Seen(datetime.fromisoformat(sent), look.end)


def of_shop(look: Seen, settings: Settings) -> Seen:
    """A look as a shop's settings take it: what changed shortly before it may be missing."""
    return Seen(look.start - timedelta(seconds=settings.stock.look_lag_seconds), look.end)


def _fold(current: bytes | None, record: Record) -> bytes | None:
    """Of each company the last looks at items and at sales. Raises CorruptRecord."""
    if not record.key.endswith(cursor_of("")) or record.value is None:
        return None
    try:
        cursor = decode(record.value)
        looks = [look_in(cursor, entity) for entity in ("Item", *sorted(SALES))]
    except (NotJson, Unreadable) as error:
        raise CorruptRecord(f"{record.key}: {error}") from error
    if looks[0] is None:
        return None
    return encode([None if one is None else [at.isoformat() for at in one] for one in looks])
