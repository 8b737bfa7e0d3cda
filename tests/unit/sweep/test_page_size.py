"""One bad row is found by halves, and by its id, in few calls."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from services.ingest.reading.page_size import Hunt, PageSize
from shared import limits


@given(st.sets(st.integers(1, 400), min_size=1, max_size=400), st.data())
def test_walking_past_bad_rows_shows_every_good_one_and_names_every_bad_one(
    rows: set[int], data: st.DataObject
) -> None:
    bad = data.draw(st.sets(st.sampled_from(sorted(rows)), max_size=5))
    size, after, shown, named, calls = PageSize(), 0, [], [], 0
    while page := sorted(row for row in rows if row > after)[: size.rows]:
        calls += 1
        if not bad.intersection(page):
            size.came()
            shown += page
            after = page[-1]
        elif not size.failed():
            named.append(page[0])
            after = page[0]
            size.found()
    assert shown == sorted(rows - bad)
    assert named == sorted(bad)
    assert calls <= len(rows) / limits.MAGENTO_PAGE_MAX + 1 + 25 * len(bad)


def test_a_slow_shop_is_asked_for_small_pages_and_for_larger_ones_after_a_while() -> None:
    size = PageSize()
    assert size.failed() and size.failed() and size.rows == limits.MAGENTO_PAGE_MAX // 4
    for _ in range(limits.SWEEP_PAGES_BEFORE_GROWING):
        assert size.rows == limits.MAGENTO_PAGE_MAX // 4
        size.came()
    assert size.rows == limits.MAGENTO_PAGE_MAX // 2


@given(st.integers(0, 2**31), st.integers(1, 2**31))
def test_the_id_of_a_row_that_no_list_shows_is_found(above: int, distance: int) -> None:
    bad, hunt, calls = above + distance, Hunt(above), 0
    while hunt.found is None:
        hunt.answer(failed=hunt.probe >= bad)
        calls += 1
    assert hunt.found == bad
    assert calls <= min(limits.SWEEP_HUNT_CALLS, 2 * math.log2(distance) + 3)
