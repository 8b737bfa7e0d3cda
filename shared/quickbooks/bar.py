"""A company that QuickBooks doesn't let a good grant into is left alone for a while, however many orders wait for it.

Its calls fail, each of them, until a person acts: no administrator any more (120), a grant for another company (3100).
Whether the grant itself is dead is known after a refresh, so one is asked for, once a while. A new token opens the bar:
it may be that of a new grant.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from shared import limits
from shared.quickbooks.faults import Reconnect

_SUBSCRIPTION_ENDED = "6190"  # writes alone are refused; reads are served, and nobody has to connect


class Bar:
    """Of one company."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._token = ""
        self._error: Reconnect | None = None
        self._until = 0.0
        self._refresh_at = 0.0

    def check(self, token: str) -> None:
        """Raises the Reconnect that this token got a short while ago."""
        if self._error is not None and token == self._token and self._clock() < self._until:
            error = self._error
            raise Reconnect(error.code, error.message, detail=error.detail, status=error.status, tid=error.tid)

    def note(self, token: str, error: Reconnect) -> bool:
        """QuickBooks refused a call with this token. Whether a refresh is due, to learn if the grant is dead."""
        if error.code == _SUBSCRIPTION_ENDED:
            return False
        now = self._clock()
        self._token, self._error, self._until = token, error, now + limits.RECONNECT_BAR_SECONDS
        if now < self._refresh_at:
            return False
        self._refresh_at = self._until
        return True
