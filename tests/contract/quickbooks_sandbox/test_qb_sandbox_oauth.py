"""OAuth2 over HTTP: consent, codes, rotation, races, revocation, and what a bad token meets."""

from __future__ import annotations

import asyncio
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest

from sandbox.quickbooks import SandboxConfig
from tests.contract.quickbooks_sandbox.books_client import REALM, Books
from tests.contract.quickbooks_sandbox.oauth_client import AUTHORIZE, CALLBACK, api_status, ask_token, decide, refresh
from tests.support.quickbooks_sandbox import QuickBooksSandbox, running


async def test_discovery_names_addresses_of_the_sandbox_itself(sandbox: QuickBooksSandbox) -> None:
    async with sandbox.session.get(sandbox.discovery_url) as answer:
        document = await answer.json()
    assert document["token_endpoint"] == sandbox.token_url
    for name in ("authorization_endpoint", "revocation_endpoint", "issuer", "jwks_uri", "userinfo_endpoint"):
        assert document[name].startswith(sandbox.base_url)


async def test_consent_leads_to_a_code_and_the_code_to_tokens_once(sandbox: QuickBooksSandbox) -> None:
    async with sandbox.session.get(f"{sandbox.base_url}/connect/oauth2", params=AUTHORIZE) as page:
        text = await page.text()
    assert page.status == 200 and "Connect" in text and "Cancel" in text and "s&amp;1" in text
    sent_back = await decide(sandbox, "connect")
    assert (sent_back["state"], sent_back["realmId"]) == (["s&1"], [REALM])
    form = {"grant_type": "authorization_code", "code": sent_back["code"][0], "redirect_uri": CALLBACK}
    status, tokens = await ask_token(sandbox, **form)
    assert status == 200 and tokens["token_type"] == "bearer" and tokens["expires_in"] == 3600
    assert 8_600_000 < tokens["x_refresh_token_expires_in"] <= 8_640_000
    assert await api_status(sandbox, tokens["access_token"]) == 200
    assert await ask_token(sandbox, **form) == (400, {"error": "invalid_grant"})


async def test_a_code_dies_after_ten_minutes_or_with_another_redirect(sandbox: QuickBooksSandbox) -> None:
    codes = [(await decide(sandbox, "connect"))["code"][0] for _ in range(2)]
    wrong = {"grant_type": "authorization_code", "code": codes[0], "redirect_uri": CALLBACK + "2"}
    assert (await ask_token(sandbox, **wrong))[0] == 400
    await sandbox.advance(601)
    late = {"grant_type": "authorization_code", "code": codes[1], "redirect_uri": CALLBACK}
    assert (await ask_token(sandbox, **late))[0] == 400


async def test_denial_and_unknown_scopes_are_told_with_the_state(sandbox: QuickBooksSandbox) -> None:
    assert await decide(sandbox, "cancel") == {"error": ["access_denied"], "state": ["s&1"]}
    asked = AUTHORIZE | {"scope": "everything"}
    async with sandbox.session.get(f"{sandbox.base_url}/connect/oauth2", params=asked, allow_redirects=False) as answer:
        assert parse_qs(urlsplit(answer.headers["Location"]).query)["error"] == ["invalid_scope"]


@pytest.mark.parametrize("name", [*AUTHORIZE])
async def test_each_parameter_of_the_authorize_address_is_needed(sandbox: QuickBooksSandbox, name: str) -> None:
    asked = {key: value for key, value in AUTHORIZE.items() if key != name}
    async with sandbox.session.get(f"{sandbox.base_url}/connect/oauth2", params=asked) as answer:
        assert (answer.status, await answer.text()) == (400, f"missing: {name}")


async def test_only_registered_redirects_are_followed() -> None:
    async with (
        running(SandboxConfig(redirect_uris=("https://app.example/cb",))) as sandbox,
        sandbox.session.get(f"{sandbox.base_url}/connect/oauth2", params=AUTHORIZE) as answer,
    ):
        assert (answer.status, await answer.text()) == (400, "redirect_uri is not registered")


async def test_wrong_app_keys_are_invalid_client(sandbox: QuickBooksSandbox) -> None:
    assert await ask_token(sandbox, "guess", grant_type="refresh_token") == (401, {"error": "invalid_client"})
    assert await ask_token(sandbox, grant_type="password") == (400, {"error": "unsupported_grant_type"})


async def test_a_bad_token_meets_the_lower_case_fault_of_the_gateway(sandbox: QuickBooksSandbox) -> None:
    reply = await Books(sandbox, "nonsense").get("customer/1")
    [error] = reply.json["fault"]["error"]
    assert (reply.status, error["code"], reply.json["fault"]["type"]) == (401, "3200", "AUTHENTICATION")
    assert error["message"] == "message=AuthenticationFailed; errorCode=003200; statusCode=401"
    assert isinstance(reply.json["time"], int) and "intuit_tid" in reply.headers


async def test_a_token_opens_its_own_realm_only() -> None:
    async with running(SandboxConfig(realms=(REALM, "77"))) as sandbox:
        token = (await sandbox.grant(REALM))["access_token"]
        reply = await Books(sandbox, token, "77").get("customer/1")
    assert reply.status == 403 and reply.json["fault"]["error"][0]["code"] == "3100"


async def test_an_access_token_lives_an_hour_of_the_sandbox_clock(sandbox: QuickBooksSandbox) -> None:
    grant = await sandbox.grant()
    await sandbox.advance(3590)
    assert await api_status(sandbox, grant["access_token"]) == 200
    await sandbox.advance(11)
    assert await api_status(sandbox, grant["access_token"]) == 401
    status, fresh = await refresh(sandbox, grant["refresh_token"])
    assert status == 200 and await api_status(sandbox, fresh["access_token"]) == 200


async def test_the_refresh_value_changes_after_a_day_and_the_old_one_dies(sandbox: QuickBooksSandbox) -> None:
    first = (await sandbox.grant())["refresh_token"]
    assert (await refresh(sandbox, first))[1]["refresh_token"] == first
    await sandbox.advance(86_401)
    status, tokens = await refresh(sandbox, first)
    assert status == 200 and tokens["refresh_token"] != first
    await sandbox.settings(refresh_race="refuse")
    assert await refresh(sandbox, first) == (400, {"error": "invalid_grant"})
    assert (await refresh(sandbox, tokens["refresh_token"]))[0] == 200


async def test_a_refresh_token_dies_unused_after_100_days(sandbox: QuickBooksSandbox) -> None:
    first = (await sandbox.grant())["refresh_token"]
    await sandbox.advance(8_640_001)
    assert (await refresh(sandbox, first))[0] == 400


@pytest.mark.parametrize(("mode", "survives"), [("kill", False), ("refuse", True)])
async def test_two_refreshes_at_once_are_a_race_that_can_kill_the_grant(
    sandbox: QuickBooksSandbox, mode: str, survives: bool
) -> None:
    await sandbox.settings(refresh_race=mode, refresh_seconds=0.2, rotate_refresh_after_seconds=0)
    grant = await sandbox.grant()
    results = await asyncio.gather(*(refresh(sandbox, grant["refresh_token"]) for _ in range(2)))
    assert sorted(status for status, _ in results) == [200, 400]
    [fresh] = [tokens for status, tokens in results if status == 200]  # the first wins; what it got may be dead
    assert (await api_status(sandbox, fresh["access_token"]) == 200) is survives
    assert ((await refresh(sandbox, fresh["refresh_token"]))[0] == 200) is survives
    assert (await api_status(sandbox, grant["access_token"]) == 200) is survives
    assert (await sandbox.usage())["token_requests"] == 3


async def test_two_refreshes_at_once_are_always_a_race(sandbox: QuickBooksSandbox) -> None:
    for _ in range(10):
        value = (await sandbox.grant())["refresh_token"]
        results = await asyncio.gather(*(refresh(sandbox, value) for _ in range(2)))
        assert sorted(status for status, _ in results) == [200, 400]


async def test_app_keys_may_come_in_the_form_as_discovery_offers(sandbox: QuickBooksSandbox) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": (await sandbox.grant())["refresh_token"]}
    for secret, status in ((sandbox.client_secret, 200), ("guess", 401)):
        keys = {"client_id": sandbox.client_id, "client_secret": secret}
        async with sandbox.session.post(sandbox.token_url, data=form | keys) as answer:
            assert answer.status == status


@pytest.mark.parametrize(
    ("body", "content_type", "error"),
    [
        (b"grant_type=%ff", "application/x-www-form-urlencoded", "invalid_request"),
        (b"grant_type=\xff", "application/x-www-form-urlencoded", "invalid_request"),
        (b"a=1&" * 200, "application/x-www-form-urlencoded", "invalid_request"),
        (b"grant_type=x", "application/x-www-form-urlencoded; charset=zzz", "unsupported_grant_type"),
        (b"x", "multipart/form-data", "unsupported_grant_type"),
        (b"{}", "application/json", "unsupported_grant_type"),
    ],
)
async def test_a_form_that_cannot_be_read_is_refused_as_oauth_does(
    sandbox: QuickBooksSandbox, body: bytes, content_type: str, error: str
) -> None:
    keys = aiohttp.encode_basic_auth(sandbox.client_id, sandbox.client_secret)
    headers = {"Content-Type": content_type, "Authorization": keys}
    async with sandbox.session.post(sandbox.token_url, data=body, headers=headers) as answer:
        assert (answer.status, await answer.json()) == (400, {"error": error})


@pytest.mark.parametrize("uri", ["http://", "http://a/cb#part", "http://a/c\r\nb", "http://a/cb?x=1", "ftp://a/"])
async def test_a_redirect_address_that_no_app_can_register_is_refused(sandbox: QuickBooksSandbox, uri: str) -> None:
    address = f"{sandbox.base_url}/connect/oauth2"
    async with sandbox.session.get(address, params=AUTHORIZE | {"redirect_uri": uri}, allow_redirects=False) as answer:
        assert answer.status == 400


async def test_a_lost_refresh_answer_leaves_a_dead_value(sandbox: QuickBooksSandbox) -> None:
    await sandbox.settings(rotate_refresh_after_seconds=0)
    grant = await sandbox.grant()
    await sandbox.add_fault("drop_after_commit", match={"operation": "token"}, times=1)
    with pytest.raises(aiohttp.ClientError):
        await refresh(sandbox, grant["refresh_token"])
    assert await refresh(sandbox, grant["refresh_token"]) == (400, {"error": "invalid_grant"})


async def test_revocation_ends_access_andrefresh(sandbox: QuickBooksSandbox) -> None:
    grant = await sandbox.grant()
    headers = {"Authorization": aiohttp.encode_basic_auth("sandbox-client", "sandbox-secret")}
    url = f"{sandbox.base_url}/v2/oauth2/tokens/revoke"
    async with sandbox.session.post(url, json={"token": grant["refresh_token"]}, headers=headers) as answer:
        assert answer.status == 200
    assert await api_status(sandbox, grant["access_token"]) == 401
    assert (await refresh(sandbox, grant["refresh_token"]))[0] == 400
    async with sandbox.session.post(url, json={"token": "x"}, headers=headers) as answer:
        assert answer.status == 400


async def test_the_hard_end_of_a_refresh_token_is_told_on_request(sandbox: QuickBooksSandbox) -> None:
    grant = await sandbox.grant()
    form = {"grant_type": "refresh_token", "refresh_token": grant["refresh_token"]}
    headers = {
        "Authorization": aiohttp.encode_basic_auth("sandbox-client", "sandbox-secret"),
        "x-include-refresh-token-hard-expires-in": "true",
    }
    async with sandbox.session.post(sandbox.token_url, data=form, headers=headers) as answer:
        assert 157_000_000 < (await answer.json())["x_refresh_token_hard_expires_in"] <= 157_680_000
