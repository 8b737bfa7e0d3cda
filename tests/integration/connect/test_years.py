"""What time does to a connection: quiet months, new keys, and the end that is announced."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services import quotas
from services.consuming import end
from services.ingest.connect.attempts import Attempts
from services.ingest.intuit import Intuit
from services.ingest.keepers import Keepers
from services.process import Process, open_process
from shared import limits
from shared.config import Config
from shared.log.port import Record
from shared.quickbooks.oauth2 import TokenPair
from shared.quickbooks.vault import TokenRecord, UnknownKey, Vault, new_key
from shared.settings.loader import load
from shared.settings.store import publish
from shared.topics import TOKENS
from tests.integration.connect.conftest import token_keys, without_grant
from tests.support.deployment import Deployment, deployment

UNUSED_REALM = "9130350000000077"


class Ingest:
    """The keepers of a process, with a clock that can be moved beside the sandbox's."""

    def __init__(self, deployed: Deployment) -> None:
        self.deployed = deployed
        self.ahead = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    async def days_pass(self, days: float) -> None:
        self.ahead += timedelta(days=days)
        await self.deployed.books.advance(days * 86_400)

    async def running(self, stack: AsyncExitStack, waiting: Sequence[TokenRecord] = ()) -> Process:
        """A process whose keepers own everything; settings are in force, and these grants wait."""
        process = await stack.enter_async_context(open_process("ingest", Config(health_port=0), asyncio.Event()))
        loaded = load(self.deployed.document.read_text(), "main.toml")
        await process.settings.reach(await publish(process.log, loaded, "test", datetime.now(UTC)))
        for grant in waiting:
            await process.tokens.save_grant(self.deployed.books.realm, grant)
        attempts = await stack.enter_async_context(Attempts(process.log, self.deployed.folder / "connects.sqlite"))
        keepers = Keepers(process, quotas.whole(), Intuit(process, self.now), attempts, self.now)
        await keepers.own(range(limits.PARTITIONS))
        watch = asyncio.create_task(keepers.watch())
        stack.push_async_callback(end, [watch])
        return process


@pytest.fixture
async def ingest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Ingest]:
    async with deployment("embedded", tmp_path) as made:
        for name, value in {**made.common, "BOOKBRIDGE_DATA": str(tmp_path / "data")}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(limits, "TOKEN_CHECK_SECONDS", 0.02)
        yield Ingest(made)


async def test_a_company_that_nothing_happens_in_for_two_hundred_days_stays_connected(ingest: Ingest) -> None:
    """100 days without a refresh would end the grant. The end of the five years is kept and does not move."""
    async with AsyncExitStack() as stack:
        process = await ingest.running(stack)
        realm = ingest.deployed.books.realm
        hard_ends: set[datetime | None] = set()
        for _ in range(10):

            async def fresh() -> bool:
                record = process.tokens.record(realm)
                return record is not None and record.pair.access_expires_at > ingest.now()

            await ingest.deployed.until(fresh, "the token is refreshed", 20)
            record = process.tokens.record(realm)
            assert record is not None
            assert record.pair.hard_expires_at is not None
            hard_ends.add(record.pair.hard_expires_at.replace(microsecond=0, second=0))
            await ingest.days_pass(20)
        assert len(hard_ends) <= 2, "but for a minute that is just over"
        usage = await ingest.deployed.books.usage()
        assert usage["metered"] == 0
        assert usage["token_requests"] == 10


async def test_the_end_of_five_years_is_told_and_no_refresh_moves_it(ingest: Ingest) -> None:
    async with AsyncExitStack() as stack:
        process = await ingest.running(stack)
        realm = ingest.deployed.books.realm

        async def fresh() -> bool:
            record = process.tokens.record(realm)
            return record is not None and record.pair.access_expires_at > ingest.now()

        await ingest.deployed.until(fresh, "connected", 20)
        for _ in range(20):
            await ingest.days_pass(87)
            await ingest.deployed.until(fresh, "the token is refreshed", 20)
        assert process.health.warnings().keys() == {"tokens"}, "1,740 days: 85 are left"
        assert "five years" in process.health.warnings()["tokens"]
        assert "bookbridge connect quickbooks main" in process.health.warnings()["tokens"]
        await ingest.days_pass(86)

        async def over() -> bool:
            record = process.tokens.record(realm)
            return record is not None and record.state == "reconnect"

        await ingest.deployed.until(over, "the five years are over", 20)


async def test_with_a_new_key_the_owner_seals_everything_anew_and_the_old_key_can_go(ingest: Ingest) -> None:
    """Also tokens of companies that no settings name any more, and those that are disconnected."""
    path = ingest.deployed.folder / "secrets.toml"
    (old,) = token_keys(ingest.deployed)
    without_grant(ingest.deployed)
    realm, grant, now = ingest.deployed.books.realm, await ingest.deployed.books.grant(), datetime.now(UTC)
    pair = TokenPair(grant["access_token"], grant["refresh_token"], now + timedelta(hours=1), now + timedelta(days=90))
    record = TokenRecord(4, pair, now, since=now, granted_at=now)
    async with open_process("before", Config(health_port=0), asyncio.Event()) as process:
        await process.tokens.save(realm, record)
        await process.tokens.save(UNUSED_REALM, replace(record, state="disconnected"))
    new = new_key()
    path.write_text(re.sub(r"token_keys = .*", f'token_keys = ["{new}", "{old}"]', path.read_text()))

    async with AsyncExitStack() as stack:
        process = await ingest.running(stack)

        async def sealed_anew() -> bool:
            return not process.tokens.under_old_keys(range(limits.PARTITIONS))

        await ingest.deployed.until(sealed_anew, "all is sealed with the new key", 20)
        assert process.tokens.record(realm) == replace(record, version=5)
    newest: dict[str, Record] = {one.key: one for one in await ingest.deployed.read(TOKENS)}
    for key, state in ((realm, "active"), (UNUSED_REALM, "disconnected")):
        assert newest[key].value is not None
        assert Vault([new]).open(key, newest[key].value or b"").state == state
        with pytest.raises(UnknownKey):
            Vault([old]).open(key, newest[key].value or b"")
    path.write_text(re.sub(r"token_keys = .*", f'token_keys = ["{new}"]', path.read_text()))
    async with AsyncExitStack() as stack:
        process = await ingest.running(stack)
        assert process.tokens.all().keys() == {realm, UNUSED_REALM}
