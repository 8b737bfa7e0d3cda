"""A compacted topic as a table, over a real log: reading, the barrier, equality with a model."""

from __future__ import annotations

import asyncio
import random
import time
from pathlib import Path
from typing import Literal

import pytest

from shared.log.port import Log, LogUnavailable, NotOwner, Position, Record
from shared.log.projection import KEEP, Keep, Projection
from tests.integration.log_lanes.projecting import ALL, projected, rows_after_rebuild
from tests.integration.log_lanes.support import PARTITIONS, last_values, put, read_all


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
