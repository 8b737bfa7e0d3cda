"""A list is walked to its end, whichever of its rows break the page they are on."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.reading.pages import BrokenPage
from services.ingest.reading.walk import BrokenRow, walk
from shared.magento.search import Filter


@dataclass(frozen=True)
class Rows:
    ids: list[int]
    last_id: int
    more: bool


class Table:
    """A list of ids; some break every page that they are on, and some do once."""

    def __init__(self, ids: set[int], broken: set[int], flaky: set[int] = frozenset()) -> None:  # type: ignore[assignment]
        self.ids = sorted(ids)
        self.broken = broken
        self.flaky = set(flaky)
        self.asked: list[int] = []

    async def page(self, filters: Sequence[Filter], after_id: int, size: int) -> Rows:
        self.asked.append(size)
        upto = min((int(one.value) for one in filters), default=10**9)
        all_of = [one for one in self.ids if after_id < one <= upto]
        ids = all_of[:size]
        if self.flaky & set(ids):
            self.flaky -= set(ids)
            raise BrokenPage("500, for once")
        if self.broken & set(ids):
            raise BrokenPage("500")
        return Rows(ids, ids[-1] if ids else after_id, len(all_of) > size)


async def walked(table: Table, after_id: int, most: int) -> tuple[list[int], list[int]]:
    """What came, and what is broken."""
    came, broken = [], []
    async for page in walk(table.page, [], after_id, most):
        if isinstance(page, BrokenRow):
            broken.append(page.id)
        else:
            came += page.ids
    return came, broken


@given(
    ids=st.sets(st.integers(1, 3000), max_size=60),
    share=st.floats(0, 1),
    after_id=st.integers(0, 500),
    most=st.integers(1, 100),
    seed=st.randoms(use_true_random=False),
)
def test_every_row_comes_once_in_order_or_is_named_as_broken(
    ids: set[int], share: float, after_id: int, most: int, seed: object
) -> None:
    chance = getattr(seed, "random")  # noqa: B009
    broken = {one for one in sorted(ids) if chance() < share / 3}
    table = Table(ids, broken)
    came, named = asyncio.run(walked(table, after_id, most))
    wanted = {one for one in ids if one > after_id}
    assert came == sorted(wanted - broken)
    assert named == sorted(wanted & broken)
    assert max(table.asked) <= most


@given(ids=st.sets(st.integers(1, 300), max_size=40), flaky=st.sets(st.integers(1, 300)), most=st.integers(1, 9))
def test_a_row_that_breaks_its_page_once_only_comes_after_all(ids: set[int], flaky: set[int], most: int) -> None:
    came, named = asyncio.run(walked(Table(ids, set(), flaky), 0, most))
    assert came == sorted(ids)
    assert named == []


async def test_a_list_that_fails_whatever_is_asked_ends_with_the_shops_words() -> None:
    async def page(filters: Sequence[Filter], after_id: int, size: int) -> Rows:
        if filters and int(filters[0].value) < 2**40:
            return Rows([], after_id, False)
        raise BrokenPage("nothing works")

    with pytest.raises(BrokenPage, match="neither whole nor in parts: nothing works"):
        async for _ in walk(page, [], 0, 10):
            pass
