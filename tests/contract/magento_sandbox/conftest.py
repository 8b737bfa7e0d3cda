"""A shop for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from sandbox.magento.config import Config
from tests.support.magento_sandbox import MagentoSandbox, in_process


@pytest.fixture
async def shop() -> AsyncIterator[MagentoSandbox]:
    async with in_process() as running:
        yield running


@pytest.fixture
async def bearer_shop() -> AsyncIterator[MagentoSandbox]:
    async with in_process(Config(bearer=True)) as running:
        yield running
