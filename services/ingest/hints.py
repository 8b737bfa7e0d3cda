"""The hints of one entity that are read together. Pure but for the clock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from shared import limits
from shared.log.port import Record
from shared.log.signals import PoisonRecord


def key_parts(key: str) -> tuple[str, str, str]:
    """Connection, kind and id. Raises PoisonRecord."""
    try:
        connection, kind, entity = key.split(":")
    except ValueError as error:
        raise PoisonRecord(f"{key!r} is not connection:kind:id") from error
    return connection, kind, entity


class Hints:
    """One or more, in the order of the log."""

    def __init__(self, records: Sequence[Record]) -> None:
        self.records = records

    @staticmethod
    def now() -> datetime:
        return datetime.now(UTC)

    @property
    def key(self) -> str:
        return self.records[0].key

    @property
    def last(self) -> Record:
        return self.records[-1]

    @property
    def age_seconds(self) -> float:
        """Since the last came in: what it tells of may not be there yet."""
        return (self.now() - _came_in(self.last)).total_seconds()

    @property
    def waited_seconds(self) -> float:
        """Since the first came in: so long the shop's customer has waited."""
        return max(0.0, (self.now() - _came_in(self.records[0])).total_seconds())

    @property
    def by_command(self) -> bool:
        """Whether one was asked for by a person or a service, which wants it published in any case."""
        return any(record.headers.get("cause") == "command" for record in self.records)

    @property
    def say_deleted(self) -> bool:
        """Whether one says that the entity is gone, which it may say before it is."""
        return any(record.headers.get("deleted") == "true" for record in self.records)

    def pause(self) -> float:
        """Before another look for what should come or go, in seconds; growing."""
        return min(max(self.age_seconds, limits.NOT_FOUND_FIRST_SECONDS), limits.NOT_FOUND_PAUSE_MAX_SECONDS)

    def headers(self) -> dict[str, str]:
        """Of what is published for them. The first says how long the shop's customer has waited; the last one's id is
        the newest cause."""
        first, last = self.records[0].headers, self.last.headers
        return {
            "cause": last.get("cause", ""),
            "event": last.get("event", ""),
            "event-id": last.get("event-id", ""),
            "received-at": first.get("received-at", ""),
            "trace-id": last.get("trace-id", ""),
            "hints": str(len(self.records)),
        }


def _came_in(record: Record) -> datetime:
    """When the hint was received; when it was appended, if it doesn't say."""
    try:
        return datetime.fromisoformat(record.headers["received-at"])
    except (KeyError, ValueError):
        return datetime.fromtimestamp(record.timestamp_ms / 1000, UTC)
