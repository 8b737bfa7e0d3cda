"""What aiokafka has to say, made bearable.

While a broker is away aiokafka logs several lines a retry, thousands in ten seconds. Here the first of them becomes one
line "gone", the end of it one line "back" with the time and the count of lines withheld meanwhile; at other times a
warning is told once a minute. All of it goes to the logger `shared.log.kafka`, so the product's own formatting applies.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from shared import limits

_OUT = logging.getLogger("shared.log.kafka")

# How aiokafka 0.14 begins a line about a broker that can't be reached (client.py, sender.py, fetcher.py). Complaints
# about a group's coordinator are not among them: a cluster's first group has none yet, and a restarted one has none.
_AWAY = (
    "Unable connect to",
    "Unable to update metadata",
    "Unable to request metadata",
    "Got error produce response: %s",
    "Could not send",
    "Cannot send",
    "Failed fetch",
)
_ROUTINE = "Heartbeat failed for group %s because it is rebalancing"  # every rebalance, as a warning


class Availability:
    """Whether a broker is away, as told by the library's complaints and ended by a call that succeeds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._gone_since: float | None = None
        self._withheld = 0
        self._told: dict[str, tuple[float, int]] = {}

    @property
    def gone(self) -> bool:
        return self._gone_since is not None

    def complaint(self, record: logging.LogRecord) -> None:
        """Takes in one line of the library."""
        if self.gone and record.exc_info is None:
            self._withheld += 1
        elif str(record.msg).startswith(_AWAY):
            self._gone_since = self._clock()
            _OUT.warning("a Kafka broker is gone: %s", record.getMessage())
        elif str(record.msg) != _ROUTINE:
            self._other(record)

    def back(self) -> None:
        """A call has been answered."""
        if self._gone_since is not None:
            seconds = self._clock() - self._gone_since
            _OUT.warning("Kafka is back after %.1f s; %d lines withheld", seconds, self._withheld)
            self._gone_since = None
            self._withheld = 0

    def _other(self, record: logging.LogRecord) -> None:
        now = self._clock()
        key = f"{record.name} {record.msg}"
        told_at, withheld = self._told.get(key, (float("-inf"), 0))
        if now - told_at < limits.KAFKA_LOG_REPEAT_SECONDS:
            self._told[key] = (told_at, withheld + 1)
            return
        self._told[key] = (now, 0)
        repeats = f" (and {withheld} times since last told)" if withheld else ""
        _OUT.log(record.levelno, "%s%s", record.getMessage(), repeats, exc_info=record.exc_info)


class _Handler(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.availability = Availability()
        self.users = 0

    def emit(self, record: logging.LogRecord) -> None:
        self.availability.complaint(record)


def attach() -> Availability:
    """Routes aiokafka's loggers through here while a log is open. Returns what all logs of the process share."""
    library = logging.getLogger("aiokafka")
    if not _HANDLER.users:
        library.addHandler(_HANDLER)
        library.propagate = False
    _HANDLER.users += 1
    return _HANDLER.availability


def detach() -> None:
    """The opposite of one `attach`; after the last, aiokafka logs as any library."""
    library = logging.getLogger("aiokafka")
    _HANDLER.users -= 1
    if not _HANDLER.users:
        library.removeHandler(_HANDLER)
        library.propagate = True
        _HANDLER.availability = Availability()


_HANDLER = _Handler()
