"""The receiver of the tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.integration.ingest_receiver.support import Peer, running


@pytest.fixture
async def peer(tmp_path: Path) -> AsyncIterator[Peer]:
    async with running(tmp_path) as peer:
        yield peer
