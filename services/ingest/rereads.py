"""How soon an entity is read again."""

from __future__ import annotations

import math
import time

from shared import limits
from shared.log.signals import RetryLater


class Rereads:
    """A first hint is read at once; those that follow it within a moment are one more reading, after that moment: an
    order's events come in bursts and more than once. Many of them don't wait, since they keep the realm's other
    entities from being taken."""

    def __init__(self) -> None:
        self._read_at: dict[str, float] = {}

    def check(self, key: str, hints: int) -> None:
        """Raises RetryLater when the entity of these hints was read a moment ago."""
        now = time.monotonic()
        left = self._read_at.get(key, -math.inf) + limits.REREAD_SECONDS - now
        if left > 0 and hints < limits.REREAD_HINTS:
            raise RetryLater(min(left, limits.REREAD_LOOK_SECONDS), "read a moment ago")
        if len(self._read_at) >= limits.REREADS_REMEMBERED:
            self._read_at = {one: at for one, at in self._read_at.items() if at + limits.REREAD_SECONDS > now}

    def note(self, key: str) -> None:
        """It was read just now."""
        self._read_at[key] = time.monotonic()
