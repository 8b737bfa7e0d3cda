"""Counters of what callers did: metered and unmetered calls, by kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sandbox.quickbooks.throttle import ThrottleCounts

# Reads are metered, writes are not; only successful calls count (Intuit App Partner Program).
METERED_KINDS = frozenset({"query", "read", "companyinfo", "preferences"})


@dataclass(slots=True)
class Usage:
    """Counters of one realm."""

    by_kind: Counter[str] = field(default_factory=Counter)  # successful calls
    refused: Counter[str] = field(default_factory=Counter)  # answered by a fault, by code
    throttled: int = 0

    def count(self, kind: str) -> None:
        """One successful call."""
        self.by_kind[kind] += 1


def usage_document(
    usages: Iterable[Usage], throttles: Iterable[ThrottleCounts], *, replayed: int, other_body: int, token_requests: int
) -> dict[str, Any]:
    """The answer of /_sandbox/usage: counts summed over the realms, peaks of the busiest."""
    by_kind: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    throttled = 0
    for usage in usages:
        by_kind += usage.by_kind
        refused += usage.refused
        throttled += usage.throttled
    counts = list(throttles)
    metered = sum(number for kind, number in by_kind.items() if kind in METERED_KINDS)
    return {
        "metered": metered,
        "unmetered": by_kind.total() - metered,
        "by_kind": dict(by_kind),
        "refused": dict(refused),
        "throttled": throttled,
        "throttle_hits": {
            name: sum(c.hits[name] for c in counts) for name in ("per_second", "per_minute", "concurrent")
        },
        "peak_per_second": max((c.peak_per_second for c in counts), default=0),
        "peak_per_minute": max((c.peak_per_minute for c in counts), default=0),
        "peak_concurrent": max((c.peak_concurrent for c in counts), default=0),
        "replayed": replayed,
        "replayed_with_other_body": other_body,
        "token_requests": token_requests,
    }
