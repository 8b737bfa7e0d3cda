"""All objects of one entity that changed since an instant, page by page, while they change on. Pure.

Pages go by LastUpdatedTime, and each starts at the second in which the one before ended: what changes meanwhile comes
again at the end, and nothing moves out of sight. Only a second that holds more rows than a page offers no such handle.
Within it pages go by Id and overlap; a page that doesn't begin with a row of the one before, because rows in front of
it have left, is followed by one further ahead.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from shared import limits
from shared.quickbooks import queries
from shared.quickbooks.cdc import NAME_LISTS, Change, instant

_UPDATED = "MetaData.LastUpdatedTime"
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class ByTime:
    """A page that begins at the second `since`, or at the oldest object when that is None."""

    since: datetime | None = None
    size: int = limits.QUICKBOOKS_PAGE_ROWS


@dataclass(frozen=True, slots=True)
class Within:
    """A page that begins at the row `start` of those that changed within `second`, in the order of their Ids; `last`
    holds the Ids of the page before."""

    second: datetime
    size: int
    start: int = 1
    last: frozenset[str] = frozenset()


Place = ByTime | Within


def document_of(place: Place) -> dict[str, Any]:
    """For a cursor. A reading that is taken up within a second begins that second anew."""
    since = place.second if isinstance(place, Within) else place.since
    return {"since": None if since is None else since.isoformat(), "size": place.size}


def place_in(document: Mapping[str, Any]) -> Place:
    """What `document_of` wrote."""
    since = document["since"]
    return ByTime(None if since is None else instant(since), int(document["size"]))


def statement(entity: str, place: Place) -> str:
    """The query for the page."""
    active = _active(entity)
    if isinstance(place, Within):
        since = queries.compared(_UPDATED, ">=", _text(place.second))
        until = queries.compared(_UPDATED, "<", _text(place.second + _SECOND))
        return queries.select(entity, queries.both(since, until, active), start=place.start, size=place.size)
    since = "" if place.since is None else queries.compared(_UPDATED, ">=", _text(place.since))
    return queries.select(entity, queries.both(since, active), size=place.size, order=_UPDATED)


def next_place(place: Place, rows: Sequence[Change]) -> Place | None:
    """The page after the one at `place`, which held these rows; None when that was the last."""
    if isinstance(place, Within):
        return _within_second(place, rows)
    if len(rows) < place.size:
        return None
    last = _whole(max(row.at for row in rows))
    if place.since is not None and last <= _whole(place.since):
        return Within(last, place.size)
    return ByTime(last, place.size)


def _within_second(place: Within, rows: Sequence[Change]) -> Place:
    if place.start > 1 and (not rows or rows[0].id not in place.last):
        return replace(place, start=max(1, place.start - place.size))
    if len(rows) < place.size:
        return ByTime(_whole(place.second) + _SECOND, place.size)
    step = place.size - min(limits.CDC_PAGE_OVERLAP_ROWS, place.size // 2)
    return replace(place, start=place.start + step, last=frozenset(row.id for row in rows))


def smaller(place: Place) -> Place | None:
    """A page of half as many rows, for one whose answer was too large; None where two pages could not overlap."""
    if place.size < 4:
        return None
    if isinstance(place, Within):
        return Within(place.second, place.size // 2)
    return ByTime(place.since, place.size // 2)


def still_there(entity: str, ids: Sequence[str]) -> str:
    """The query for those of the objects with these Ids, at most a page of them, that exist."""
    return queries.select(entity, queries.both(queries.one_of("Id", ids), _active(entity)))


def beginning_of_last(rows: int, times: Sequence[datetime], since: datetime) -> datetime:
    """The earliest second, from `since` on, from which at most so many of the changes at `times` come."""
    if len(times) <= rows:
        return since
    cut = _whole(sorted(times)[-rows - 1])
    return max(since, cut + _SECOND)


def _active(entity: str) -> str:
    return queries.active_and_inactive() if entity in NAME_LISTS else ""


def _text(moment: datetime) -> str:
    return _whole(moment.astimezone(UTC)).isoformat()


def _whole(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)
