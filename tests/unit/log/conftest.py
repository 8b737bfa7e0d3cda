"""A handler for each test of the lanes."""

from __future__ import annotations

import pytest

from tests.unit.log.lanes_support import Handler


@pytest.fixture
def handler() -> Handler:
    return Handler()
