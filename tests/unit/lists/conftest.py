"""A real embedded log with the topics of lists and cursors, boards on it, and a sandbox company."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from services.ingest.cursors import Cursors
from services.ingest.lists.lists import Lists
from services.ingest.lists.loader import Loader
from shared import limits
from shared.log.port import Cleanup, Log, TopicSpec
from shared.quickbooks.client import QuickBooksClient
from shared.quickbooks.lists import ListBoard
from shared.quickbooks.quota import Quota
from shared.topics import CURSORS, LISTS
from tests.support.quickbooks_sandbox import QuickBooksSandbox, running
from tests.unit.lists.told import NOON, REALM, Token

BoardFactory = Callable[[str], Awaitable[ListBoard]]


@pytest.fixture
async def log(open_embedded: Any) -> Log:
    """Compaction may act on records of any age, which production forbids for a day."""
    made: Log = await open_embedded()
    specs = [
        TopicSpec(topic, limits.PARTITIONS, Cleanup.COMPACT, compaction_lag=timedelta(0)) for topic in (LISTS, CURSORS)
    ]
    await made.ensure_topics(specs)
    return made


@pytest.fixture
async def open_board(log: Log, tmp_path: Path) -> AsyncIterator[BoardFactory]:
    """A board by name, as a process has one; it follows every partition."""
    async with AsyncExitStack() as stack:

        async def opened(name: str) -> ListBoard:
            board = await stack.enter_async_context(ListBoard(log, tmp_path / f"{name}.sqlite"))
            board.own("test", range(limits.PARTITIONS))
            await board.until_ready(REALM)
            return board

        yield opened


@pytest.fixture
async def board(open_board: BoardFactory) -> ListBoard:
    return await open_board("lists")


@pytest.fixture
async def lists(log: Log, board: ListBoard, tmp_path: Path) -> AsyncIterator[Lists]:
    """The writing side, which owns every partition."""
    async with Cursors(log, tmp_path / "cursors.sqlite") as cursors:
        made = Lists(log, board, cursors)
        made.own(range(limits.PARTITIONS))
        yield made


@pytest.fixture
async def books() -> AsyncIterator[QuickBooksSandbox]:
    async with running() as sandbox:
        assert sandbox.realm == REALM
        yield sandbox


@pytest.fixture
async def quota() -> Quota:
    """The company's limits count for all who call it."""
    return Quota()


@pytest.fixture
async def loader(books: QuickBooksSandbox, lists: Lists, board: ListBoard, quota: Quota) -> Loader:
    token = Token((await books.grant())["access_token"])
    client = QuickBooksClient(books.session, books.base_url, books.realm, token, quota)
    return Loader(REALM, client, lists, board, lambda: NOON, lambda _: None)
