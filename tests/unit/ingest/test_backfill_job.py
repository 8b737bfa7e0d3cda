"""A backfill's document: its states, its counts, and that nothing of it goes backwards."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.backfill.job import Flaw, Job, NotPossible, Page, State
from services.ingest.backfill.wanted import Wanted
from shared import limits

NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)


def job() -> Job:
    return Job(id="a1b2c3", connection="main", wanted=Wanted(ids=((1, 9),)), asked_by="ann", asked_at=NOW)


def running() -> Job:
    return job().begin(9, 600, (), NOW)


def test_it_waits_runs_pauses_for_the_shop_goes_on_and_is_done() -> None:
    one = running()
    assert (one.state, one.found, one.rate, one.started_at) == (State.RUNNING, 9, 600, NOW)
    one = one.pause("the shop doesn't answer", LATER)
    assert (one.state, one.why) == (State.PAUSED, "the shop doesn't answer")
    one = one.turn(Page(part=0, after_id=9, read=9, published=7, unchanged=2), LATER)
    assert (one.state, one.why, one.published, one.unchanged) == (State.RUNNING, "", 7, 2)
    one = one.finish(LATER)
    assert one.ended
    assert one.ended_at == LATER


def test_a_second_beginning_keeps_the_place_and_the_first_start() -> None:
    one = running().turn(Page(part=0, after_id=5, read=5), NOW).begin(9, 60, (), LATER)
    assert (one.after_id, one.read, one.started_at, one.rate) == (5, 5, NOW, 60)


def test_what_has_ended_takes_no_step() -> None:
    done = running().finish(LATER)
    steps: list[Callable[[], Job]] = [
        lambda: done.begin(1, 1, (), LATER),
        lambda: done.turn(Page(part=1, after_id=0), LATER),
        lambda: done.pause("", LATER),
        lambda: done.finish(LATER),
        lambda: done.fail("", LATER),
        lambda: done.cancelled(LATER),
    ]
    for step in steps:
        with pytest.raises(NotPossible, match="a1b2c3 is done"):
            step()
    assert done.ask_cancel(LATER) is done


def test_what_failed_or_was_cancelled_goes_on_from_where_it_was() -> None:
    at = running().turn(Page(part=0, after_id=5, read=5), NOW)
    for ended in (at.fail("broken", LATER), at.ask_cancel(LATER).cancelled(LATER)):
        again = ended.resume(LATER)
        assert (again.state, again.cancel, again.why, again.after_id, again.ended_at) == (
            State.WAITING,
            False,
            "",
            5,
            None,
        )
    with pytest.raises(NotPossible, match="is done; ask for a new one"):
        at.finish(LATER).resume(LATER)


def test_resuming_one_that_still_runs_takes_back_the_wish_to_end_it() -> None:
    assert running().resume(LATER) == running()
    assert not running().ask_cancel(LATER).resume(LATER).cancel


def test_a_page_from_before_the_place_is_refused() -> None:
    one = running().turn(Page(part=1, after_id=5, read=5), NOW)
    with pytest.raises(NotPossible):
        one.turn(Page(part=0, after_id=9, read=1), LATER)
    with pytest.raises(NotPossible):
        one.turn(Page(part=1, after_id=4, read=1), LATER)


def test_flaws_are_counted_all_and_named_up_to_a_bound() -> None:
    one = running()
    flaws = tuple(Flaw(name=str(number), why="500") for number in range(60))
    for number in range(3):
        one = one.turn(Page(part=0, after_id=number, flaws=flaws, missing=("7",) * 60), LATER)
    assert (one.unreadable, one.missing, one.bad_run) == (180, 180, 180)
    assert len(one.flaws) == len(one.missing_names) == limits.BACKFILL_FLAWS_NAMED
    assert one.turn(Page(part=0, after_id=9, read=1), LATER).bad_run == 0


@given(
    pages=st.lists(
        st.builds(
            Page,
            part=st.integers(0, 3),
            after_id=st.integers(0, 50),
            read=st.integers(0, 9),
            published=st.integers(0, 9),
            unchanged=st.integers(0, 9),
        ),
        max_size=20,
    )
)
def test_whatever_pages_come_the_place_only_advances_and_the_counts_are_their_sums(pages: list[Page]) -> None:
    one, taken = running(), []
    for page in pages:
        before = (one.part, one.after_id)
        try:
            one = one.turn(page, LATER)
        except NotPossible:
            assert (page.part, page.after_id) < before
            continue
        taken.append(page)
        assert (one.part, one.after_id) >= before
    assert one.read == sum(page.read for page in taken)
    assert one.published == sum(page.published for page in taken)
    assert Job.model_validate_json(one.model_dump_json(by_alias=True)) == one
