"""A projection's file: when it is rebuilt, and that rows and offset agree after kill -9."""

from __future__ import annotations

import asyncio
import contextlib
import random
import sqlite3
import sys
from pathlib import Path

import pytest

from shared import limits
from shared.log import projection_store
from shared.log.port import Log, LogUnavailable
from shared.log.projection import Projection
from tests.integration.log_lanes.projecting import ALL, projected, rows_after_rebuild
from tests.integration.log_lanes.support import PARTITIONS, last_values, put, read_all, until


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
