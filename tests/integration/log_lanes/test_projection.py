"""A compacted topic as a table, over a real log."""

from __future__ import annotations

import asyncio
import contextlib
import random
import sqlite3
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal

import pytest

from shared import limits
from shared.log import projection_store
from shared.log.port import Cleanup, Log, LogUnavailable, NotOwner, Position, Record
from shared.log.projection import KEEP, CorruptRecord, Fold, Keep, OnChange, Projection, ProjectionStopped, last_value
from tests.integration.log_lanes.support import PARTITIONS, last_values, new_topic, put, read_all, until

ALL = range(PARTITIONS)


@pytest.fixture
async def topic(log: Log) -> str:
    return await new_topic(log, Cleanup.COMPACT)


@contextlib.asynccontextmanager
async def projected(
    log: Log, topic: str, path: Path, fold: Fold = last_value, *, on_change: OnChange | None = None
) -> AsyncIterator[Projection]:
    projection = Projection(log, topic, path, fold, on_change=on_change)
    await projection.start()
    try:
        await projection.add(ALL)
        yield projection
    finally:
        await projection.close()


async def rows_after_rebuild(log: Log, topic: str, path: Path, fold: Fold = last_value) -> dict[str, bytes]:
    async with projected(log, topic, path, fold) as projection:
        return dict(projection.scan())


async def test_after_the_barrier_ones_own_write_is_seen_within_milliseconds(
    log: Log, topic: str, tmp_path: Path
) -> None:
    async with projected(log, topic, tmp_path / "p") as projection:
        waits = []
        for number in range(50):
            position = await put(log, topic, f"key {number % 5}", str(number).encode(), number % PARTITIONS)
            begin = time.perf_counter()
            await projection.reach(position)
            waits.append(time.perf_counter() - begin)
            assert projection.get(f"key {number % 5}") == str(number).encode()
        assert sorted(waits)[len(waits) // 2] < 0.05


@pytest.mark.parametrize("seed", range(2))
async def test_it_equals_a_model_under_random_puts_tombstones_removals_and_restarts(
    log: Log, topic: str, tmp_path: Path, seed: int
) -> None:
    dice = random.Random(seed)
    model: dict[str, bytes] = {}
    for _ in range(3):
        async with projected(log, topic, tmp_path / "p") as projection:
            assert dict(projection.scan()) == model
            for _ in range(25):
                number = dice.randrange(12)
                key, partition = f"{'ab'[number % 2]}:{number}", number % PARTITIONS
                value = None if dice.random() < 0.3 else str(dice.random()).encode()
                position = await put(log, topic, key, value, partition)
                if value is None:
                    model.pop(key, None)
                else:
                    model[key] = value
                if dice.random() < 0.1:
                    await projection.remove([partition])
                    assert not any(name for name, _ in projection.scan() if int(name[2:]) % PARTITIONS == partition)
                    await projection.add([partition])
                if dice.random() < 0.3:
                    await projection.reach(position)
                    assert projection.get(key) == value
                    await projection.add(ALL)
            await projection.reach(position)
            for number in ALL:
                await projection.reach(await put(log, topic, "b:99", b"end", number))
                await projection.reach(await put(log, topic, "b:99", None, number))
            assert list(projection.scan()) == sorted(model.items())
            assert dict(projection.scan("a:")) == {key: value for key, value in model.items() if key[0] == "a"}
            assert projection.get("no such key") is None
    assert await rows_after_rebuild(log, topic, tmp_path / "rebuilt") == model
    assert last_values(await read_all(log, topic)) == model


async def test_a_rebuilt_projection_equals_the_lost_one_with_a_fold_that_refuses(
    log: Log, topic: str, tmp_path: Path
) -> None:
    def first_wins(current: bytes | None, record: Record) -> bytes | Literal[Keep.KEEP] | None:
        return KEEP if current is not None and record.value is not None else record.value

    dice = random.Random(1)
    for number in range(200):
        key = dice.randrange(10)
        await put(log, topic, str(key), None if dice.random() < 0.2 else str(number).encode(), key % PARTITIONS)
    lost = await rows_after_rebuild(log, topic, tmp_path / "lost", first_wins)
    rebuilt = await rows_after_rebuild(log, topic, tmp_path / "rebuilt", first_wins)
    assert rebuilt == lost
    assert lost != last_values(await read_all(log, topic))  # the fold did refuse some


async def test_a_scan_over_more_rows_than_it_reads_at_once_misses_none_and_stays_within_its_prefix(
    log: Log, topic: str, tmp_path: Path
) -> None:
    keys = [f"k{number:04}" for number in range(1_100)] + ["j", "k", "l", "k\U0010ffff"]
    for begin in range(0, len(keys), 100):
        await asyncio.gather(*(put(log, topic, key, b"v") for key in keys[begin : begin + 100]))
    async with projected(log, topic, tmp_path / "p") as projection:
        assert [key for key, _ in projection.scan("k")] == sorted(key for key in keys if key.startswith("k"))


async def test_a_partition_is_seen_only_when_it_has_caught_up(log: Log, topic: str, tmp_path: Path) -> None:
    await put(log, topic, "key", b"old")
    await put(log, topic, "key", b"new")
    projection = Projection(log, topic, tmp_path / "p")
    await projection.start()
    assert projection.get("key") is None
    adding = asyncio.create_task(projection.add([0]))
    while not adding.done():
        assert projection.get("key") == (b"new" if 0 in projection.ready else None)
        await asyncio.sleep(0)
    assert projection.get("key") == b"new"
    assert projection.ready == {0}
    await projection.close()


async def test_the_barrier_has_a_time_limit_and_refuses_what_will_never_come(
    log: Log, topic: str, tmp_path: Path
) -> None:
    projection = Projection(log, topic, tmp_path / "p")
    await projection.start()
    await projection.add([0])
    with pytest.raises(LogUnavailable, match="wasn't read within"):
        await projection.reach(Position(topic, 0, 1_000), seconds=0.05)
    with pytest.raises(NotOwner):
        await projection.reach(Position(topic, 1, 0))
    with pytest.raises(ValueError, match="never comes"):
        await projection.reach(Position("other", 0, 0))
    waiting = asyncio.create_task(projection.reach(Position(topic, 0, 1_000)))
    await asyncio.sleep(0)
    await projection.remove([0])
    with pytest.raises(NotOwner):
        await waiting
    await projection.close()
    with pytest.raises(LogUnavailable, match="closed"):
        projection.get("key")


async def test_on_change_hears_of_changes_and_refusals_and_not_of_repetitions(
    log: Log, topic: str, tmp_path: Path
) -> None:
    heard: list[tuple[bytes | None, bytes | None, bytes | None]] = []

    def fold(current: bytes | None, record: Record) -> bytes | Literal[Keep.KEEP] | None:
        return KEEP if record.value == b"loser" else record.value

    async def on_change(record: Record, before: bytes | None, after: bytes | None) -> None:
        heard.append((record.value, before, after))

    async with projected(log, topic, tmp_path / "p", fold, on_change=on_change) as projection:
        for value in (b"one", b"one", b"loser", b"two", None, None):
            position = await put(log, topic, "key", value)
        await projection.reach(position)
        await until(lambda: len(heard) == 4)
    assert heard == [
        (b"one", None, b"one"),
        (b"loser", b"one", b"one"),
        (b"two", b"one", b"two"),
        (None, b"two", None),
    ]


async def test_a_refusal_whose_report_didnt_end_before_a_crash_is_reported_after_it(
    log: Log, topic: str, tmp_path: Path
) -> None:
    heard: list[tuple[Position, dict[str, str], bytes | None]] = []

    def fold(current: bytes | None, record: Record) -> bytes | Literal[Keep.KEEP] | None:
        return KEEP if current is not None else record.value

    async def never_ends(record: Record, before: bytes | None, after: bytes | None) -> None:
        if before == after:
            await asyncio.Event().wait()

    async def note(record: Record, before: bytes | None, after: bytes | None) -> None:
        assert record.value == b"loser"
        heard.append((record.position, dict(record.headers), after))

    async with projected(log, topic, tmp_path / "p", fold, on_change=never_ends) as projection:
        await put(log, topic, "key", b"winner")
        position = await put(log, topic, "key", b"loser")
        await projection.reach(position)
    for _ in range(2):  # the second time there is nothing left to report
        async with projected(log, topic, tmp_path / "p", fold, on_change=note):
            assert heard == [(position, {}, b"winner")]


async def test_a_rebuild_tells_only_of_refused_records_that_are_the_last_of_their_key(
    log: Log, topic: str, tmp_path: Path
) -> None:
    heard: list[tuple[str, bytes | None, bytes | None]] = []

    def fold(current: bytes | None, record: Record) -> bytes | Literal[Keep.KEEP] | None:
        return KEEP if (record.value or b"").startswith(b"loser") else record.value

    async def on_change(record: Record, before: bytes | None, after: bytes | None) -> None:
        if before == after:
            heard.append((record.key, record.value, after))

    for key, value in [("repaired", b"1"), ("repaired", b"loser"), ("open", b"1"), ("repaired", b"2"), ("open", b"2")]:
        await put(log, topic, key, value)
    last = await put(log, topic, "open", b"loser again")
    async with projected(log, topic, tmp_path / "p", fold, on_change=on_change) as projection:
        await projection.reach(last)
        assert heard == [("open", b"loser again", b"2")]
        await put(log, topic, "repaired", b"loser, live")
        await until(lambda: heard[1:] == [("repaired", b"loser, live", b"2")])


async def test_a_corrupt_record_stops_the_projection_and_only_an_operator_goes_past_it(
    log: Log, topic: str, tmp_path: Path
) -> None:
    def fold(_: bytes | None, record: Record) -> bytes | None:
        if record.value == b"nonsense":
            raise CorruptRecord("not a link")
        return record.value

    await put(log, topic, "good", b"1")
    bad = await put(log, topic, "bad", b"nonsense")
    last = await put(log, topic, "good", b"2")
    projection = Projection(log, topic, tmp_path / "p", fold)
    await projection.start()
    with pytest.raises(CorruptRecord, match=f"{topic}-0 at offset {bad.offset}: not a link"):
        await projection.add(ALL)
    for call in (projection.add(ALL), projection.reach(last)):
        with pytest.raises(CorruptRecord):
            await call
    with pytest.raises(CorruptRecord):
        projection.get("good")
    await projection.close()
    willing = Projection(log, topic, tmp_path / "p", fold, skip=[bad])
    await willing.start()
    await willing.add(ALL)
    assert dict(willing.scan()) == {"good": b"2"}
    await willing.close()


async def test_a_fault_of_the_fold_stops_the_projection_too(log: Log, topic: str, tmp_path: Path) -> None:
    def fold(_: bytes | None, record: Record) -> bytes | None:
        raise KeyError(record.key)

    await put(log, topic, "key", b"1")
    projection = Projection(log, topic, tmp_path / "p", fold)
    await projection.start()
    with pytest.raises(ProjectionStopped, match="KeyError"):
        await projection.add(ALL)
    await projection.close()


# --- state that can't be trusted


async def spoiled(log: Log, topic: str, path: Path, statement: str) -> dict[str, bytes]:
    """What a projection shows after someone changed its file behind its back."""
    await rows_after_rebuild(log, topic, path)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as sql:
        sql.execute("INSERT OR REPLACE INTO rows VALUES ('only in the file', 0, 0, x'00')")
        sql.execute(statement)
    return await rows_after_rebuild(log, topic, path)


async def test_state_that_can_be_trusted_is_not_rebuilt(log: Log, topic: str, tmp_path: Path) -> None:
    await put(log, topic, "key", b"1")
    assert await spoiled(log, topic, tmp_path / "p", "SELECT 1") == {"key": b"1", "only in the file": b"\0"}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE progress SET next_offset = 1000000",
        "UPDATE progress SET next_offset = -1",
        "UPDATE progress SET read_ms = read_ms - 2 * 86400000",
        "UPDATE about SET value = 'another' WHERE name = 'log'",
        "UPDATE about SET value = '0' WHERE name = 'schema'",
        "UPDATE about SET value = 'another' WHERE name = 'topic'",
        "DROP TABLE about",
        "DELETE FROM progress",
    ],
    ids=[
        "ahead of the log",
        "behind its start",
        "too old",
        "other log",
        "other schema",
        "other topic",
        "foreign",
        "none",
    ],
)
async def test_state_that_cant_be_trusted_is_rebuilt(log: Log, topic: str, tmp_path: Path, statement: str) -> None:
    for partition in ALL:
        await put(log, topic, f"key {partition}", b"1", partition)
    expected = {f"key {partition}": b"1" for partition in ALL}
    assert await spoiled(log, topic, tmp_path / "p", statement) == expected


@pytest.mark.parametrize("damage", ["not SQLite", "overwritten pages", "one bad page", "empty", "cut short"])
async def test_a_broken_file_is_rebuilt(log: Log, topic: str, tmp_path: Path, damage: str) -> None:
    for number in range(300):
        await put(log, topic, f"key {number}", b"x" * 200, number % PARTITIONS)
    expected = await rows_after_rebuild(log, topic, tmp_path / "p")
    whole = (tmp_path / "p").read_bytes()
    page = whole.rindex(b"x" * 200) // 4096  # one that holds rows, so that only a full check sees it at once
    broken = {
        "not SQLite": b"not a database at all" * 1_000,
        "overwritten pages": whole[:4096] + b"\xa5" * (len(whole) - 8192) + whole[-4096:],
        "one bad page": whole[: page * 4096] + b"\xa5" * 4096 + whole[(page + 1) * 4096 :],
        "empty": b"",
        "cut short": whole[: len(whole) // 2],
    }
    (tmp_path / "p").write_bytes(broken[damage])
    assert await rows_after_rebuild(log, topic, tmp_path / "p") == expected
    assert len(expected) == 300


async def test_a_file_in_use_by_another_is_refused_and_left_alone(
    log: Log, topic: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(projection_store, "_BUSY_SECONDS", 0.05)
    await put(log, topic, "key", b"1")
    async with projected(log, topic, tmp_path / "p") as projection:
        second = Projection(log, topic, tmp_path / "p")
        with pytest.raises(LogUnavailable, match="locked"):
            await second.start()
        assert projection.get("key") == b"1"


async def test_reading_up_to_now_keeps_idle_state_trusted(log: Log, topic: str, tmp_path: Path) -> None:
    """A topic without traffic for days is no reason to rebuild, as long as we looked."""
    now = 1_700_000_000.0
    await put(log, topic, "key", b"1")
    first = Projection(log, topic, tmp_path / "p", wall_clock=lambda: now)
    await first.start()
    await first.add(ALL)
    now += limits.PROJECTION_TRUST.total_seconds() * 3
    polled = asyncio.get_running_loop().time() + limits.PROJECTION_POLL_SECONDS * 1.5
    await until(lambda: asyncio.get_running_loop().time() > polled)
    await first.close()
    with contextlib.closing(sqlite3.connect(tmp_path / "p")) as sql:
        (read_ms,) = sql.execute("SELECT read_ms FROM progress WHERE partition = 0").fetchone()
    assert read_ms == round(now * 1000)


# --- kill -9


@pytest.mark.parametrize("seed", range(3))
async def test_rows_and_offset_agree_after_kill_9_in_the_middle(
    log: Log, topic: str, tmp_path: Path, seed: int, log_address: str
) -> None:
    dice = random.Random(seed)
    for begin in range(0, 6_000, 500):
        await asyncio.gather(
            *(
                put(
                    log,
                    topic,
                    f"key {number % 997}",
                    None if number % 11 == 0 else str(number).encode(),
                    number % 997 % 3,
                )
                for number in range(begin, begin + 500)
            )
        )
    records = await read_all(log, topic)
    kills = 0
    for _ in range(8):
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "tests.integration.log_lanes.project", log_address, topic, str(tmp_path / "p")),
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None
        for _ in range(dice.randrange(20)):  # a line for every 50 records
            await process.stdout.readline()
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.communicate()
        rows, reached = rows_in(tmp_path / "p")
        read = [record for record in records if record.offset < reached.get(record.partition, 0)]
        assert rows == last_values(read)
        kills += 0 < len(read) < len(records)
    assert kills >= 2, "no kill hit the middle: the test proved nothing"
    assert await rows_after_rebuild(log, topic, tmp_path / "p") == last_values(records)


def rows_in(path: Path) -> tuple[dict[str, bytes], dict[int, int]]:
    with contextlib.closing(sqlite3.connect(path)) as sql:
        if not sql.execute("SELECT 1 FROM sqlite_master WHERE name = 'rows'").fetchone():
            return {}, {}
        return (
            dict(sql.execute("SELECT key, value FROM rows")),
            dict(sql.execute("SELECT partition, next_offset FROM progress")),
        )
