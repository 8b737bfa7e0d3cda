"""How a registration at Adobe is validated by a visit: at Adobe's own address, in spite of strangers who ask for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import orjson
import pytest
from aiohttp import web

from services.ingest.sources.connection import AdobeIo
from shared import limits
from shared.config import Config
from shared.log.embedded import EmbeddedLog
from tests.integration.ingest_receiver.support import Peer, eventually, running_on
from tests.integration.ingest_sources.support import (
    ADOBE,
    CLIENT_ID,
    KEY_1,
    Shops,
    World,
    adobe_event,
    adobe_headers,
    pem,
    shop,
)
from tests.support.tls import Elsewhere, client_context, server_context

CSM, STATIC, CONSOLE = "csm.adobe.io", "static.adobeioevents.com", "console.adobe.io"
QUERY = "?id=5c8b8d5e-0f0f-4f0e-8a3c-000000000001&challenge=8ec8d794-e0ab-42df-9017-e3dada8e84f7"
# As AdobeDocs' adobe-io-events writes it (guides, "Asynchronous validation").
REAL = f"https://{CSM}/csm/registrations/validate{QUERY}"
JSON = {"content-type": "application/json"}
ORDER = orjson.dumps(adobe_event("observer.sales_order_save_commit_after", {"entity_id": "17"}))


@dataclass
class Adobe:
    """Adobe's hosts, over TLS. `answers` are status and address of a redirect, by path; 200 otherwise."""

    answers: dict[str, tuple[int, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    peer: Peer | None = None

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        self.asked.append(f"{request.scheme}://{request.host}{request.path_qs}")
        if request.path == KEY_1:
            return web.Response(body=pem("adobe 1"))
        status, location = self.answers.get(request.path, (200, ""))
        return web.Response(status=status, headers={"Location": location} if location else {})

    async def send(self, url: str, **headers: str) -> int:
        assert self.peer is not None
        body = orjson.dumps({"validationUrl": url})
        async with self.peer.session.post(self.peer.url + ADOBE, data=body, headers=JSON | headers) as answer:
            return answer.status

    async def has_asked(self, *addresses: str) -> None:
        async def asked() -> bool:
            return self.asked == list(addresses)

        await eventually(asked)


@asynccontextmanager
async def adobe(folder: Path, *hosts: str) -> AsyncIterator[Adobe]:
    """A receiver with the addresses of a real deployment, which finds Adobe's hosts on this machine; their certificate
    is for `hosts`."""
    made = Adobe()
    runner = web.ServerRunner(web.Server(made.answer), shutdown_timeout=1.0)
    await runner.setup()
    config = Config(_env_file=None)
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=server_context(folder, *hosts)).start()
        port = runner.addresses[0][1]
        resolver = Elsewhere(dict.fromkeys((CSM, STATIC, CONSOLE, "evil.example"), port))
        connector = aiohttp.TCPConnector(resolver=resolver, ssl=client_context(folder))
        log = EmbeddedLog(folder / "log.sqlite")
        await log.start()
        try:
            shops = Shops(shop(adobe_io=AdobeIo(CLIENT_ID, config.adobe_validation)))
            async with (
                aiohttp.ClientSession(connector=connector) as session,
                running_on(log, connections=shops, key_host=config.adobe_keys, to_adobe=session) as made.peer,
            ):
                yield made
        finally:
            await log.close()
    finally:
        await runner.cleanup()


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Visits don't wait before their tries."""
    monkeypatch.setattr(limits, "ADOBE_VISIT_PAUSES_SECONDS", (0.0, 0.1))


async def test_the_address_that_adobe_documents_is_visited_over_tls(tmp_path: Path) -> None:
    async with adobe(tmp_path, CSM) as made:
        assert await made.send(REAL) == 200
        await made.has_asked(REAL)


async def test_a_signed_request_to_validate_is_one_as_well(tmp_path: Path, at_once: None) -> None:
    async with adobe(tmp_path, CSM) as made:
        assert await made.send(REAL, **adobe_headers(orjson.dumps({"validationUrl": REAL}))) == 200
        await made.has_asked(REAL)


async def test_a_key_is_fetched_from_adobes_own_host_over_tls(tmp_path: Path) -> None:
    async with adobe(tmp_path, STATIC) as made:
        assert made.peer is not None
        async with made.peer.session.post(made.peer.url + ADOBE, data=ORDER, headers=adobe_headers(ORDER)) as answer:
            assert answer.status == 200
        await made.has_asked(f"https://{STATIC}{KEY_1}")


async def test_a_host_that_can_not_prove_to_be_adobes_is_told_nothing(
    tmp_path: Path, at_once: None, capsys: pytest.CaptureFixture[str]
) -> None:
    async with adobe(tmp_path, "another.example") as made:
        assert made.peer is not None
        async with made.peer.session.post(made.peer.url + ADOBE, data=ORDER, headers=adobe_headers(ORDER)) as answer:
            assert answer.status == 503
        assert await made.send(REAL) == 200
        said = ""

        async def given_up() -> bool:
            nonlocal said
            said += capsys.readouterr().out
            return "registration not validated" in said

        await eventually(given_up)
        assert "ClientConnectorCertificateError" in said
        assert made.asked == []


async def test_a_redirect_is_followed_within_adobe(tmp_path: Path, at_once: None) -> None:
    async with adobe(tmp_path, CSM, CONSOLE) as made:
        made.answers = {
            "/csm/registrations/validate": (302, "/csm/done?a=1"),
            "/csm/done": (303, f"https://{CONSOLE}/done"),
        }
        assert await made.send(REAL) == 200
        await made.has_asked(REAL, f"https://{CSM}/csm/done?a=1", f"https://{CONSOLE}/done")


@pytest.mark.parametrize(
    "location",
    ["https://evil.example/", f"http://{CONSOLE}/", f"https://{CONSOLE}:8443/", f"https://evil{CSM}/", "http://["],
)
async def test_a_redirect_to_elsewhere_is_not_followed_and_not_called_a_success(
    tmp_path: Path, at_once: None, capsys: pytest.CaptureFixture[str], location: str
) -> None:
    async with adobe(tmp_path, CSM, CONSOLE, "evil.example") as made:
        made.answers = {"/csm/registrations/validate": (302, location)}
        assert await made.send(REAL) == 200
        await made.has_asked(REAL, REAL)

        async def told() -> bool:
            return "registration not validated" in capsys.readouterr().out

        await eventually(told)


async def ask(ready: World, number: int, who: str) -> tuple[int, str]:
    """Status of a request to validate, sent by `who` through a proxy, and the address that it tells."""
    address = f"/csm/registrations/validate?id={number}&challenge=1"
    body = orjson.dumps({"validationUrl": ready.host.base + address})
    return (await ready.send(ADOBE, body, JSON | {"x-forwarded-for": who}))[0], address


async def visited(ready: World, address: str) -> None:
    async def asked() -> bool:
        return address in ready.host.asked

    await eventually(asked)


async def test_a_stranger_who_asks_over_and_over_does_not_keep_adobe_from_being_visited(
    ready: World, at_once: None
) -> None:
    statuses = [(await ask(ready, number, "203.0.113.7"))[0] for number in range(200)]
    assert statuses == [200] * limits.ADOBE_VISITS_EACH + [503] * (200 - limits.ADOBE_VISITS_EACH)
    status, address = await ask(ready, 999, "198.51.100.1")
    assert status == 200
    await visited(ready, address)
    assert len(ready.host.asked) == limits.ADOBE_VISITS_EACH + 1


async def test_no_more_than_so_many_are_visited_in_a_minute_whoever_asks_and_the_others_are_not_told_200(
    ready: World, at_once: None
) -> None:
    asked = [await ask(ready, number, f"203.0.113.{number}") for number in range(limits.ADOBE_VISITS_PER_MINUTE + 9)]
    assert [status for status, _ in asked] == [200] * limits.ADOBE_VISITS_PER_MINUTE + [503] * 9
    ready.clock.now += 60
    status, address = await ask(ready, 999, "203.0.113.1")
    assert status == 200
    await visited(ready, address)
    assert len(ready.host.asked) == limits.ADOBE_VISITS_PER_MINUTE + 1


async def test_visits_that_come_to_nothing_make_room_for_a_new_one(
    ready: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "ADOBE_VISIT_PAUSES_SECONDS", (0.0, 600.0))
    ready.host.status = 404
    addresses = []
    for number in range(limits.ADOBE_VISITS + 1):
        ready.clock.now += 60 / limits.ADOBE_VISITS_PER_MINUTE
        status, address = await ask(ready, number, f"203.0.113.{number}")
        addresses.append(address)
        assert status == 200
        await visited(ready, address)
    tasks = [task for task in asyncio.all_tasks() if "AdobeVisits._visit" in repr(task)]
    assert len(tasks) == limits.ADOBE_VISITS


async def test_one_address_that_is_told_several_times_is_visited_once(
    ready: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "ADOBE_VISIT_PAUSES_SECONDS", (2.0,))
    told = [await ask(ready, 1, "198.51.100.1") for _ in range(limits.ADOBE_VISITS_EACH + 5)]
    assert {status for status, _ in told} == {200}
    await visited(ready, told[0][1])
    assert len(ready.host.asked) == 1
