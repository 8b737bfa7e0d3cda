"""The status documents of the shops whose companies this process owns: what was told last, and telling more."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from types import TracebackType

from services.catalog.status import CatalogStatus, StatusKeeper, read_status, status_key
from shared.log.port import Log, NewRecord, Record
from shared.log.projection import Projection
from shared.topics import CURSORS
from shared.wire import decode


class StatusBook:
    """Of the partitions that are followed."""

    def __init__(self, log: Log, path: Path) -> None:
        self._log = log
        self._projection = Projection(log, CURSORS, path, _statuses)

    async def __aenter__(self) -> StatusBook:
        await self._projection.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._projection.close()

    async def own(self, partitions: Iterable[int]) -> None:
        """Returns when what was told is here. Raises LogUnavailable."""
        await self._projection.add(partitions)

    async def release(self, partitions: Iterable[int]) -> None:
        """They are another process's."""
        await self._projection.remove(set(partitions) & self._projection.ready)

    def keeper(self, realm: str, connection: str) -> StatusKeeper:
        """Begins where the last process ended."""
        value = self._projection.get(status_key(connection))
        last = None if value is None else read_status(decode(value))
        return StatusKeeper(connection, last, partial(self._put, realm))

    async def _put(self, realm: str, status: CatalogStatus) -> None:
        value = status.model_dump_json().encode()
        await self._log.append(NewRecord(CURSORS, status_key(status.connection), value, realm, {"schema": "1"}))


def _statuses(current: bytes | None, record: Record) -> bytes | None:
    return record.value if record.key.endswith(status_key("")) else None
