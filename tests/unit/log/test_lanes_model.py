"""The lanes under random schedules and failures, against what their contract says."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.log.lanes import Lanes
from shared.log.port import LogUnavailable, Record, TopicPartition
from shared.log.signals import PoisonRecord, RetryLater
from tests.unit.log.lanes_support import FIRST, record

OUTCOMES = st.sampled_from(["done", "retry", "poison", "bug", "log gone"])


@settings(max_examples=200, deadline=None)
@given(
    keys=st.lists(st.sampled_from("abcd"), min_size=1, max_size=30),
    gaps=st.lists(st.integers(1, 3), min_size=30, max_size=30),
    choices=st.lists(st.tuples(st.integers(0, 10**6), OUTCOMES), max_size=80),
    revoke_after=st.none() | st.integers(0, 60),
    coalesce=st.booleans(),
)
def test_commits_are_the_contiguous_prefix_whatever_order_records_finish_or_fail_in(
    keys: list[str],
    gaps: list[int],
    choices: list[tuple[int, str]],
    revoke_after: int | None,
    coalesce: bool,
) -> None:
    asyncio.run(_scenario(keys, gaps, choices, revoke_after, coalesce))


async def _scenario(
    keys: list[str], gaps: list[int], choices: list[tuple[int, str]], revoke_after: int | None, coalesce: bool
) -> None:
    """The test is the handler: it holds every batch given out, and ends one of them at each step."""
    offsets = [sum(gaps[: number + 1]) for number in range(len(keys))]
    records = [record(offset, key) for offset, key in zip(offsets, keys, strict=True)]
    open_batches: list[tuple[tuple[Record, ...], asyncio.Future[None]]] = []
    finished: list[Record] = []
    unexpected: list[Exception] = []
    committed = -1

    async def handle(batch: Sequence[Record]) -> None:
        running = {one.key for taken, _ in open_batches for one in taken}
        assert not running & {one.key for one in batch}, "two handlers of one key at once"
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        entry = (tuple(batch), future)
        open_batches.append(entry)
        try:
            await future
            finished.extend(batch)
        finally:
            open_batches.remove(entry)

    async def bury(one: Record, error: Exception) -> None:
        finished.append(one)
        unexpected.extend([] if isinstance(error, PoisonRecord | KeyError) else [error])

    def check(commits: dict[TopicPartition, int]) -> None:
        nonlocal committed
        if FIRST in commits:
            assert commits[FIRST] > committed, "a commit went backwards"
            committed = commits[FIRST]
        done = {one.offset for one in finished}
        assert all(offset in done for offset in offsets if offset < committed), "committed past an unfinished record"

    lanes = Lanes(handle, bury=bury, coalesce=coalesce, jitter=lambda: 0.0)
    errors: dict[str, Callable[[], Exception]] = {
        "retry": lambda: RetryLater(0, ""),
        "poison": lambda: PoisonRecord(""),
        "bug": lambda: KeyError("bug"),
        "log gone": lambda: LogUnavailable(""),
    }
    waiting = list(records)
    steps = 0
    plan = list(choices)
    while revoke_after is None or steps < revoke_after:
        lanes.submit(waiting[:3])
        del waiting[:3]
        for _ in range(5):  # tasks and timers that are due
            await asyncio.sleep(0)
        check(lanes.take_commits())
        if not open_batches:
            if not waiting and lanes.queued == 0:
                break
            await asyncio.sleep(0.01)
            continue
        choice, outcome = plan.pop() if plan else (0, "done")
        _, future = open_batches[choice % len(open_batches)]
        if outcome == "done":
            future.set_result(None)
        else:
            future.set_exception(errors[outcome]())
        steps += 1
    check(await lanes.revoke([FIRST], 0))
    for key in "abcd":
        seen = list(dict.fromkeys(one.offset for one in finished if one.key == key))
        assert seen == sorted(seen), "a key's records finished out of order"
    if revoke_after is None:
        assert {one.offset for one in finished} == set(offsets)
        assert committed == offsets[-1] + 1
    assert unexpected == []
    assert lanes.failure is None
    assert lanes.running == 0
