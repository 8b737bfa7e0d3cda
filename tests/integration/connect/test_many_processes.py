"""Several ingest processes on one Kafka: one of them owns a company's tokens, whoever else is there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from yarl import URL

from services.ingest.connect.addresses import new_link
from services.ingest.connect.tickets import TicketOffice
from shared import limits
from shared.log.port import NewRecord
from shared.quickbooks.oauth2 import TokenPair
from shared.quickbooks.token_board import TokenBoard
from shared.quickbooks.vault import TokenRecord, Vault
from shared.settings.loader import load
from shared.settings.store import publish
from shared.topics import COMMANDS, TOKENS, TOPICS
from shared.wire import encode
from tests.integration.connect.conftest import token_keys, without_grant
from tests.support.browser import browser
from tests.support.deployment import Deployment, deployment, kill, pause, wake
from tests.support.kafka_broker import Broker, free_port

PROCESSES = 10
pytestmark = pytest.mark.timeout(300)


@pytest.fixture
async def on_kafka(kafka_broker: Broker, tmp_path: Path) -> AsyncIterator[Deployment]:
    """Settings are in force; no process runs."""
    async with deployment("kafka", tmp_path, kafka_broker.bootstrap) as made:
        await made.log.ensure_topics(TOPICS)
        await publish(made.log, load(made.document.read_text(), "main.toml"), "test", datetime.now(UTC))
        yield made


def board(deployed: Deployment) -> TokenBoard:
    return TokenBoard(deployed.log, Vault(token_keys(deployed)), deployed.folder / "tokens.sqlite")


async def start(deployed: Deployment, name: str) -> int:
    """An ingest process; its port."""
    port = free_port()
    own = {"BOOKBRIDGE_PORT": str(port), "BOOKBRIDGE_PUBLIC_URL": public_url(deployed)}
    await replace(deployed, common={**deployed.common, **own}).start("ingest", name)
    return port


def public_url(deployed: Deployment) -> str:
    """One for all processes, as behind a load balancer."""
    return f"http://localhost:{deployed.port}"


async def owners(deployed: Deployment) -> list[str]:
    """The processes that say they keep the company's token, and that it is good."""
    needle = f'bookbridge_token_state{{realm="{deployed.books.realm}",state="valid"}}'
    return [name for name in deployed.health if await deployed.metric(name, needle) == 1.0]


async def test_ten_processes_that_start_at_once_with_an_ended_token_refresh_it_once(on_kafka: Deployment) -> None:
    realm = on_kafka.books.realm
    async with board(on_kafka) as tokens:
        grant, now = await on_kafka.books.grant(), datetime.now(UTC)
        ended = TokenPair(grant["access_token"], grant["refresh_token"], now - timedelta(hours=1), now + timedelta(9))
        await tokens.save(realm, TokenRecord(1, ended, now - timedelta(hours=2), granted_at=now))
        async with asyncio.TaskGroup() as starting:
            for number in range(PROCESSES):
                starting.create_task(start(on_kafka, f"ingest-{number}"))

        async def one_owner() -> bool:
            record = tokens.record(realm)
            return record is not None and record.version == 2 and len(await owners(on_kafka)) == 1

        await on_kafka.until(one_owner, "one process keeps the token", 120)
        assert (await on_kafka.books.usage())["token_requests"] == 1

        await on_kafka.books.expire_tokens()
        command = encode({"command": "refresh-token", "version": 2})
        for _ in range(PROCESSES):  # as many others were refused with it
            await on_kafka.log.append(NewRecord(COMMANDS, realm, command, realm, {"schema": "1", "to": "ingest"}))

        keepers: list[str] = []  # as seen by the condition: asked once more, a rebalance may have just begun

        async def renewed() -> bool:
            record = tokens.record(realm)
            keepers[:] = await owners(on_kafka)
            return record is not None and record.version > 2 and len(keepers) == 1

        await on_kafka.until(renewed, "the token is renewed", 60)
        (before,) = keepers
        child = next(child for child in on_kafka.children.running if child.name == before)
        kill(child)  # and the next owner, who reads all commands that weren't committed, does not refresh once more
        await child.process.wait()
        on_kafka.health.pop(before)
        await on_kafka.until(lambda: _is_one(on_kafka), "another process keeps it", 60)
        record = tokens.record(realm)
        assert record is not None
        assert (record.version, record.state) == (3, "active")
        assert (await on_kafka.books.usage())["token_requests"] == 2


async def _is_one(deployed: Deployment) -> bool:
    return len(await owners(deployed)) == 1


async def test_an_owner_that_was_frozen_while_another_renewed_the_token_uses_no_dead_one_when_it_goes_on(
    on_kafka: Deployment,
) -> None:
    """The books end a grant whose replaced token is used. The token of the frozen one is due when it goes on, and it
    still believes that it is the owner."""
    realm = on_kafka.books.realm
    await on_kafka.books.settings(
        rotate_refresh_after_seconds=0, access_token_seconds=int(limits.TOKEN_REFRESH_AHEAD_SECONDS) + 20
    )
    async with board(on_kafka) as tokens:
        grant, now = await on_kafka.books.grant(), datetime.now(UTC)
        ended = TokenPair(grant["access_token"], grant["refresh_token"], now - timedelta(hours=1), now + timedelta(9))
        await tokens.save(realm, TokenRecord(1, ended, now - timedelta(hours=2), granted_at=now))
        without_grant(on_kafka)  # that of the file would be a way out
        await start(on_kafka, "first")
        await on_kafka.until(lambda: _is_one(on_kafka), "it keeps the token", 60)
        kept = tokens.record(realm)
        assert kept is not None
        await on_kafka.books.settings(access_token_seconds=3_600)
        frozen = on_kafka.children.running[0]
        pause(frozen)
        port = on_kafka.health.pop("first")
        due = kept.pair.access_expires_at - timedelta(seconds=limits.TOKEN_REFRESH_AHEAD_SECONDS)
        assert datetime.now(UTC) < due
        a_look_later = max(due, datetime.now(UTC) + timedelta(seconds=limits.TOKEN_CHECK_SECONDS))
        await start(on_kafka, "second")

        async def renewed() -> bool:
            record = tokens.record(realm)
            return record is not None and record.version > kept.version and datetime.now(UTC) > a_look_later

        await on_kafka.until(renewed, "the second has renewed it, and the first would look at once", 90)
        wake(frozen)
        on_kafka.health["first"] = port
        await on_kafka.until(lambda: _is_one(on_kafka), "one of them keeps it", 60)
        newest = tokens.record(realm)
        assert newest is not None
        wish = encode({"command": "refresh-token", "version": newest.version})
        await on_kafka.log.append(NewRecord(COMMANDS, realm, wish, realm, {"schema": "1", "to": "ingest"}))

        async def renewed_again() -> bool:
            record = tokens.record(realm)
            return record is not None and record.version > newest.version

        await on_kafka.until(renewed_again, "it can still be renewed", 60)
        vault = Vault(token_keys(on_kafka))
        saved = [one.value for one in await on_kafka.read(TOKENS) if one.key == realm and one.value]
        assert {vault.open(realm, one).state for one in saved} == {"active"}


async def test_the_browser_may_come_back_to_a_process_that_does_not_own_the_company(on_kafka: Deployment) -> None:
    """It stores the grant; the owner takes it over, also when the owner is just another one than before."""
    without_grant(on_kafka)
    realm = on_kafka.books.realm
    async with board(on_kafka) as tokens, browser() as person:
        ports = {name: await start(on_kafka, name) for name in ("first", "second")}
        office = TicketOffice(token_keys(on_kafka))
        link = new_link(office, public_url(on_kafka), "main", realm, datetime.now(UTC))

        def at(name: str, address: str) -> str:
            return str(URL(address).with_host("127.0.0.1").with_port(ports[name]))

        consent = await person.open(at("first", link.address))
        back = await person.decide(consent, "connect", realm)
        needle = f'bookbridge_token_state{{realm="{realm}",state="reconnect"}}'

        async def known() -> bool:
            return sum([await on_kafka.metric(name, needle) for name in ports]) == 1.0

        await on_kafka.until(known, "one process owns the company", 60)
        owning = {name for name in ports if await on_kafka.metric(name, needle) == 1.0}
        (other,) = ports.keys() - owning
        shown = await person.get(at(other, back))
        assert shown.title in ("Connected", "Access is granted"), shown.text

        async def connected() -> bool:
            record = tokens.record(realm)
            return record is not None and record.state == "active" and record.attempt == link.attempt

        await on_kafka.until(connected, "the owner has taken the grant over", 60)
        again = {(await person.get(at(name, back))).title for name in ports}
        assert again == {"Connected"}, "every process knows what came of it"
        assert (await on_kafka.books.usage())["token_requests"] == 1, "and none uses the code again"
