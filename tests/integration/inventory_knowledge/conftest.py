"""A log with what ingest and the orders service write to it, and knowledge of stock that reads it in a real process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.integration.inventory_knowledge.world import World


@pytest.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    async with AsyncExitStack() as stack:
        yield await World.open(stack, tmp_path, monkeypatch)
