"""Order numbers that are missing in a row. Pure.

Magento numbers the orders of each store from a sequence of its own: a prefix, nine digits, a suffix
("000000012", "2000000012", shops set others). Not every missing number is an order: a payment that fails wastes one.
An edited order takes the number of the old one with "-1", "-2" (reference/magento.md, sections 0.4 and 3.3).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from shared import limits

_EDIT = re.compile(r"-[0-9]{1,2}$")
_NUMBER = re.compile(r"(.*?)([0-9]{1,18})([^0-9]*)", re.ASCII | re.DOTALL)


class Series(NamedTuple):
    """One sequence of numbers: of a store, with what stands before and after the digits."""

    store_id: int
    prefix: str
    digits: int
    suffix: str

    def text(self, number: int) -> str:
        """The increment_id."""
        return f"{self.prefix}{number:0{self.digits}}{self.suffix}"

    @property
    def name(self) -> str:
        """What a cursor calls it."""
        return f"{self.store_id}:{self.prefix}{'#' * self.digits}{self.suffix}"


@dataclass(frozen=True, slots=True)
class Gaps:
    """What to ask the shop for, and how far each series is looked at once that is answered."""

    missing: tuple[tuple[Series, int], ...]
    upto: Mapping[str, int] = field(default_factory=dict)
    jumps: int = 0
    """Places where a sequence was set forward: so wide that nobody asks for what lies between."""


def parse(increment_id: str, store_id: int) -> tuple[Series, int] | None:
    """The series and the number in it; None for a number without digits or with more than a counter has."""
    match = _NUMBER.fullmatch(_EDIT.sub("", increment_id) or increment_id)
    if match is None:
        return None
    prefix, digits, suffix = match.groups()
    return Series(store_id, prefix, len(digits), suffix), int(digits)


class Numbers:
    """The numbers that are known, above those that were looked at before: `upto` says up to which of each series. A bit
    each, in groups, so that a million of a sequence are some hundred kilobytes."""

    def __init__(self, upto: Mapping[str, int]) -> None:
        self._upto = upto
        self._found: dict[Series, dict[int, int]] = {}

    def add(self, increment_id: str, store_id: int) -> None:
        """One of them, in any order."""
        parsed = parse(increment_id, store_id)
        if parsed is None:
            return
        series, number = parsed
        if number <= self._upto.get(series.name, -1):
            return
        groups = self._found.setdefault(series, {})
        group, place = divmod(number, limits.GAP_NUMBERS_IN_GROUP)
        groups[group] = groups.get(group, 0) | 1 << place

    def gaps(self) -> Gaps:
        """The missing numbers between known ones, lowest first, at most GAP_NUMBERS_MAX."""
        missing: list[tuple[Series, int]] = []
        reached, jumps = dict(self._upto), 0
        for series, groups in sorted(self._found.items()):
            numbers = _ascending(groups)
            before = self._upto[series.name] if series.name in self._upto else next(numbers)
            reached[series.name] = before
            for after in numbers:
                if after - before - 1 > limits.GAP_WIDTH_MAX:
                    jumps += 1
                elif len(missing) + after - before - 1 > limits.GAP_NUMBERS_MAX:
                    break
                else:
                    missing += [(series, number) for number in range(before + 1, after)]
                before = reached[series.name] = after
        return Gaps(tuple(missing), reached, jumps)


def _ascending(groups: Mapping[int, int]) -> Iterator[int]:
    for group in sorted(groups):
        bits, first = groups[group], group * limits.GAP_NUMBERS_IN_GROUP
        while bits:
            lowest = bits & -bits
            yield first + lowest.bit_length() - 1
            bits ^= lowest


def questions(missing: Iterable[tuple[Series, int]]) -> Iterator[tuple[str, ...]]:
    """The increment_ids of each call. One with a comma can't be asked for in a list: it comes alone."""
    texts = list(dict.fromkeys(series.text(number) for series, number in missing))
    plain = [text for text in texts if "," not in text]
    for start in range(0, len(plain), limits.GAP_NUMBERS_AT_ONCE):
        yield tuple(plain[start : start + limits.GAP_NUMBERS_AT_ONCE])
    yield from ((text,) for text in texts if "," in text)
