"""Log lines: one JSON object a line on stdout (readable text on a terminal), one wide line per attempt.

Everything goes through one chain: values under the names of secrets and personal data are replaced
(`redaction.py`), and the standard library's logging, in which the libraries write, is led into it with a rate limit.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, TextIO

import orjson
import structlog
from structlog.typing import EventDict, FilteringBoundLogger, Processor, WrappedLogger

from shared import limits
from shared.telemetry.redaction import redact

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


def configure(service: str, level: str = "info", *, output: BinaryIO | None = None) -> None:
    """Sets up logging for the process: JSON lines to `output` or stdout, text when stdout is a terminal.

    Raises ValueError for a level that is none.
    """
    if level not in LEVELS:
        raise ValueError(f"log level {level!r} is not known; allowed: {', '.join(LEVELS)}")
    terminal = output is None and sys.stdout.isatty()
    structlog.configure(
        processors=_chain(service, terminal),
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        logger_factory=_text_factory(sys.stdout) if terminal else structlog.BytesLoggerFactory(output),
        cache_logger_on_first_use=False,
    )
    _route_libraries(LEVELS[level])


def logger(**fields: Any) -> FilteringBoundLogger:
    """A logger that writes `fields` on each of its lines."""
    bound: FilteringBoundLogger = structlog.get_logger().bind(**fields)
    return bound


class WideLine:
    """The fields of one attempt, gathered while it runs and written once at its end."""

    def __init__(self, fields: dict[str, Any]) -> None:
        self.fields = fields

    def add(self, **fields: Any) -> None:
        self.fields.update(fields)


@contextmanager
def wide_line(log: FilteringBoundLogger, event: str, **fields: Any) -> Iterator[WideLine]:
    """Writes one line when the block ends: its fields, `seconds` and `outcome`.

    The outcome is the one added, else ok. An exception is written as outcome failed with its class and text, at level
    warning, and goes on its way: whoever handles it needs no line of its own.
    """
    line = WideLine(dict(fields))
    start = time.perf_counter()
    try:
        yield line
    except BaseException as error:
        line.fields |= {"outcome": "failed", "error": type(error).__name__, "detail": str(error)}
        log.warning(event, seconds=_since(start), **line.fields)
        raise
    log.info(event, seconds=_since(start), **{"outcome": "ok"} | line.fields)


def _since(start: float) -> float:
    return round(time.perf_counter() - start, 6)


def _chain(service: str, terminal: bool) -> list[Processor]:
    def name_service(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        event["service"] = service
        return event

    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        name_service,
        structlog.processors.format_exc_info,
        _hide,
    ]
    if terminal:
        return [*shared, structlog.dev.ConsoleRenderer(timestamp_key="time")]
    return [*shared, structlog.processors.JSONRenderer(serializer=_to_bytes)]


def _hide(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    cleaned: EventDict = redact(event)
    return cleaned


def _to_bytes(event: EventDict, **_options: Any) -> bytes:
    return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS)


def _text_factory(stream: TextIO) -> structlog.WriteLoggerFactory:
    return structlog.WriteLoggerFactory(stream)


class LibraryHandler(logging.Handler):
    """Leads the standard library's records into our chain, at most some of each message per window.

    When a message comes back after some were left out, its line says how many.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._seen: dict[tuple[str, str], tuple[float, int]] = {}

    def emit(self, record: logging.LogRecord) -> None:
        left_out = self._take(record.name, str(record.msg))
        if left_out is None:
            return
        fields: dict[str, Any] = {"library": record.name}
        if left_out:
            fields["left_out"] = left_out
        if record.exc_info and record.exc_info[0] is not None:
            fields["exc_info"] = record.exc_info
        structlog.get_logger().log(min(record.levelno, logging.CRITICAL), _message(record), **fields)

    def _take(self, name: str, template: str) -> int | None:
        """How many like this were left out before, or None when this one is to be left out too."""
        now, key = self._clock(), (name, template)
        if len(self._seen) >= limits.LIBRARY_LOG_MESSAGES and key not in self._seen:
            self._seen.clear()
        start, count = self._seen.get(key, (now, 0))
        left_out = 0
        if now - start >= limits.LIBRARY_LOG_WINDOW_SECONDS:
            left_out = max(0, count - limits.LIBRARY_LOG_LINES)
            start, count = now, 0
        self._seen[key] = (start, count + 1)
        return left_out if count < limits.LIBRARY_LOG_LINES else None


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError):  # a library's template and arguments don't fit
        return str(record.msg)


def _route_libraries(level: int) -> None:
    """Warnings and errors of libraries, and what is below only when we are asked for debug lines."""
    root = logging.getLogger()
    for handler in [handler for handler in root.handlers if isinstance(handler, LibraryHandler)]:
        root.removeHandler(handler)
    root.addHandler(LibraryHandler())
    root.setLevel(logging.INFO if level <= logging.DEBUG else logging.WARNING)
