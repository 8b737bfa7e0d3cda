"""Which lists are read when: asked for by commands, or old."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.lists.asks import Ask, BadAsk, ask_of, due, together, with_ask
from shared import limits
from shared.quickbooks.listed import ENTITIES
from tests.unit.lists.told import NOON

asks = st.builds(
    Ask,
    st.integers(0, 300),
    st.frozensets(st.sampled_from(ENTITIES), max_size=3),
    st.dictionaries(st.sampled_from(["Item", "Customer"]), st.frozensets(st.sampled_from("123"), min_size=1)),
)


@given(st.lists(asks, max_size=150), st.integers(-1, 300))
def test_nothing_that_was_asked_for_and_is_not_answered_is_forgotten(commands: list[Ask], answered: int) -> None:
    waiting: list[Ask] = []
    for ask in commands:
        waiting = with_ask(waiting, answered, ask)
    assert len(waiting) <= limits.LISTS_ASKS
    assert [ask.command for ask in waiting] == sorted({ask.command for ask in waiting})
    whole = together(waiting)
    last = {ask.command: ask for ask in commands}
    for ask in last.values():
        if ask.command > answered and whole is not None:
            assert ask.command <= whole.command
            assert ask.entities <= whole.entities
            for entity, numbers in ask.ids.items():
                assert entity in whole.entities or numbers <= whole.ids[entity]


@given(asks)
def test_an_ask_survives_the_cursor(ask: Ask) -> None:
    if ask.entities or ask.ids:
        assert ask_of(ask.document(), ask.command) == ask


def test_a_command_without_names_means_every_list() -> None:
    assert ask_of({"command": "reload"}, 5) == Ask(5, frozenset(ENTITIES))


@pytest.mark.parametrize(
    "command",
    [
        {"entities": "Item"},
        {"entities": ["Invoice"]},
        {"ids": {"Bill": ["1"]}},
        {"ids": {"Preferences": ["1"]}},
        {"ids": {"Item": [str(number) for number in range(limits.LISTS_ASK_IDS + 1)]}},
    ],
)
def test_a_command_that_names_no_list_or_too_many_objects_is_refused(command: dict[str, Any]) -> None:
    with pytest.raises(BadAsk):
        ask_of(command, 1)


def test_a_list_is_due_when_it_was_never_read_or_too_long_ago_and_the_small_ones_come_first() -> None:
    day = timedelta(hours=24)
    fresh = dict.fromkeys(ENTITIES, NOON)
    assert due({}, NOON, day) == list(ENTITIES)
    assert ENTITIES[-1] == "Customer" and ENTITIES[0] == "CompanyInfo"
    assert due(fresh, NOON + day - timedelta(seconds=1), day) == []
    assert due(fresh | {"Item": NOON - timedelta(seconds=1)}, NOON + day - timedelta(seconds=1), day) == ["Item"]
