"""A backfill as a document in `bookbridge.cursors`: what was asked for, how far it is, and which states follow which.
Pure: every change gives a new document.

waiting -> running <-> paused -> done | failed | cancelled; what has failed or was cancelled can be resumed: it goes on
from where it was.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.ingest.backfill.selection import Zones
from services.ingest.backfill.wanted import Wanted
from shared import limits

Count = Annotated[int, Field(ge=0)]


class State(StrEnum):
    """Where a backfill is."""

    WAITING = "waiting"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


ENDED = frozenset({State.DONE, State.FAILED, State.CANCELLED})


class NotPossible(Exception):
    """The backfill's state doesn't allow this."""


class Flaw(BaseModel):
    """A document that can't be read, or that the shop doesn't have."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    name: str
    """Its id; for an order its number, where only that is known."""
    why: str


class Page(BaseModel):
    """What one page brought. `part` and `after_id` are where the next one begins."""

    model_config = ConfigDict(frozen=True)

    part: Count
    after_id: Count
    read: Count = 0
    published: Count = 0
    unchanged: Count = 0
    before_start: Count = 0
    flaws: tuple[Flaw, ...] = ()
    missing: tuple[str, ...] = ()
    """Of what was named one by one, what the shop doesn't have: known at the end of a part."""
    seen: tuple[str, ...] = ()
    """Of what was named one by one, what was on this page."""


class Job(BaseModel):
    """The document. `unreadable` and `missing` count all; of them `flaws` and `missing_names` name the first ones."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    schema_: int = Field(1, alias="schema")
    id: str
    connection: str
    wanted: Wanted
    asked_by: str
    asked_at: AwareDatetime
    state: State = State.WAITING
    why: str = ""
    """Why it is paused or has failed."""
    cancel: bool = False
    """Someone asked for its end; the page under way is still finished."""
    found: Count | None = None
    rate: Count = 0
    """Documents a minute at most, in force since it runs."""
    zones: Zones = ()
    """As they were when it began, so that the same parts come out whenever it goes on."""
    part: Count = 0
    after_id: Count = 0
    seen: tuple[str, ...] = ()
    """Of what the part names, what came so far."""
    read: Count = 0
    published: Count = 0
    unchanged: Count = 0
    before_start: Count = 0
    unreadable: Count = 0
    flaws: tuple[Flaw, ...] = ()
    missing: Count = 0
    missing_names: tuple[str, ...] = ()
    bad_run: Count = 0
    """Unreadable ones since the last that could be read."""
    calls: Count = 0
    """Of a dry run: how many calls the real one would make."""
    started_at: AwareDatetime | None = None
    ended_at: AwareDatetime | None = None
    changed_at: AwareDatetime | None = None

    @property
    def ended(self) -> bool:
        return self.state in ENDED

    @property
    def handled(self) -> int:
        """Of those found: read, or known to be unreadable."""
        return self.read + self.unreadable

    def begin(self, found: int | None, rate: int, zones: Zones, at: datetime) -> Self:
        """It runs: for the first time, or again after a restart of its process."""
        self._not_ended("begun")
        start = self.started_at or at
        return self._with(at, state=State.RUNNING, why="", found=found, rate=rate, zones=zones, started_at=start)

    def turn(self, page: Page, at: datetime) -> Self:
        """One page more. Raises NotPossible for a page that lies behind the position."""
        self._not_ended("gone on with")
        if (page.part, page.after_id) < (self.part, self.after_id):
            raise NotPossible(f"backfill {self.id} stands at {(self.part, self.after_id)}, past the page")
        flaws, missing = len(page.flaws), len(page.missing)
        return self._with(
            at,
            state=State.RUNNING,
            why="",
            part=page.part,
            after_id=page.after_id,
            seen=(*self.seen, *page.seen) if page.part == self.part else (),
            found=None if self.found is None else max(0, self.found - missing),
            read=self.read + page.read,
            published=self.published + page.published,
            unchanged=self.unchanged + page.unchanged,
            before_start=self.before_start + page.before_start,
            unreadable=self.unreadable + flaws,
            flaws=(*self.flaws, *page.flaws)[: limits.BACKFILL_FLAWS_NAMED],
            missing=self.missing + missing,
            missing_names=(*self.missing_names, *page.missing)[: limits.BACKFILL_FLAWS_NAMED],
            bad_run=self.bad_run + flaws if not page.read else 0,
        )

    def estimate(self, calls: int) -> Self:
        """How many calls a run that is not dry would make."""
        return self.model_copy(update={"calls": calls})

    def pause(self, why: str, at: datetime) -> Self:
        """It waits for the shop, and goes on by itself."""
        self._not_ended("paused")
        return self._with(at, state=State.PAUSED, why=why)

    def finish(self, at: datetime) -> Self:
        """All is read. What was found at the beginning may have come or gone since."""
        self._not_ended("finished")
        return self._with(at, state=State.DONE, why="", found=self.handled, ended_at=at)

    def fail(self, why: str, at: datetime) -> Self:
        self._not_ended("failed")
        return self._with(at, state=State.FAILED, why=why, ended_at=at)

    def ask_cancel(self, at: datetime) -> Self:
        """Its end is wanted. Asked of one that has ended, nothing changes."""
        return self if self.ended or self.cancel else self._with(at, cancel=True)

    def cancelled(self, at: datetime) -> Self:
        self._not_ended("cancelled")
        return self._with(at, state=State.CANCELLED, why="", ended_at=at)

    def resume(self, at: datetime) -> Self:
        """Goes on from where it was. Asked of one that hasn't ended, only a wish to cancel is taken back. Raises
        NotPossible for one that is done."""
        if self.state is State.DONE:
            raise NotPossible(f"backfill {self.id} is done; ask for a new one to read the same again")
        if not self.ended:
            return self._with(at, cancel=False) if self.cancel else self
        return self._with(at, state=State.WAITING, why="", cancel=False, ended_at=None, bad_run=0)

    def _not_ended(self, what: str) -> None:
        if self.ended:
            raise NotPossible(f"backfill {self.id} is {self.state.value} and can't be {what}")

    def _with(self, at: datetime, **changes: object) -> Self:
        return self.model_copy(update={**changes, "changed_at": at})


def key_of(connection: str, job: str) -> str:
    """The document's key in `bookbridge.cursors`."""
    return f"{prefix_of(connection)}{job}"


def prefix_of(connection: str) -> str:
    """What the keys of a connection's backfills begin with."""
    return f"{connection}:backfill:"
