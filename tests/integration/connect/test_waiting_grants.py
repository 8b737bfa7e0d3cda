"""Grants that wait in the log for the company's owner: two processes write and remove them, and none goes astray."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import typer

from services.connect_cli import outcome
from services.ingest.connect.attempts import Attempts
from shared import limits
from shared.log.embedded import EmbeddedLog
from shared.quickbooks.oauth2 import TokenPair
from shared.quickbooks.token_board import TokenBoard
from shared.quickbooks.vault import TokenRecord, Vault, new_key
from shared.settings.loader import load
from shared.settings.store import publish
from shared.topics import TOPICS
from tests.integration.connect.conftest import token_keys
from tests.support.deployment import deployment

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


async def test_the_status_tells_of_a_grant_that_no_process_has_taken_over_yet(tmp_path: Path) -> None:
    """The page said "Access is granted, see: bookbridge connect status"."""
    async with deployment("embedded", tmp_path) as deployed:
        await deployed.log.ensure_topics(TOPICS)
        await publish(deployed.log, load(deployed.document.read_text(), "main.toml"), "test", NOW)
        async with TokenBoard(deployed.log, Vault(token_keys(deployed)), tmp_path / "tokens.sqlite") as board:
            await board.save_grant(deployed.books.realm, grant("patient", 0))
        code, said, complained = await deployed.command("connect", "status", "--json")
        assert code == 1, complained
        (row,) = json.loads(said)
        assert row["state"] == "not connected"
        assert "access was granted at 2026-11-24 12:00 UTC and is stored" in row["notice"]


async def test_the_command_ends_when_the_process_that_took_the_link_died(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(limits, "CONNECT_LOOK_SECONDS", 0.02)
    monkeypatch.setattr(limits, "CONNECT_REQUEST_SECONDS", 0.1)
    async with AsyncExitStack() as stack:
        log = EmbeddedLog(tmp_path / "log.sqlite")
        await log.start()
        stack.push_async_callback(log.close)
        await log.ensure_topics(TOPICS)
        attempts = await stack.enter_async_context(Attempts(log, tmp_path / "connects.sqlite"))
        await attempts.claim(REALM, "an attempt")
        with pytest.raises(typer.Exit) as ended:
            async with asyncio.timeout(10):
                await outcome(attempts, "an attempt")
    assert ended.value.exit_code == 3
    assert "the link was used" in capsys.readouterr().err
