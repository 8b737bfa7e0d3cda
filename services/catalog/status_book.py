"""The status documents of the shops whose companies this process owns: what was told last, and telling more."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from services.catalog.status import CatalogStatus, StatusKeeper, read_status, status_key
from shared.log.owned import Owned
from shared.log.port import Log, NewRecord, Record
from shared.log.projection import Projection
from shared.topics import CURSORS
from shared.wire import decode


class StatusBook(Owned):
    """Of the partitions that are followed."""

    def __init__(self, log: Log, path: Path) -> None:
        self._log = log
        self._projection = Projection(log, CURSORS, path, _statuses)
        super().__init__((self._projection,))

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
