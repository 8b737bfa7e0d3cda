"""Windows of a sweep: nothing between two sweeps is passed over, whatever the clocks do."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.ingest.sweep.windows import Reached, cut, end_of, skew_of, start_of
from shared import limits

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
LAG, OVERLAP = timedelta(seconds=limits.SWEEP_LAG_SECONDS), timedelta(seconds=limits.SWEEP_OVERLAP_SECONDS)
SECOND = timedelta(seconds=1)
gaps = st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=400))
skews = st.timedeltas(min_value=timedelta(hours=-26), max_value=timedelta(hours=26))


@given(gaps)
def test_a_gap_of_any_length_is_covered_second_by_second_by_bounded_windows(gap: timedelta) -> None:
    start = NOW - gap
    windows = list(cut(start, NOW))
    assert (windows[0].start, windows[-1].end) == (start, NOW)
    assert all(before.end == after.start for before, after in itertools.pairwise(windows))
    assert all(one.end - one.start <= timedelta(seconds=limits.SWEEP_WINDOW_SECONDS) for one in windows)


def test_a_sweep_that_ends_before_it_begins_has_no_window() -> None:
    assert list(cut(NOW, NOW - SECOND)) == []
    assert len(list(cut(NOW, NOW))) == 1


@given(skews, st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=3)))
def test_the_next_sweep_begins_before_the_last_one_ended_and_ends_before_the_shops_now(
    skew: timedelta, later: timedelta
) -> None:
    end = end_of(NOW, skew)
    start = start_of(Reached(end, skew), skew)
    assert start == end - OVERLAP
    assert end <= NOW + skew - LAG < end + SECOND
    assert end_of(NOW + later, skew) >= end


@given(skews, skews, st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=3)))
def test_a_row_saved_after_a_sweep_is_in_the_next_one_even_when_the_shops_clock_was_set(
    before: timedelta, after: timedelta, later: timedelta
) -> None:
    """The clock may be set while nobody looks: a row that is saved under the new time must not lie before the start."""
    reached = Reached(end_of(NOW, before), before)
    saved = NOW + later + after  # by the shop's clock, after the sweep
    assert start_of(reached, after) <= saved


@given(skews, skews)
def test_a_row_saved_before_a_clock_was_set_is_not_passed_over_either(before: timedelta, after: timedelta) -> None:
    """What the last sweep didn't reach yet carries times of the old clock."""
    reached = Reached(end_of(NOW, before), before)
    assert start_of(reached, after) <= reached.until


def test_the_skew_is_read_off_the_date_header() -> None:
    assert skew_of("Sun, 01 Mar 2026 12:07:00 GMT", NOW) == timedelta(minutes=7)
    assert skew_of("Sun, 01 Mar 2026 11:00:00 -0000", NOW) == timedelta(hours=-1)
    assert skew_of(None, NOW) == skew_of("yesterday", NOW) == timedelta(0)
