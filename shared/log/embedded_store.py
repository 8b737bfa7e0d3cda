"""What the embedded log keeps in its SQLite file, and the statements on it. Knows no thread and no event loop.

A record's row id is `partition id << 40 | offset`, so one B-tree holds each partition as one range in offset order:
an append touches no second index, a read is one range scan, and a number is never handed out twice because
`partitions.next_offset` only grows.
"""

from __future__ import annotations

import json
import sqlite3
import uuid
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from shared import limits
from shared.log.port import Cleanup, LogError, LogUnavailable, Record, TopicPartition

_OFFSET_BITS = 40  # a thousand records a second for 34 years; leaves 23 bits for partitions
_SCHEMA_VERSION = 1

_SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE topics (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, partitions INTEGER NOT NULL, cleanup TEXT NOT NULL,
    retention_ms INTEGER, compaction_lag_ms INTEGER NOT NULL);
CREATE TABLE partitions (
    id INTEGER PRIMARY KEY, topic_id INTEGER NOT NULL REFERENCES topics (id), number INTEGER NOT NULL,
    start_offset INTEGER NOT NULL DEFAULT 0,     -- the first offset that retention has kept
    next_offset INTEGER NOT NULL DEFAULT 0,
    last_timestamp_ms INTEGER NOT NULL DEFAULT 0,
    compacted_to INTEGER NOT NULL DEFAULT 0,     -- compaction has seen every offset below
    UNIQUE (topic_id, number));
CREATE TABLE records (
    id INTEGER PRIMARY KEY, timestamp_ms INTEGER NOT NULL, compacted INTEGER NOT NULL, key TEXT NOT NULL,
    headers TEXT NOT NULL, value BLOB);
CREATE INDEX records_by_key ON records (key, id) WHERE compacted = 1;
CREATE INDEX tombstones ON records (id) WHERE compacted = 1 AND value IS NULL;
CREATE TABLE committed (
    group_name TEXT NOT NULL, partition_id INTEGER NOT NULL REFERENCES partitions (id), next_offset INTEGER NOT NULL,
    PRIMARY KEY (group_name, partition_id)) WITHOUT ROWID;
CREATE VIEW log AS
    SELECT topics.name AS topic, partitions.number AS partition, records.id & ((1 << 40) - 1) AS "offset",
           records.timestamp_ms, records.key, records.headers, records.value
    FROM records JOIN partitions ON partitions.id = records.id >> 40 JOIN topics ON topics.id = partitions.topic_id;
"""


def row_id(partition_id: int, offset: int) -> int:
    return partition_id << _OFFSET_BITS | offset


def offset_of(row: int) -> int:
    return row & ((1 << _OFFSET_BITS) - 1)


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic as the file has it; `partition_ids` by partition number."""

    name: str
    cleanup: Cleanup
    retention_ms: int | None
    compaction_lag_ms: int
    partition_ids: tuple[int, ...]


class Span(NamedTuple):
    """The kept range of a partition: first offset, and the one that the next record gets."""

    start: int
    end: int


class Fetch(NamedTuple):
    """What to read of one partition: from an offset up to (not including) a known end."""

    source: TopicPartition
    partition_id: int
    offset: int
    end: int


def connect(path: Path, busy_seconds: float) -> sqlite3.Connection:
    """A connection that takes part in transactions only by explicit BEGIN; for use by one thread at a time."""
    connection = sqlite3.connect(path, timeout=busy_seconds, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA synchronous = FULL")  # the WAL is on the disk before a commit returns or is seen
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute(f"PRAGMA journal_size_limit = {limits.EMBEDDED_WAL_BYTES}")
    connection.execute("PRAGMA cache_size = -16000")  # 16 MB a connection
    return connection


def create(path: Path) -> None:
    """Makes the file (readable by its owner only) and its tables, unless they are there. Raises LogError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    try:
        with closing(connect(path, limits.LOG_CALL_SECONDS)) as connection:
            if connection.execute("PRAGMA journal_mode = WAL").fetchone()[0] != "wal":
                raise LogError(f"{path}: this file system can't hold a SQLite write-ahead log; use a local disk")
            connection.execute("BEGIN IMMEDIATE")
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version == 0:
                for statement in _SCHEMA.split(";\n"):
                    connection.execute(statement)
                connection.execute("INSERT INTO meta VALUES ('identity', ?)", (uuid.uuid4().hex,))
                connection.execute(f"PRAGMA user_version = {_SCHEMA_VERSION}")
            elif version != _SCHEMA_VERSION:
                raise LogError(f"{path}: written in format {version}; this program reads format {_SCHEMA_VERSION}")
            connection.execute("COMMIT")
    except sqlite3.DatabaseError as error:
        raise unavailable(path, error) from error


def unavailable(path: Path, error: sqlite3.Error) -> LogError:
    """A SQLite error as the port's: another's lock, a full or failing disk pass; a damaged file does not."""
    kind = LogUnavailable if isinstance(error, sqlite3.OperationalError) else LogError
    return kind(f"{path}: {error}")


def identity(connection: sqlite3.Connection) -> str:
    return str(connection.execute("SELECT value FROM meta WHERE name = 'identity'").fetchone()[0])


def load_topics(connection: sqlite3.Connection) -> dict[str, Topic]:
    ids: dict[int, list[int]] = {}
    for topic_id, partition_id in connection.execute("SELECT topic_id, id FROM partitions ORDER BY topic_id, number"):
        ids.setdefault(topic_id, []).append(partition_id)
    rows = connection.execute("SELECT id, name, cleanup, retention_ms, compaction_lag_ms FROM topics")
    return {
        name: Topic(name, Cleanup(cleanup), retention_ms, lag_ms, tuple(ids[topic_id]))
        for topic_id, name, cleanup, retention_ms, lag_ms in rows
    }


def load_spans(connection: sqlite3.Connection) -> dict[int, Span]:
    rows = connection.execute("SELECT id, start_offset, next_offset FROM partitions")
    return {partition_id: Span(start, end) for partition_id, start, end in rows}


def fetch(
    connection: sqlite3.Connection, wanted: list[Fetch], max_records: int
) -> tuple[list[Record], dict[TopicPartition, int]]:
    """Records of the partitions in the order asked, and where each partition read goes on.

    Stops at `max_records` or at limits.FETCH_MAX_BYTES, whichever comes first (but never without one record).
    """
    records: list[Record] = []
    positions: dict[TopicPartition, int] = {}
    size = 0
    for source, partition_id, offset, end in wanted:
        rows = connection.execute(
            "SELECT id, timestamp_ms, key, value, headers FROM records WHERE id >= ? AND id < ? ORDER BY id LIMIT ?",
            (row_id(partition_id, offset), row_id(partition_id, end), max_records - len(records)),
        )
        positions[source] = offset
        for row, timestamp_ms, key, value, headers in rows:
            at = offset_of(row)
            records.append(Record(*source, at, timestamp_ms, key, value, json.loads(headers)))
            positions[source] = at + 1
            size += len(value or b"")
            if size >= limits.FETCH_MAX_BYTES:
                return records, positions
        if len(records) >= max_records:
            return records, positions
        positions[source] = end  # all there is was read: compaction's gaps at the end are behind us
    return records, positions


def offset_at_time(connection: sqlite3.Connection, partition_id: int, instant_ms: int) -> int:
    """The offset of the first record appended at `instant_ms` or later, or the end. Timestamps never fall (writer)."""
    low, high = connection.execute(
        "SELECT start_offset, next_offset FROM partitions WHERE id = ?", (partition_id,)
    ).fetchone()
    end = row_id(partition_id, high)
    while low < high:
        middle = (low + high) // 2
        row = connection.execute(
            "SELECT timestamp_ms FROM records WHERE id >= ? AND id < ? ORDER BY id LIMIT 1",
            (row_id(partition_id, middle), end),
        ).fetchone()
        if row is None or row[0] >= instant_ms:
            high = middle
        else:
            low = middle + 1
    return int(low)


def committed(connection: sqlite3.Connection, group: str, partition_id: int) -> int | None:
    row = connection.execute(
        "SELECT next_offset FROM committed WHERE group_name = ? AND partition_id = ?", (group, partition_id)
    ).fetchone()
    return None if row is None else int(row[0])


def headers_text(headers: Mapping[str, str]) -> str:
    return json.dumps(dict(headers), ensure_ascii=False, separators=(",", ":"))
