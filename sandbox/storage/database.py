"""One SQLite database of one process: opened or refused, read, changed in transactions."""

from __future__ import annotations

import sqlite3
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox import limits

_COMMON = (
    "CREATE TABLE numbers (space TEXT, name TEXT, value INTEGER NOT NULL, PRIMARY KEY (space, name)) WITHOUT ROWID",
    "CREATE TABLE texts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE shelves (seq INTEGER PRIMARY KEY, shelf TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL)",
    "CREATE UNIQUE INDEX shelves_name ON shelves (shelf, name)",
    "CREATE INDEX shelves_age ON shelves (shelf, seq)",
)


class StoreRefused(Exception):
    """The file can't be the store; the text says why."""


@dataclass(frozen=True, slots=True)
class Program:
    """Whose file it is: name for people, application_id and version for SQLite's header, tables of its own."""

    name: str
    application_id: int
    version: int
    tables: tuple[str, ...]


class Database:
    """The open database. Used from one thread; nothing may be awaited inside `atomic`."""

    def __init__(self, path: Path | None, program: Program) -> None:
        """path: the file, made if it isn't there; None keeps all in memory. Raises StoreRefused."""
        self._depth = 0
        self._afterwards: list[Callable[[], None]] = []
        try:
            self._connection = sqlite3.connect(
                ":memory:" if path is None else path, isolation_level=None, check_same_thread=False, timeout=0.0,
                cached_statements=limits.STORE_STATEMENTS,
            )  # fmt: skip
            weakref.finalize(self, self._connection.close)
            self._open(program)
        except sqlite3.DatabaseError as error:
            raise StoreRefused(_reason(path, error)) from error
        except _Unfit as unfit:
            raise StoreRefused(f"{path} can't be the store of the {program.name}: {unfit}") from unfit

    def _open(self, program: Program) -> None:
        run = self._connection.execute
        run(f"PRAGMA page_size = {limits.STORE_PAGE_BYTES}")
        run(f"PRAGMA cache_size = -{limits.STORE_CACHE_KIB}")
        run("PRAGMA locking_mode = EXCLUSIVE")  # two processes on one file would each miss what the other does
        run("PRAGMA synchronous = OFF")  # a killed process loses nothing; only a power cut may
        owner, version = self._pragma("application_id"), self._pragma("user_version")
        tables = run("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if (owner, version, tables) != (0, 0, 0):
            if owner != program.application_id:
                raise _Unfit("it belongs to another program")
            if version != program.version:
                raise _Unfit(f"it has version {version} of the format, this program writes version {program.version}")
        run("PRAGMA journal_mode = WAL")
        run(f"PRAGMA journal_size_limit = {limits.STORE_WAL_BYTES}")
        with self.atomic():
            if not tables:
                for statement in (*_COMMON, *program.tables):
                    run(statement)
                run(f"PRAGMA application_id = {program.application_id}")
                run(f"PRAGMA user_version = {program.version}")

    def _pragma(self, name: str) -> int:
        return int(self._connection.execute(f"PRAGMA {name}").fetchone()[0])

    def close(self) -> None:
        """End; the file is whole afterwards, without a journal beside it."""
        self._connection.close()

    def execute(self, sql: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        """One statement. Read the cursor to its end before anything is changed."""
        return self._connection.execute(sql, values)

    def one(self, sql: str, values: Sequence[Any] = ()) -> tuple[Any, ...] | None:
        """The first row, or None."""
        row: tuple[Any, ...] | None = self._connection.execute(sql, values).fetchone()
        return row

    @contextmanager
    def atomic(self) -> Iterator[None]:
        """All of it or, when an exception leaves it, nothing. May be nested: an inner one can fail by itself."""
        depth, mark = self._depth, len(self._afterwards)
        self._connection.execute(f"SAVEPOINT level{depth}" if depth else "BEGIN IMMEDIATE")
        self._depth += 1
        try:
            yield
            self._connection.execute(f"RELEASE level{depth}" if depth else "COMMIT")
        except BaseException:
            self._depth -= 1
            del self._afterwards[mark:]
            if depth:
                self._connection.execute(f"ROLLBACK TO level{depth}")
            self._connection.execute(f"RELEASE level{depth}" if depth else "ROLLBACK")
            raise
        self._depth -= 1
        if not depth and self._afterwards:
            due, self._afterwards = self._afterwards, []
            for call in due:
                call()

    def after_commit(self, call: Callable[[], None]) -> None:
        """Call it when what is under way is committed, never when it is rolled back; at once when nothing is."""
        if self._depth:
            self._afterwards.append(call)
        else:
            call()

    def next_number(self, space: str, name: str, first: int = 1) -> int:
        """The next number of a sequence that starts at `first`."""
        row = self.one(
            "INSERT INTO numbers VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = value + 1 RETURNING value",
            (space, name, first),
        )
        assert row is not None  # noqa: S101  # RETURNING answers one row
        return int(row[0])

    def text(self, name: str) -> str | None:
        """A single text kept under the name, or None."""
        row = self.one("SELECT value FROM texts WHERE name = ?", (name,))
        return None if row is None else str(row[0])

    def put_text(self, name: str, value: str) -> None:
        """Keep it in place of what had the name."""
        self.execute("INSERT INTO texts VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", (name, value))


class _Unfit(Exception):
    """Why the file is not ours."""


def _reason(path: Path | None, error: sqlite3.DatabaseError) -> str:
    if error.sqlite_errorcode in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return f"{path} is in use by another process"
    if error.sqlite_errorcode == sqlite3.SQLITE_NOTADB:
        return f"{path} is no store: it is not a SQLite file"
    return f"{path} can't be opened: {error}"
