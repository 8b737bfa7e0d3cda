"""How fast a backfill may read. Pure: the clock is the caller's.

A page is read at once and paid for afterwards: in any span of time no more is read than the rate allows and one page
besides. Pages are small at low rates, so that the shop's load comes evenly.
"""

from __future__ import annotations

from dataclasses import dataclass

from shared import limits


def page_size(rate: int) -> int:
    """Documents in a page at this rate a minute: BACKFILL_PAGE_SECONDS' worth, from 1 to a whole page."""
    return max(1, min(limits.MAGENTO_PAGE_MAX, int(rate * limits.BACKFILL_PAGE_SECONDS / 60)))


@dataclass(slots=True)
class Pace:
    """Keeps to a rate of documents a minute."""

    rate: int
    free_at: float = 0.0

    def wait(self, now: float) -> float:
        """Seconds until the next page may be read; 0 when it may be now."""
        return max(0.0, self.free_at - now)

    def spend(self, documents: int, now: float) -> None:
        """So many are being asked for from `now` on."""
        self.free_at = max(self.free_at, now) + documents * 60 / self.rate


def minutes_left(left: int, rate: int) -> float:
    """How long so many documents take at the rate, when the shop is no slower."""
    return left / rate
