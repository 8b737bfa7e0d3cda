"""What the log tells about the orders: who is decided, how, how soon, and what is still on its way.

Nothing is in flight when every hint was read, and every snapshot has its outcome. An entity that has not changed is not
published again, so that the log doesn't tell of every hint: those that were read are counted by ingest's metrics.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sandbox.demo import limits
from sandbox.demo.failures import CouldNotRun
from shared.limits import PARTITIONS, POLL_RECORDS
from shared.log.port import Log, LogError, Record, TopicPartition
from shared.topics import DEAD_LETTERS, HINTS, ORDERS, OUTCOMES
from shared.wire import decode

POSTED = frozenset({"posted", "updated", "unchanged"})
BURIED = "dead letter"
DECIDED = POSTED | {"parked", "voided", BURIED}


@dataclass(slots=True)
class Seen:
    """One order as the outcomes tell. `posted_at` is when it first was in the books."""

    status: str = ""
    reason: str = ""
    text: str = ""
    document: str = ""
    total: str = ""
    received_at: datetime | None = None
    posted_at: datetime | None = None
    history: list[str] = field(default_factory=list)

    @property
    def decided(self) -> bool:
        return self.status in DECIDED

    @property
    def seconds(self) -> float | None:
        """From the receipt of the first webhook to the books."""
        if self.received_at is None or self.posted_at is None:
            return None
        return (self.posted_at - self.received_at).total_seconds()


class Watch:
    """Follows the topics from their first record. `on_decided` is told of each outcome that decides, `on_stock` of what
    became of a SKU's stock."""

    def __init__(
        self,
        log: Log,
        on_decided: Callable[[str, Seen], None] = lambda key, seen: None,
        on_stock: Callable[[dict[str, Any]], None] = lambda document: None,
    ) -> None:
        self._log = log
        self._on_decided = on_decided
        self._on_stock = on_stock
        self.orders: dict[str, Seen] = {}
        self.dead_letters: list[str] = []
        self._hints = 0
        self._hints_buried = 0
        self._snapshots: set[str] = set()
        self._answered: set[str] = set()
        self._last = time.monotonic()

    def seen(self, key: str) -> Seen:
        return self.orders.get(key) or Seen()

    def in_flight(self, hints_read: int) -> int:
        """Hints of orders not yet read, and snapshots without an outcome."""
        return max(0, self._hints - self._hints_buried - hints_read) + len(self._snapshots - self._answered)

    def quiet(self, hints_read: int) -> bool:
        """Nothing in flight, and nothing new for a moment."""
        return not self.in_flight(hints_read) and time.monotonic() - self._last >= limits.QUIET_SECONDS

    async def follow(self) -> None:
        """Until cancelled. Raises CouldNotRun when the log can't be read."""
        reader = self._log.reader()
        try:
            await reader.start()
            topics = (HINTS, ORDERS, OUTCOMES, DEAD_LETTERS)
            await reader.assign({TopicPartition(topic, i): 0 for topic in topics for i in range(PARTITIONS)})
            while True:
                for record in await reader.poll(POLL_RECORDS, 2 * limits.POLL_SECONDS):
                    self._last = time.monotonic()
                    self._take(record)
                await asyncio.sleep(0)
        except LogError as error:
            raise CouldNotRun(f"the log can't be read: {error}") from error
        finally:
            await reader.close()

    def _take(self, record: Record) -> None:
        if record.topic == HINTS:
            self._hints += record.key.split(":")[1] == "order"
        elif record.topic == ORDERS:
            self._snapshots.add(f"{record.topic}-{record.partition}@{record.offset}")
        elif record.topic == DEAD_LETTERS:
            self._buried(record)
        else:
            self._outcome(record)

    def _buried(self, record: Record) -> None:
        letter: dict[str, Any] = decode(record.value or b"{}")
        self.dead_letters.append(f"{record.key}: {letter.get('error_class')}: {letter.get('error')}")
        if letter.get("topic") == HINTS:
            self._hints_buried += 1
        self._answered.add(f"{letter.get('topic')}-{letter.get('partition')}@{letter.get('offset')}")
        seen = self.orders.setdefault(record.key, Seen())
        seen.status, seen.text = BURIED, str(letter.get("error", ""))

    def _outcome(self, record: Record) -> None:
        document: dict[str, Any] = decode(record.value or b"{}")
        if record.key.split(":")[1] == "stock":
            self._on_stock(document)
            return
        seen = self.orders.setdefault(record.key, Seen())
        status = str(document.get("status", ""))
        seen.history.append(status)
        if "source" in record.headers:
            self._answered.add(record.headers["source"])
        received = _instant(record.headers.get("received-at", ""))
        if received and (seen.received_at is None or received < seen.received_at):
            seen.received_at = received
        if status not in DECIDED:
            seen.status = seen.status or status
            return
        seen.status = status
        seen.reason, seen.text = str(document.get("reason", "")), str(document.get("text", ""))
        seen.document, seen.total = str(document.get("id", "")), str(document.get("total", ""))
        if status in POSTED and seen.posted_at is None:
            seen.posted_at = _instant(record.headers.get("at", ""))
        self._on_decided(record.key, seen)


def _instant(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
