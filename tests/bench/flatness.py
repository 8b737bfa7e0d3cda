"""Whether something that was sampled again and again grows. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

SETTLED = 0.2  # of the time: before that caches fill and pools open


def flatness(samples: Sequence[float]) -> float:
    """The level once settled over that at the end, each the median of a fifth: 1 is flat, below it has grown. Raises
    ValueError for fewer than ten samples."""
    if len(samples) < 10:
        raise ValueError(f"{len(samples)} samples tell nothing")
    fifth = len(samples) // 5
    start = int(len(samples) * SETTLED)
    return statistics.median(samples[start : start + fifth]) / statistics.median(samples[-fifth:])
