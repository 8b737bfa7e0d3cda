"""What was told of each object of the books in `quickbooks.changes`: so that nothing is told twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from shared.log.port import Log, Position, Record
from shared.log.projection import Projection
from shared.log.whole_topic import WholeTopic
from shared.quickbooks.cdc import DELETED, Told, instant
from shared.topics import CHANGES

MARK = "mark"
AT = "changed-at"
TOKEN = "sync-token"  # noqa: S105 - a header's name
"""Headers of a change: see `cdc.Change`."""


class ToldStore(WholeTopic):
    """What was told last of every object, by realm:Entity:Id."""

    def __init__(self, log: Log, path: Path) -> None:
        super().__init__(Projection(log, CHANGES, path, _row))

    def get(self, key: str) -> Told | None:
        """None for an object that was never told of."""
        row = self._projection.get(key)
        return None if row is None else _told(row)

    def living(self, realm: str, entity: str) -> Iterator[str]:
        """The Ids of the objects that were told of, but for those told to be deleted."""
        prefix = f"{realm}:{entity}:"
        for key, row in self._projection.scan(prefix):
            if _told(row).mark != DELETED:
                yield key.removeprefix(prefix)

    async def reach(self, position: Position) -> None:
        """Returns when a record just appended counts. Raises LogUnavailable."""
        await self._projection.reach(position)


def _row(current: bytes | None, record: Record) -> bytes | None:
    return " ".join(record.headers.get(name, "") for name in (MARK, AT, TOKEN)).encode()


def _told(row: bytes) -> Told:
    mark, at, token = row.decode().split(" ")
    return Told(mark, instant(at), token)
