"""Log lines about refused webhooks, few enough that a flood of bad requests is no flood of lines."""

from __future__ import annotations

from collections.abc import Callable

from shared import limits
from shared.telemetry import logs


class RefusalLog:
    """At most one line per connection and status in REFUSAL_LOG_SECONDS, saying how many there were since the last."""

    def __init__(self, clock: Callable[[], float], line: str = "webhook refused") -> None:
        self._clock = clock
        self._line = line
        self._last: dict[tuple[str, int], tuple[float, int]] = {}

    def note(self, connection: str, status: int, reason: str) -> None:
        """`connection` must be a name that we know (or "unknown"), so that the memory is bounded."""
        now, key = self._clock(), (connection, status)
        last, left_out = self._last.get(key, (float("-inf"), 0))
        if now - last < limits.REFUSAL_LOG_SECONDS:
            self._last[key] = (last, left_out + 1)
            return
        self._last[key] = (now, 0)
        logs.logger().warning(self._line, connection=connection, status=status, reason=reason, left_out=left_out)
