"""Which orders may still matter to a product: those of which it isn't certain that their effect is over.

Of a SKU's orders of three months nearly all are shipped, posted and seen: going through them at each decision would
take seconds. A scratch file, begun anew at each start and filled from the projections, so that memory doesn't grow.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable
from contextlib import suppress
from pathlib import Path

_TABLES = """
CREATE TABLE live (
    word TEXT NOT NULL, key TEXT NOT NULL, partition INTEGER NOT NULL, PRIMARY KEY (word, key)
) WITHOUT ROWID;
CREATE INDEX live_by_key ON live (key);
"""


class Live:
    """Orders by words (knowledge_orders.words, and items of those that aren't read). Calls are short and block."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._sql: sqlite3.Connection

    def open(self) -> None:
        """An empty file."""
        for suffix in ("", "-journal"):
            with suppress(FileNotFoundError):
                self._path.with_name(self._path.name + suffix).unlink()
        self._sql = sqlite3.connect(self._path, isolation_level=None)
        for pragma in ("locking_mode = EXCLUSIVE", "journal_mode = OFF", "synchronous = OFF"):
            self._sql.execute(f"PRAGMA {pragma}")
        self._sql.executescript(_TABLES)

    def close(self) -> None:
        self._sql.close()

    def put(self, key: str, partition: int, words: Collection[str]) -> None:
        """The order matters to these words, and to no others."""
        self.drop(key)
        self._sql.executemany(
            "INSERT OR REPLACE INTO live VALUES (?, ?, ?)", [(word, key, partition) for word in words]
        )

    def drop(self, key: str) -> None:
        """Its effect is over."""
        self._sql.execute("DELETE FROM live WHERE key = ?", (key,))

    def drop_words(self, key: str, words: Iterable[str]) -> None:
        """Its effect on these is over."""
        self._sql.executemany("DELETE FROM live WHERE word = ? AND key = ?", [(word, key) for word in words])

    def leave(self, partitions: Iterable[int]) -> None:
        """All of these partitions."""
        self._sql.executemany("DELETE FROM live WHERE partition = ?", [(one,) for one in partitions])

    def of(self, words: Iterable[str]) -> list[str]:
        """The keys of the orders that matter to any of these words."""
        found: set[str] = set()
        for word in words:
            found.update(key for (key,) in self._sql.execute("SELECT key FROM live WHERE word = ?", (word,)))
        return sorted(found)

    def keys(self, prefix: str) -> list[str]:
        """The keys that begin so."""
        end = prefix[:-1] + chr(ord(prefix[-1]) + 1)
        sql = "SELECT DISTINCT key FROM live WHERE key >= ? AND key < ?"
        return [key for (key,) in self._sql.execute(sql, (prefix, end))]

    def __len__(self) -> int:
        return int(self._sql.execute("SELECT count(DISTINCT key) FROM live").fetchone()[0])
