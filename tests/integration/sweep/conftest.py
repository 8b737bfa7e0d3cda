"""The ingest service inside the test, with a sweep every second."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.deployment import Deployment, deployment
from tests.support.inside import services_inside
from tests.support.sweeping import SWEEPING, silent


@pytest.fixture
async def receiving(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Deployment]:
    """A deployment whose only service is ingest, and whose shop sends no webhooks."""
    async with deployment("embedded", tmp_path) as made:
        made.configure(SWEEPING)
        await silent(made)
        async with services_inside(made, monkeypatch, orders=False):
            yield made
