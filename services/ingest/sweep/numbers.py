"""Order numbers that are missing in a row. Pure.

Magento numbers the orders of each store from a sequence of its own: a prefix, nine digits, a suffix
("000000012", "2000000012", shops set others). Not every missing number is an order: a payment that fails wastes one.
An edited order takes the number of the old one with "-1", "-2" (reference/magento.md, sections 0.4 and 3.3).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
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


def gaps(known: Iterable[tuple[str, int]], upto: Mapping[str, int]) -> Gaps:
    """The missing numbers between known ones, lowest first, at most GAP_NUMBERS_MAX. `known` are pairs of increment_id
    and store; `upto` says up to which number each series was looked at before."""
    found: dict[Series, set[int]] = defaultdict(set)
    for increment_id, store_id in known:
        parsed = parse(increment_id, store_id)
        if parsed is not None:
            found[parsed[0]].add(parsed[1])
    missing: list[tuple[Series, int]] = []
    reached, jumps = dict(upto), 0
    for series, numbers in sorted(found.items()):
        low = upto.get(series.name, min(numbers))
        for before, after in pairwise([low, *sorted(number for number in numbers if number > low)]):
            if after - before - 1 > limits.GAP_WIDTH_MAX:
                jumps += 1
            elif len(missing) + after - before - 1 > limits.GAP_NUMBERS_MAX:
                break
            else:
                missing += [(series, number) for number in range(before + 1, after)]
            reached[series.name] = after
        else:
            reached.setdefault(series.name, low)
    return Gaps(tuple(missing), reached, jumps)


def questions(missing: Iterable[tuple[Series, int]]) -> Iterator[tuple[str, ...]]:
    """The increment_ids of each call. One with a comma can't be asked for in a list: it comes alone."""
    texts = list(dict.fromkeys(series.text(number) for series, number in missing))
    plain = [text for text in texts if "," not in text]
    for start in range(0, len(plain), limits.GAP_NUMBERS_AT_ONCE):
        yield tuple(plain[start : start + limits.GAP_NUMBERS_AT_ONCE])
    yield from ((text,) for text in texts if "," in text)
