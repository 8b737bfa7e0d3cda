"""What the words of `bookbridge backfill` mean, and what is said of those that mean nothing."""

from __future__ import annotations

import itertools
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.backfill.wanted import Kind, Wanted, WrongUse, merged, read_wanted
from shared import limits

TODAY = date(2026, 4, 1)


def read(**options: Any) -> Wanted:
    return read_wanted(today=TODAY, **options)


def test_days_include_both_ends_and_the_last_may_be_left_out() -> None:
    wanted = read(first="2026-01-01", last="2026-03-31")
    assert (wanted.first_day, wanted.last_day) == (date(2026, 1, 1), date(2026, 3, 31))
    assert wanted.words() == "orders of 2026-01-01 to 2026-03-31"
    assert read(first="2026-01-01").words() == "orders since 2026-01-01"
    assert read(first="2026-01-01", last="2026-01-01").words() == "orders of 2026-01-01"


def test_ids_are_single_or_ranges_and_come_out_ascending_without_overlap() -> None:
    assert read(ids="7, 1,2,5 - 9,3,8-12,20").ids == ((1, 3), (5, 12), (20, 20))
    assert read(ids="1,2,5-9").words() == "orders 1-2, 5-9"


def test_numbers_keep_their_zeros_and_their_order_and_come_once() -> None:
    wanted = read(numbers="000000123, 000000007,000000123,M-1-1")
    assert wanted.numbers == ("000000123", "000000007", "M-1-1")
    assert wanted.words() == "orders #000000123, #000000007, #M-1-1"


def test_a_long_list_is_cut_short_in_words() -> None:
    assert read(ids="1,3,5,7,9,11").words() == "orders 1, 3, 5, … (6 in all)"


def test_products_and_customers_may_be_all_of_them() -> None:
    assert read(kind=Kind.PRODUCTS).words() == "all products"
    assert read(kind=Kind.CUSTOMERS, ids="4").words() == "customers 4"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "which orders? Give --from 2026-01-01 [--to 2026-03-31], --ids 1,2,5-9 or --numbers 000000123"),
        ({"first": "2026-01-01", "ids": "1"}, "choose one of --from/--to, --ids, --numbers"),
        ({"ids": "1", "numbers": "000000001"}, "--ids and --numbers were given: choose one"),
        ({"last": "2026-01-01"}, "--to needs --from"),
        ({"first": "2026-03-01", "last": "2026-02-28"}, "--to 2026-02-28 lies before --from 2026-03-01"),
        ({"first": "2026-04-03"}, "--from 2026-04-03 lies in the future"),
        ({"first": "01.02.2026"}, "--from takes a day such as 2026-01-31, not '01.02.2026'"),
        ({"first": "2026-02-29"}, "--from takes a day such as 2026-01-31, not '2026-02-29'"),
        ({"first": "2026-W01-1"}, "--from takes a day"),
        ({"first": "2026-01-01", "last": "today"}, "--to takes a day"),
        ({"ids": "1,x"}, "--ids takes ids and ranges such as 1,2,5-9; 'x' is neither"),
        ({"ids": "9-5"}, "a range goes up: 5-9, not '9-5'"),
        ({"ids": "0"}, "ids begin with 1"),
        ({"ids": "-5"}, "'-5' is neither"),
        ({"ids": "1-2-3"}, "'1-2-3' is neither"),
        ({"ids": " , "}, "--ids names nothing"),
        ({"numbers": ""}, "--numbers names nothing"),
        ({"numbers": "1" * 51}, "--numbers takes order numbers of up to 50 characters"),
        ({"kind": Kind.PRODUCTS, "numbers": "1"}, "--numbers names orders; products are named with --ids"),
        ({"ids": "1", "rate": 0}, "--rate takes 1 to 60000 orders a minute, not 0"),
        ({"ids": "1", "rate": 60_001}, "--rate takes 1 to 60000 orders a minute, not 60001"),
        ({"ids": "1", "force": True, "dry_run": True}, "choose one"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words_that_name_what_is_allowed(options: Any, words: str) -> None:
    with pytest.raises(WrongUse) as refused:
        read(**options)
    assert words in "\n".join(refused.value.problems)


def test_every_mistake_is_told_at_once() -> None:
    with pytest.raises(WrongUse) as refused:
        read(first="soon", ids="x", rate=0)
    assert len(refused.value.problems) == 4


def test_more_names_than_a_command_holds_are_refused() -> None:
    many = ",".join(str(2 * number) for number in range(1, limits.BACKFILL_NAMED_MAX + 2))
    with pytest.raises(WrongUse, match="takes up to 10000 at once, not 10001; a range counts as one"):
        read(ids=many)


_SPANS = st.lists(
    st.tuples(st.integers(1, 200), st.integers(0, 30)).map(lambda it: (it[0], it[0] + it[1])), max_size=12
)


@given(spans=_SPANS)
def test_merged_spans_hold_the_same_ids_and_neither_touch_nor_overlap(spans: list[tuple[int, int]]) -> None:
    result = merged(spans)
    assert {one for first, last in result for one in range(first, last + 1)} == {
        one for first, last in spans for one in range(first, last + 1)
    }
    assert all(before[1] + 1 < after[0] for before, after in itertools.pairwise(result))


@given(spans=_SPANS.filter(bool))
def test_a_wanted_comes_back_the_same_from_its_document(spans: list[tuple[int, int]]) -> None:
    wanted = read(ids=",".join(f"{first}-{last}" for first, last in spans), rate=60)
    assert Wanted.model_validate_json(wanted.model_dump_json()) == wanted
