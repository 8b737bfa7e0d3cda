"""Attempts to connect, followed from `bookbridge.connects`: which are used up, and what came of each.

A browser may come back to any process, and twice: of all who claim an attempt the one whose record comes first in the
log has it, so a code is exchanged once in the whole deployment (a second exchange makes Intuit end the grant).
"""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from shared.log.port import Log, NewRecord, Record
from shared.log.projection import Projection
from shared.log.whole_topic import WholeTopic
from shared.topics import CONNECTS
from shared.wire import NotJson, decode, encode


@dataclass(frozen=True, slots=True)
class Result:
    """How an attempt ended, in words for the person who connects. `company` is its name, where it is known."""

    connected: bool
    text: str
    company: str = ""


class Attempts(WholeTopic):
    """The attempts of the last days."""

    def __init__(self, log: Log, path: Path) -> None:
        self._log = log
        super().__init__(Projection(log, CONNECTS, path, fold, on_change=self._changed))
        self._news = asyncio.Event()

    def used(self, attempt: str) -> bool:
        """Whether somebody has claimed it."""
        return self._projection.get(attempt) is not None

    async def claim(self, realm: str, attempt: str) -> bool:
        """Whether the attempt is the caller's: of many callers, anywhere, it is one's. Raises LogUnavailable."""
        mark = uuid.uuid4().hex
        await self._append(realm, attempt, {"claim": mark})
        return bool(self._row(attempt).get("claim") == mark)

    async def finish(self, realm: str, attempt: str, result: Result) -> None:
        """Tells all who wait; the first result of an attempt stands. Raises LogUnavailable."""
        await self._append(realm, attempt, {"result": asdict(result)})

    def result(self, attempt: str) -> Result | None:
        """How it ended, if it has."""
        told = self._row(attempt).get("result")
        return None if told is None else Result(**told)

    async def wait(self, attempt: str, seconds: float) -> Result | None:
        """How it ended; None when it hasn't within so many seconds."""
        try:
            async with asyncio.timeout(seconds):
                while (result := self.result(attempt)) is None:
                    await self._news.wait()
        except TimeoutError:
            return None
        return result

    def _row(self, attempt: str) -> dict[str, Any]:
        row = self._projection.get(attempt)
        return {} if row is None else decode(row)

    async def _append(self, realm: str, attempt: str, event: dict[str, Any]) -> None:
        position = await self._log.append(NewRecord(CONNECTS, attempt, encode(event), realm, {"schema": "1"}))
        await self._projection.reach(position)

    async def _changed(self, record: Record, before: bytes | None, after: bytes | None) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()


def fold(current: bytes | None, record: Record) -> bytes | None:
    """The first claim and the first result of an attempt stand."""
    try:
        event = decode(record.value or b"")
    except NotJson:
        return current
    row = {} if current is None else decode(current)
    return encode({**event, **row}) if isinstance(event, dict) else current
