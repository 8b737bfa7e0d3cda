"""searchCriteria: the parameters, their bounds, and their encoding."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import limits
from shared.magento.search import (
    Condition,
    Criteria,
    Direction,
    Filter,
    Window,
    any_of,
    as_magento_time,
    encode_query,
    percent_encode,
)


def test_groups_filters_sort_and_page_have_magento_names() -> None:
    criteria = Criteria(
        [[Filter("status", "a"), Filter("status", "b")], [Filter("entity_id", "7", Condition.GT)]],
        ("entity_id", Direction.ASC),
        50,
    )
    assert criteria.parameters() == [
        ("searchCriteria[filter_groups][0][filters][0][field]", "status"),
        ("searchCriteria[filter_groups][0][filters][0][value]", "a"),
        ("searchCriteria[filter_groups][0][filters][0][condition_type]", "eq"),
        ("searchCriteria[filter_groups][0][filters][1][field]", "status"),
        ("searchCriteria[filter_groups][0][filters][1][value]", "b"),
        ("searchCriteria[filter_groups][0][filters][1][condition_type]", "eq"),
        ("searchCriteria[filter_groups][1][filters][0][field]", "entity_id"),
        ("searchCriteria[filter_groups][1][filters][0][value]", "7"),
        ("searchCriteria[filter_groups][1][filters][0][condition_type]", "gt"),
        ("searchCriteria[sortOrders][0][field]", "entity_id"),
        ("searchCriteria[sortOrders][0][direction]", "ASC"),
        ("searchCriteria[pageSize]", "50"),
        ("searchCriteria[currentPage]", "1"),
    ]


def test_a_search_always_has_a_page_size_since_without_one_magento_returns_everything() -> None:
    assert ("searchCriteria[pageSize]", str(limits.MAGENTO_PAGE_MAX)) in Criteria().parameters()


@pytest.mark.parametrize(
    "arguments",
    [
        {"page_size": 0},
        {"page_size": limits.MAGENTO_PAGE_MAX + 1},
        {"page": 0},
        {"groups": [[Filter("a", "b")]] * 11},
        {"groups": [[Filter("a", "b")] * 11]},
        {"groups": [[]]},
    ],
)
def test_what_is_out_of_range_is_refused(arguments: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"page|groups"):
        Criteria(**arguments)  # type: ignore[arg-type]


def test_indexes_stay_below_ten_at_the_limit() -> None:
    full = [[Filter("a", "b")] * limits.MAGENTO_FILTERS_MAX] * limits.MAGENTO_FILTERS_MAX
    names = [name for name, _ in Criteria(full).parameters()]
    assert any("[9][filters][9]" in name for name in names)
    assert not any("[10]" in name for name in names)


@given(st.lists(st.tuples(st.text(min_size=1), st.text()), max_size=8))
def test_encoding_keeps_every_character_and_uses_none_that_servers_read_differently(
    parameters: list[tuple[str, str]],
) -> None:
    encoded = encode_query(parameters)
    assert parse_qsl(encoded, keep_blank_values=True) == parameters
    assert set(encoded) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~%&=")
    assert len(encoded.split("&")) == max(1, len(parameters))


@pytest.mark.parametrize(
    ("text", "encoded"),
    [
        ("a+b", "a%2Bb"),
        ("a b", "a%20b"),
        ("[0]", "%5B0%5D"),
        ("a/b", "a%2Fb"),
        ("~", "~"),
        ("50%", "50%25"),
        ("é", "%C3%A9"),
    ],
)
def test_characters_are_encoded_once(text: str, encoded: str) -> None:
    assert percent_encode(text) == encoded


def test_times_are_utc_with_a_space_whatever_their_zone() -> None:
    instant = datetime(2026, 3, 1, 1, 30, 5, 999_999, tzinfo=timezone(timedelta(hours=2)))
    assert as_magento_time(instant) == "2026-02-28 23:30:05"


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        as_magento_time(datetime(2026, 3, 1))  # noqa: DTZ001


def test_a_window_is_two_conditions_that_both_hold() -> None:
    window = Window("updated_at", datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC))
    assert [(item.condition, item.value) for item in window.filters()] == [
        (Condition.GTEQ, "2026-03-01 00:00:00"),
        (Condition.LTEQ, "2026-03-02 00:00:00"),
    ]


def test_a_value_with_a_comma_cannot_be_one_of_many() -> None:
    assert any_of(["a", "b"]) == "a,b"
    with pytest.raises(ValueError, match="comma"):
        any_of(["a,b"])
