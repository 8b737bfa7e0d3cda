"""The books of a sandbox company, and two services that make items there, each with links of its own on one log."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from services.ingest.cursors import Cursors
from services.ingest.lists.lists import Lists
from services.ingest.lists.loader import Loader
from services.items import ItemKeeper
from services.locks import KeyLocks
from services.reference import Reference
from shared import limits
from shared.links.store import LinkStore, RealmLinks
from shared.links.writer import Writer
from shared.log.embedded import EmbeddedLog
from shared.quickbooks.client import QuickBooksClient
from shared.quickbooks.lists import ListBoard
from shared.quickbooks.quota import Quota
from shared.topics import TOPICS
from tests.support.quickbooks_sandbox import QuickBooksSandbox, running
from tests.unit.lists.told import REALM, Token


@dataclass
class Desk:
    """A service's part in making items."""

    links: RealmLinks
    client: QuickBooksClient
    writer: Writer
    reference: Reference
    keeper: ItemKeeper


OpenDesk = Callable[[str], Awaitable[Desk]]


@pytest.fixture
async def books() -> AsyncIterator[QuickBooksSandbox]:
    async with running() as sandbox:
        assert sandbox.realm == REALM
        yield sandbox


@pytest.fixture
async def open_desk(books: QuickBooksSandbox, open_embedded: Any, tmp_path: Path) -> AsyncIterator[OpenDesk]:
    """Desks by name; the company's lists were read before the first is opened."""
    log: EmbeddedLog = await open_embedded()
    await log.ensure_topics(TOPICS)
    quota, token = Quota(), Token((await books.grant())["access_token"])

    def client() -> QuickBooksClient:
        return QuickBooksClient(books.session, books.base_url, REALM, token, quota)

    async def never(names: Any) -> int:
        raise AssertionError(f"asked for {names}")

    async with AsyncExitStack() as stack:
        board = await stack.enter_async_context(ListBoard(log, tmp_path / "lists.sqlite"))
        board.own("test", range(limits.PARTITIONS))
        await board.until_ready(REALM)
        cursors = await stack.enter_async_context(Cursors(log, tmp_path / "cursors.sqlite"))
        lists = Lists(log, board, cursors)
        lists.own(range(limits.PARTITIONS))
        loader = Loader(REALM, client(), lists, board, lambda: datetime.now(UTC), lambda _: None)

        async def opened(name: str) -> Desk:
            for entity in board.of(REALM).missing(["CompanyInfo", "Preferences", "Account", "Item"]):
                await loader.load(entity)
            store = await stack.enter_async_context(LinkStore(log, tmp_path / f"{name}.sqlite"))
            await store.own(range(limits.PARTITIONS))
            links, calls = store.of(REALM), client()
            writer = Writer(links, calls, lambda: datetime.now(UTC))
            reference = Reference(calls, board.of(REALM), never)
            return Desk(links, calls, writer, reference, ItemKeeper(links, writer, reference, KeyLocks()))

        yield opened
