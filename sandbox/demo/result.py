"""The figures of a demo run."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.demo.recorded import LeftOut
from sandbox.demo.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Result:
    """Everything that is shown. `seconds` are from the first webhook to the books, without the warm-up order;
    `metered` are the reads from the books since then; a run that a fault plan disturbed may need some."""

    log: str
    seed: int
    verdict: Verdict
    left_out: tuple[LeftOut, ...]
    seconds: tuple[float, ...]
    metered: int
    usage: dict[str, Any]
    disturbed: bool = False

    @property
    def metered_per_order(self) -> float:
        return round(self.metered / max(1, len(self.verdict.orders) - 1), 3)

    def problems(self) -> list[str]:
        """Everything that is not as promised; empty means exit code 0."""
        found = self.verdict.problems()
        if self.metered and not self.disturbed:
            found.append(f"{self.metered} metered reads after the warm-up instead of none")
        return found

    def document(self) -> dict[str, Any]:
        """The last line."""
        verdict = self.verdict
        return {
            "log": self.log,
            "orders": len(verdict.orders),
            "posted": verdict.posted,
            "parked": verdict.parked,
            "documents": verdict.documents,
            "difference_cents": verdict.difference_cents,
            "metered_reads_per_order": self.metered_per_order,
            "p50_seconds": percentile(self.seconds, 50),
            "p99_seconds": percentile(self.seconds, 99),
            "seed": self.seed,
        }


def percentile(values: Sequence[float], percent: int) -> float | None:
    """By nearest rank, in milliseconds' precision; None without values."""
    if not values:
        return None
    rank = max(1, math.ceil(len(values) * percent / 100))
    return round(sorted(values)[rank - 1], 3)
