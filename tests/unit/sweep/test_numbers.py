"""Order numbers that are missing in a row."""

from __future__ import annotations

import itertools
import tracemalloc
from collections.abc import Iterable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.sweep.numbers import Gaps, Numbers, Series, parse, questions
from shared import limits

series_of = st.builds(
    Series,
    st.integers(1, 3),
    st.sampled_from(["", "A", "ORD-2026-", "SHOP1/"]),
    st.integers(6, 9),
    st.sampled_from(["", "-EU", "X"]),
)


def gaps(known: Iterable[tuple[str, int]], upto: Mapping[str, int]) -> Gaps:
    """What a night makes of the known numbers."""
    numbers = Numbers(upto)
    for increment_id, store_id in known:
        numbers.add(increment_id, store_id)
    return numbers.gaps()


@given(series_of, st.integers(1, 999_999))
def test_a_number_is_read_back_as_it_was_written(series: Series, number: int) -> None:
    assert parse(series.text(number), series.store_id) == (series, number)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("000000012", (Series(1, "", 9, ""), 12)),
        ("000000012-1", (Series(1, "", 9, ""), 12)),
        ("2000000012", (Series(1, "", 10, ""), 2_000_000_012)),
        ("EU-000045-B", (Series(1, "EU-", 6, "-B"), 45)),
        ("no digits", None),
        ("", None),
    ],
)
def test_numbers_as_shops_write_them(text: str, expected: tuple[Series, int] | None) -> None:
    assert parse(text, 1) == expected


@given(st.lists(series_of, min_size=1, max_size=3, unique=True), st.data())
def test_exactly_the_missing_numbers_are_asked_for_and_each_only_once(
    series: list[Series], data: st.DataObject
) -> None:
    numbers = {one: data.draw(st.sets(st.integers(1, 120), min_size=1)) for one in series}
    known = [(one.text(number), one.store_id) for one in series for number in numbers[one]]
    first = gaps(known, {})
    missing = {(one, n) for one in series for n in range(min(numbers[one]), max(numbers[one])) if n not in numbers[one]}
    assert set(first.missing) == missing and len(first.missing) == len(missing)
    assert gaps(known, first.upto).missing == ()
    asked = [text for texts in questions(first.missing) for text in texts]
    assert sorted(asked) == sorted({one.text(n) for one, n in missing})


@given(st.sets(st.integers(1, 5_000), min_size=1, max_size=60))
def test_what_is_too_much_for_one_night_is_asked_for_in_the_next_ones(numbers: set[int]) -> None:
    series = Series(1, "", 9, "")
    known = [(series.text(number), 1) for number in numbers]
    ordered = sorted(numbers)
    narrow = {
        n
        for low, high in itertools.pairwise(ordered)
        if high - low - 1 <= limits.GAP_WIDTH_MAX
        for n in range(low + 1, high)
    }
    asked: list[int] = []
    upto: dict[str, int] = {}
    for _ in range(6):
        night = gaps(known, upto)
        assert len(night.missing) <= limits.GAP_NUMBERS_MAX
        asked += [number for _, number in night.missing]
        upto = dict(night.upto)
    assert sorted(asked) == sorted(narrow)


def test_a_sequence_that_was_set_forward_is_not_asked_for_number_by_number() -> None:
    known = [("000000001", 1), ("000000003", 1), ("900000000", 1), ("900000002", 1)]
    found = gaps(known, {})
    assert [number for _, number in found.missing] == [2, 900_000_001]
    assert found.jumps == 1


def test_a_number_with_a_comma_is_asked_for_by_itself() -> None:
    found = gaps([("A,001", 1), ("A,003", 1), ("5", 1), ("7", 1)], {})
    assert sorted(questions(found.missing)) == [("6",), ("A,002",)]


def test_many_numbers_cost_little_memory_and_those_of_former_nights_none() -> None:
    """A million took a quarter of a gigabyte when each was kept by itself."""
    tracemalloc.start()
    try:
        found = gaps(((f"{number:09}", 1) for number in range(1, 100_001) if number % 1_000), {})
        first = tracemalloc.get_traced_memory()[1]
        tracemalloc.reset_peak()
        again = gaps(((f"{number:09}", 1) for number in range(1, 100_001)), found.upto)
        second = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(found.missing) == 99 and again.missing == ()
    assert first < 400_000, "bytes at most, with what is missing"
    assert second < first
