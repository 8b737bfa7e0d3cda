"""The state of one company: its objects by entity and id, and the index of what must be unique."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sandbox.quickbooks.clock import Clock
from sandbox.quickbooks.schema import ENTITIES
from sandbox.quickbooks.settings import CompanySettings

PEOPLE = ("Customer", "Vendor", "Employee")  # they share their names and their ids


@dataclass(slots=True)
class Record:
    """An object as stored. `document` is never changed in place: an update puts a new one."""

    entity: str
    document: dict[str, Any]
    voided: bool = False
    next_line: int = 1  # ids of lines are never used twice

    @property
    def id(self) -> str:
        return str(self.document["Id"])

    @property
    def active(self) -> bool:
        return self.document.get("Active") is not False


@dataclass(slots=True)
class Company:
    """One realm's books."""

    realm: str
    clock: Clock
    settings: CompanySettings
    next_ids: dict[str, int] = field(default_factory=lambda: defaultdict(lambda: 1))
    next_number: int = 1001
    _tables: dict[str, dict[str, Record]] = field(default_factory=lambda: {name: {} for name in ENTITIES})
    _holders: dict[tuple[str, str], dict[str, None]] = field(default_factory=dict)  # (space, key) -> ids, in order

    def get(self, entity: str, object_id: str) -> Record | None:
        """The object, or None."""
        return self._tables[entity].get(object_id)

    def need(self, entity: str, object_id: str) -> Record:
        """The object that a checked reference leads to. Raises KeyError: there is none."""
        return self._tables[entity][object_id]

    def rows(self, entity: str) -> Iterator[Record]:
        """All objects of the entity, inactive ones too, in the order of their creation."""
        yield from self._tables[entity].values()

    def new_id(self, entity: str) -> str:
        """The next free id: transactions draw from one sequence, people from another, each list from its own."""
        sequence = "transactions" if ENTITIES[entity].transaction else _space(entity)
        value = self.next_ids[sequence]
        self.next_ids[sequence] = value + 1
        return str(value)

    def put(self, record: Record) -> None:
        """Store the object in place of the one with its id."""
        self._forget(self._tables[record.entity].get(record.id))
        self._tables[record.entity][record.id] = record
        key = _unique_key(record)
        if key is not None:
            self._holders.setdefault(key, {})[record.id] = None

    def remove(self, entity: str, object_id: str) -> None:
        """Take the object out of the books; its number is free again."""
        self._forget(self._tables[entity].pop(object_id))

    def holders(self, entity: str, value: str) -> list[str]:
        """Ids of the objects, active or not, that hold the document number or name, in any case."""
        return list(self._holders.get((_space(entity), _normal(value)), ()))

    def other_holder(self, entity: str, value: str, *, but: str) -> str | None:
        """The first of them that isn't `but`."""
        return next((holder for holder in self.holders(entity, value) if holder != but), None)

    def _forget(self, record: Record | None) -> None:
        key = _unique_key(record) if record else None
        if record is None or key is None:
            return
        holders = self._holders[key]
        del holders[record.id]
        if not holders:
            del self._holders[key]


def unique_value(entity: str, document: dict[str, Any]) -> str | None:
    """What no other object of the same kind may have: a document's number, a person's or firm's name, a full name."""
    if ENTITIES[entity].transaction:
        value = document.get("DocNumber")
    elif entity in PEOPLE:
        value = document["DisplayName"]
    else:
        value = document.get("FullyQualifiedName") or document.get("Name") or document.get("DisplayName")
    return None if value is None else str(value)


def _unique_key(record: Record) -> tuple[str, str] | None:
    value = unique_value(record.entity, record.document)
    return None if value is None else (_space(record.entity), _normal(value))


def _space(entity: str) -> str:
    return "people" if entity in PEOPLE else entity


def _normal(value: str) -> str:
    return value.strip().casefold()
