"""What keeps a turn from being done, in words, and how long to wait before the next. Pure."""

from __future__ import annotations

from shared import limits
from shared.log.port import LogUnavailable
from shared.log.signals import RetryLater
from shared.magento.faults import MagentoError, Refused, Throttled, Unauthorised
from shared.magento.source_stock import NoSource

TROUBLES = (RetryLater, MagentoError, NoSource, LogUnavailable)
"""What a turn waits out. All else is a fault of the process."""


def pause(error: Exception, failures: int) -> float:
    """Seconds before the turn is tried again; `failures`: in a row, this one included."""
    if isinstance(error, RetryLater):
        return error.seconds
    if isinstance(error, Throttled):
        return max(error.wait_seconds, limits.STOCK_RETRY_SECONDS)
    if isinstance(error, Unauthorised | Refused | NoSource):
        return limits.STOCK_REFUSED_SECONDS
    return min(limits.STOCK_RETRY_SECONDS * 2.0 ** min(failures - 1, 10), limits.STOCK_RETRY_MAX_SECONDS)


def words(error: Exception) -> str:
    """For people: what it is."""
    if isinstance(error, LogUnavailable):
        return f"the log can't be reached: {error}"
    if isinstance(error, Throttled):
        return f"the shop takes no more calls for now: {error}"
    if isinstance(error, MagentoError):
        return f"the shop doesn't take it: {error}" if error.status else f"the shop doesn't answer: {error}"
    return str(error)
