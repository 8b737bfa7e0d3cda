"""Reading up an entity page by page while it changes: nothing is passed by."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared import limits
from shared.quickbooks.cdc import Change
from shared.quickbooks.changed_pages import (
    ByTime,
    Place,
    Within,
    beginning_of_last,
    document_of,
    next_place,
    place_in,
    smaller,
    statement,
    still_there,
)

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Row:
    """An object of the model: `second` is that of its last update."""

    id: str
    second: int
    token: int = 0


class Model:
    """Books that answer pages as QuickBooks does, with rows of one second in any order, and change between two."""

    def __init__(self, rows: list[Row], chance: random.Random) -> None:
        self.rows = {row.id: row for row in rows}
        self.now = max((row.second for row in rows), default=0)
        self.chance = chance

    def page(self, place: Place) -> list[Row]:
        if isinstance(place, Within):
            second = int((place.second - NOON).total_seconds())
            found = sorted((row for row in self.rows.values() if row.second == second), key=lambda row: int(row.id))
            return found[place.start - 1 :][: place.size]
        since = -1 if place.since is None else int((place.since - NOON).total_seconds())
        found = [row for row in self.rows.values() if row.second >= since]
        self.chance.shuffle(found)
        return sorted(found, key=lambda row: row.second)[: place.size]

    def disturb(self, count: int) -> None:
        """Some rows change, some go, some come."""
        self.now += self.chance.choice([0, 1])
        for row in self.chance.sample(list(self.rows.values()), min(count, len(self.rows))):
            if self.chance.random() < 0.5:
                del self.rows[row.id]
            else:
                self.rows[row.id] = replace(row, second=self.now, token=row.token + 1)
        if self.chance.random() < 0.3:
            number = str(10_000 + self.now * 100 + self.chance.randrange(100))
            self.rows.setdefault(number, Row(number, self.now))


def _change(row: Row) -> Change:
    document = {"Id": row.id, "SyncToken": str(row.token)}
    return Change("SalesReceipt", row.id, NOON + timedelta(seconds=row.second), False, document)


@settings(max_examples=300, deadline=None)
@given(
    seconds=st.lists(st.sampled_from([0, 0, 0, 1, 2, 3, 9]), max_size=60),
    size=st.integers(2, 9),
    disturbed=st.integers(0, 6),
    pages_disturbed=st.integers(0, 8),
    seed=st.integers(0, 10**6),
)
def test_every_object_is_seen_as_it_stands_last(
    seconds: list[int], size: int, disturbed: int, pages_disturbed: int, seed: int
) -> None:
    """Unless it changes after its page, and then its time lies behind the beginning of the next question."""
    chance = random.Random(seed)
    model = Model([Row(str(number), second) for number, second in enumerate(seconds)], chance)
    began = model.now
    seen: dict[str, int] = {}
    place: Place | None = ByTime(NOON, size)
    for page in range(2_000):
        if place is None:
            break
        rows = model.page(place)
        seen |= {row.id: max(row.token, seen.get(row.id, 0)) for row in rows}
        place = next_place(place, [_change(row) for row in rows])
        if page < pages_disturbed:
            model.disturb(disturbed)
    assert place is None, "it ends"
    for row in model.rows.values():
        assert seen.get(row.id) == row.token or row.second >= began


def test_a_second_with_more_rows_than_a_page_is_read_by_id() -> None:
    rows = [_change(Row(str(number), 7)) for number in range(1_000)]
    second = NOON + timedelta(seconds=7)
    place = next_place(ByTime(NOON), rows)
    assert place == ByTime(second)
    inside = next_place(place, rows)
    assert inside == Within(second, 1_000)
    assert statement("SalesReceipt", inside) == (
        "SELECT * FROM SalesReceipt WHERE MetaData.LastUpdatedTime >= '2026-11-24T12:00:07+00:00' AND "
        "MetaData.LastUpdatedTime < '2026-11-24T12:00:08+00:00' ORDERBY Id STARTPOSITION 1 MAXRESULTS 1000"
    )
    following = next_place(inside, rows)
    assert isinstance(following, Within) and following.start == 901
    assert next_place(following, [_change(Row("5000", 7))]) == Within(second, 1_000, 1, following.last), "one back"
    assert next_place(following, rows[900:]) == ByTime(second + timedelta(seconds=1))


@pytest.mark.parametrize("place", [ByTime(), ByTime(NOON, 250), Within(NOON, 500, 41, frozenset({"1"}))])
def test_a_place_is_kept_by_a_cursor(place: Place) -> None:
    since = place.second if isinstance(place, Within) else place.since
    assert place_in(document_of(place)) == ByTime(since, place.size)


def test_names_are_read_with_those_that_are_inactive() -> None:
    assert statement("Item", ByTime()) == (
        "SELECT * FROM Item WHERE Active IN (true,false) "
        "ORDERBY MetaData.LastUpdatedTime STARTPOSITION 1 MAXRESULTS 1000"
    )
    assert "Active IN (true,false)" in still_there("Customer", ["1", "2"])
    assert "Active" not in still_there("Invoice", ["1", "2"])


def test_a_page_that_was_too_large_is_halved_while_two_can_overlap() -> None:
    sizes, place = [], smaller(Within(NOON, 1_000, 901))
    while place is not None:
        sizes.append(place.size)
        place = smaller(place)
    assert sizes == [500, 250, 125, 62, 31, 15, 7, 3]


@given(st.lists(st.integers(0, 20), max_size=60), st.integers(1, 30), st.integers(0, 20))
def test_from_the_beginning_of_the_last_rows_on_there_are_at_most_so_many(
    seconds: list[int], rows: int, since: int
) -> None:
    times = [NOON + timedelta(seconds=second) for second in seconds if second >= since]
    begin = beginning_of_last(rows, times, NOON + timedelta(seconds=since))
    assert sum(time >= begin for time in times) <= rows
    if begin > NOON + timedelta(seconds=since):
        earlier = begin - timedelta(seconds=1)
        assert sum(time >= earlier for time in times) > rows, "and not later than needed"
    assert limits.CDC_ROOM_FOR_DELETED > 0
