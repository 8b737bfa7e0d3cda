"""A deployment on each log."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.deployment import Deployment, deployment


@pytest.fixture
async def deployed(log_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Deployment]:
    """On the embedded log, and on Kafka."""
    bootstrap = request.getfixturevalue("kafka_broker").bootstrap if log_kind == "kafka" else ""
    async with deployment(log_kind, tmp_path, bootstrap) as made:
        yield made


@pytest.fixture
async def embedded(tmp_path: Path) -> AsyncIterator[Deployment]:
    """On the embedded log alone, for what doesn't depend on the log."""
    async with deployment("embedded", tmp_path) as made:
        yield made
