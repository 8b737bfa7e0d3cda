"""What is in the way of following a company: how long to wait, and what to tell of it, once and not every time."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

from services.ingest.cdc.clock import Clock
from shared import limits
from shared.quickbooks.faults import Reconnect, Throttled

_log = structlog.get_logger(__name__)


class Trouble:
    """Of one company."""

    def __init__(self, realm: str, clock: Clock) -> None:
        self._realm = realm
        self._clock = clock
        self._failures = 0
        self._told: tuple[str, datetime] | None = None

    def wait_seconds(self, error: Exception) -> float:
        """Until the next try."""
        self._failures += 1
        self._say(error)
        if isinstance(error, Throttled):
            return error.wait_seconds
        if isinstance(error, Reconnect):  # mostly a look at our own records: a company just connected must not wait
            return limits.RECONNECT_SECONDS
        return min(limits.CDC_RETRY_SECONDS * 2.0 ** min(self._failures - 1, 10), limits.CDC_RETRY_MAX_SECONDS)

    def over(self) -> None:
        """The question was answered."""
        if self._told is not None:
            _log.info("changes in the books are read again", realm=self._realm, tries=self._failures)
        self._failures, self._told = 0, None

    def _say(self, error: Exception) -> None:
        kind, now = type(error).__name__, self._clock.now()
        if self._told is not None:
            said, at = self._told
            if said == kind and now - at < timedelta(seconds=limits.CDC_SAY_SECONDS):
                return
        self._told = (kind, now)
        _log.warning("changes in the books can't be read yet", realm=self._realm, error_class=kind, reason=str(error))
