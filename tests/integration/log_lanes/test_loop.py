"""The consumer loop over a real log."""

from __future__ import annotations

import asyncio
import random
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

import pytest

from shared import limits, wire
from shared.log import deadletters
from shared.log.deadletters import DeadLetters
from shared.log.lanes import Handle, Lanes
from shared.log.loop import Progress, run_consumer
from shared.log.port import Log, LogUnavailable, Record, TopicPartition
from shared.log.signals import CorruptRecord, PoisonRecord, RetryLater, TooManyDeadLetters
from tests.integration.log_lanes.support import PARTITIONS, new_topic, put, read_all, until, with_dead_letters


@pytest.fixture
async def topic(log: Log) -> str:
    await with_dead_letters(log)
    return await new_topic(log)


def lanes_on(log: Log, handle: Handle, *, coalesce: bool = False, records: int = limits.LANES_RECORDS) -> Lanes:
    return Lanes(handle, bury=DeadLetters(log, "test").bury, coalesce=coalesce, records=records, partition_records=20)


class Running:
    """A loop in the background. Leaving the block stops it in good order."""

    def __init__(self, log: Log, topic: str, lanes: Lanes, **options: object) -> None:
        self.stop = asyncio.Event()
        self.progress = Progress()
        self.task = asyncio.create_task(
            run_consumer(
                log,
                lanes,
                group=f"group of {topic}",
                topics=[topic],
                stop=self.stop,
                progress=self.progress,
                **options,  # type: ignore[arg-type]
            )
        )

    async def __aenter__(self) -> Running:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.stop.set()
        await self.task


async def committed(log: Log, topic: str) -> dict[int, int]:
    """By partition; asked for by a consumer that never joins."""
    consumer = log.consumer(f"group of {topic}", [topic])
    await consumer.start()
    try:
        await consumer.poll(1, 0.0)
        found = {number: await consumer.committed(TopicPartition(topic, number)) for number in range(PARTITIONS)}
    finally:
        await consumer.close()
    return {number: offset or 0 for number, offset in found.items()}


async def fill(log: Log, topic: str, count: int, keys: int = 7) -> None:
    """Values 0, 1, 2, ... per key; a key is always in the same partition."""
    for number in range(count):
        key = number % keys
        await put(log, topic, f"key {key}", str(number // keys).encode(), key % PARTITIONS)


async def test_every_record_is_handled_committed_and_not_read_again(log: Log, topic: str) -> None:
    handled: list[Record] = []

    async def handle(records: Sequence[Record]) -> None:
        handled.extend(records)

    await fill(log, topic, 50)
    async with Running(log, topic, lanes_on(log, handle)) as running:
        await until(lambda: len(handled) == 50)
        await until(lambda: running.progress.finished == 50)
    assert running.progress.last_commit is not None
    ends = await log.end_offsets([TopicPartition(topic, number) for number in range(PARTITIONS)])
    assert await committed(log, topic) == {source.partition: end for source, end in ends.items()}
    await put(log, topic, "key 0", b"new")
    async with Running(log, topic, lanes_on(log, handle)):
        await until(lambda: len(handled) > 50)
    assert [record.value for record in handled[50:]] == [b"new"]


@pytest.mark.parametrize("seed", range(4))
async def test_after_crashes_at_any_point_every_record_was_handled_and_each_key_in_order(
    log: Log, topic: str, seed: int
) -> None:
    dice = random.Random(seed)
    runs: list[dict[str, list[int]]] = []

    async def handle(records: Sequence[Record]) -> None:
        run = runs[-1]
        await asyncio.sleep(dice.random() * 0.004)
        if dice.random() < 0.1:
            raise dice.choice([RetryLater(0.001, "later"), LogUnavailable("gone")])
        for record in records:
            run[record.key].append(int(record.value or b""))

    keys, count = 7, 210
    await fill(log, topic, count, keys)
    done: dict[str, int] = defaultdict(lambda: -1)
    for _ in range(200):
        runs.append(defaultdict(list))
        running = Running(log, topic, lanes_on(log, handle))
        with pytest.raises(asyncio.CancelledError):
            await until(lambda: running.progress.last_poll is not None)  # noqa: B023 - called at once
            await asyncio.sleep(dice.random() * 0.08)
            running.task.cancel()
            await running.task
        for key, values in runs[-1].items():
            assert all(after == before + 1 for before, after in pairwise(values)), f"{key} left its order: {values}"
            assert values[0] <= done[key] + 1, f"{key}: {values[0]} came, {done[key] + 1} never did"
            done[key] = max(done[key], values[-1])
        if sum(value + 1 for value in done.values()) == count:
            break
    assert dict(done) == {f"key {number}": count // keys - 1 for number in range(keys)}


async def test_after_kill_9_nothing_was_skipped_and_each_key_stayed_in_order(
    log: Log, topic: str, log_address: str
) -> None:
    keys, count = 7, 700
    await fill(log, topic, count, keys)
    done: dict[str, int] = defaultdict(lambda: -1)
    kills = 0
    for limit in (150, 1, 200, 10**9):
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "tests.integration.log_lanes.consume", log_address, topic),
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None
        last: dict[str, int] = {}
        killed, lines = False, 0
        while line := await asyncio.wait_for(process.stdout.readline(), 30):
            key, value = line.decode().rsplit(" ", 1)
            assert last.setdefault(key, int(value) - 1) == int(value) - 1, f"{key} left its order"
            assert int(value) <= done[key] + 1, f"{key}: {value} came, {done[key] + 1} never did"
            last[key] = int(value)
            done[key] = max(done[key], int(value))
            lines += 1
            complete = sum(value + 1 for value in done.values()) == count
            if not killed and (lines >= limit or complete):
                process.kill()  # and read on: what it printed before it died counts
                killed = True
                kills += not complete
        await process.wait()
    assert dict(done) == {f"key {number}": count // keys - 1 for number in range(keys)}
    assert kills == 3


async def test_poison_stands_in_the_dead_letter_topic_before_its_offset_is_committed(log: Log, topic: str) -> None:
    async def handle(records: Sequence[Record]) -> None:
        if records[0].value == b"2":
            raise PoisonRecord("two is not allowed")

    await fill(log, topic, 5, keys=1)
    async with Running(log, topic, lanes_on(log, handle)) as running:
        await until(lambda: running.progress.finished == 5)
    assert (await committed(log, topic))[0] == 5
    letters = [wire.decode(letter.value or b"") for letter in await read_all(log, deadletters.TOPIC)]
    mine = [letter for letter in letters if letter["topic"] == topic]
    assert [(letter["offset"], letter["stage"], letter["error"]) for letter in mine] == [
        (2, "test", "two is not allowed")
    ]


async def test_a_flood_of_dead_letters_stops_the_loop_and_the_rest_stays_in_the_topic(log: Log, topic: str) -> None:
    async def handle(_: Sequence[Record]) -> None:
        raise KeyError("a bad deploy")

    await fill(log, topic, limits.DEAD_LETTERS_MAX + 30)
    running = Running(log, topic, lanes_on(log, handle))
    with pytest.raises(TooManyDeadLetters):
        await asyncio.wait_for(running.task, 20)
    letters = [wire.decode(letter.value or b"") for letter in await read_all(log, deadletters.TOPIC)]
    assert len([letter for letter in letters if letter["topic"] == topic]) == limits.DEAD_LETTERS_MAX
    assert sum((await committed(log, topic)).values()) <= limits.DEAD_LETTERS_MAX


async def test_a_dead_letter_flood_is_forgiven_after_its_span(log: Log, topic: str) -> None:
    now = 0.0
    letters = DeadLetters(log, "test", clock=lambda: now)
    record = Record(topic, 0, 0, 0, "key", b"", {})
    for _ in range(limits.DEAD_LETTERS_MAX):
        await letters.bury(record, PoisonRecord("bad"))
    with pytest.raises(TooManyDeadLetters):
        await letters.bury(record, PoisonRecord("bad"))
    now = limits.DEAD_LETTERS_SPAN_SECONDS
    await letters.bury(record, PoisonRecord("bad"))
    assert letters.total == limits.DEAD_LETTERS_MAX + 1


async def test_a_hanging_handler_bounds_what_is_in_memory_and_the_loop_keeps_polling(log: Log, topic: str) -> None:
    release = asyncio.Event()
    most = 0

    async def handle(records: Sequence[Record]) -> None:
        nonlocal most
        most = max(most, lanes.queued)
        if records[0].partition == 0:
            await release.wait()

    lanes = lanes_on(log, handle, records=60)
    for number in range(200):
        await put(log, topic, f"stuck {number % 2}", b"x", 0)
    async with Running(log, topic, lanes) as running:
        await until(lambda: TopicPartition(topic, 0) in running.progress.paused)
        seen = running.progress.last_poll
        assert seen is not None
        await until(lambda: (running.progress.last_poll or 0) > seen + limits.POLL_WAIT_SECONDS)
        assert lanes.queued <= 60
        release.set()
        await until(lambda: running.progress.finished == 200)
        assert most <= 60
        await until(lambda: running.progress.paused == frozenset())


async def test_nothing_is_handled_before_the_hook_of_the_assignment_has_returned(log: Log, topic: str) -> None:
    calls = 0
    restored = asyncio.Event()
    handled: list[bool] = []

    async def restore(partitions: frozenset[TopicPartition]) -> None:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise LogUnavailable("not yet")
        await restored.wait()

    async def handle(_: Sequence[Record]) -> None:
        handled.append(restored.is_set())

    await fill(log, topic, 10)
    async with Running(log, topic, lanes_on(log, handle), on_assigned=restore) as running:
        await until(lambda: calls == 2)
        seen = running.progress.last_poll or 0.0
        await until(lambda: (running.progress.last_poll or 0) > seen + limits.POLL_WAIT_SECONDS)  # it keeps polling
        assert len(running.progress.restoring) == PARTITIONS
        assert handled == []
        restored.set()
        await until(lambda: len(handled) == 10)
        await until(lambda: running.progress.restoring == frozenset())
    assert all(handled)


async def test_a_hook_that_finds_corrupt_state_stops_the_loop(log: Log, topic: str) -> None:
    async def restore(_: frozenset[TopicPartition]) -> None:
        raise CorruptRecord("nonsense")

    async def handle(_: Sequence[Record]) -> None:
        raise AssertionError("handled without state")

    await fill(log, topic, 3)
    running = Running(log, topic, lanes_on(log, handle), on_assigned=restore)
    with pytest.raises(CorruptRecord):
        await asyncio.wait_for(running.task, 20)
    assert sum((await committed(log, topic)).values()) == 0


async def test_a_stop_finishes_what_runs_commits_it_and_tells_the_service(log: Log, topic: str) -> None:
    started = asyncio.Event()
    revoked: list[frozenset[TopicPartition]] = []

    async def handle(_: Sequence[Record]) -> None:
        started.set()
        await asyncio.sleep(limits.POLL_WAIT_SECONDS * 3)  # the poll under way ends before, so no second one starts

    async def on_revoked(partitions: frozenset[TopicPartition]) -> None:
        revoked.append(partitions)

    await fill(log, topic, 3, keys=1)
    async with Running(log, topic, lanes_on(log, handle), on_revoked=on_revoked) as running:
        await started.wait()
        running.stop.set()
    assert (await committed(log, topic))[0] == 1
    assert revoked == [frozenset(TopicPartition(topic, number) for number in range(PARTITIONS))]


async def test_a_stop_is_bounded_when_a_handler_hangs_and_commits_nothing_of_it(
    log: Log, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "STOP_GRACE_SECONDS", 0.2)
    started = asyncio.Event()

    async def handle(_: Sequence[Record]) -> None:
        started.set()
        await asyncio.Event().wait()

    await fill(log, topic, 1)
    running = Running(log, topic, lanes_on(log, handle))
    await started.wait()
    begin = time.monotonic()
    running.stop.set()
    await running.task
    assert time.monotonic() - begin < 5
    assert sum((await committed(log, topic)).values()) == 0


async def test_a_second_member_takes_over_partitions_and_no_key_is_ever_handled_by_both_at_once(
    log: Log, topic: str
) -> None:
    busy: set[str] = set()
    overlaps: list[str] = []
    seen: dict[str, list[int]] = defaultdict(list)
    members: set[str] = set()

    def handler_of(member: str) -> Handle:
        async def handle(records: Sequence[Record]) -> None:
            (record,) = records
            if record.key in busy:
                overlaps.append(record.key)
            busy.add(record.key)
            await asyncio.sleep(0.005)
            busy.discard(record.key)
            members.add(member)
            seen[record.key].append(int(record.value or b""))

        return handle

    await fill(log, topic, 140)
    async with Running(log, topic, lanes_on(log, handler_of("first"))) as first:
        await until(lambda: first.progress.finished > 10)
        async with Running(log, topic, lanes_on(log, handler_of("second"))) as second:
            await until(lambda: bool(second.progress.assigned))
            await fill(log, topic, 140)
            await until(lambda: all(len(set(values)) == 20 and values[-1] == 19 for values in seen.values()))
            await until(lambda: first.progress.queued == 0 == second.progress.queued)
            assert first.progress.assigned.isdisjoint(second.progress.assigned)
    assert overlaps == []
    assert members == {"first", "second"}
