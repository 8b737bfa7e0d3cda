"""How far each sweep, backfill and change data capture has come, kept in `bookbridge.cursors`.

A cursor may only move once what it has passed is durable: append the records first, then `put`. A cursor that a dying
or overtaken process left behind repeats work, and repeating publishes nothing twice (content hashes, SyncTokens).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from shared.log.port import Log, NewRecord
from shared.log.projection import Projection, last_value
from shared.log.whole_topic import WholeTopic
from shared.topics import CURSORS
from shared.wire import decode, encode


class Cursors(WholeTopic):
    """Small JSON documents by key: `connection:sweep`, `connection:backfill:id`, `realm:cdc` and the like."""

    def __init__(self, log: Log, path: Path) -> None:
        self._log = log
        super().__init__(Projection(log, CURSORS, path, last_value))

    def get(self, key: str) -> dict[str, Any] | None:
        """The document last put under this key; None when there is none."""
        value = self._projection.get(key)
        return None if value is None else dict(decode(value))

    def scan(self, prefix: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Every document whose key begins with `prefix`."""
        for key, value in self._projection.scan(prefix):
            yield key, dict(decode(value))

    async def put(self, key: str, realm: str, document: dict[str, Any]) -> None:
        """Durable on return, and what `get` gives. Raises LogUnavailable."""
        position = await self._log.append(NewRecord(CURSORS, key, encode(document), realm, {"schema": "1"}))
        await self._projection.reach(position)

    async def forget(self, key: str, realm: str) -> None:
        """Durable on return: there is no such document any more. Raises LogUnavailable."""
        position = await self._log.append(NewRecord(CURSORS, key, None, realm, {"schema": "1"}))
        await self._projection.reach(position)
