"""What is the embedded log's own: one file, several processes, one consumer process, group commit."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
import sys
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import limits
from shared.log.embedded import EmbeddedLog
from shared.log.embedded_group import Group, LogInUse, Member
from shared.log.port import Cleanup, LogError, NewRecord, TopicPartition, TopicSpec
from tests.support.log_factory import LogFactory
from tests.support.log_reading import EVENTS, STATE, event, numbers, partitions_of, poll_count, read_everything
from tests.support.log_writers import assert_kept, writer


async def test_several_processes_append_to_one_file_while_another_reads_it(open_embedded: LogFactory) -> None:
    log = await open_embedded()
    await log.ensure_topics([EVENTS])
    consumer = log.consumer("group", [EVENTS.name])
    await consumer.start()
    async with writer(open_embedded.address) as first, writer(open_embedded.address) as second:
        own = []
        for _ in range(3):  # so that each is known to go on after the others have appended
            await asyncio.gather(first.acknowledges(100), second.acknowledges(100))
            own += [await log.append(event(-1)) for _ in range(10)]
        await asyncio.gather(first.kill(), second.kill())
    places = [*first.acknowledged.values(), *second.acknowledged.values(), *((p.partition, p.offset) for p in own)]
    assert len(places) == len(set(places)), "an offset was given out twice"
    records = await poll_count(consumer, len(places))
    assert set(places) <= {(record.partition, record.offset) for record in records}
    await consumer.close()


async def test_processes_that_open_a_new_file_at_once_agree_on_it(tmp_path: Path) -> None:
    path = tmp_path / "new" / "log"
    script = (
        "import asyncio, sys; from pathlib import Path; from shared.log.embedded import EmbeddedLog\n"
        "async def main():\n"
        "    log = EmbeddedLog(Path(sys.argv[1])); await log.start(); print(await log.identity()); await log.close()\n"
        "asyncio.run(main())"
    )
    children = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", script, str(path), stdout=asyncio.subprocess.PIPE)
        for _ in range(4)
    ]
    told = [(await child.communicate())[0] for child in children]
    assert [child.returncode for child in children] == [0] * 4
    assert len(set(told)) == 1
    assert len(told[0].strip()) == 32


async def test_a_second_consuming_process_is_told_who_has_the_file(open_embedded: LogFactory) -> None:
    log = await open_embedded()
    other = await open_embedded()
    await log.ensure_topics([EVENTS])
    first = log.consumer("group", [EVENTS.name])
    await first.start()
    with pytest.raises(LogInUse, match=r"process \d+"):
        await other.consumer("another-group", [EVENTS.name]).start()
    await first.close()
    second = other.consumer("group", [EVENTS.name])
    await second.start()
    await second.close()


async def test_the_file_is_readable_by_its_owner_only(open_embedded: LogFactory) -> None:
    await open_embedded()
    path = Path(open_embedded.address.split(":", 1)[1])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_a_file_that_is_no_log_or_of_another_format_is_refused_by_name(tmp_path: Path) -> None:
    garbage = tmp_path / "garbage"
    garbage.write_bytes(b"this is no database" * 100)
    with pytest.raises(LogError, match="garbage"):
        await EmbeddedLog(garbage).start()
    newer = tmp_path / "newer"
    with closing(sqlite3.connect(newer)) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(LogError, match="format 99"):
        await EmbeddedLog(newer).start()


async def test_concurrent_appends_share_syncs_of_the_disk(open_embedded: LogFactory) -> None:
    log = await open_embedded()
    await log.ensure_topics([EVENTS])
    path = Path(open_embedded.address.split(":", 1)[1])
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        seen = other.execute("PRAGMA data_version").fetchone()
        wal_before = path.with_name(path.name + "-wal").stat().st_size
        await asyncio.gather(*(log.append(event(number)) for number in range(1000)))
        assert other.execute("PRAGMA data_version").fetchone() != seen
    # A commit writes at least one page of 4 KiB: a thousand alone would fill more than this.
    assert path.with_name(path.name + "-wal").stat().st_size - wal_before < 1000 * 4096


async def test_more_appends_than_the_queue_holds_all_get_their_turn(
    open_embedded: LogFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "APPEND_QUEUE_RECORDS", 10)
    monkeypatch.setattr(limits, "APPEND_QUEUE_BYTES", 200)
    log = await open_embedded()
    await log.ensure_topics([EVENTS])
    await asyncio.gather(*(log.append(event(number)) for number in range(300)))
    assert sorted(numbers(await read_everything(log, partitions_of(EVENTS)))) == list(range(300))


async def test_a_cancelled_append_leaves_the_log_in_order(open_embedded: LogFactory) -> None:
    log = await open_embedded()
    await log.ensure_topics([EVENTS])
    tasks = [asyncio.create_task(log.append(event(number))) for number in range(50)]
    await asyncio.sleep(0)
    for task in tasks[::2]:
        task.cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    done = {number for number, result in enumerate(results) if not isinstance(result, BaseException)}
    assert done >= set(range(1, 50, 2))
    kept = numbers(await read_everything(log, partitions_of(EVENTS)))
    assert done <= set(kept)
    assert len(kept) == len(set(kept))


async def test_housekeeping_goes_through_more_than_one_step_can_hold(
    open_embedded: LogFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "HOUSEKEEP_RECORDS", 7)
    monkeypatch.setattr(limits, "TOMBSTONE_KEEP", timedelta(0))
    log = await open_embedded()
    assert isinstance(log, EmbeddedLog)
    compacted = TopicSpec("state", 1, Cleanup.COMPACT, compaction_lag=timedelta(0))
    await log.ensure_topics([compacted])
    for number in range(100):
        await log.append(NewRecord("state", f"k{number % 10}", str(number).encode(), "r"))
    for key in range(5):
        await log.append(NewRecord("state", f"k{key}", None, "r"))
    await asyncio.sleep(0.01)  # the lag is zero: older than this millisecond is ripe
    await log.housekeep()
    records = await read_everything(log, [TopicPartition("state", 0)])
    assert [(r.offset, r.key, r.value) for r in records] == [
        (95 + n, f"k{5 + n}", str(95 + n).encode()) for n in range(5)
    ]


async def test_a_clock_that_goes_back_does_not_disorder_the_times(
    open_embedded: LogFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = await open_embedded()
    await log.ensure_topics([EVENTS])
    await log.append(event(0))
    real = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: real() - 3_600 * 10**9)
    await log.append(event(1))
    first, second = await read_everything(log, partitions_of(EVENTS))
    assert second.timestamp_ms >= first.timestamp_ms


async def test_the_log_survives_being_opened_by_one_process_after_another_was_killed(
    open_embedded: LogFactory,
) -> None:
    log = await open_embedded()
    await log.ensure_topics([EVENTS, STATE])
    await log.close()
    async with writer(open_embedded.address) as child:
        await child.acknowledges(100)
        await child.kill()
    again = await open_embedded()
    await again.ensure_topics([EVENTS, STATE])
    await assert_kept(again, child.acknowledged)


@given(members=st.integers(1, 7), partitions=st.integers(1, 30))
async def test_every_partition_is_dealt_to_exactly_one_member_in_neighbouring_ranges(
    members: int, partitions: int
) -> None:
    group = Group(poll_seconds=1)
    joined = [Member(["t"]) for _ in range(members)]
    for member in joined:
        group.join(member)
    for member in joined:
        assert group.share(member, {"t": partitions}) is None
        group.rejoin(member)
    shares = [sorted(p.partition for p in group.share(member, {"t": partitions}) or ()) for member in joined]
    assert [number for share in shares for number in share] == list(range(partitions))
    assert max(map(len, shares)) - min(map(len, shares)) <= 1
