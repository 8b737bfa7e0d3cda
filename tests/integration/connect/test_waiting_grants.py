"""Grants that wait in the log for the company's owner: two processes write and remove them, and none goes astray."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shared.log.embedded import EmbeddedLog
from shared.quickbooks.oauth2 import TokenPair
from shared.quickbooks.token_board import TokenBoard
from shared.quickbooks.vault import TokenRecord, Vault, new_key
from shared.topics import TOPICS

REALM = "4620816365000000011"
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def grant(name: str, minutes: int) -> TokenRecord:
    given = NOW + timedelta(minutes=minutes)
    pair = TokenPair(f"access-{name}", f"refresh-{name}", given + timedelta(hours=1), given + timedelta(days=100))
    return TokenRecord(0, pair, given, granted_at=given, attempt=name)


@pytest.fixture
async def boards(tmp_path: Path) -> AsyncIterator[tuple[TokenBoard, TokenBoard]]:
    """Of the company's owner, and of the process that the browser found."""
    async with AsyncExitStack() as stack:
        log = EmbeddedLog(tmp_path / "log.sqlite")
        await log.start()
        stack.push_async_callback(log.close)
        await log.ensure_topics(TOPICS)
        key = new_key()
        owner = await stack.enter_async_context(TokenBoard(log, Vault([key]), tmp_path / "owner.sqlite"))
        other = await stack.enter_async_context(TokenBoard(log, Vault([key]), tmp_path / "other.sqlite"))
        yield owner, other


def names(board: TokenBoard) -> list[str]:
    return [one.attempt for one in board.grants(REALM)]


async def test_a_grant_that_comes_while_another_is_decided_on_is_not_removed_with_it(
    boards: tuple[TokenBoard, TokenBoard],
) -> None:
    owner, other = boards
    await other.save_grant(REALM, grant("first", 0))
    await other.save_grant(REALM, grant("second", 1))
    await owner.drop_grant(REALM, "first")  # the owner need not have heard of the second
    assert names(owner) == ["second"]


async def test_a_grant_that_is_refreshed_while_it_waits_does_not_replace_a_later_consent(
    boards: tuple[TokenBoard, TokenBoard],
) -> None:
    owner, other = boards
    await other.save_grant(REALM, grant("first", 0))
    await other.save_grant(REALM, grant("second", 1))
    await owner.save_grant(REALM, grant("first", 0))
    assert names(owner) == ["second", "first"], "the last consent comes first"


async def test_grants_are_no_companies_and_are_found_under_their_own_company_only(
    boards: tuple[TokenBoard, TokenBoard],
) -> None:
    owner, _ = boards
    await owner.save_grant(REALM, grant("first", 0))
    await owner.ready(REALM)
    assert owner.all() == {}
    assert owner.record(REALM) is None
    assert owner.grants(REALM[:-1]) == []
