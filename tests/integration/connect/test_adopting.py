"""Grants that waited while nobody owned the company, or that are not good: what the owner makes of them."""

from __future__ import annotations

import re
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from services.process import Process
from shared.quickbooks.oauth2 import TokenPair
from shared.quickbooks.vault import TokenRecord
from tests.integration.connect.conftest import without_grant
from tests.integration.connect.test_years import Ingest, ingest

__all__ = ["ingest"]  # the fixture
OTHER_REALM = "4620816365000000099"


async def granted(ingest: Ingest, name: str, *, realm: str | None = None, minutes: float = 0) -> TokenRecord:
    """What a person granted so many minutes ago."""
    grant = await ingest.deployed.books.grant(realm or ingest.deployed.books.realm)
    given = datetime.now(UTC) - timedelta(minutes=minutes)
    pair = TokenPair(grant["access_token"], grant["refresh_token"], given + timedelta(hours=1), given + timedelta(99))
    return TokenRecord(0, pair, given, since=given, granted_at=given, attempt=name)


async def until_nothing_waits(ingest: Ingest, process: Process) -> None:
    async def none_waits() -> bool:
        return process.tokens.grants(ingest.deployed.books.realm) == []

    await ingest.deployed.until(none_waits, "all grants are decided on", 20)


async def is_alive(ingest: Ingest, record: TokenRecord) -> bool:
    realm = ingest.deployed.books.realm
    url = f"{ingest.deployed.books.base_url}/v3/company/{realm}/companyinfo/{realm}"
    headers = {"Authorization": f"Bearer {record.pair.access_token}"}
    async with ingest.deployed.session.get(url, headers=headers) as answer:
        return answer.status != 401


async def test_of_two_grants_that_wait_the_last_consent_is_put_in_force(ingest: Ingest) -> None:
    without_grant(ingest.deployed)
    realm = ingest.deployed.books.realm
    async with AsyncExitStack() as stack:
        first, second = await granted(ingest, "first", minutes=2), await granted(ingest, "second", minutes=1)
        process = await ingest.running(stack, [second, first])
        await until_nothing_waits(ingest, process)
        record = process.tokens.record(realm)
        assert record is not None
        assert (record.attempt, record.pair.refresh_token) == ("second", second.pair.refresh_token)
        assert record.version == 1, "the earlier one was not put in force after it"


async def test_a_later_consent_for_another_company_leaves_the_earlier_good_one(ingest: Ingest) -> None:
    without_grant(ingest.deployed)
    await ingest.deployed.books.control("POST", "companies", {"realm": OTHER_REALM})
    async with AsyncExitStack() as stack:
        good = await granted(ingest, "good", minutes=2)
        foreign = await granted(ingest, "foreign", realm=OTHER_REALM, minutes=1)
        process = await ingest.running(stack, [good, foreign])
        await until_nothing_waits(ingest, process)
        record = process.tokens.record(ingest.deployed.books.realm)
        assert record is not None
        assert record.attempt == "good"
        assert not await is_alive(ingest, foreign), "given back"


async def test_wrong_keys_of_the_app_do_not_cost_a_grant_that_waits(ingest: Ingest) -> None:
    """Its access token has ended, so it must be refreshed before it can be proven."""
    without_grant(ingest.deployed)
    path = ingest.deployed.folder / "secrets.toml"
    right = path.read_text()
    path.write_text(re.sub(r'client_secret = "[^"]*"', 'client_secret = "wrong"', right))
    waiting = await granted(ingest, "patient", minutes=1)
    ended = replace(waiting, pair=replace(waiting.pair, access_expires_at=datetime.now(UTC)))
    realm = ingest.deployed.books.realm
    async with AsyncExitStack() as stack:
        process = await ingest.running(stack, [ended])

        async def tried() -> bool:
            return int((await ingest.deployed.books.usage())["token_requests"]) > 1

        await ingest.deployed.until(tried, "the refresh was refused", 20)
        assert [one.attempt for one in process.tokens.grants(realm)] == ["patient"]
    path.write_text(right)
    async with AsyncExitStack() as stack:
        process = await ingest.running(stack)
        await until_nothing_waits(ingest, process)
        record = process.tokens.record(realm)
        assert record is not None
        assert (record.attempt, record.state) == ("patient", "active")
