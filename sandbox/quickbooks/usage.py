"""Counters of what callers did: metered and unmetered calls, by kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sandbox.quickbooks.throttle import HITS, ThrottleCounts

# Reads are metered, writes are not; only successful calls count (Intuit App Partner Program).
# Single writes are Core, a batch is CorePlus, whatever is in it (reference, section 6).
COREPLUS_KINDS = {
    "query": "query",
    "read": "read",
    "companyinfo": "read",
    "preferences": "read",
    "cdc": "cdc",
    "report": "report",
    "batch": "batch",
}
METERED_KINDS = frozenset(COREPLUS_KINDS)


@dataclass(slots=True)
class Usage:
    """Counters of one realm."""

    by_kind: Counter[str] = field(default_factory=Counter)  # successful calls
    refused: Counter[str] = field(default_factory=Counter)  # answered by a fault, by code
    throttled: int = 0
    over_budget: int = 0
    metered_by_month: Counter[str] = field(default_factory=Counter)

    def count(self, kind: str, month: str, times: int = 1) -> None:
        """A successful call; times: as how many it is metered."""
        self.by_kind[kind] += times
        if kind in METERED_KINDS:
            self.metered_by_month[month] += times


def usage_document(
    usages: Iterable[Usage],
    throttles: Iterable[ThrottleCounts],
    *,
    month: str,
    replayed: int,
    other_body: int,
    token_requests: int,
) -> dict[str, Any]:
    """The answer of /_sandbox/usage, in the company's month: counts summed over the realms, peaks of the busiest."""
    by_kind: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    throttled = over_budget = this_month = 0
    for usage in usages:
        by_kind += usage.by_kind
        refused += usage.refused
        throttled += usage.throttled
        over_budget += usage.over_budget
        this_month += usage.metered_by_month[month]
    counts = list(throttles)
    coreplus = dict.fromkeys(("read", "query", "cdc", "report", "batch"), 0)
    for kind in by_kind.keys() & METERED_KINDS:
        coreplus[COREPLUS_KINDS[kind]] += by_kind[kind]
    metered = sum(coreplus.values())
    return {
        "metered": metered,
        "unmetered": by_kind.total() - metered,
        "core": by_kind.total() - metered,
        "coreplus": coreplus,
        "by_kind": dict(by_kind),
        "refused": dict(refused),
        "throttled": throttled,
        "over_budget": over_budget,
        "metered_this_month": this_month,
        "throttle_hits": {name: sum(c.hits[name] for c in counts) for name in HITS},
        "peak_per_second": max((c.peak_per_second for c in counts), default=0),
        "peak_per_minute": max((c.peak_per_minute for c in counts), default=0),
        "peak_concurrent": max((c.peak_concurrent for c in counts), default=0),
        "peak_batches_per_minute": max((c.peak_batches_per_minute for c in counts), default=0),
        "replayed": replayed,
        "replayed_with_other_body": other_body,
        "token_requests": token_requests,
    }
