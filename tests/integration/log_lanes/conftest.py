"""The log of a test, of either kind, under a short name, and a topic on it."""

from __future__ import annotations

import pytest

from shared.log.port import Cleanup, Log
from tests.integration.log_lanes.support import new_topic
from tests.support.log_factory import LogFactory


@pytest.fixture
async def log(any_log: Log) -> Log:
    return any_log


@pytest.fixture
def log_address(open_log: LogFactory) -> str:
    """For a process that opens the same log."""
    return open_log.address


@pytest.fixture
async def topic(log: Log) -> str:
    """A compacted one, for projections."""
    return await new_topic(log, Cleanup.COMPACT)
