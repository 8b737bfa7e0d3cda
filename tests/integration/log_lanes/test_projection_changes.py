"""What a projection tells of its records, and how it stops at one that makes no sense."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Literal

import pytest

from shared.log.port import Log, Position, Record
from shared.log.projection import KEEP, CorruptRecord, Keep, Projection, ProjectionStopped
from tests.integration.log_lanes.projecting import ALL, projected
from tests.integration.log_lanes.support import put, until


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
