"""The ingest service inside the test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.deployment import Deployment, deployment
from tests.support.inside import services_inside


@pytest.fixture
async def receiving(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Deployment]:
    """A deployment whose only service is ingest."""
    async with deployment("embedded", tmp_path) as made, services_inside(made, monkeypatch, orders=False):
        yield made
