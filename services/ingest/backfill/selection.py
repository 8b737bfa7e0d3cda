"""What is wanted, as searches of the shop: parts that are read one after another, each ascending by entity_id. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from services.ingest.backfill.wanted import Kind, Wanted
from services.ingest.sweep.known import shop_time
from shared import limits
from shared.magento.search import Condition, Filter, Window, any_of

Zones = tuple[tuple[str, tuple[int, ...]], ...]
"""Time zones, and the store views that live in each. The first is the shop's own, to which orders of store views that
are no more belong."""

_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Part:
    """One search. `names` holds what was named one by one, as the shop would show it: what of it the shop doesn't
    have is worth telling. Of a range with gaps it isn't."""

    filters: tuple[Filter, ...] = ()
    names: tuple[str, ...] = ()


def zones_of(zones: Mapping[int, str], time_zone: str) -> Zones:
    """`zones` by store view, as the shop says; `time_zone` as set: a zone, or `shop` for each store's own."""
    if time_zone != "shop":
        return ((time_zone, ()),)
    stores: dict[str, list[int]] = {}
    for store, zone in sorted(zones.items()):
        stores.setdefault(zone, []).append(store)
    return tuple((zone, tuple(them)) for zone, them in stores.items())


def parts_of(wanted: Wanted, zones: Zones, asked_at: datetime) -> tuple[Part, ...]:
    """All parts, in the order in which they are read: the same for the same values, so that a place among them can be
    kept. Raises ZoneInfoNotFoundError."""
    if wanted.first_day is not None:
        if wanted.kind is not Kind.ORDERS or len(zones) == 1:
            return (Part(tuple(_window(wanted.first_day, wanted.last_day, zones[0][0], asked_at).filters())),)
        return tuple(_by_zone(wanted.first_day, wanted.last_day, zones, asked_at))
    if wanted.numbers:
        return tuple(
            Part((Filter("increment_id", any_of(chunk), Condition.IN),), tuple(chunk))
            for chunk in _chunks(wanted.numbers)
        )
    return tuple(_by_id(wanted.ids)) if wanted.ids else (Part(),)


def _by_zone(first: date, last: date | None, zones: Zones, asked_at: datetime) -> Iterator[Part]:
    """A day begins at another instant in each zone. MySQL's IN never matches NULL, which the foreign key leaves behind
    of a store view that was deleted."""
    own = _window(first, last, zones[0][0], asked_at)
    yield Part((*own.filters(), Filter("store_id", "1", Condition.NULL)))
    for zone, stores in zones:
        filters = _window(first, last, zone, asked_at).filters()
        yield Part((*filters, Filter("store_id", any_of([str(store) for store in stores]), Condition.IN)))


def _window(first: date, last: date | None, zone: str, asked_at: datetime) -> Window:
    start = day_start(first, zone)
    end = asked_at if last is None else day_end(last, zone)
    return Window("created_at", start, max(start, end))


def day_start(day: date, zone: str) -> datetime:
    """The first instant of a day, in UTC. Where the clock skips midnight, the instant at which it does."""
    return datetime.combine(day, time.min, ZoneInfo(zone)).astimezone(UTC)


def day_end(day: date, zone: str) -> datetime:
    """The last second of a day, in UTC; where midnight comes twice, that before the second one."""
    midnight = datetime.combine(day + timedelta(days=1), time.min, ZoneInfo(zone))
    return max(midnight.replace(fold=fold).astimezone(UTC) for fold in (0, 1)) - _SECOND


def _by_id(spans: Sequence[tuple[int, int]]) -> Iterator[Part]:
    """Wide ranges are walked; of what is narrow, up to a page is one search."""
    narrow: list[str] = []
    for first, last in spans:
        if last - first >= limits.MAGENTO_PAGE_MAX:
            yield from _named(narrow)
            narrow = []
            yield Part(
                (Filter("entity_id", str(first), Condition.GTEQ), Filter("entity_id", str(last), Condition.LTEQ))
            )
        else:
            narrow += [str(one) for one in range(first, last + 1)]
    yield from _named(narrow)


def _named(ids: Sequence[str]) -> Iterator[Part]:
    for chunk in _chunks(ids):
        yield Part((Filter("entity_id", any_of(chunk), Condition.IN),), tuple(chunk))


def _chunks(names: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(names), limits.MAGENTO_PAGE_MAX):
        yield names[start : start + limits.MAGENTO_PAGE_MAX]


def placed_before(order: Mapping[str, Any], start: date | None, store_zone: str, time_zone: str) -> bool:
    """Whether an order's date, by the zone that the settings name, lies before `start`. Not when it can't be told."""
    placed = shop_time(order.get("created_at"))
    if start is None or placed is None:
        return False
    try:
        zone = ZoneInfo(store_zone if time_zone == "shop" else time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        return False
    return placed.astimezone(zone).date() < start
