"""Which documents must be read again. Pure but for its memory.

A snapshot that was read at T (the shop's clock) holds every change up to then, but for those that were not committed
yet: so what changed SWEEP_SETTLED_SECONDS before T needs no second look. updated_at alone can't tell: it has whole
seconds, and an order may be saved twice within one.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from shared import limits

_SETTLED = timedelta(seconds=limits.SWEEP_SETTLED_SECONDS)


def shop_time(text: object) -> datetime | None:
    """An instant as Magento writes it ("2026-01-31 23:59:59", UTC); None for what is none."""
    try:
        instant = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def holds(read_at: datetime | None, updated_at: datetime | None) -> bool:
    """Whether what was read at one instant surely shows a change of the other, both of the shop's clock."""
    return read_at is not None and updated_at is not None and updated_at + _SETTLED <= read_at


class Known:
    """When each document was last read by the sweep, whether that was news or not; of the last SWEEP_KNOWN.

    Either clock may be set between a reading and the next question: `skew` is what the shop's is ahead of ours at each,
    and the smaller counts, by which the reading seems the older.
    """

    def __init__(self) -> None:
        self._read: dict[str, tuple[datetime, timedelta]] = {}

    def get(self, key: str, skew: timedelta) -> datetime | None:
        """By the shop's clock."""
        read = self._read.get(key)
        return None if read is None else read[0] + min(read[1], skew)

    def note(self, key: str, read_at: datetime, skew: timedelta) -> None:
        """`read_at` by our clock."""
        self._read.pop(key, None)
        self._read[key] = read_at, skew
        if len(self._read) > limits.SWEEP_KNOWN:
            del self._read[next(iter(self._read))]
