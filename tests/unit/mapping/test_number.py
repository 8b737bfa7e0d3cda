"""Document numbers: people's own where they fit, and never more than QuickBooks takes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.commerce.sale import Source
from shared.mapping.number import NUMBER_MAX, document_numbers
from shared.mapping.parked import Parked, Reason
from tests.unit.mapping.sales import document, line, sale, settings

prefixes = st.from_regex(r"\A[A-Za-z0-9._/#-]{0,10}\Z")
numbers = st.text(min_size=1, max_size=50)
entities = st.integers(1, 2**63 - 1)


def source(number: str = "000000041", entity: int = 41, connection: str = "main", store: int = 1) -> Source:
    return Source(connection, entity, number, store, "processing")


@given(prefixes, numbers, entities)
def test_every_candidate_fits_and_differs_from_the_others(prefix: str, number: str, entity: int) -> None:
    candidates = document_numbers(prefix, source(number, entity))
    assert len(candidates) >= 2
    assert len(set(candidates)) == len(candidates)
    assert all(0 < len(one) <= NUMBER_MAX and one == one.strip() for one in candidates)
    assert not any(set("\n\t\x00\u2028") & set(one) for one in candidates)


def test_the_plain_number_comes_first_where_it_fits() -> None:
    assert document_numbers("W-", source())[0] == "W-000000041"
    assert document_numbers("W-", source("0" * 19))[0] == "W-" + "0" * 19


def test_a_number_that_is_too_long_ends_with_the_orders_own_id() -> None:
    assert document_numbers("", source("ORD-2026-ACME-0000000041")) == (
        "ORD-2026-ACME-0000~15",
        document_numbers("", source("ORD-2026-ACME-0000000041"))[1],
    )


@given(
    st.sets(
        st.tuples(numbers, entities),
        min_size=2,
        max_size=2,
    ),
    prefixes,
)
def test_two_orders_of_a_shop_whose_first_candidates_meet_have_others_that_do_not(
    pair: set[tuple[str, int]], prefix: str
) -> None:
    (one, first), (two, second) = pair
    if first == second:
        return
    a, b = document_numbers(prefix, source(one, first)), document_numbers(prefix, source(two, second))
    assert set(a[1:]).isdisjoint(b[1:])


def test_one_number_in_two_store_views_is_told_apart_by_the_second_candidate() -> None:
    a, b = document_numbers("", source(entity=41)), document_numbers("", source(entity=42, store=2))
    assert a[0] == b[0]
    assert set(a[1:]).isdisjoint(b[1:])


def test_two_shops_with_the_same_number_and_id_are_told_apart_by_the_last_candidate() -> None:
    a, b = document_numbers("", source(connection="us")), document_numbers("", source(connection="eu"))
    assert a[:2] == b[:2]
    assert a[2] != b[2]


@given(numbers, entities)
def test_candidates_never_change(number: str, entity: int) -> None:
    assert document_numbers("W-", source(number, entity)) == document_numbers("W-", source(number, entity))


def test_an_attempt_takes_the_next_candidate_and_the_last_one_parks() -> None:
    what = sale(line())
    candidates = document_numbers("", what.source)
    assert [document(what, attempt=i).body["DocNumber"] for i in range(3)] == list(candidates)
    with pytest.raises(Parked) as caught:
        document(what, attempt=3)
    assert caught.value.reason is Reason.NUMBER_TAKEN
    assert "000000041" in caught.value.text


def test_quickbooks_own_numbering_sends_none() -> None:
    assert "DocNumber" not in document(sale(line()), settings(sales={"numbers": "quickbooks"})).body


def test_line_feeds_in_a_number_do_not_reach_the_books() -> None:
    what = replace(sale(line()), source=source("41\n42"))
    assert document(what).body["DocNumber"] == "41 42"
