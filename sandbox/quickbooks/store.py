"""The state of one company: its objects by entity and id, and the index of what must be unique."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sandbox import limits
from sandbox.quickbooks.clock import Clock
from sandbox.quickbooks.schema import ENTITIES
from sandbox.quickbooks.settings import CompanySettings
from sandbox.quickbooks.tables import KEYS, PROGRAM, instant_of, key_values, micros, ordinal
from sandbox.storage import Database
from sandbox.storage.codec import from_text, storable, to_text

PEOPLE = ("Customer", "Vendor", "Employee")  # they share their names and their ids
_FIRST_NUMBER = 1001
_STORED = "body, voided, next_line, side"
_PUT = f"""
    INSERT INTO documents (list, ordinal, id, space, unique_key, {", ".join(KEYS)}, voided, next_line, body, side)
    VALUES (?, ?, ?, ?, ?, {", ".join("?" * len(KEYS))}, ?, ?, ?, ?)
    ON CONFLICT (list, ordinal) DO UPDATE SET
    {", ".join(f"{name} = excluded.{name}" for name in ("unique_key", *KEYS, "voided", "next_line", "body", "side"))}
"""  # noqa: S608  # names of our own columns


@dataclass(slots=True)
class Record:
    """An object as stored: a value, of which the store keeps what `put` was given and nothing else.

    side: what the books derive from the document and keep beside it (JSON values and Decimal); None when nothing.
    """

    entity: str
    document: dict[str, Any]
    voided: bool = False
    next_line: int = 1  # ids of lines are never used twice
    side: Any = None

    @property
    def id(self) -> str:
        return str(self.document["Id"])

    @property
    def active(self) -> bool:
        return self.document.get("Active") is not False


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What is left of a removed object: its id, and when it was taken out."""

    id: str
    at: datetime


class Company:
    """One realm's books."""

    def __init__(self, realm: str, clock: Clock, settings: CompanySettings, database: Database | None = None) -> None:
        """database: the store that several companies may share; without one the books are in memory."""
        self.realm = realm
        self.clock = clock
        self.settings = settings
        self.database = database or Database(None, PROGRAM)
        self.watch: Callable[[str, str, Record | None], None] | None = None
        """Told of each put and remove before it is done: entity, id, and the object as it will be."""
        self.keep_settings: Callable[[], None] | None = None
        """Called when the company's own settings were changed, to put them down."""
        self._lists = self._list_numbers()

    def change_settings(self, settings: CompanySettings) -> None:
        """Other switches from now on."""
        self.settings = settings
        if self.keep_settings is not None:
            self.keep_settings()

    def atomic(self) -> AbstractContextManager[None]:
        """What is done inside is kept as a whole, or not at all when an exception leaves it. Nothing may be awaited."""
        return self.database.atomic()

    def after_commit(self, call: Callable[[], None]) -> None:
        """Call it once the change under way is in the books for good."""
        self.database.after_commit(call)

    def get(self, entity: str, object_id: str) -> Record | None:
        """The object, or None."""
        if not storable(object_id):
            return None
        row = self.database.one(
            f"SELECT {_STORED} FROM documents WHERE list = ? AND ordinal = ? AND id = ?",  # noqa: S608
            (self.list_of(entity), ordinal(object_id), object_id),
        )
        return None if row is None else record_of(entity, row)

    def need(self, entity: str, object_id: str) -> Record:
        """The object that a checked reference leads to. Raises KeyError: there is none."""
        record = self.get(entity, object_id)
        if record is None:
            raise KeyError(object_id)
        return record

    def rows(self, entity: str) -> Iterator[Record]:
        """All objects of the entity, inactive ones too, by id. The books may change meanwhile."""
        last = ""
        while True:
            page = self.database.execute(
                f"SELECT {_STORED}, ordinal FROM documents WHERE list = ? AND ordinal > ? ORDER BY ordinal LIMIT ?",  # noqa: S608
                (self.list_of(entity), last, limits.STORE_ROWS_AT_ONCE),
            ).fetchall()
            for row in page:
                yield record_of(entity, row)
            if len(page) < limits.STORE_ROWS_AT_ONCE:
                return
            last = page[-1][4]

    def changed_since(self, entity: str, since: datetime, limit: int) -> list[Record]:
        """Objects whose last update is at or after the instant, by that time and then by id."""
        rows = self.database.execute(
            f"SELECT {_STORED} FROM documents WHERE list = ? AND updated >= ? ORDER BY updated, ordinal LIMIT ?",  # noqa: S608
            (self.list_of(entity), micros(since), limit),
        )
        return [record_of(entity, row) for row in rows]

    def tombstones(self, entity: str, since: datetime, limit: int) -> list[Tombstone]:
        """What was removed at or after the instant, oldest first; kept for a little more than CDC looks back."""
        rows = self.database.execute(
            "SELECT id, at FROM tombstones WHERE list = ? AND at >= ? ORDER BY at, rowid LIMIT ?",
            (self.list_of(entity), micros(since), limit),
        )
        return [Tombstone(str(object_id), instant_of(at)) for object_id, at in rows]

    def is_fresh(self) -> bool:
        """Whether the store holds nothing of the company yet."""
        account = self.list_of("Account")  # every company has some from its start
        return self.database.one("SELECT 1 FROM documents WHERE list = ? LIMIT 1", (account,)) is None

    def clear(self) -> None:
        """Empty the books: no objects, no tombstones, ids and numbers from the start."""
        numbers = to_text(sorted(self._lists.values()))
        with self.atomic():
            for table in ("documents", "tombstones"):
                sql = f"DELETE FROM {table} WHERE list IN (SELECT value FROM json_each(?))"  # noqa: S608  # our names
                self.database.execute(sql, (numbers,))
            self.database.execute("DELETE FROM numbers WHERE space = ?", (self.realm,))

    def new_id(self, entity: str) -> str:
        """The next free id: transactions draw from one sequence, people from another, each list from its own."""
        sequence = "transactions" if ENTITIES[entity].transaction else _space(entity)
        return str(self.database.next_number(self.realm, sequence))

    def new_number(self) -> str:
        """The next number that the company gives to documents by itself."""
        return str(self.database.next_number(self.realm, "document number", _FIRST_NUMBER))

    def put(self, record: Record) -> None:
        """Store the object in place of the one with its id. Raises TypeError for a value that has no JSON form."""
        if self.watch is not None:
            self.watch(record.entity, record.id, record)
        self.database.execute(
            _PUT,
            (
                self.list_of(record.entity),
                ordinal(record.id),
                record.id,
                self.space_of(record.entity),
                _unique_key(record),
                *key_values(record.entity, record.document),
                record.voided,
                record.next_line,
                to_text(record.document),
                None if record.side is None else to_text(record.side),
            ),
        )

    def remove(self, entity: str, object_id: str) -> None:
        """Take the object out of the books; its number is free again. Raises KeyError: there is none."""
        here, now = self.list_of(entity), micros(self.clock.now())
        with self.atomic():
            if self.watch is not None:
                self.watch(entity, object_id, None)
            gone = self.database.one(
                "DELETE FROM documents WHERE list = ? AND ordinal = ? AND id = ? RETURNING 1",
                (here, ordinal(object_id), object_id),
            )
            if gone is None:
                raise KeyError(object_id)
            oldest = now - timedelta(days=limits.QB_TOMBSTONE_DAYS) // timedelta(microseconds=1)
            self.database.execute("DELETE FROM tombstones WHERE list = ? AND at < ?", (here, oldest))
            self.database.execute("INSERT INTO tombstones VALUES (?, ?, ?)", (here, object_id, now))

    def holders(self, entity: str, value: str) -> list[str]:
        """Ids of the objects, active or not, that hold the document number or name, in any case; oldest first."""
        if not storable(value):
            return []
        rows = self.database.execute(
            "SELECT id FROM documents WHERE space = ? AND unique_key = ? ORDER BY seq",
            (self.space_of(entity), normal(value)),
        )
        return [str(object_id) for (object_id,) in rows]

    def other_holder(self, entity: str, value: str, *, but: str) -> str | None:
        """The first of them that isn't `but`."""
        return next((holder for holder in self.holders(entity, value) if holder != but), None)

    def list_of(self, name: str) -> int:
        """The number under which rows of the entity stand in the tables. Raises KeyError."""
        return self._lists[name]

    def space_of(self, entity: str) -> int:
        """The same for the entities that share their names with this one."""
        return self._lists[_space(entity)]

    def _list_numbers(self) -> dict[str, int]:
        """The numbers of all lists, given once and for good."""
        numbers = {}
        with self.database.atomic():
            for name in (*ENTITIES, _space(PEOPLE[0])):
                key = ("list", f"{self.realm} {name}")
                self.database.execute(
                    "INSERT INTO numbers SELECT ?, ?, count(*) + 1 FROM numbers WHERE space = 'list' "
                    "ON CONFLICT DO NOTHING",
                    key,
                )
                row = self.database.one("SELECT value FROM numbers WHERE space = ? AND name = ?", key)
                assert row is not None  # noqa: S101  # it was put there
                numbers[name] = int(row[0])
        return numbers


def record_of(entity: str, row: tuple[Any, ...]) -> Record:
    """The record out of the columns body, voided, next_line, side."""
    return Record(entity, from_text(row[0]), bool(row[1]), row[2], None if row[3] is None else from_text(row[3]))


def unique_value(entity: str, document: dict[str, Any]) -> str | None:
    """What no other object of the same kind may have: a document's number, a person's or firm's name, a full name."""
    if ENTITIES[entity].transaction:
        value = document.get("DocNumber")
    elif entity in PEOPLE:
        value = document["DisplayName"]
    else:
        value = document.get("FullyQualifiedName") or document.get("Name") or document.get("DisplayName")
    return None if value is None else str(value)


def _unique_key(record: Record) -> str | None:
    value = unique_value(record.entity, record.document)
    return None if value is None else normal(value)


def _space(entity: str) -> str:
    return "people" if entity in PEOPLE else entity


def normal(value: str) -> str:
    """The name or number without what doesn't tell two of them apart."""
    return value.casefold().strip()
