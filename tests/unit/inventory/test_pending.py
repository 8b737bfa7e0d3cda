"""What is to be looked at: each SKU once, the oldest change first, nothing lost, and bounded."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.inventory.pending import Pending
from shared import limits

SKUS = st.frozensets(st.sampled_from("abcdefgh"), max_size=4)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        self.now += 1
        return self.now


def test_a_sku_that_changed_a_hundred_times_stands_once_with_its_first_moment() -> None:
    pending = Pending(Clock())
    for _ in range(100):
        pending.add({"a"})
    pending.add({"b"})
    assert pending.count == 2
    assert pending.take(10) == {"a": 1, "b": 101}
    assert pending.take(10) == {}


def test_what_a_turn_could_not_do_comes_first_again_with_its_moment() -> None:
    pending = Pending(Clock())
    pending.add({"a"})
    taken = pending.take(1)
    pending.add({"b"})
    pending.add({"a"})
    pending.put_back(taken)
    assert list(pending.take(1)) == ["a"]
    assert list(pending.take(2)) == ["b"]
    pending.put_back(taken)
    assert pending.take(1) == {"a": 1}


@given(st.lists(st.one_of(SKUS, st.integers(1, 3), st.just("fail"))))
def test_whatever_comes_and_fails_nothing_is_lost(steps: list[frozenset[str] | int | str]) -> None:
    pending, expected = Pending(Clock()), set[str]()
    for step in steps:
        if isinstance(step, frozenset):
            pending.add(step)
            expected |= step
        elif step == "fail":
            taken = pending.take(2)
            pending.put_back(taken)
        else:
            expected -= set(pending.take(int(step)))
        assert pending.count == len(expected)
    assert set(pending.take(100)) == expected


def test_too_many_are_a_walk_over_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "STOCK_PENDING", 3)
    pending = Pending(Clock())
    pending.add({"a", "b"})
    pending.add({"c", "d"})
    assert (pending.count, pending.walk_wanted) == (0, True)


def test_a_walk_goes_on_from_where_it_was_and_what_comes_meanwhile_is_another_walks() -> None:
    pending = Pending(Clock())
    pending.add(None)
    pending.begin_walk(["a", "b", "c"])
    assert pending.step(2) == ("a", "b")
    assert pending.step(2) == ("a", "b"), "a step that failed is done again"
    pending.stepped(2)
    pending.add(None)
    assert (pending.walking, pending.walk_wanted, pending.count) == (True, False, 1)
    pending.stepped(len(pending.step(2)))
    assert (pending.walking, pending.walk_wanted) == (False, True)


def test_new_settings_begin_the_walk_anew() -> None:
    pending = Pending(Clock())
    pending.begin_walk(["a", "b"])
    pending.stepped(1)
    pending.restart()
    assert (pending.walking, pending.walk_wanted) == (False, True)


async def test_it_waits_for_news_and_no_longer_than_asked() -> None:
    pending = Pending()
    assert not await pending.wait(0.01)
    pending.add(())
    assert not await pending.wait(0.01)
    pending.add({"a"})
    assert await pending.wait(60)
