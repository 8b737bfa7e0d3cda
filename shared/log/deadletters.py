"""Records that can never be handled, kept with what an operator needs to judge them and to send them again."""

from __future__ import annotations

import base64
import hashlib
import time
from collections import deque
from collections.abc import Callable

import structlog

from shared import limits, wire
from shared.log.port import Log, NewRecord, Record
from shared.log.signals import TooManyDeadLetters

TOPIC = "bookbridge.dead-letters"

_log = structlog.get_logger(__name__)


def dead_letter(record: Record, stage: str, error: Exception) -> NewRecord:
    """The record for `TOPIC`: where the original stands, at which stage it failed and why, and the original itself.

    A value too big to fit in once more is left out (`value_base64` null) and named by size and SHA-256; it is still
    at its position until the source topic's retention removes it.
    """
    value = record.value
    fits = value is not None and len(value) <= limits.DEAD_LETTER_VALUE_BYTES
    document = {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "appended_ms": record.timestamp_ms,
        "stage": stage,
        "error_class": type(error).__qualname__,
        "error": str(error)[: limits.DEAD_LETTER_ERROR_CHARS],
        "tombstone": value is None,
        "value_bytes": 0 if value is None else len(value),
        "value_sha256": None if value is None else hashlib.sha256(value).hexdigest(),
        "value_base64": base64.b64encode(value).decode() if value is not None and fits else None,
        "headers": dict(record.headers),
    }
    # Nobody owns dead letters by realm, so the key chooses the partition: all of an entity's stand together.
    return NewRecord(TOPIC, record.key, wire.encode(document), realm=record.key, headers={"schema": "1"})


class DeadLetters:
    """Writes dead letters, and refuses when they come too fast. One per process and stage."""

    def __init__(self, log: Log, stage: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._log = log
        self._stage = stage
        self._clock = clock
        self._recent: deque[float] = deque()
        self.total = 0

    async def bury(self, record: Record, error: Exception) -> None:
        """Durable on return, so that the offset may count as finished.

        Raises TooManyDeadLetters, with nothing written, when the span is used up; LogUnavailable as `append` does.
        """
        now = self._clock()
        while self._recent and self._recent[0] <= now - limits.DEAD_LETTERS_SPAN_SECONDS:
            self._recent.popleft()
        if len(self._recent) >= limits.DEAD_LETTERS_MAX:
            raise TooManyDeadLetters(
                f"{limits.DEAD_LETTERS_MAX} dead letters at stage {self._stage} within "
                f"{limits.DEAD_LETTERS_SPAN_SECONDS:.0f} s, and now {record.topic}-{record.partition} at offset "
                f"{record.offset} ({type(error).__qualname__}). That is a fault of the service, not of the records: "
                "nothing more is set aside. Look at the last dead letters, mend the cause, start again."
            )
        self._recent.append(now)  # before the append, so that letters written at the same time count one another
        await self._log.append(dead_letter(record, self._stage, error))
        self.total += 1
        _log.error(
            "dead letter",
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            stage=self._stage,
            error_class=type(error).__qualname__,  # not its message: that may quote a customer
        )
