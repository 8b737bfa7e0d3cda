"""The receiver of the tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.integration.ingest_sources.support import World, world


@pytest.fixture
async def ready(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path) as made:
        yield made
