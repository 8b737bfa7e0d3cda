"""Up to when the shop's orders are known, as ingest's sweeps tell in `bookbridge.cursors`."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from shared.log.port import Log, Record
from shared.log.projection import Projection
from shared.log.whole_topic import WholeTopic
from shared.topics import CURSORS
from shared.wire import NotJson, decode

_SUFFIX = ":sweep"


class Sweeps(WholeTopic):
    """Of all connections."""

    def __init__(self, log: Log, path: Path) -> None:
        super().__init__(Projection(log, CURSORS, path, _ours))

    def passed(self, connection: str) -> datetime | None:
        """By our clock: every order that changed before then has its snapshot in the log. None before the first."""
        value = self._projection.get(connection + _SUFFIX)
        if value is None:
            return None
        document = decode(value)
        # `until` is an instant of the shop's clock, which was so many seconds ahead of ours then.
        return datetime.fromisoformat(document["until"]) - timedelta(seconds=document["skew_seconds"])


def _ours(current: bytes | None, record: Record) -> bytes | None:
    """Other cursors, and what this version can't read, tell nothing."""
    if record.value is None or not record.key.endswith(_SUFFIX):
        return None
    try:
        document = decode(record.value)
    except NotJson:
        return None
    return record.value if isinstance(document, dict) and document.get("schema") == 1 else None
