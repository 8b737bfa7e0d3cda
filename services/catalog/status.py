"""How far a shop's catalogue is, for people: a small document in `bookbridge.cursors` under `connection:catalog`.

It lies in the log, so that it can be read from any machine, and tells also after the process has died how far it was.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from services.catalog.applying import Turn
from shared import limits


class State(StrEnum):
    """`waiting`: nothing goes on until what `why` tells of is over. `done`: the books are as the last plan says."""

    WAITING = "waiting"
    PLANNING = "planning"
    APPLYING = "applying"
    DONE = "done"


class CatalogStatus(BaseModel):
    """Of one connection. A load is all that is done from one `done` to the next, in however many plans and processes;
    its operations are counted by `total`, `done` and `refused` (part of `done`), and those of them that write to
    QuickBooks by `to_write` and `written`. `a_minute` are writes of the last minutes, `conflicts` products that wait
    for a person."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    connection: str
    state: State
    why: str = ""
    told_at: datetime
    began_at: datetime
    total: int = 0
    done: int = 0
    refused: int = 0
    to_write: int = 0
    written: int = 0
    a_minute: int | None = None
    conflicts: int = 0

    @property
    def seconds_left(self) -> float | None:
        """Of the load, at the pace that was seen but no more than is permitted. None while there is nothing to say."""
        if self.state is not State.APPLYING:
            return None
        permitted = limits.QUOTA_BATCHES_PER_MINUTE * limits.BATCH_ITEMS
        return 60 * (self.to_write - self.written) / min(self.a_minute or permitted, permitted)

    @property
    def silent(self) -> bool:
        """Whether a process that lives would have told more by now."""
        age = (datetime.now(UTC) - self.told_at).total_seconds()
        return self.state in (State.APPLYING, State.PLANNING) and age > limits.CATALOG_STATUS_SILENT_SECONDS


def status_key(connection: str) -> str:
    """In `bookbridge.cursors`."""
    return f"{connection}:catalog"


def read_status(document: dict[str, Any] | None) -> CatalogStatus | None:
    """None where none was told, or one of another release that can't be read."""
    try:
        return None if document is None else CatalogStatus.model_validate(document)
    except ValidationError:
        return None


Put = Callable[[CatalogStatus], Awaitable[None]]


class StatusKeeper:
    """Of one connection: tells what is new, and counts a load on where another plan or process left it. All methods
    raise LogUnavailable."""

    def __init__(self, connection: str, last: CatalogStatus | None, put: Put) -> None:
        now = datetime.now(UTC)
        self._last = last or CatalogStatus(connection=connection, state=State.DONE, told_at=now, began_at=now)
        self._put = put
        self._told = last
        self._base = self._last  # the load before this plan
        self._pace = Pace()

    async def waits(self, why: str) -> None:
        """A turn ended in front of this."""
        await self._tell(state=State.WAITING, why=why)

    async def plans(self) -> None:
        """A plan takes more than a moment."""
        await self._tell(state=State.PLANNING, why="")

    def begins(self, turn: Turn) -> None:
        """A plan's operations follow."""
        if self._last.state is State.DONE:
            now = datetime.now(UTC)
            fresh = dict.fromkeys(("total", "done", "refused", "to_write", "written"), 0)
            self._last = self._last.model_copy(update={**fresh, "began_at": now})
        self._base = self._last
        self._pace = Pace()
        self._pace.saw(time.monotonic(), turn.written)

    async def goes_on(self, turn: Turn) -> CatalogStatus:
        """Some more are done."""
        self._pace.saw(time.monotonic(), turn.written)
        await self._tell(state=State.APPLYING, why="", **self._counted(turn))
        return self._last

    def ended(self, turn: Turn) -> None:
        """All were tried; what is left, if anything, comes with the next plan or after a wait."""
        self._pace.saw(time.monotonic(), turn.written)
        self._last = self._last.model_copy(update=self._counted(turn))

    async def done(self) -> None:
        """Nothing is left to do."""
        last = self._last
        await self._tell(state=State.DONE, why="", total=last.done, to_write=last.written)

    def conflicts(self, count: int) -> None:
        """By the plan of now; told with what follows."""
        self._last = self._last.model_copy(update={"conflicts": count})

    def _counted(self, turn: Turn) -> dict[str, Any]:
        base = self._base
        return {
            "total": base.done + turn.total,
            "done": base.done + turn.done,
            "refused": base.refused + turn.refused,
            "to_write": base.written + turn.to_write,
            "written": base.written + turn.written,
            "a_minute": self._pace.a_minute,
        }

    async def _tell(self, **changes: Any) -> None:
        self._last = new = self._last.model_copy(update={**changes, "told_at": datetime.now(UTC)})
        told = self._told
        if told is not None and new.state is not State.APPLYING and _same(told, new):
            return
        await self._put(new)
        self._told = new


def _same(one: CatalogStatus, other: CatalogStatus) -> bool:
    """But for when it was told."""
    return one.model_copy(update={"told_at": other.told_at}) == other


class Pace:
    """Writes a minute over the last CATALOG_PACE_SECONDS: two whole minutes, since QuickBooks takes a minute's batches
    at once."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def saw(self, now: float, written: int) -> None:
        self._seen.append((now, written))
        while self._seen[0][0] < now - limits.CATALOG_PACE_SECONDS:
            self._seen.popleft()

    @property
    def a_minute(self) -> int | None:
        """None before a whole minute was seen."""
        (since, first), (until, last) = self._seen[0], self._seen[-1]
        return round(60 * (last - first) / (until - since)) if until - since >= 60 else None
