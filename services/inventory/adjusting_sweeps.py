"""Up to when the shop's orders are known, as ingest's sweeps tell in `bookbridge.cursors`."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from services.inventory.cursor_documents import ending_in
from shared.log.port import Log
from shared.log.projection import Projection
from shared.log.whole_topic import WholeTopic
from shared.topics import CURSORS
from shared.wire import decode

_SUFFIX = ":sweep"


class Sweeps(WholeTopic):
    """Of all connections."""

    def __init__(self, log: Log, path: Path) -> None:
        super().__init__(Projection(log, CURSORS, path, ending_in(_SUFFIX)))

    def passed(self, connection: str) -> datetime | None:
        """By our clock: every order that changed before then has its snapshot in the log. None before the first."""
        value = self._projection.get(connection + _SUFFIX)
        if value is None:
            return None
        document = decode(value)
        # `until` is an instant of the shop's clock, which was so many seconds ahead of ours then.
        return datetime.fromisoformat(document["until"]) - timedelta(seconds=document["skew_seconds"])
