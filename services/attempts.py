"""A line for each attempt that will be made again, and for each record that a service gives up: nothing is silent."""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from shared import limits
from shared.log.lanes import Bury, Handle
from shared.log.port import LogUnavailable, Record
from shared.log.signals import RetryLater
from shared.telemetry.metrics import Metrics

_log = structlog.get_logger(__name__)


def told(handle: Handle, service: str) -> Handle:
    """The same handler, telling of what it puts off. Dead letters are told where they are written."""

    async def handler(records: Sequence[Record]) -> None:
        try:
            await handle(records)
        except RetryLater as later:
            if later.seconds > limits.QUIET_RETRY_SECONDS:
                _tell(service, records, str(later), type(later.__cause__ or later).__name__, later.seconds)
            raise
        except LogUnavailable as error:
            _tell(service, records, str(error), type(error).__name__, None)
            raise

    return handler


def counted(bury: Bury, service: str, metrics: Metrics) -> Bury:
    """The same burial, counted."""

    async def burial(record: Record, error: Exception) -> None:
        await bury(record, error)
        metrics.dead_letters.labels(record.topic, service).inc()

    return burial


def _tell(service: str, records: Sequence[Record], why: str, error: str, seconds: float | None) -> None:
    last = records[-1]
    _log.warning(
        "put off",
        part=service,
        key=last.key,
        why=why,
        error_class=error,
        again_in_seconds=seconds,
        records=len(records),
        trace=last.headers.get("trace-id", ""),
        offset=f"{last.topic}-{last.partition}@{last.offset}",
    )
