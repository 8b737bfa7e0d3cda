"""A worker runs where its company is owned, and nowhere else: also when settings move a connection."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from services.ingest.workers import Workers
from services.process import Process
from shared import limits
from shared.log.embedded import EmbeddedLog
from shared.log.partitions import partition_for
from shared.settings.loader import Loaded, load
from shared.settings.store import SettingsStore, publish
from shared.topics import TOPICS

BEGAN = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ONE, OTHER = "9130000000000001", "9130000000000007"


def settings(realm: str) -> Loaded:
    return load(
        f'connection = "main"\n[magento]\nurl = "http://127.0.0.1/"\n[quickbooks]\nrealm = "{realm}"\n', "main.toml"
    )


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SettingsStore]:
    log = EmbeddedLog(tmp_path / "log.sqlite")
    await log.start()
    await log.ensure_topics(TOPICS)
    await publish(log, settings(ONE), "test", BEGAN)
    async with SettingsStore(log, tmp_path / "settings.sqlite") as made:
        yield made
    await log.close()


async def until(condition: Callable[[], bool]) -> None:
    for _ in range(1_000):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("not within 10 s")


async def test_work_ends_where_settings_give_the_connection_to_a_company_of_another_process(
    store: SettingsStore,
) -> None:
    assert partition_for(ONE, limits.PARTITIONS) != partition_for(OTHER, limits.PARTITIONS)
    running: list[str] = []

    async def work(connection: str) -> None:
        running.append(connection)
        try:
            await asyncio.Event().wait()
        finally:
            running.remove(connection)

    workers = Workers(cast(Process, SimpleNamespace(settings=store)), {}, {"sweep": work})
    workers.own([partition_for(ONE, limits.PARTITIONS)])
    watching = asyncio.create_task(workers.watch())
    await until(lambda: running == ["main"])
    await publish(store.log, settings(OTHER), "test", BEGAN)
    await until(lambda: running == [])

    workers.own([partition_for(OTHER, limits.PARTITIONS)])
    await until(lambda: running == ["main"])
    await workers.release([partition_for(OTHER, limits.PARTITIONS)])
    assert running == [], "the work belongs to the partition of the company that it is for now"
    watching.cancel()
    await asyncio.wait([watching])


async def test_a_restart_reads_the_settings_that_came_last_though_the_company_changed(
    store: SettingsStore, tmp_path: Path
) -> None:
    assert partition_for(OTHER, limits.PARTITIONS) < partition_for(ONE, limits.PARTITIONS)
    await store.reach(await publish(store.log, settings(OTHER), "test", BEGAN))
    async with SettingsStore(store.log, tmp_path / "again.sqlite") as again:
        assert again.all()["main"].settings.quickbooks.realm == OTHER
