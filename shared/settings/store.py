"""The settings that are in force, followed from `bookbridge.settings` without a restart.

A record's value is the TOML document itself, as its author wrote it: what is in force can be read in the log with the
comments it came with. Headers say who published it and when.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Self

from shared.log.port import Log, NewRecord, Position, Record
from shared.log.projection import CorruptRecord, Projection, last_value
from shared.log.whole_topic import WholeTopic
from shared.settings.loader import Loaded, SettingsError, load
from shared.topics import SETTINGS

OnSettings = Callable[[Loaded], Awaitable[None]]


class SettingsStore(WholeTopic):
    """Settings by connection name, of all realms: they are few and every service needs them."""

    def __init__(self, log: Log, path: Path) -> None:
        self.log = log
        self._listeners: list[OnSettings] = []
        self._loaded: dict[str, Loaded] = {}
        super().__init__(Projection(log, SETTINGS, path, _checked, on_change=self._changed))

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        for name, _ in self._projection.scan():  # twice for one whose realm has changed: the younger row counts
            self._loaded[name] = load((self._projection.get(name) or b"").decode(), name)
        return self

    def get(self, connection: str) -> Loaded | None:
        """What is in force for a connection; None when nothing was published for it."""
        return self._loaded.get(connection)

    def all(self) -> dict[str, Loaded]:
        """Every connection's settings by name."""
        return dict(self._loaded)

    def subscribe(self, listener: OnSettings) -> None:
        """Calls `listener` with settings that come into force from now on. It must not wait for the log."""
        self._listeners.append(listener)

    async def reach(self, position: Position) -> None:
        """Returns when a record just published is in force here."""
        await self._projection.reach(position)

    async def _changed(self, record: Record, before: bytes | None, after: bytes | None) -> None:
        if after is None:
            self._loaded.pop(record.key, None)
            return
        loaded = load(after.decode(), record.key)
        self._loaded[record.key] = loaded
        for listener in self._listeners:
            await listener(loaded)


async def publish(log: Log, loaded: Loaded, by: str, now: datetime) -> Position:
    """Puts settings into force. `by` says who did it. Raises LogUnavailable."""
    headers = {"schema": "1", "by": by, "at": now.isoformat(), "version": loaded.version}
    settings = loaded.settings
    record = NewRecord(SETTINGS, settings.connection, loaded.text.encode(), settings.quickbooks.realm, headers)
    return await log.append(record)


def _checked(current: bytes | None, record: Record) -> bytes | None:
    """Only settings that load may come into force: they were checked before they were published."""
    if record.value is not None:
        try:
            load(record.value.decode(), record.key)
        except (SettingsError, UnicodeDecodeError) as error:
            raise CorruptRecord(f"settings of {record.key} can't be loaded: {error}") from error
    return last_value(current, record)
