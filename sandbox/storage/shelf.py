"""A bounded memory of named values: what is put in last stays longest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sandbox.storage.codec import from_text, storable, to_text
from sandbox.storage.database import Database


class Shelf:
    """Values by name in the order in which the names first came."""

    def __init__(self, database: Database, name: str) -> None:
        self._database = database
        self._name = name

    def get(self, name: str) -> Any:
        """The value, or None."""
        if not storable(name):
            return None
        row = self._database.one("SELECT value FROM shelves WHERE shelf = ? AND name = ?", (self._name, name))
        return None if row is None else from_text(row[0])

    def put(self, name: str, value: Any, *, at_most: int) -> None:
        """Keep the value; beyond `at_most` names the oldest go. The name must be storable."""
        with self._database.atomic():
            row = self._database.one(
                "UPDATE shelves SET value = ? WHERE shelf = ? AND name = ? RETURNING 1",
                (to_text(value), self._name, name),
            )
            if row is None:
                self._database.execute(
                    "INSERT INTO shelves (shelf, name, value) VALUES (?, ?, ?)", (self._name, name, to_text(value))
                )
                self._count(1)
            self.shrink(at_most)

    def add(self, name: str, *, at_most: int) -> bool:
        """Keep the bare name; False when it is there already."""
        with self._database.atomic():
            row = self._database.one(
                "INSERT INTO shelves (shelf, name, value) VALUES (?, ?, 'null') ON CONFLICT DO NOTHING RETURNING 1",
                (self._name, name),
            )
            if row is not None:
                self._count(1)
                self.shrink(at_most)
        return row is not None

    def pop(self, name: str) -> Any:
        """Take the value away and answer it, or None."""
        if not storable(name):
            return None
        with self._database.atomic():
            row = self._database.one(
                "DELETE FROM shelves WHERE shelf = ? AND name = ? RETURNING value", (self._name, name)
            )
            if row is None:
                return None
            self._count(-1)
        return from_text(row[0])

    def shrink(self, at_most: int) -> None:
        """Forget the oldest beyond that number."""
        surplus = len(self) - at_most
        if surplus > 0:
            self._database.execute(
                "DELETE FROM shelves WHERE seq IN (SELECT seq FROM shelves WHERE shelf = ? ORDER BY seq LIMIT ?)",
                (self._name, surplus),
            )
            self._count(-surplus)

    def oldest(self) -> Iterator[tuple[str, Any]]:
        """Names and values, oldest first; what is read may be taken away meanwhile."""
        last = 0
        while True:
            row = self._database.one(
                "SELECT seq, name, value FROM shelves WHERE shelf = ? AND seq > ? ORDER BY seq LIMIT 1",
                (self._name, last),
            )
            if row is None:
                return
            last = row[0]
            yield row[1], from_text(row[2])

    def clear(self) -> None:
        """Empty it."""
        with self._database.atomic():
            self._database.execute("DELETE FROM shelves WHERE shelf = ?", (self._name,))
            self._database.execute("DELETE FROM numbers WHERE space = 'shelf' AND name = ?", (self._name,))

    def __len__(self) -> int:
        row = self._database.one("SELECT value FROM numbers WHERE space = 'shelf' AND name = ?", (self._name,))
        return 0 if row is None else int(row[0])

    def _count(self, change: int) -> None:
        """The number of names is kept beside them: counting 200,000 of them at each call would be slow."""
        self._database.execute(
            "INSERT INTO numbers VALUES ('shelf', ?, ?) ON CONFLICT DO UPDATE SET value = value + ?",
            (self._name, change, change),
        )
