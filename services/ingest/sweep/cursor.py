"""How far the sweep of a connection has come: its document in `bookbridge.cursors`. Pure: each change gives a new one.

Instants are the shop's. Nothing in it moves before what it has passed is durable.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.ingest.sweep.windows import Reached, Span

Count = Annotated[int, Field(ge=0)]


class What(StrEnum):
    """Which column of time a walk goes by."""

    CHANGED = "updated_at"
    CREATED = "created_at"


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Walk(_Document):
    """A window that is being walked, and the page at which it stands: `part` counts the lists, `after_id` is the last
    id of that list that is done."""

    what: What
    start: AwareDatetime
    end: AwareDatetime
    part: Count = 0
    after_id: Count = 0
    skew_seconds: int = 0
    """What the shop's clock was ahead of ours when the window was cut: its end is by that clock, which may have been
    set before the walk is done."""

    @classmethod
    def of(cls, what: What, span: Span, skew: timedelta = timedelta(0)) -> Self:
        return cls(what=what, start=span.start, end=span.end, skew_seconds=_seconds(skew))


class Cover(_Document):
    """Orders that were created before the sweeps began and belong to the books by the start date now: all from `start`
    on; up to `reached` they are read."""

    start: AwareDatetime
    reached: AwareDatetime


class Flaw(_Document):
    """A document that the shop can't show. Times are ours."""

    since: AwareDatetime
    tried_at: AwareDatetime


class NightCursor(_Document):
    """The nightly work of a connection: its document in `bookbridge.cursors`."""

    schema_: int = Field(1, alias="schema")
    began: AwareDatetime
    """The last run, by our clock."""
    numbers_done: bool = False
    """Its search for missing order numbers is done."""
    products_after: Count | None = 0
    """The last product that it compared; None when all are."""
    upto: Mapping[str, int] = Field(default_factory=dict)
    """Up to which number each series of order numbers was looked at."""
    unreadable: tuple[str, ...] = ()
    """Orders that were found by their numbers and couldn't be read, as kind:id."""

    @classmethod
    def begin(cls, former: Self | None, at: datetime) -> Self:
        """A run begins. Products that the former one has not come to (there were too many, or the shop refuses them) go
        on where it was, so that they hold up no search for numbers."""
        if former is None:
            return cls.model_validate({"schema": 1, "began": at})
        after = former.products_after or 0
        return cls.model_validate(
            {"schema": 1, "began": at, "products_after": after, "upto": former.upto, "unreadable": former.unreadable}
        )

    @property
    def ended(self) -> bool:
        return self.numbers_done and self.products_after is None

    def numbered(self, upto: Mapping[str, int], unreadable: Iterable[str]) -> Self:
        return self.model_copy(update={"numbers_done": True, "upto": {**upto}, "unreadable": tuple(unreadable)})

    def compared(self, after_id: int | None) -> Self:
        return self.model_copy(update={"products_after": after_id})


class SweepCursor(_Document):
    """The document."""

    schema_: int = Field(1, alias="schema")
    until: AwareDatetime
    """Everything changed up to then was looked at."""
    skew_seconds: int
    """What the shop's clock was ahead of ours when `until` was chosen."""
    since: AwareDatetime
    """Every order created since then was read."""
    walk: Walk | None = None
    cover: Cover | None = None
    unreadable: Mapping[str, Flaw] = Field(default_factory=dict)
    """By kind:id."""

    @classmethod
    def first(cls, start: datetime, skew: timedelta) -> Self:
        """Of a connection that was never swept."""
        return cls.model_validate(
            {"schema": 1, "until": start, "skew_seconds": round(skew.total_seconds()), "since": start}
        )

    @property
    def reached(self) -> Reached:
        return Reached(self.until, timedelta(seconds=self.skew_seconds))

    def turn(self, part: int, after_id: int) -> Self:
        """The walk under way has come so far."""
        walk = self.walk and self.walk.model_copy(update={"part": part, "after_id": after_id})
        return self.model_copy(update={"walk": walk})

    def begin(self, walk: Walk, cover: Cover | None = None) -> Self:
        """A window is walked from now on; `cover` is what it is part of, when it goes by created_at."""
        return self.model_copy(update={"walk": walk, "cover": cover or self.cover})

    def finish(self) -> Self:
        """The walk under way is at its end."""
        if self.walk is None:
            return self
        done: dict[str, object] = {"walk": None}
        if self.walk.what is What.CHANGED:
            done |= {"until": self.walk.end, "skew_seconds": self.walk.skew_seconds}
        elif self.cover is not None:
            cover = self.cover.model_copy(update={"reached": self.walk.end})
            done |= {"since": cover.start, "cover": None} if cover.reached >= self.since else {"cover": cover}
        return self.model_copy(update=done)

    def uncovered(self) -> Self:
        """No older orders are asked for any more."""
        return self.model_copy(update={"cover": None})

    def flawed(self, name: str, at: datetime) -> Self:
        """It couldn't be read."""
        known = self.unreadable.get(name)
        flaw = Flaw(since=known.since if known else at, tried_at=at)
        return self.model_copy(update={"unreadable": {**self.unreadable, name: flaw}})

    def mended(self, names: Iterable[str]) -> Self:
        """They could be read, or aren't there any more."""
        gone = set(names)
        if not gone & self.unreadable.keys():
            return self
        return self.model_copy(
            update={"unreadable": {name: flaw for name, flaw in self.unreadable.items() if name not in gone}}
        )


def _seconds(skew: timedelta) -> int:
    return round(skew.total_seconds())
