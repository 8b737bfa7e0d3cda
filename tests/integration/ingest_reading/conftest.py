"""A sandbox shop, a log, and what reads from the one and publishes to the other."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.integration.ingest_reading.support import Reading, reading_from
from tests.support import magento_sandbox
from tests.support.magento_sandbox import MagentoSandbox


@pytest.fixture
async def sandbox() -> AsyncIterator[MagentoSandbox]:
    async with magento_sandbox.in_process() as running:
        yield running


@pytest.fixture
async def reading(sandbox: MagentoSandbox, tmp_path: Path) -> AsyncIterator[Reading]:
    async with reading_from(sandbox, tmp_path) as made:
        yield made
