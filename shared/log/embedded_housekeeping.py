"""How the embedded log forgets, in steps small enough to stand between two appends.

Each step runs in a transaction of the writer and says whether there may be more to do. A crash between two steps
loses nothing: progress is in the same transaction as the removal.
"""

from __future__ import annotations

import time
from datetime import timedelta

from shared import limits
from shared.log import embedded_store as store
from shared.log.embedded_writer import WriteTransaction
from shared.log.port import Cleanup


def step(transaction: WriteTransaction, topic: store.Topic, partition_id: int) -> bool:
    """One bounded step in one partition. True when another may find more."""
    now_ms = time.time_ns() // 1_000_000
    if topic.cleanup is Cleanup.COMPACT:
        cutoff_ms = now_ms - topic.compaction_lag_ms
        return _compact(transaction, partition_id, cutoff_ms) or _bury(
            transaction, partition_id, cutoff_ms - limits.TOMBSTONE_KEEP // timedelta(milliseconds=1)
        )
    if topic.retention_ms is None:
        return False
    return _expire(transaction, partition_id, now_ms - topic.retention_ms)


def _expire(transaction: WriteTransaction, partition_id: int, cutoff_ms: int) -> bool:
    """Removes records older than the cut-off from the front, and moves the partition's first kept offset."""
    low, high = _range(partition_id)
    rows = transaction.sql.execute(
        "SELECT id, timestamp_ms FROM records WHERE id >= ? AND id < ? ORDER BY id LIMIT ?",
        (low, high, limits.HOUSEKEEP_RECORDS),
    ).fetchall()
    old = [row for row, timestamp_ms in rows if timestamp_ms < cutoff_ms]
    if not old:
        return False
    transaction.sql.execute("DELETE FROM records WHERE id >= ? AND id <= ?", (low, old[-1]))
    transaction.sql.execute(
        "UPDATE partitions SET start_offset = ? WHERE id = ?", (store.offset_of(old[-1]) + 1, partition_id)
    )
    return len(old) == limits.HOUSEKEEP_RECORDS


def _compact(transaction: WriteTransaction, partition_id: int, cutoff_ms: int) -> bool:
    """Looks at the next records beyond the lag and removes what each supersedes: older records of its key."""
    low, high = _range(partition_id)
    seen_to = transaction.sql.execute("SELECT compacted_to FROM partitions WHERE id = ?", (partition_id,)).fetchone()[0]
    rows = transaction.sql.execute(
        "SELECT id, key, timestamp_ms FROM records WHERE id >= ? AND id < ? ORDER BY id LIMIT ?",
        (low + seen_to, high, limits.HOUSEKEEP_RECORDS),
    ).fetchall()
    ripe = [(row, key) for row, key, timestamp_ms in rows if timestamp_ms < cutoff_ms]
    if not ripe:
        return False
    latest = {key: row for row, key in ripe}
    transaction.sql.executemany(
        "DELETE FROM records WHERE compacted = 1 AND key = ? AND id >= ? AND id < ?",
        [(key, low, row) for key, row in latest.items()],
    )
    transaction.sql.execute(
        "UPDATE partitions SET compacted_to = ? WHERE id = ?", (store.offset_of(ripe[-1][0]) + 1, partition_id)
    )
    return len(ripe) == limits.HOUSEKEEP_RECORDS


def _bury(transaction: WriteTransaction, partition_id: int, cutoff_ms: int) -> bool:
    """Removes tombstones that compaction has passed long enough ago for every projection to have read them."""
    low, _ = _range(partition_id)
    seen_to = transaction.sql.execute("SELECT compacted_to FROM partitions WHERE id = ?", (partition_id,)).fetchone()[0]
    rows = transaction.sql.execute(
        "SELECT id, timestamp_ms FROM records WHERE compacted = 1 AND value IS NULL AND id >= ? AND id < ?"
        " ORDER BY id LIMIT ?",
        (low, low + seen_to, limits.HOUSEKEEP_RECORDS),
    ).fetchall()
    old = [(row,) for row, timestamp_ms in rows if timestamp_ms < cutoff_ms]
    transaction.sql.executemany("DELETE FROM records WHERE id = ?", old)
    return len(old) == limits.HOUSEKEEP_RECORDS


def _range(partition_id: int) -> tuple[int, int]:
    return store.row_id(partition_id, 0), store.row_id(partition_id + 1, 0)
