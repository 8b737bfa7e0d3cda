"""Access to a company ends, in every way: its orders wait, nothing is lost, and a new grant is all it takes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from sandbox.scenarios.orders import carts
from shared import limits
from shared.quickbooks.oauth2 import TokenPair
from shared.quickbooks.token_board import TokenBoard
from shared.quickbooks.vault import TokenRecord, Vault
from shared.topics import TOPICS
from tests.integration.connect.conftest import Site, token_keys, without_grant
from tests.support.deployment import Deployment, deployment, kill

TOKEN_CALL = {"operation": "token"}
pytestmark = pytest.mark.timeout(180)


async def posted(site: Site, placed: dict[str, Any]) -> None:
    await site.deployed.until_outcome(site.deployed.key(placed), "posted")


async def refusals(site: Site) -> int:
    usage = await site.deployed.books.usage()
    return sum(usage["refused"].values())


async def test_a_grant_withdrawn_for_two_days_loses_no_order_and_burns_no_call(
    connected: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Orders come meanwhile; all are in the books once after a person has connected again, without a restart."""
    monkeypatch.setattr(limits, "RECONNECT_SECONDS", 0.2)  # so that each order looks many times
    some = carts(seed=11, count=6)
    first = await connected.deployed.place(some[0])
    await posted(connected, first)
    await connected.deployed.books.control("POST", "revoke-grants")
    placed = [await connected.deployed.place(some[1])]
    await connected.until_state("reconnect")
    record = connected.record()
    assert record is not None
    assert "invalid_grant" in record.reason
    refused, tokens = await refusals(connected), (await connected.deployed.books.usage())["token_requests"]
    for cart in some[2:]:
        await connected.deployed.books.advance(43_200)
        await connected.deployed.shop.advance(43_200)
        placed.append(await connected.deployed.place(cart))

    async def read() -> bool:
        keys = {one.key for one in await connected.deployed.read("magento.orders")}
        return {connected.deployed.key(one) for one in placed} <= keys

    await connected.deployed.until(read, "the shop is read as ever")
    await asyncio.sleep(1.0)  # five looks of each order; none may reach QuickBooks
    assert await refusals(connected) == refused
    assert (await connected.deployed.books.usage())["token_requests"] == tokens
    assert len(await connected.deployed.documents()) == 1

    shown = await connected.person.connect(connected.link().address, connected.realm)
    assert shown.title == "Connected"
    for one in placed:
        await posted(connected, one)
    totals = sorted(Decimal(one["total"]) for one in await connected.deployed.documents())
    assert totals == sorted(Decimal(one["grand_total"]) for one in [first, *placed])


async def test_the_administrator_who_connected_is_removed_and_another_connects(connected: Site) -> None:
    """120 to every call: learnt from one order, not from each."""
    some = carts(seed=12, count=3)
    await posted(connected, await connected.deployed.place(some[0]))
    await connected.deployed.books.settings(company_state="user_removed")
    placed = [await connected.deployed.place(cart) for cart in some[1:]]
    await connected.until_state("reconnect")
    record = connected.record()
    assert record is not None
    assert "invalid_grant" in record.reason
    await connected.deployed.books.settings(company_state="open")
    assert (await connected.person.connect(connected.link().address, connected.realm)).title == "Connected"
    for one in placed:
        await posted(connected, one)
    assert len(await connected.deployed.documents()) == 3


async def test_a_lost_answer_to_a_refresh_is_recovered_without_a_person(connected: Site) -> None:
    await connected.until_state("active")
    before = connected.record()
    assert before is not None
    await connected.deployed.books.expire_tokens()
    await connected.deployed.books.add_fault("drop_after_commit", match=TOKEN_CALL, times=1)
    await posted(connected, await connected.deployed.place())
    record = connected.record()
    assert record is not None
    assert record.state == "active"
    assert record.version > before.version


@pytest.fixture
async def ended(tmp_path: Path) -> AsyncIterator[tuple[Deployment, TokenBoard]]:
    """No process runs; the record's access token has ended, so the first look refreshes it."""
    async with AsyncExitStack() as stack:
        made = await stack.enter_async_context(deployment("embedded", tmp_path))
        await made.log.ensure_topics(TOPICS)
        board = TokenBoard(made.log, Vault(token_keys(made)), tmp_path / "tokens.sqlite")
        tokens = await stack.enter_async_context(board)
        grant, now = await made.books.grant(), datetime.now(UTC)
        pair = TokenPair(grant["access_token"], grant["refresh_token"], now - timedelta(hours=1), now + timedelta(9))
        await tokens.save(made.books.realm, TokenRecord(1, pair, now, granted_at=now))
        yield made, tokens


@pytest.mark.parametrize(("rotated", "state"), [(False, "active"), (True, "reconnect")])
async def test_killed_between_the_answer_to_a_refresh_and_its_saving(
    ended: tuple[Deployment, TokenBoard], rotated: bool, state: str
) -> None:
    """Between rotations the same token works again. When the answer had a new one, a person must connect, and it says
    so; the dead token is not tried for ever."""
    deployed, tokens = ended
    await deployed.books.settings(rotate_refresh_after_seconds=0 if rotated else 86_400)
    rule = await deployed.books.add_fault("hold_after_commit", match=TOKEN_CALL, times=1)
    starting = asyncio.create_task(deployed.start("run"))
    await deployed.books.wait_held(rule)
    kill(deployed.children.running[0])
    await deployed.children.running[0].process.wait()
    await deployed.books.release(rule)
    await asyncio.gather(starting, return_exceptions=True)
    record = tokens.record(deployed.books.realm)
    assert record is not None
    assert record.version == 1, "the answer was not saved"

    without_grant(deployed)  # that of the file would be a way out
    await deployed.start("run")

    async def decided() -> bool:
        record = tokens.record(deployed.books.realm)
        return record is not None and record.version == 2

    await deployed.until(decided, "the keeper has decided")
    record = tokens.record(deployed.books.realm)
    assert record is not None
    assert record.state == state
    assert (await deployed.books.usage())["token_requests"] == 2, "the one before the crash, and one after"
    async with deployed.session.get(f"http://127.0.0.1:{deployed.health['run']}/health/ready") as answer:
        told = (await answer.json())["warnings"]
    if rotated:
        assert "bookbridge connect quickbooks main" in told["tokens"]
    else:
        assert told == {}
