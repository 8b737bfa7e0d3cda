"""What a run of vectors found: how many figures agree, and each that doesn't, with both values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

Figure = tuple[str, Any, Any]  # path, what the vector expects, ours


class _Unknown:
    """Stands for our value of something the sandbox has no rule for; equal to nothing, null included."""

    def __repr__(self) -> str:
        return "unknown to the sandbox"


UNKNOWN = _Unknown()


@dataclass(frozen=True)
class Difference:
    figure: str
    expected: Any
    ours: Any

    def __str__(self) -> str:
        return f"{self.figure}: Magento {_shown(self.expected)}, here {_shown(self.ours)}"

    def document(self) -> dict[str, str]:
        return {"figure": self.figure, "magento": _shown(self.expected), "here": _shown(self.ours)}


@dataclass
class Report:
    """Figures of one or more vector files."""

    agreed: int = 0
    differences: list[Difference] = field(default_factory=list)

    @property
    def total(self) -> int:
        return self.agreed + len(self.differences)

    def add(self, figures: Iterable[Figure]) -> None:
        for path, expected, ours in figures:
            if same(expected, ours):
                self.agreed += 1
            else:
                self.differences.append(Difference(path, expected, ours))

    def failed(self, path: str, reason: str) -> None:
        """A vector that can't be played counts as one figure that doesn't agree."""
        self.differences.append(Difference(path, "(a vector)", reason))


def same(expected: Any, ours: Any) -> bool:
    """Equal as values: decimals by value, maps by key, lists by place. Null and true are no numbers."""
    if isinstance(expected, dict) and isinstance(ours, dict):
        return expected.keys() == ours.keys() and all(same(value, ours[key]) for key, value in expected.items())
    if isinstance(expected, list) and isinstance(ours, list):
        return len(expected) == len(ours) and all(same(one, other) for one, other in zip(expected, ours, strict=True))
    if isinstance(expected, bool) or isinstance(ours, bool):
        return expected is ours
    if expected == ours:
        return True
    try:
        return Decimal(expected) == Decimal(ours)
    except (InvalidOperation, TypeError, ValueError):
        return False


def names(text: str) -> frozenset[str]:
    """The words of a text, as a set of keys."""
    return frozenset(text.split())


def unknown_keys(path: str, document: Any, known: frozenset[str]) -> Iterator[Figure]:
    """A figure that can't agree for each key without a rule, so that none is passed over in silence."""
    for name in sorted(set(document) - known):
        yield f"{path} key {name!r}", document[name], UNKNOWN


def _shown(value: Any) -> str:
    return f"{value:f}" if isinstance(value, Decimal) else "null" if value is None else str(value)
