"""The SQLite file of a projection: rows, and beside them in the same transaction how far each partition was read.

The file is a cache of its topic. One that can't be trusted is deleted and begun again; nobody repairs it.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import orjson
import structlog

from shared.log.port import LogUnavailable, Record

SCHEMA_VERSION = 2  # another one means: delete and rebuild
_SCAN_ROWS = 500  # read at once, so that a scan holds no statement open while records are applied
_BUSY_SECONDS = 5.0  # for a predecessor that is just ending; the file has one user
_BROKEN = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR)  # the last: tables unlike ours

_TABLES = """
CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE rows (
    key TEXT NOT NULL, partition INTEGER NOT NULL, appended_ms INTEGER NOT NULL, value BLOB NOT NULL,
    PRIMARY KEY (key, partition)
);
CREATE INDEX rows_by_partition ON rows (partition);
CREATE TABLE words (
    word TEXT NOT NULL, key TEXT NOT NULL, partition INTEGER NOT NULL, PRIMARY KEY (word, key, partition)
) WITHOUT ROWID;
CREATE TABLE progress (partition INTEGER PRIMARY KEY, next_offset INTEGER NOT NULL, read_ms INTEGER NOT NULL);
CREATE TABLE refusals (
    partition INTEGER NOT NULL, offset INTEGER NOT NULL, appended_ms INTEGER NOT NULL, key TEXT NOT NULL,
    value BLOB, headers BLOB NOT NULL, PRIMARY KEY (partition, offset)
);
"""

_log = structlog.get_logger(__name__)


class Progress(NamedTuple):
    """How far a partition was read, and when that was last known to be so (milliseconds since 1970 UTC)."""

    next_offset: int
    read_ms: int


class Store:
    """One connection, used by one task at a time. Calls are short and block; `open` checks the file in a thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._sql: sqlite3.Connection

    async def open(self, topic: str, identity: str, index: str = "") -> None:
        """Opens the file, or begins a new one when it is missing, broken, of another log, topic, schema or index.

        Raises LogUnavailable when it can't be opened for another reason, such as a second process using it.
        """
        about = {"schema": str(SCHEMA_VERSION), "topic": topic, "log": identity, "index": index}
        reason = await asyncio.to_thread(self._try_open, about)
        if reason is not None:
            if self._path.exists():
                _log.warning("projection is rebuilt", topic=topic, reason=reason)
            await asyncio.to_thread(self._begin, about)

    def close(self) -> None:
        self._sql.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self._sql.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._sql.execute("ROLLBACK")
            raise
        self._sql.execute("COMMIT")

    def get(self, key: str, partition: int) -> bytes | None:
        row = self._sql.execute("SELECT value FROM rows WHERE key = ? AND partition = ?", (key, partition)).fetchone()
        return None if row is None else bytes(row[0])

    def find(self, key: str) -> list[tuple[int, bytes]]:
        """Partition and value, the youngest first: a key stands in two when its realm has changed."""
        sql = "SELECT partition, value FROM rows WHERE key = ? ORDER BY appended_ms DESC, partition"
        return self._sql.execute(sql, (key,)).fetchall()

    def find_word(self, word: str) -> list[tuple[str, int, bytes]]:
        """Key, partition and value of the rows that the index calls by this word, by key."""
        sql = "SELECT rows.* FROM words JOIN rows USING (key, partition) WHERE word = ? ORDER BY key, partition"
        return [(key, partition, value) for key, partition, _, value in self._sql.execute(sql, (word,))]

    def keys(self, word: str) -> list[tuple[str, int]]:
        """Key and partition of the same rows."""
        return self._sql.execute("SELECT key, partition FROM words WHERE word = ? ORDER BY key", (word,)).fetchall()

    def words(self, prefix: str) -> list[tuple[str, int]]:
        """Each word that begins with `prefix`, once for each partition with such a row."""
        after = prefix[:-1] + chr(ord(prefix[-1]) + 1)
        sql = "SELECT DISTINCT word, partition FROM words WHERE word >= ? AND word < ?"
        return self._sql.execute(sql, (prefix, after)).fetchall()

    def scan(self, prefix: str) -> Iterator[tuple[str, int, bytes]]:
        """Key, partition and value of the keys that begin with `prefix`, by key."""
        after = (prefix, -1)
        while True:
            sql = (
                "SELECT key, partition, value FROM rows WHERE (key, partition) > (?, ?) ORDER BY key, partition LIMIT ?"
            )
            rows = self._sql.execute(sql, (*after, _SCAN_ROWS)).fetchall()
            for row in rows:
                if not row[0].startswith(prefix):
                    return
                yield row
            if len(rows) < _SCAN_ROWS:
                return
            after = rows[-1][:2]

    def put(self, record: Record, value: bytes) -> None:
        self._sql.execute(
            "INSERT OR REPLACE INTO rows VALUES (?, ?, ?, ?)",
            (record.key, record.partition, record.timestamp_ms, value),
        )

    def delete(self, key: str, partition: int) -> None:
        self._sql.execute("DELETE FROM rows WHERE key = ? AND partition = ?", (key, partition))

    def set_words(self, key: str, partition: int, before: Collection[str], after: Collection[str]) -> None:
        """The words that call a row, in the transaction that changes it."""
        gone, new = set(before).difference(after), set(after).difference(before)
        sql = "DELETE FROM words WHERE word = ? AND key = ? AND partition = ?"
        self._sql.executemany(sql, [(word, key, partition) for word in gone])
        self._sql.executemany("INSERT OR IGNORE INTO words VALUES (?, ?, ?)", [(word, key, partition) for word in new])

    def progress(self, partition: int) -> Progress | None:
        sql = "SELECT next_offset, read_ms FROM progress WHERE partition = ?"
        row = self._sql.execute(sql, (partition,)).fetchone()
        return None if row is None else Progress(*row)

    def set_progress(self, partition: int, next_offset: int, read_ms: int) -> None:
        self._sql.execute("INSERT OR REPLACE INTO progress VALUES (?, ?, ?)", (partition, next_offset, read_ms))

    def forget(self, partition: int) -> None:
        """Everything of a partition, in a transaction of the caller's."""
        for table in ("rows", "words", "progress", "refusals"):
            self._sql.execute(f"DELETE FROM {table} WHERE partition = ?", (partition,))  # noqa: S608 - our own names

    def add_refusal(self, record: Record) -> None:
        """A record that the fold refused, until its report has been taken or the key has gone on."""
        headers = orjson.dumps(dict(record.headers))
        self._sql.execute(
            "INSERT OR REPLACE INTO refusals VALUES (?, ?, ?, ?, ?, ?)",
            (record.partition, record.offset, record.timestamp_ms, record.key, record.value, headers),
        )

    def drop_refusals(self, refusals: Iterable[Record]) -> None:
        places = [(record.partition, record.offset) for record in refusals]
        self._sql.executemany("DELETE FROM refusals WHERE partition = ? AND offset = ?", places)

    def outdate_refusals(self, key: str, partition: int) -> None:
        self._sql.execute("DELETE FROM refusals WHERE partition = ? AND key = ?", (partition, key))

    def refusals(self, topic: str, partition: int) -> list[Record]:
        """In offset order."""
        sql = "SELECT * FROM refusals WHERE partition = ? ORDER BY offset"
        return [
            Record(topic, number, offset, appended, key, value, orjson.loads(headers))
            for number, offset, appended, key, value, headers in self._sql.execute(sql, (partition,))
        ]

    # --- opening

    def _try_open(self, about: dict[str, str]) -> str | None:
        """None when the file is open and good, else why it isn't used."""
        if not self._path.exists():
            return "no file"
        try:
            sql = self._connect()
            try:
                reason = _distrust(sql, about)
            except sqlite3.DatabaseError:
                sql.close()
                raise
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF not in _BROKEN:
                # Locked by another process, not readable, disk full: the file may be good.
                raise LogUnavailable(f"projection file {self._path.name} can't be opened: {error}") from error
            return f"file is broken: {error}"
        if reason is None:
            self._sql = sql
        else:
            sql.close()
        return reason

    def _begin(self, about: dict[str, str]) -> None:
        for suffix in ("-wal", "-shm", ""):
            with suppress(FileNotFoundError):
                self._path.with_name(self._path.name + suffix).unlink()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._sql = self._connect()
        with self.transaction():
            for statement in filter(str.strip, _TABLES.split(";")):
                self._sql.execute(statement)
            self._sql.executemany("INSERT INTO about VALUES (?, ?)", about.items())

    def _connect(self) -> sqlite3.Connection:
        sql = sqlite3.connect(self._path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            # Exclusive: two processes that apply the same topic to one file would undo each other's progress.
            # Normal: a transaction survives kill -9; a power cut may take the last ones away, rows and progress alike.
            for pragma in ("locking_mode = EXCLUSIVE", "journal_mode = WAL", "synchronous = NORMAL"):
                sql.execute(f"PRAGMA {pragma}")
        except BaseException:
            sql.close()
            raise
        return sql


def _distrust(sql: sqlite3.Connection, about: dict[str, str]) -> str | None:
    """Why the file isn't used, None when it is good."""
    tables = {name for (name,) in sql.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if "about" not in tables:
        return "not a projection, or never finished"
    found = dict(sql.execute("SELECT name, value FROM about"))
    if differing := [name for name, value in about.items() if found.get(name) != value]:
        return "another " + ", ".join(differing)
    verdict = sql.execute("PRAGMA quick_check(1)").fetchone()[0]
    return None if verdict == "ok" else f"file is broken: {verdict}"
