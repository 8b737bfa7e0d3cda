"""The client over real HTTP, against servers that answer byte for byte what QuickBooks is known to answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import aiohttp
import pytest

from shared import limits
from shared.quickbooks import faults, queries
from shared.quickbooks.calls import Call
from shared.quickbooks.client import QuickBooksClient
from shared.quickbooks.paths import create_path, void_path
from shared.quickbooks.quota import Quota
from tests.integration.quickbooks.scripted import Reply, Scripted, Sent, scripted

RECEIPT = b'{"SalesReceipt":{"Id":"7","SyncToken":"0","TotalAmt":275,"Line":[{"Amount":12.10}]},"time":"x"}'
EXPIRED = Reply(401, b'{"fault":{"error":[{"code":"3200"}],"type":"AUTHENTICATION"}}')
THROTTLED = Reply(429, b'<R><Fault type="SERVICE"><Error code="3001"/></Fault></R>')


@dataclass
class Tokens:
    """Gives out token 1, and the next one after each refusal."""

    number: int = 1
    refusals: list[str] = field(default_factory=list)

    async def access_token(self) -> str:
        return f"token-{self.number}"

    async def refused(self, token: str) -> None:
        self.refusals.append(token)
        self.number += 1


@dataclass
class Scene:
    """A client and what is around it."""

    server: Scripted
    client: QuickBooksClient
    tokens: Tokens
    quota: Quota
    calls: list[Call]


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    async with scripted() as server, aiohttp.ClientSession() as session:
        tokens, quota, calls = Tokens(), Quota(), list[Call]()
        client = QuickBooksClient(
            session,
            server.url,
            "9130",
            tokens,
            quota,
            observer=calls.append,
            jitter=lambda: 0.0,
            timeout=aiohttp.ClientTimeout(total=2, sock_connect=1),
        )
        yield Scene(server, client, tokens, quota, calls)


async def test_a_write_sends_the_recorded_bytes_and_gives_the_object_with_exact_amounts(scene: Scene) -> None:
    scene.server.replies = [Reply(body=RECEIPT)]
    body = b'{ "Line":[],  "PrivateNote":"\xc3\xa9" }'
    written = await scene.client.write(void_path("SalesReceipt"), body, "req-1")
    sent = scene.server.seen[0]
    assert sent.method == "POST"
    assert sent.body == body
    assert sent.url.path == "/v3/company/9130/salesreceipt"
    assert dict(sent.url.query) == {
        "operation": "update",
        "include": "void",
        "minorversion": "75",
        "requestid": "req-1",
    }
    assert sent.headers["Authorization"] == "Bearer token-1"
    assert sent.headers["Accept"] == "application/json"
    assert sent.headers["Content-Type"] == "application/json"
    assert written["Line"][0]["Amount"] == Decimal("12.10")
    assert isinstance(written["Line"][0]["Amount"], Decimal)
    assert [(call.kind, call.entity, call.status_class, call.metered) for call in scene.calls] == [
        ("write", "salesreceipt", "2xx", False)
    ]


async def test_a_refused_token_is_renewed_once_and_the_same_bytes_go_out_with_the_same_requestid(scene: Scene) -> None:
    scene.server.replies = [EXPIRED, Reply(body=RECEIPT)]
    await scene.client.write(create_path("SalesReceipt"), b'{"a":1}', "req-1")
    first, second = scene.server.seen
    assert (first.body, first.url) == (second.body, second.url)
    assert second.headers["Authorization"] == "Bearer token-2"
    assert scene.tokens.refusals == ["token-1"]


async def test_a_second_refusal_means_reconnect(scene: Scene) -> None:
    scene.server.replies = [EXPIRED, EXPIRED]
    with pytest.raises(faults.Reconnect) as caught:
        await scene.client.write("salesreceipt", b"{}", "req-1")
    assert caught.value.code == "3200"
    assert scene.tokens.refusals == ["token-1"]
    assert len(scene.server.seen) == 2


async def test_a_throttle_pauses_the_realm_and_is_raised_at_once(scene: Scene) -> None:
    scene.server.replies = [Reply(429, THROTTLED.body, {"Retry-After": "1", "Content-Type": "application/xml"})]
    with pytest.raises(faults.Throttled) as caught:
        await scene.client.write("salesreceipt", b"{}", "req-1")
    assert caught.value.wait_seconds == 1.0
    scene.server.replies = [Reply(body=RECEIPT)]
    loop = asyncio.get_running_loop()
    before = loop.time()
    await scene.client.write("salesreceipt", b"{}", "req-1")
    assert loop.time() - before > 0.9


@pytest.mark.parametrize(
    "reply",
    [
        Reply(drop=True),
        Reply(seconds=3),
        Reply(502, b"<html>Bad Gateway</html>"),
        Reply(200, b"<html>Signed out</html>"),
        Reply(200, b'{"time":"x"}'),
        Reply(200, b'{"SalesReceipt":{"Id":'),
    ],
    ids=["dropped", "silent", "bad-gateway", "html", "no-object", "cut-off"],
)
async def test_a_write_whose_answer_is_lost_or_unreadable_has_an_unknown_outcome_and_is_sent_once(
    scene: Scene, reply: Reply
) -> None:
    scene.server.replies = [reply]
    with pytest.raises(faults.OutcomeUnknown):
        await scene.client.write("salesreceipt", b"{}", "req-1")
    assert len(scene.server.seen) == 1


async def test_a_read_whose_answer_is_lost_is_unavailable_and_not_sent_again_behind_the_quotas_back(
    scene: Scene,
) -> None:
    scene.server.replies = [Reply(body=b'{"Item":{"Id":"1"}}'), Reply(drop=True)]
    assert await scene.client.read("Item", "1") == {"Id": "1"}  # the connection is now kept, and used again
    with pytest.raises(faults.Unavailable):
        await scene.client.read("Item", "1")
    assert len(scene.server.seen) == 2
    assert [call.metered for call in scene.calls] == [True, False]
    assert scene.calls[1].status_class == "none"


async def test_a_server_that_is_not_there_has_certainly_done_nothing(scene: Scene) -> None:
    async with scripted() as gone:
        url = gone.url
    async with aiohttp.ClientSession() as session:
        client = QuickBooksClient(session, url, "9130", scene.tokens, scene.quota)
        with pytest.raises(faults.Unavailable):
            await client.write("salesreceipt", b"{}", "req-1")


async def test_a_200_with_a_fault_inside_is_an_error(scene: Scene) -> None:
    scene.server.replies = [Reply(200, b'{"Fault":{"Error":[{"code":"6140"}],"type":"ValidationFault"}}')]
    with pytest.raises(faults.NumberTaken):
        await scene.client.write("salesreceipt", b"{}", "req-1")


async def test_an_answer_over_the_limit_is_cut_off(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "QUICKBOOKS_RESPONSE_MAX_BYTES", 1000)
    scene.server.script = lambda sent: Reply(body=b'{"Item":{"Id":"' + b"1" * 2000 + b'"}}')
    with pytest.raises(faults.OutcomeUnknown):
        await scene.client.write("item", b"{}", "req-1")
    with pytest.raises(faults.Refused):
        await scene.client.read("Item", "1")


async def test_no_redirect_is_followed_with_the_token(scene: Scene) -> None:
    scene.server.replies = [Reply(307, b"", {"Location": "/elsewhere"})]
    with pytest.raises(faults.Refused):
        await scene.client.write("salesreceipt", b"{}", "req-1")
    assert len(scene.server.seen) == 1


def _table(rows: int) -> Any:
    """Answers queries page by page, as QuickBooks does."""

    def script(sent: Sent) -> Reply:
        words = sent.url.query["query"].split()
        start = int(words[words.index("STARTPOSITION") + 1])
        page = [{"Id": str(number)} for number in range(start, min(start + 1000, rows + 1))]
        answer = {"QueryResponse": {"Item": page, "startPosition": start, "maxResults": len(page)} if page else {}}
        return Reply(body=json.dumps(answer).encode())

    return script


@pytest.mark.parametrize(("rows", "calls"), [(0, 1), (999, 1), (1000, 2), (2500, 3)])
async def test_all_rows_come_in_pages_of_a_thousand(scene: Scene, rows: int, calls: int) -> None:
    scene.server.script = _table(rows)
    ids = [row["Id"] async for row in scene.client.query_all("Item")]
    assert ids == [str(number) for number in range(1, rows + 1)]
    assert len(scene.server.seen) == calls
    assert all(call.metered and call.entity == "item" for call in scene.calls)


async def test_paging_ends_when_a_server_repeats_the_same_rows(scene: Scene) -> None:
    page = json.dumps({"QueryResponse": {"Item": [{"Id": str(number)} for number in range(1000)]}}).encode()
    scene.server.script = lambda sent: Reply(body=page)
    ids = [row["Id"] async for row in scene.client.query_all("Item")]
    assert len(ids) == 1000
    assert len(scene.server.seen) == 2


async def test_a_statement_arrives_as_it_was_written_by_address_or_by_body(scene: Scene) -> None:
    scene.server.script = lambda sent: Reply(body=b'{"QueryResponse":{}}')
    short = "SELECT * FROM Customer WHERE DisplayName = 'A+B & \\'C\\' 100% \u00e9'"
    long = queries.select("Customer", queries.one_of("Id", [str(number) for number in range(500)]))
    assert await scene.client.query(short) == []
    assert await scene.client.query(long) == []
    first, second = scene.server.seen
    assert (first.method, first.url.query["query"]) == ("GET", short)
    assert (second.method, second.body.decode()) == ("POST", long)
    assert second.headers["Content-Type"] == "application/text"


async def test_counts_company_and_preferences_are_read(scene: Scene) -> None:
    scene.server.replies = [
        Reply(body=b'{"QueryResponse":{"totalCount":12}}'),
        Reply(body=b'{"CompanyInfo":{"Country":"US"},"time":"x"}'),
        Reply(body=b'{"Preferences":{"SalesFormsPrefs":{"CustomTxnNumbers":true}},"time":"x"}'),
        Reply(body=b'{"QueryResponse":{}}'),
    ]
    assert await scene.client.count("Item") == 12
    assert (await scene.client.company_info())["Country"] == "US"
    assert (await scene.client.preferences())["SalesFormsPrefs"] == {"CustomTxnNumbers": True}
    assert [sent.url.path for sent in scene.server.seen] == [
        "/v3/company/9130/query",
        "/v3/company/9130/companyinfo/9130",
        "/v3/company/9130/preferences",
    ]
    with pytest.raises(faults.Refused):
        await scene.client.count("Item")


async def test_a_company_that_shuts_out_a_good_grant_is_asked_once_and_a_refresh_tells_if_the_grant_is_dead(
    scene: Scene,
) -> None:
    shut_out = Reply(403, b'{"Fault":{"Error":[{"code":"120"}],"type":"AuthorizationFault"}}')
    scene.server.replies = [shut_out, shut_out, Reply(body=RECEIPT)]
    for _ in range(20):
        with pytest.raises(faults.Reconnect) as caught:
            await scene.client.write("salesreceipt", b"{}", "req-1")
        assert caught.value.code == "120"
    assert scene.tokens.refusals == ["token-1"], "one refresh"
    assert len(scene.server.seen) == 2, "each token was tried once"
    scene.tokens.number += 1  # a person has connected again
    await scene.client.write("salesreceipt", b"{}", "req-1")
