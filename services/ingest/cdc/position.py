"""How far change data capture has come in a company. Pure.

Two instants per entity, since changes may show up late: most questions begin shortly before the last one was sent, and
every now and then one goes back further. A change is missed only when it shows up later than that.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from shared import limits
from shared.quickbooks.cdc import instant
from shared.quickbooks.changed_pages import ByTime, Place, document_of, place_in


@dataclass(frozen=True, slots=True)
class Reading:
    """An entity is read up by queries: more changed than an answer of change data capture holds, or too long ago.
    `since` is where that began (None: everything), `place` the next page, `began` when its first page was asked for."""

    since: datetime | None
    place: Place
    began: datetime | None = None


def reading_from(since: datetime | None) -> Reading:
    """One that begins."""
    return Reading(since, ByTime(since))


@dataclass(frozen=True, slots=True)
class Entity:
    """Everything that changed before `near` was told; what became visible late is looked for from `deep` on.

    `alone_until`: it had more changes than an answer holds, and is asked for by itself. `refused_at`: QuickBooks has
    no change data capture of it. `unsure`: deletions may have hidden behind other changes. `checked_at`: they were
    last looked for one by one. `looked`: when the last question that showed all there was left and was answered, by
    the server's clock (of queries: see `read`); what it says is true of some moment between.
    """

    near: datetime
    deep: datetime
    reading: Reading | None = None
    alone_until: datetime | None = None
    refused_at: datetime | None = None
    unsure: bool = False
    checked_at: datetime | None = None
    looked: tuple[datetime, datetime] | None = None

    def asked(self, sent_at: datetime, deep: bool, answered_at: datetime | None = None) -> Entity:
        """After a whole answer to a question that was sent then. Neither instant goes back. `answered_at` is None when
        nothing is to be said of a look."""
        near = max(self.near, sent_at - timedelta(seconds=limits.CDC_NEAR_SECONDS))
        looked = (sent_at, answered_at) if answered_at is not None else self.looked
        if not deep:
            return replace(self, near=near, refused_at=None, looked=looked)
        back = sent_at - timedelta(seconds=limits.CDC_OVERLAP_SECONDS)
        return replace(self, near=near, deep=max(self.deep, back), refused_at=None, looked=looked)

    def read(self, begun: datetime, answered_at: datetime | None) -> Entity:
        """After it was read up by queries, the first sent and the last answered then. That is a look, too; but what
        changed shortly before it may be missing, since the index of queries lags behind."""
        read = self.asked(begun, deep=True)
        if answered_at is None:
            return read
        return replace(read, looked=(begun - timedelta(seconds=limits.CDC_OVERLAP_SECONDS), answered_at))

    def since(self, deep: bool) -> datetime:
        """Where a question begins."""
        return self.deep if deep else self.near

    def read_up(self, since: datetime | None) -> Entity:
        """It must be read by queries, from here on."""
        return replace(self, reading=reading_from(since))

    def document(self) -> dict[str, Any]:
        """As the cursor keeps it."""
        times = {
            "near": self.near,
            "deep": self.deep,
            "alone_until": self.alone_until,
            "refused_at": self.refused_at,
            "checked_at": self.checked_at,
        }
        document: dict[str, Any] = {name: at.isoformat() for name, at in times.items() if at is not None}
        if self.looked is not None:
            document["looked"] = [at.isoformat() for at in self.looked]
        if self.unsure:
            document["unsure"] = True
        if self.reading is not None:
            document["reading"] = {
                "since": _text(self.reading.since),
                "place": document_of(self.reading.place),
                "began": _text(self.reading.began),
            }
        return document


def entity_in(document: Mapping[str, Any]) -> Entity:
    """What `Entity.document` wrote."""
    reading = document.get("reading")
    looked = document.get("looked")
    return Entity(
        near=instant(document["near"]),
        deep=instant(document["deep"]),
        reading=reading and Reading(_instant(reading["since"]), place_in(reading["place"]), _instant(reading["began"])),
        alone_until=_instant(document.get("alone_until")),
        refused_at=_instant(document.get("refused_at")),
        unsure=bool(document.get("unsure")),
        checked_at=_instant(document.get("checked_at")),
        looked=None if looked is None else (instant(looked[0]), instant(looked[1])),
    )


@dataclass(frozen=True, slots=True)
class Position:
    """Of a company: its entities, by name."""

    entities: Mapping[str, Entity] = field(default_factory=dict)

    @property
    def oldest(self) -> datetime | None:
        """Of the entity that lags most."""
        return min((one.near for one in self.entities.values() if one.refused_at is None), default=None)

    def moved(self, moves: Mapping[str, Entity]) -> Position:
        """With these entities where they are now."""
        return Position({**self.entities, **moves})

    def deep_due(self, entities: Collection[str]) -> bool:
        """Whether the next question about all of them goes back further: when the last one that did is long ago."""
        ahead = timedelta(seconds=limits.CDC_OVERLAP_SECONDS - limits.CDC_NEAR_SECONDS + limits.CDC_DEEP_SECONDS)
        return any(self.entities[name].near - self.entities[name].deep >= ahead for name in entities)

    def begun(self, entities: Iterable[str], sent_at: datetime) -> Position:
        """With those that it didn't have: they begin so, with an overlap."""
        back = sent_at - timedelta(seconds=limits.CDC_OVERLAP_SECONDS)
        return Position({name: Entity(back, back) for name in entities} | dict(self.entities))

    def reset(self) -> Position:
        """The company began anew: all of it is read, and what is gone looked for."""
        return Position({name: one.read_up(None) for name, one in self.entities.items()})

    def document(self) -> dict[str, Any]:
        """As the cursor keeps it."""
        return {"schema": 1, "entities": {name: one.document() for name, one in self.entities.items()}}


def position_in(document: Mapping[str, Any]) -> Position:
    """What `Position.document` wrote."""
    return Position({str(name): entity_in(one) for name, one in dict(document["entities"]).items()})


def _text(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _instant(text: object) -> datetime | None:
    return None if text is None else instant(text)
