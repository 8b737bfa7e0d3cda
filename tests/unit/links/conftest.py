"""A real embedded log with the topic of links, and stores on it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from shared import limits
from shared.links.store import LinkStore
from shared.log.port import Cleanup, Log, TopicSpec
from shared.topics import LINKS

StoreFactory = Callable[[str], Awaitable[LinkStore]]


@pytest.fixture
async def log(open_embedded: Any) -> Log:
    """Compaction may act on records of any age, which production forbids for a day."""
    made: Log = await open_embedded()
    await made.ensure_topics([TopicSpec(LINKS, limits.PARTITIONS, Cleanup.COMPACT, compaction_lag=timedelta(0))])
    return made


@pytest.fixture
async def open_store(log: Log, tmp_path: Path) -> AsyncIterator[StoreFactory]:
    """A store by name, as a process has one; it owns every partition."""
    async with AsyncExitStack() as stack:

        async def opened(name: str) -> LinkStore:
            store = await stack.enter_async_context(LinkStore(log, tmp_path / f"{name}.sqlite"))
            await store.own(range(limits.PARTITIONS))
            return store

        yield opened
