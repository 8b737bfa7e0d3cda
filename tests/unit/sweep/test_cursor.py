"""The sweep's document: what it says is done is done, and a start date that moves asks for exactly what is missing."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.ingest.sweep.coverage import cover, start_of_day, step
from services.ingest.sweep.cursor import Cover, SweepCursor, Walk, What
from services.ingest.sweep.windows import Span, start_of

BEGAN = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def first() -> SweepCursor:
    return SweepCursor.first(BEGAN, timedelta(seconds=7))


def test_it_is_read_back_as_it_was_written() -> None:
    cursor = first().begin(Walk.of(What.CHANGED, Span(BEGAN, BEGAN + HOUR))).turn(2, 41).flawed("order:7", BEGAN)
    text = cursor.model_dump_json(by_alias=True)
    assert SweepCursor.model_validate_json(text) == cursor
    assert cursor.walk is not None and (cursor.walk.part, cursor.walk.after_id) == (2, 41)


def test_it_moves_only_when_a_walk_is_at_its_end() -> None:
    cursor = first().begin(Walk.of(What.CHANGED, Span(BEGAN - HOUR, BEGAN + HOUR), timedelta(seconds=9))).turn(1, 5)
    assert cursor.until == BEGAN
    done = cursor.finish()
    assert (done.until, done.skew_seconds, done.walk) == (BEGAN + HOUR, 9, None)
    assert done.since == BEGAN


def test_a_window_whose_clock_was_set_back_before_it_was_walked_passes_over_nothing() -> None:
    """The shop was an hour ahead when the window was cut, and isn't any more when it is done."""
    now, ahead = BEGAN + 5 * HOUR, timedelta(hours=1)
    window = Span(BEGAN, now + ahead)
    done = first().begin(Walk.of(What.CHANGED, window, ahead)).turn(0, 5).finish()
    assert start_of(done.reached, timedelta(0)) <= now, "what is saved from now on is in the next window"


def test_a_document_that_stays_unreadable_keeps_the_day_it_began() -> None:
    cursor = first().flawed("order:7", BEGAN).flawed("order:7", BEGAN + HOUR).flawed("invoice:9", BEGAN)
    assert cursor.unreadable["order:7"].since == BEGAN
    assert cursor.unreadable["order:7"].tried_at == BEGAN + HOUR
    assert set(cursor.mended(["order:7"]).unreadable) == {"invoice:9"}


hours = st.integers(-2000, 50).map(lambda number: BEGAN + number * HOUR)


@given(st.lists(st.tuples(st.none() | hours, st.integers(0, 30)), min_size=1, max_size=8))
def test_after_any_moves_of_the_start_date_everything_since_it_is_read(
    moves: list[tuple[datetime | None, int]],
) -> None:
    """Between two moves so many windows are read; after the last one all that are left."""
    cursor, read = first(), []
    last = moves[-1][0]
    for wanted, steps in [*moves, (last, 10_000)]:
        for _ in range(steps):
            covered = cover(cursor, wanted)
            if covered is None:
                break
            span = step(covered, cursor.since)
            cursor = cursor.begin(Walk.of(What.CREATED, span), covered)
            read.append(span)
            cursor = cursor.finish()
    assert cover(cursor, last) is None
    assert cursor.since <= (last or BEGAN)
    reached = cursor.since
    for span in sorted(read, key=lambda one: one.start):
        if span.start <= reached:
            reached = max(reached, span.end)
    assert reached >= BEGAN, "what it says is read has a hole"


def test_a_start_date_that_does_not_reach_back_asks_for_nothing() -> None:
    assert cover(first(), None) is None
    assert cover(first(), BEGAN + HOUR) is None
    assert cover(first(), BEGAN - HOUR) == Cover(start=BEGAN - HOUR, reached=BEGAN - HOUR)


def test_a_day_begins_where_it_begins_first() -> None:
    day = date(2026, 3, 1)
    assert start_of_day(day, ["America/Los_Angeles", "Asia/Tokyo"]) == datetime(2026, 2, 28, 15, tzinfo=UTC)
    assert start_of_day(day, ["America/Los_Angeles"]) == datetime(2026, 3, 1, 8, tzinfo=UTC)
    assert start_of_day(day, ["Nowhere/Nothing"]) == start_of_day(day, []) == datetime(2026, 2, 28, 10, tzinfo=UTC)
