"""The log of a test, of either kind, under a short name."""

from __future__ import annotations

import pytest

from shared.log.port import Log
from tests.support.log_factory import LogFactory


@pytest.fixture
async def log(any_log: Log) -> Log:
    return any_log


@pytest.fixture
def log_address(open_log: LogFactory) -> str:
    """For a process that opens the same log."""
    return open_log.address
