"""OAuth 2.0 over real HTTP, against servers that answer byte for byte what Intuit is known to answer."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import aiohttp
import pytest
from yarl import URL

from shared.quickbooks import faults
from shared.quickbooks.calls import Call
from shared.quickbooks.oauth2 import ClientCredentials, Endpoints, OAuth2Client, authorize_url, discover
from tests.integration.quickbooks.scripted import Reply, Scripted, scripted

NOW = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
TOKENS = {
    "token_type": "bearer",
    "access_token": "new-access",
    "refresh_token": "new-refresh",
    "expires_in": 3600,
    "x_refresh_token_expires_in": 8_640_000,
}


@pytest.fixture
async def server() -> AsyncIterator[Scripted]:
    async with scripted() as running:
        yield running


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest.fixture
def calls() -> list[Call]:
    return []


@pytest.fixture
def client(server: Scripted, session: aiohttp.ClientSession, calls: list[Call]) -> OAuth2Client:
    endpoints = Endpoints(f"{server.url}/connect", f"{server.url}/tokens/bearer", f"{server.url}/tokens/revoke")
    credentials = ClientCredentials("app-id", "app-secret")
    return OAuth2Client(session, endpoints, credentials, now=lambda: NOW, observer=calls.append)


def tokens(**changes: Any) -> Reply:
    return Reply(body=json.dumps(TOKENS | changes).encode())


async def test_a_refresh_sends_the_form_and_gives_the_pair_with_its_ends(
    server: Scripted, client: OAuth2Client, calls: list[Call]
) -> None:
    server.replies = [tokens()]
    pair = await client.refresh("old & refresh")
    sent = server.seen[0]
    assert sent.url.path == "/tokens/bearer"
    assert parse_qs(sent.body.decode()) == {"grant_type": ["refresh_token"], "refresh_token": ["old & refresh"]}
    assert sent.headers["Authorization"] == "Basic " + base64.b64encode(b"app-id:app-secret").decode()
    assert sent.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert (pair.access_token, pair.refresh_token) == ("new-access", "new-refresh")
    assert pair.access_expires_at == NOW + timedelta(hours=1)
    assert pair.refresh_expires_at == NOW + timedelta(days=100)
    assert "new-" not in repr(pair)
    assert [(call.kind, call.entity, call.outcome, call.metered) for call in calls] == [
        ("oauth", "refresh", "ok", False)
    ]


async def test_the_hard_end_of_a_grant_counts_when_it_comes_first(server: Scripted, client: OAuth2Client) -> None:
    server.replies = [tokens(x_refresh_token_hard_expires_in=86_400)]
    assert (await client.refresh("r")).refresh_expires_at == NOW + timedelta(days=1)


async def test_a_code_is_exchanged(server: Scripted, client: OAuth2Client) -> None:
    server.replies = [tokens()]
    await client.exchange_code("the-code", "https://example.com/callback")
    assert parse_qs(server.seen[0].body.decode()) == {
        "grant_type": ["authorization_code"],
        "code": ["the-code"],
        "redirect_uri": ["https://example.com/callback"],
    }


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply(400, b'{"error":"invalid_grant"}'), faults.Reconnect),
        (Reply(200, b'{"error":"invalid_grant"}'), faults.Reconnect),
        (Reply(400, b'{"error":"invalid_grant","x_error_reason":"user_not_in_realm"}'), faults.Reconnect),
        (Reply(401, b'{"error":"invalid_client"}'), faults.Refused),
        (Reply(400, b'{"error":"invalid_client"}'), faults.Refused),
        (Reply(401, b""), faults.Refused),
        (Reply(403, b""), faults.Refused),
        (Reply(429, b""), faults.Throttled),
        (Reply(503, b"<html/>"), faults.OutcomeUnknown),
        (Reply(drop=True), faults.OutcomeUnknown),
        (Reply(200, b"<html/>"), faults.OutcomeUnknown),
        (Reply(200, b"[]"), faults.OutcomeUnknown),
        (Reply(200, b"{}"), faults.OutcomeUnknown),
        (Reply(200, json.dumps(TOKENS | {"access_token": "", "refresh_token": "r"}).encode()), faults.OutcomeUnknown),
        (
            Reply(200, json.dumps(TOKENS | {"access_token": "a\nb", "refresh_token": ""}).encode()),
            faults.OutcomeUnknown,
        ),
        (Reply(503, b'{"error":"server_error"}'), faults.OutcomeUnknown),
        (Reply(400, b'{"error":"temporarily_unavailable"}'), faults.OutcomeUnknown),
        (Reply(429, b'{"error":"slow_down"}'), faults.Throttled),
    ],
)
async def test_each_failure_of_a_refresh_says_what_to_do(
    server: Scripted, client: OAuth2Client, calls: list[Call], reply: Reply, kind: type[Exception]
) -> None:
    server.replies = [reply]
    with pytest.raises(faults.QuickBooksError) as caught:
        await client.refresh("r")
    assert type(caught.value) is kind
    assert len(server.seen) == 1


@pytest.mark.parametrize("lifetime", [-1, 3600.5, "soon", None, True, 10**12])
async def test_a_new_refresh_token_is_kept_although_the_lifetimes_beside_it_can_not_be_read(
    server: Scripted, client: OAuth2Client, lifetime: object
) -> None:
    """The token that was sent may be dead by now."""
    names = ("expires_in", "x_refresh_token_expires_in", "x_refresh_token_hard_expires_in")
    server.replies = [tokens(**dict.fromkeys(names, lifetime))]
    pair = await client.refresh("r")
    assert (pair.access_token, pair.refresh_token) == ("new-access", "new-refresh")
    assert (pair.access_expires_at, pair.refresh_expires_at) == (NOW + timedelta(hours=1), NOW + timedelta(days=100))
    assert pair.hard_expires_at is None


@pytest.mark.parametrize("access", ["", None, 7, "two words", "a\r\nX-Evil: 1", "ä"])
async def test_a_new_refresh_token_is_kept_although_the_access_token_beside_it_can_not_be_used(
    server: Scripted, client: OAuth2Client, access: object
) -> None:
    server.replies = [tokens(access_token=access)]
    pair = await client.refresh("r")
    assert (pair.access_token, pair.refresh_token, pair.access_expires_at) == ("", "new-refresh", NOW)


async def test_an_answer_without_a_refresh_token_leaves_the_one_that_was_sent(
    server: Scripted, client: OAuth2Client
) -> None:
    server.replies = [tokens(refresh_token=None), tokens(refresh_token=None)]
    assert (await client.refresh("r")).refresh_token == "r"
    with pytest.raises(faults.OutcomeUnknown):
        await client.exchange_code("the-code", "https://example.com/callback")


async def test_a_reason_is_kept_for_people(server: Scripted, client: OAuth2Client) -> None:
    body = b'{"error":"invalid_grant","error_description":"Token is gone","x_error_reason":"user_not_in_realm"}'
    server.replies = [Reply(400, body, {"intuit_tid": "t-1"})]
    with pytest.raises(faults.Reconnect) as caught:
        await client.refresh("r")
    assert caught.value.code == "invalid_grant"
    assert caught.value.detail == "Token is gone; user_not_in_realm"
    assert caught.value.tid == "t-1"


async def test_a_grant_is_withdrawn(server: Scripted, client: OAuth2Client) -> None:
    server.replies = [Reply(200, b""), Reply(400, b"")]
    await client.revoke("r")
    assert json.loads(server.seen[0].body) == {"token": "r"}
    with pytest.raises(faults.Refused):
        await client.revoke("r")


async def test_the_discovery_document_names_the_endpoints(server: Scripted, session: aiohttp.ClientSession) -> None:
    document = {
        "authorization_endpoint": "https://example.com/connect",
        "token_endpoint": "https://example.com/token",
        "revocation_endpoint": "https://example.com/revoke",
    }
    server.replies = [Reply(body=json.dumps(document).encode())]
    endpoints = await discover(session, f"{server.url}/.well-known/openid_configuration")
    assert endpoints == Endpoints(*document.values())
    url = URL(authorize_url(endpoints, "app-id", "https://example.com/cb?x", "s&t"))
    assert dict(url.query) == {
        "client_id": "app-id",
        "response_type": "code",
        "scope": "com.intuit.quickbooks.accounting",
        "redirect_uri": "https://example.com/cb?x",
        "state": "s&t",
    }


@pytest.mark.parametrize("endpoint", [None, "", "http://example.com/token", "ftp://example.com", 7])
async def test_a_discovery_document_cannot_send_secrets_in_the_clear(
    server: Scripted, session: aiohttp.ClientSession, endpoint: object
) -> None:
    document = dict.fromkeys(("authorization_endpoint", "token_endpoint", "revocation_endpoint"), endpoint)
    server.replies = [Reply(body=json.dumps(document).encode())]
    with pytest.raises(faults.Refused, match="https"):
        await discover(session, server.url)
