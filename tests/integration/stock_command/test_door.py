"""The stock door on a health port: who is answered, and how; over real HTTP."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from services.inventory.answers import row_document
from services.inventory.desk import NotServed, NotYet, OtherPreview
from services.inventory.preview import NotKnown
from services.inventory.questions import DOOR, PURPOSE, SIGNATURE, Ask, Question
from services.stock_client import Explained, Refused, StockClient, Unreachable
from shared import limits
from shared.log.port import LogUnavailable
from shared.quickbooks.own_signatures import OwnSignatures
from shared.quickbooks.vault import new_key
from shared.wire import encode
from tests.integration.stock_command.asked import DIGEST, ODD, Asked, a_preview, asked, decision
from tests.support.kafka_broker import free_port


@pytest.fixture
async def port(tmp_path: Path) -> AsyncIterator[Asked]:
    async with asked(tmp_path) as found:
        yield found


def client(port: Asked, *addresses: str, keys: list[str] | None = None) -> StockClient:
    signatures = OwnSignatures(keys or port.keys, PURPOSE)
    return StockClient(addresses or (port.url,), signatures, lambda done, of: None)


async def post(port: Asked, body: bytes, signature: str, door: str = DOOR) -> tuple[int, str]:
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{port.url}/{door}", data=body, headers={SIGNATURE: signature}) as response,
    ):
        return response.status, await response.text()


async def test_who_signs_gets_the_answer_as_the_desk_gave_it(port: Asked) -> None:
    port.clerk.shown = a_preview(5_000)
    assert await client(port).preview("main") == port.clerk.shown
    assert await client(port).explain("main", ODD) == Explained(decision(), "")
    unknown = await client(port).explain("main", "odd")
    assert unknown == NotKnown("odd", "the shop has no product of this SKU", ("ODD",))
    await client(port).confirm("main", DIGEST)
    assert port.clerk.confirmed == [DIGEST]


async def test_who_only_reaches_the_port_sees_nothing_and_confirms_nothing(port: Asked) -> None:
    body = Question(Ask.CONFIRM, "main", int(time.time()), DIGEST).body()
    for signature in ("", "00" * 32, OwnSignatures([new_key()], PURPOSE).sign(body).hex()):
        status, text = await post(port, body, signature)
        assert status == 401
        assert "SKU" not in text
    late = Question(Ask.CONFIRM, "main", int(time.time() - limits.STOCK_QUESTION_SECONDS - 5), DIGEST).body()
    assert (await post(port, late, port.signatures.sign(late).hex()))[0] == 401
    assert not port.clerk.asked.is_set()
    with pytest.raises(Refused, match="secrets file"):
        await client(port, keys=[new_key()]).confirm("main", DIGEST)
    assert port.clerk.confirmed == []


async def test_what_is_too_long_or_not_understood_is_refused(port: Asked) -> None:
    long = b"x" * (limits.STOCK_QUESTION_BYTES + 1)
    assert (await post(port, long, port.signatures.sign(long).hex()))[0] == 413
    odd = b'{"ask":"sell"}'
    assert (await post(port, odd, port.signatures.sign(odd).hex()))[0] == 400
    assert (await post(port, b"", "", "nowhere"))[0] == 404


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (NotServed("another process owns it"), NotServed),
        (NotYet("lists are being read"), NotYet),
        (OtherPreview("others are emptied"), OtherPreview),
        (LogUnavailable("away"), NotYet),
    ],
)
async def test_why_there_is_no_answer_arrives_in_words(port: Asked, error: Exception, raised: type[Exception]) -> None:
    port.clerk.error = error
    with pytest.raises(raised, match=str(error)):
        await client(port).confirm("main", DIGEST)


async def test_an_answer_that_ends_in_the_middle_is_not_taken_for_a_whole_one(port: Asked) -> None:
    port.clerk.error = RuntimeError("a fault of the service")
    with pytest.raises(Unreachable):
        await client(port).preview("main")


async def test_a_long_preview_tells_how_far_it_is(port: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "STOCK_WAITING_SECONDS", 0.05)
    monkeypatch.setattr(limits, "STOCK_SILENCE_SECONDS", 2.0)
    port.clerk.go.clear()
    heard: list[object] = []

    def tell(done: object, of: object) -> None:
        heard.append((done, of))
        if len(heard) == 5:
            port.clerk.go.set()

    async with asyncio.timeout(10):
        found = await StockClient([port.url], port.signatures, tell).preview("main")
    assert found == port.clerk.shown
    assert set(heard) == {(200, 300)}


async def test_a_service_that_gives_no_sign_of_life_is_given_up(port: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "STOCK_SILENCE_SECONDS", 0.3)
    monkeypatch.setattr(limits, "STOCK_WAITING_SECONDS", 60.0)
    port.clerk.go.clear()
    async with asyncio.timeout(10):
        with pytest.raises(Unreachable):
            await client(port).preview("main")


async def test_who_goes_away_leaves_no_work_and_no_fault_behind(
    port: Asked, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(limits, "STOCK_WAITING_SECONDS", 0.05)
    port.clerk.go.clear()
    asking = asyncio.create_task(client(port).preview("main"))
    await asyncio.wait_for(port.clerk.asked.wait(), 10)
    asking.cancel()
    await asyncio.wait_for(port.clerk.given_up.wait(), 10)
    port.clerk.go.set()
    assert await client(port).preview("main") == port.clerk.shown
    assert not caplog.records


async def test_no_more_ask_at_once_than_there_is_memory_for(port: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "STOCK_QUESTIONS_AT_ONCE", 1)
    port.clerk.go.clear()
    first = asyncio.create_task(client(port).preview("main"))
    await asyncio.wait_for(port.clerk.asked.wait(), 10)
    with pytest.raises(NotYet, match="too many"):
        await client(port).preview("main")
    port.clerk.go.set()
    assert await asyncio.wait_for(first, 10) == port.clerk.shown
    assert await client(port).preview("main") == port.clerk.shown, "and the place is free again"


async def test_of_several_processes_the_one_that_serves_the_connection_answers(port: Asked, tmp_path: Path) -> None:
    nobody = f"http://127.0.0.1:{free_port()}"
    (tmp_path / "other").mkdir()
    async with asked(tmp_path / "other", port.keys[0]) as other:
        other.clerk.error = NotServed("another process owns it")
        assert await client(port, nobody, other.url, port.url).preview("main") == port.clerk.shown
        assert other.clerk.asked.is_set()
    with pytest.raises(NotServed, match="no connection"):
        await client(port, nobody, port.url).preview("side")
    port.doors.close(DOOR)
    with pytest.raises(Unreachable, match="no inventory service is in that process"):
        await client(port).preview("main")


async def test_an_answer_without_its_last_line_is_not_taken_for_a_short_one(port: Asked) -> None:
    async def only_a_row(_request: web.Request) -> web.Response:
        row = {"row": row_document(port.clerk.shown.rows[0])}
        return web.Response(body=encode({"waiting": True}) + b"\n" + encode(row) + b"\n")

    port.doors.open(DOOR, only_a_row)
    with pytest.raises(Unreachable, match="cut off"):
        await client(port).preview("main")
