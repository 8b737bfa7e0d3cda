"""What was told of each object of the books in `quickbooks.changes`: so that nothing is told twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from shared import limits
from shared.log.port import Log, Position, Record
from shared.log.projection import Projection
from shared.quickbooks.cdc import DELETED
from shared.topics import CHANGES

MARK = "mark"
"""Header of a change: see `cdc.Change.mark`."""


class Told:
    """The mark last told of every object, by realm:Entity:Id."""

    def __init__(self, log: Log, path: Path) -> None:
        self._projection = Projection(log, CHANGES, path, _mark)

    async def __aenter__(self) -> Told:
        await self._projection.start()
        await self._projection.add(range(limits.PARTITIONS))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._projection.close()

    def mark(self, key: str) -> str | None:
        """None for an object that was never told of."""
        mark = self._projection.get(key)
        return None if mark is None else mark.decode()

    def living(self, realm: str, entity: str) -> Iterator[str]:
        """The Ids of the objects that were told of, but for those told to be deleted."""
        prefix = f"{realm}:{entity}:"
        for key, mark in self._projection.scan(prefix):
            if mark.decode() != DELETED:
                yield key.removeprefix(prefix)

    async def reach(self, position: Position) -> None:
        """Returns when a record just appended counts. Raises LogUnavailable."""
        await self._projection.reach(position)


def _mark(current: bytes | None, record: Record) -> bytes | None:
    return record.headers.get(MARK, "").encode()
