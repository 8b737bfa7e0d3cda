"""How far change data capture has come in a company, and what that has cost this month. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.ingest.cdc.pace import Spent, month_of
from shared import limits


@dataclass(frozen=True, slots=True)
class Position:
    """Everything that changed before `since` was told, per entity."""

    since: Mapping[str, datetime]
    spent: Spent

    @property
    def oldest(self) -> datetime:
        return min(self.since.values())

    def of(self, entities: Iterable[str]) -> dict[str, datetime]:
        """Where the questions about these entities begin."""
        return {entity: self.since[entity] for entity in entities}

    def moved(self, since: Mapping[str, datetime], calls: int, now: datetime) -> Position:
        """After so many more calls, which came so far."""
        return Position({**self.since, **since}, self.spent.plus(calls, now))

    def document(self) -> dict[str, Any]:
        """As the cursor keeps it."""
        return {
            "since": {entity: at.isoformat() for entity, at in self.since.items()},
            "month": self.spent.month,
            "calls": self.spent.calls,
        }


def first_position(entities: Iterable[str], now: datetime) -> Position:
    """Of a company that is new here: from now on. What stood before is read as lists (items, customers) or was written
    by others and concerns no order of ours (documents)."""
    since = now - timedelta(seconds=limits.CDC_OVERLAP_SECONDS)
    return Position(dict.fromkeys(entities, since), Spent(month_of(now), 0))


def read_position(document: Mapping[str, Any], entities: Iterable[str], now: datetime) -> Position:
    """What a cursor holds; an entity that it doesn't know yet begins now."""
    kept = {entity: datetime.fromisoformat(str(at)) for entity, at in dict(document["since"]).items()}
    new = now - timedelta(seconds=limits.CDC_OVERLAP_SECONDS)
    since = {entity: kept.get(entity, new) for entity in entities}
    return Position(since, Spent(str(document["month"]), int(document["calls"])))
