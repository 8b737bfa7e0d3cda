"""Which searches a backfill makes: days of the shop's zone, ids and numbers, and how fast."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from services.ingest.backfill.pace import Pace, page_size
from services.ingest.backfill.selection import Part, day_end, day_start, parts_of, zones_of
from services.ingest.backfill.wanted import Kind, Wanted, merged
from shared import limits
from shared.magento.search import Condition, Filter

ASKED = datetime(2026, 4, 1, 12, tzinfo=UTC)
NEW_YORK = (("America/New_York", (1,)),)
ZONES = ("UTC", "America/New_York", "Europe/Berlin", "Asia/Kolkata", "Africa/Cairo", "Pacific/Auckland", "Asia/Beirut")


def values(part: Part) -> list[tuple[str, str, str]]:
    return [(one.field, one.condition.value, one.value) for one in part.filters]


def test_days_are_those_of_the_shops_zone_with_both_ends() -> None:
    (part,) = parts_of(Wanted(first_day=date(2026, 1, 1), last_day=date(2026, 3, 31)), NEW_YORK, ASKED)
    assert values(part) == [
        ("created_at", "gteq", "2026-01-01 05:00:00"),
        ("created_at", "lteq", "2026-04-01 03:59:59"),  # summer time by then
    ]


def test_without_a_last_day_it_ends_when_it_was_asked_for_so_that_new_orders_do_not_prolong_it() -> None:
    (part,) = parts_of(Wanted(first_day=date(2026, 1, 1)), NEW_YORK, ASKED)
    assert values(part)[1] == ("created_at", "lteq", "2026-04-01 12:00:00")


def test_store_views_in_several_zones_have_their_own_days_and_those_that_are_gone_the_shops() -> None:
    zones = zones_of({1: "Europe/Berlin", 2: "America/New_York", 3: "Europe/Berlin"}, "shop")
    day = date(2026, 1, 1)
    parts = [values(part) for part in parts_of(Wanted(first_day=day, last_day=day), zones, ASKED)]
    assert [part[2] for part in parts] == [
        ("store_id", "null", "1"),
        ("store_id", "in", "1,3"),
        ("store_id", "in", "2"),
    ]
    assert [part[0][2] for part in parts] == ["2025-12-31 23:00:00", "2025-12-31 23:00:00", "2026-01-01 05:00:00"]


def test_a_zone_that_is_set_counts_for_all_store_views() -> None:
    assert zones_of({1: "Europe/Berlin", 2: "America/New_York"}, "Asia/Tokyo") == (("Asia/Tokyo", ()),)


def test_products_and_customers_have_no_store_to_ask_for() -> None:
    zones = zones_of({1: "Europe/Berlin", 2: "America/New_York"}, "shop")
    (part,) = parts_of(Wanted(kind=Kind.PRODUCTS, first_day=date(2026, 1, 1)), zones, ASKED)
    assert [one.field for one in part.filters] == ["created_at", "created_at"]
    assert parts_of(Wanted(kind=Kind.CUSTOMERS), zones, ASKED) == (Part(),)


def test_narrow_ranges_share_a_search_and_wide_ones_have_their_own() -> None:
    parts = parts_of(Wanted(ids=((1, 2), (5, 5), (100, 5000), (6000, 6000))), NEW_YORK, ASKED)
    assert [values(part) for part in parts] == [
        [("entity_id", "in", "1,2,5")],
        [("entity_id", "gteq", "100"), ("entity_id", "lteq", "5000")],
        [("entity_id", "in", "6000")],
    ]
    assert [part.names for part in parts] == [("1", "2", "5"), (), ("6000",)]


def test_numbers_are_asked_for_a_page_at_a_time() -> None:
    numbers = tuple(f"{number:09}" for number in range(250))
    parts = parts_of(Wanted(numbers=numbers), NEW_YORK, ASKED)
    assert [len(part.names) for part in parts] == [100, 100, 50]
    assert parts[2].filters == (Filter("increment_id", ",".join(numbers[200:]), Condition.IN),)


@given(
    zone=st.sampled_from(ZONES),
    first=st.dates(date(2000, 1, 1), date(2037, 12, 30)),
    days=st.integers(0, 200),
    instant=st.integers(-200_000, 20_000_000),
)
def test_an_order_is_found_exactly_when_its_local_day_lies_between(
    zone: str, first: date, days: int, instant: int
) -> None:
    last = first + timedelta(days=days)
    start, end = day_start(first, zone), day_end(last, zone)
    for base in (start, end):
        moment = base + timedelta(seconds=instant % 400_000 - 200_000)
        inside = first <= moment.astimezone(ZoneInfo(zone)).date() <= last
        assert (start <= moment <= end) == inside


@given(
    st.lists(st.tuples(st.integers(1, 3000), st.integers(0, 400)).map(lambda it: (it[0], it[0] + it[1])), min_size=1)
)
def test_every_id_is_in_exactly_one_search_and_searches_ascend(spans: list[tuple[int, int]]) -> None:
    wanted = Wanted(ids=merged(spans))
    asked: list[int] = []
    for part in parts_of(wanted, NEW_YORK, ASKED):
        if part.names:
            assert len(part.names) <= limits.MAGENTO_PAGE_MAX
            asked += [int(name) for name in part.names]
        else:
            first, last = part.filters
            asked += range(int(first.value), int(last.value) + 1)
    assert asked == [one for first, last in wanted.ids for one in range(first, last + 1)]


@given(rate=st.integers(1, limits.BACKFILL_RATE_MAX), delays=st.lists(st.floats(0, 30), min_size=1, max_size=30))
def test_in_any_span_no_more_is_read_than_the_rate_allows_and_one_page_besides(rate: int, delays: list[float]) -> None:
    pace, size, now = Pace(rate), page_size(rate), 0.0
    reads: list[float] = []
    for delay in delays:
        now += delay + pace.wait(now + delay)
        pace.spend(size, now)
        reads.append(now)
    for first in range(len(reads)):
        for last in range(first, len(reads)):
            span = reads[last] - reads[first]
            assert (last - first + 1) * size <= span * rate / 60 + size + 1e-6


def test_a_page_is_small_at_a_low_rate_and_never_over_the_shops_limit() -> None:
    assert [page_size(rate) for rate in (1, 60, 300, 600, 60_000)] == [1, 10, 50, 100, 100]
