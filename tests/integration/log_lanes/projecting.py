"""Projections for tests: one that is up to date, and the rows of one that was rebuilt."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from shared.log.port import Log
from shared.log.projection import Fold, OnChange, Projection, last_value
from tests.integration.log_lanes.support import PARTITIONS

ALL = range(PARTITIONS)


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
