"""A new key for tokens at rest, with several processes: they are restarted one after another, none of them twice."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.ingest.connect.tickets import Forged, Purpose, Ticket, TicketOffice
from services.process import Process, open_process, token_keys_now
from shared.config import Config
from shared.quickbooks.oauth2 import TokenPair
from shared.quickbooks.vault import TokenRecord, VaultError, new_key
from tests.integration.connect.conftest import token_keys
from tests.support.deployment import Deployment, deployment

NOW = datetime.now(UTC)
PAIR = TokenPair("access", "refresh", NOW + timedelta(hours=1), NOW + timedelta(days=100))


@pytest.fixture
async def deployed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Deployment]:
    async with deployment("embedded", tmp_path) as made:
        for name, value in {**made.common, "BOOKBRIDGE_DATA": str(tmp_path / "data")}.items():
            monkeypatch.setenv(name, value)
        yield made


def give(deployed: Deployment, *keys: str) -> None:
    path = deployed.folder / "secrets.toml"
    listed = ", ".join(f'"{key}"' for key in keys)
    path.write_text(re.sub(r"token_keys = .*", f"token_keys = [{listed}]", path.read_text()))


async def start(stack: AsyncExitStack, name: str) -> Process:
    return await stack.enter_async_context(open_process(name, Config(health_port=0), asyncio.Event()))


async def known(deployed: Deployment, process: Process, version: int) -> None:
    async def there() -> bool:
        record = process.tokens.record(deployed.books.realm)
        return record is not None and record.version == version

    await deployed.until(there, f"record {version} is known", 10)


async def test_a_process_that_runs_with_the_old_key_reads_what_a_restarted_one_seals_with_the_new(
    deployed: Deployment,
) -> None:
    realm, (old,), new = deployed.books.realm, token_keys(deployed), new_key()
    async with AsyncExitStack() as stack:
        running = await start(stack, "running")
        give(deployed, new, old)
        restarted = await start(stack, "restarted")
        await restarted.tokens.save(realm, TokenRecord(1, PAIR, NOW))
        await known(deployed, running, 1)
        await running.tokens.save(realm, TokenRecord(2, PAIR, NOW))  # still with the key that all know
        await known(deployed, restarted, 2)
        assert restarted.tokens.under_old_keys(range(1_000)) == [realm]
        await restarted.tokens.save(realm, TokenRecord(3, PAIR, NOW))
        await known(deployed, running, 3)
    give(deployed, new)
    async with AsyncExitStack() as stack:
        assert (await start(stack, "running")).tokens.all() == {realm: TokenRecord(3, PAIR, NOW)}


async def test_a_process_whose_file_lacks_the_new_key_says_which_and_where(deployed: Deployment) -> None:
    realm, (old,), new = deployed.books.realm, token_keys(deployed), new_key()
    give(deployed, new, old)
    async with AsyncExitStack() as stack:
        await (await start(stack, "ahead")).tokens.save(realm, TokenRecord(1, PAIR, NOW))
        give(deployed, old)
        with pytest.raises(VaultError, match="token_keys of this process's secrets file") as refused:
            await start(stack, "behind")
    assert old not in str(refused.value)
    assert new not in str(refused.value)


async def test_a_file_that_is_just_being_written_stops_nobody(deployed: Deployment) -> None:
    (deployed.folder / "secrets.toml").write_text("token_keys = [")
    assert token_keys_now(Config()) == []


def test_a_link_signed_with_the_new_key_is_good_at_a_process_that_runs_with_the_old_one() -> None:
    """And whoever sends forged links does not make the file be read for each."""
    old, new = new_key(), new_key()
    ticket = Ticket(Purpose.LINK, "a", "main", "9130", NOW.replace(microsecond=0) + timedelta(minutes=15))
    listed, asked, at = [old], [], [0.0]

    def keys_now() -> list[str]:
        asked.append(at[0])
        return list(listed)

    running = TicketOffice([old], keys_now, lambda: at[0])
    signed = TicketOffice([new, old]).sign(ticket)
    for _ in range(50):
        with pytest.raises(Forged):
            running.read(signed, Purpose.LINK, NOW)
    assert asked == [0.0]
    listed.insert(0, new)
    at[0] = 6.0
    assert running.read(signed, Purpose.LINK, NOW) == ticket
    assert running.read(running.sign(replace(ticket, attempt="b")), Purpose.LINK, NOW).attempt == "b"
    assert TicketOffice([old]).read(running.sign(ticket), Purpose.LINK, NOW) == ticket, "it signs as before"
