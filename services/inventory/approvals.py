"""Which connections' stock may be written: a document of `bookbridge.cursors` under `connection:stock`.

Only the connection's owner writes it, so it survives restarts and goes with the partition. It names the direction, the
shop and the source that it holds for, and the preview that it rests on.
"""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from services.inventory.cursor_documents import ending_in
from services.inventory.preview import Preview, where
from shared.log.port import Log, NewRecord
from shared.log.projection import Projection
from shared.log.whole_topic import WholeTopic
from shared.settings.model import Settings
from shared.topics import CURSORS
from shared.wire import decode, encode

_SUFFIX = ":stock"


class Ground(StrEnum):
    """Why it may be written."""

    HARMLESS = "harmless"
    CONFIRMED = "confirmed"


_WORDS = {
    Ground.HARMLESS: "the first run was harmless",
    Ground.CONFIRMED: "a person confirmed the first run",
}


class Approvals(WholeTopic):
    """Of all connections."""

    def __init__(self, log: Log, path: Path) -> None:
        self._log = log
        super().__init__(Projection(log, CURSORS, path, ending_in(_SUFFIX)))

    def given(self, settings: Settings) -> str:
        """Why the connection's stock may be written, in words; "" when it may not, or not under these settings."""
        value = self._projection.get(settings.connection + _SUFFIX)
        document = {} if value is None else decode(value)
        if document.get("where") != where(settings):
            return ""
        return f"{_WORDS[Ground(document['ground'])]} ({document['at'][:16].replace('T', ' ')} UTC)"

    def stands(self, connection: str) -> bool:
        """Whether there is one, whatever it holds for."""
        return self._projection.get(connection + _SUFFIX) is not None

    async def give(self, settings: Settings, ground: Ground, preview: Preview) -> None:
        """Durable on return. Raises LogUnavailable."""
        document = {
            "schema": 1,
            "where": where(settings),
            "ground": ground.value,
            "digest": preview.digest,
            "stocked": preview.stocked,
            "emptied": preview.emptied,
            "unsure": preview.unsure,
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        await self._put(settings.connection, settings.quickbooks.realm, encode(document))

    async def forget(self, settings: Settings) -> None:
        """The next run asks anew. Raises LogUnavailable."""
        await self._put(settings.connection, settings.quickbooks.realm, None)

    async def _put(self, connection: str, realm: str, value: bytes | None) -> None:
        record = NewRecord(CURSORS, connection + _SUFFIX, value, realm, {"schema": "1"})
        await self._projection.reach(await self._log.append(record))
