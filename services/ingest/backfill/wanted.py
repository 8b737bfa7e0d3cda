"""What a backfill is asked to read: a kind, and which of it. Pure: words of a command line in, value out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from shared import limits

_SPAN = re.compile(r"([0-9]{1,10})(?:-([0-9]{1,10}))?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class WrongUse(ValueError):
    """What was asked for makes no sense. `problems` say what is allowed, a sentence each."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = list(problems)


class Kind(StrEnum):
    """What to read. Orders come with their invoices, credit memos and shipments."""

    ORDERS = "orders"
    PRODUCTS = "products"
    CUSTOMERS = "customers"


Span = tuple[Annotated[int, Field(ge=1)], Annotated[int, Field(ge=1)]]
"""Ids from the first to the second, both included."""


class Wanted(BaseModel):
    """Days, ids or numbers; with none of them all there are, which orders are too many for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Kind = Kind.ORDERS
    first_day: date | None = None
    """The order date (customers, products: when they were made), in the shop's zone. This day and later."""
    last_day: date | None = None
    """This day and earlier. None with a first day: up to the moment at which the backfill was asked for."""
    ids: tuple[Span, ...] = ()
    """Entity ids, ascending, without overlap."""
    numbers: tuple[str, ...] = ()
    """Order numbers as customers know them (increment_id)."""
    force: bool = False
    """Publish what has not changed, too."""
    dry_run: bool = False
    """Count, publish nothing."""
    rate: Annotated[int, Field(ge=1, le=limits.BACKFILL_RATE_MAX)] | None = None
    """Documents a minute; None leaves it to the setting."""

    def words(self) -> str:
        """What is wanted, for a table: `orders of 2026-01-01 to 2026-03-31`."""
        kind = self.kind.value
        if self.first_day is not None:
            if self.first_day == self.last_day:
                return f"{kind} of {self.first_day}"
            return (
                f"{kind} of {self.first_day} to {self.last_day}" if self.last_day else f"{kind} since {self.first_day}"
            )
        if self.ids:
            spans = [f"{first}" if first == last else f"{first}-{last}" for first, last in self.ids]
            return f"{kind} {_some(spans)}"
        return f"{kind} {_some(['#' + number for number in self.numbers])}" if self.numbers else f"all {kind}"


def read_wanted(
    *,
    kind: Kind = Kind.ORDERS,
    first: str | None = None,
    last: str | None = None,
    ids: str | None = None,
    numbers: str | None = None,
    force: bool = False,
    dry_run: bool = False,
    rate: int | None = None,
    today: date,
) -> Wanted:
    """The options of the command as a value. `today` is the day where the command is typed. Raises WrongUse, with
    every mistake at once."""
    problems: list[str] = []
    first_day, last_day = _day("--from", first, problems), _day("--to", last, problems)
    spans = _spans(ids, problems) if ids is not None else ()
    named = _numbers(numbers, problems) if numbers is not None else ()
    given = [
        name
        for name, value in (("--from/--to", first or last), ("--ids", ids), ("--numbers", numbers))
        if value is not None
    ]
    if len(given) > 1:
        problems.append(f"{' and '.join(given)} were given: choose one of --from/--to, --ids, --numbers")
    if not given and kind is Kind.ORDERS:
        problems.append("which orders? Give --from 2026-01-01 [--to 2026-03-31], --ids 1,2,5-9 or --numbers 000000123")
    if numbers is not None and kind is not Kind.ORDERS:
        problems.append(f"--numbers names orders; {kind.value} are named with --ids")
    if last is not None and first is None:
        problems.append("--to needs --from: the first day to read")
    if first_day and last_day and last_day < first_day:
        problems.append(f"--to {last_day} lies before --from {first_day}")
    if first_day and first_day > today + timedelta(days=1):  # it may be tomorrow in the shop's zone
        problems.append(f"--from {first_day} lies in the future")
    if rate is not None and not 1 <= rate <= limits.BACKFILL_RATE_MAX:
        problems.append(f"--rate takes 1 to {limits.BACKFILL_RATE_MAX} {kind.value} a minute, not {rate}")
    if force and dry_run:
        problems.append("--force publishes what has not changed, --dry-run publishes nothing: choose one")
    if problems:
        raise WrongUse(problems)
    return Wanted(
        kind=kind,
        first_day=first_day,
        last_day=last_day,
        ids=spans,
        numbers=named,
        force=force,
        dry_run=dry_run,
        rate=rate,
    )


def merged(spans: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """The same ids as ascending spans that neither touch nor overlap."""
    result: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if result and first <= result[-1][1] + 1:
            result[-1] = (result[-1][0], max(result[-1][1], last))
        else:
            result.append((first, last))
    return tuple(result)


def _day(option: str, text: str | None, problems: list[str]) -> date | None:
    if text is None:
        return None
    try:
        if _DAY.fullmatch(text.strip()):  # fromisoformat also takes weeks and days without dashes
            return date.fromisoformat(text.strip())
    except ValueError:
        pass
    problems.append(f"{option} takes a day such as 2026-01-31, not {text!r}")
    return None


def _spans(text: str, problems: list[str]) -> tuple[tuple[int, int], ...]:
    spans: list[tuple[int, int]] = []
    for word in _words(text):
        match = _SPAN.fullmatch(word.replace(" ", ""))
        if match is None:
            problems.append(f"--ids takes ids and ranges such as 1,2,5-9; {word!r} is neither")
            continue
        first, last = int(match[1]), int(match[2] or match[1])
        if first < 1:
            problems.append(f"--ids: ids begin with 1, so {word!r} is none")
        elif last < first:
            problems.append(f"--ids: a range goes up: {last}-{first}, not {word!r}")
        else:
            spans.append((first, last))
    _check_count("--ids", len(spans), problems)
    return merged(spans)


def _numbers(text: str, problems: list[str]) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(_words(text)))  # each once, in the given order
    problems += [
        f"--numbers takes order numbers of up to {limits.BACKFILL_NUMBER_CHARS} characters, separated by commas; "
        f"{bad!r} is none"
        for bad in found
        if len(bad) > limits.BACKFILL_NUMBER_CHARS or not bad.isprintable()
    ]
    _check_count("--numbers", len(found), problems)
    return found


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _check_count(option: str, count: int, problems: list[str]) -> None:
    if count > limits.BACKFILL_NAMED_MAX:
        problems.append(f"{option} takes up to {limits.BACKFILL_NAMED_MAX} at once, not {count}; a range counts as one")
    elif count == 0 and not problems:
        problems.append(f"{option} names nothing")


def _some(words: Sequence[str]) -> str:
    shown = words if len(words) <= limits.BACKFILL_NAMED_SHOWN else [*words[: limits.BACKFILL_NAMED_SHOWN - 1], "…"]
    return ", ".join(shown) + (f" ({len(words)} in all)" if shown is not words else "")
