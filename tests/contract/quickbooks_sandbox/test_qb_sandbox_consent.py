"""The consent page and what hangs on a grant: the choice of company, replays, ends, who the user is."""

from __future__ import annotations

import base64
import json
from typing import Any

import jwt
import pytest

from sandbox.quickbooks import SandboxConfig
from tests.contract.quickbooks_sandbox.books_client import REALM, Books
from tests.contract.quickbooks_sandbox.oauth_client import (
    AUTHORIZE,
    CALLBACK,
    api_status,
    ask_token,
    authorize,
    decide,
    exchange,
    refresh,
)
from tests.support.quickbooks_sandbox import QuickBooksSandbox, running

YEAR = 365 * 86_400


async def test_the_page_names_the_app_its_scopes_and_every_company() -> None:
    config = SandboxConfig(realms=(REALM, "77"), app_name="Mugs & Co <beta>")
    async with running(config) as sandbox:
        url = f"{sandbox.base_url}/connect/oauth2"
        asked = AUTHORIZE | {"scope": "com.intuit.quickbooks.accounting openid"}
        async with sandbox.session.get(url, params=asked) as answer:
            page = await answer.text()
    assert "Connect Mugs &amp; Co &lt;beta&gt; to a company" in page and "<beta>" not in page
    assert "<code>com.intuit.quickbooks.accounting</code>" in page and "<code>openid</code>" in page
    assert f'<option value="{REALM}">' in page and '<option value="77">' in page
    assert "not Intuit" in page


async def test_the_chosen_company_is_the_one_that_opens() -> None:
    async with running(SandboxConfig(realms=(REALM, "77"))) as sandbox:
        sent_back = await decide(sandbox, "connect", realm="77")
        assert sent_back["realmId"] == ["77"]
        _, tokens = await exchange(sandbox, sent_back["code"][0])
        assert (await Books(sandbox, tokens["access_token"], "77").get("companyinfo/77")).status == 200
        assert (await Books(sandbox, tokens["access_token"], REALM).get(f"companyinfo/{REALM}")).status == 403


async def test_consent_can_be_given_or_refused_without_a_page(sandbox: QuickBooksSandbox) -> None:
    assert await authorize(sandbox, consent="cancel") == {"error": ["access_denied"], "state": ["s&1"]}
    given = await authorize(sandbox, consent="connect", realm=REALM)
    assert (given["state"], given["realmId"]) == (["s&1"], [REALM])
    await sandbox.settings(consent="connect")
    code = (await authorize(sandbox))["code"][0]
    assert len(code) <= 512
    assert (await exchange(sandbox, code))[0] == 200


async def test_a_scope_that_does_not_exist_is_refused_also_after_the_page(sandbox: QuickBooksSandbox) -> None:
    await sandbox.settings(consent="connect")
    refused = {"error": ["invalid_scope"], "state": ["s&1"]}
    assert await authorize(sandbox, scope="com.intuit.quickbooks.accounting everything") == refused
    assert await decide(sandbox, "connect", scope="everything") == refused


@pytest.mark.parametrize(("mode", "survives"), [("kill", False), ("refuse", True)])
async def test_a_code_used_twice_can_kill_what_it_gave(sandbox: QuickBooksSandbox, mode: str, survives: bool) -> None:
    await sandbox.settings(code_replay=mode, consent="connect")
    code = (await authorize(sandbox))["code"][0]
    _, tokens = await exchange(sandbox, code)
    assert await exchange(sandbox, code) == (400, {"error": "invalid_grant"})
    assert (await api_status(sandbox, tokens["access_token"]) == 200) is survives
    assert ((await refresh(sandbox, tokens["refresh_token"]))[0] == 200) is survives


async def test_use_keeps_a_refresh_token_alive_but_not_beyond_five_years(sandbox: QuickBooksSandbox) -> None:
    value = (await sandbox.grant())["refresh_token"]
    lived, left = 0, 8_640_000
    while lived + 90 * 86_400 < 5 * YEAR:
        await sandbox.advance(90 * 86_400)
        lived += 90 * 86_400
        status, tokens = await refresh(sandbox, value)
        assert status == 200, f"dead after {lived / 86_400} days of regular use"
        value, left = tokens["refresh_token"], tokens["x_refresh_token_expires_in"]
    assert left < 90 * 86_400, "the hard end isn't told"
    await sandbox.advance(left + 1)
    assert await refresh(sandbox, value) == (400, {"error": "invalid_grant"})


async def test_the_hard_end_comes_only_when_asked_for(sandbox: QuickBooksSandbox) -> None:
    grant = await sandbox.grant()
    assert "x_refresh_token_hard_expires_in" not in (await refresh(sandbox, grant["refresh_token"]))[1]


async def test_a_user_who_left_the_company_is_told_in_both_places(sandbox: QuickBooksSandbox) -> None:
    grant = await sandbox.grant()
    await sandbox.settings(company_state="user_removed")
    reply = await Books(sandbox, grant["access_token"]).get("customer/1")
    assert (reply.status, reply.codes) == (403, ["120"])
    status, document = await refresh(sandbox, grant["refresh_token"])
    assert (status, document) == (400, {"error": "invalid_grant", "x_error_reason": "user_not_in_realm"})
    await sandbox.settings(company_state="open")
    assert (await refresh(sandbox, grant["refresh_token"]))[0] == 200


async def test_the_recorded_variants_of_refusals_are_switches(sandbox: QuickBooksSandbox) -> None:
    await sandbox.settings(invalid_client_status=400, grant_error_description=True)
    assert await ask_token(sandbox, "guess", grant_type="refresh_token") == (400, {"error": "invalid_client"})
    status, document = await refresh(sandbox, "RT1-unknown")
    assert (status, document["error"], bool(document["error_description"])) == (400, "invalid_grant", True)


async def test_revoking_an_access_token_ends_the_whole_grant(sandbox: QuickBooksSandbox) -> None:
    grant = await sandbox.grant()
    url = f"{sandbox.base_url}/v2/oauth2/tokens/revoke"
    headers = {"Authorization": "Basic " + base64.b64encode(b"sandbox-client:sandbox-secret").decode()}
    async with sandbox.session.post(url, json={"token": grant["access_token"]}, headers=headers) as answer:
        assert answer.status == 200
    assert (await refresh(sandbox, grant["refresh_token"]))[0] == 400
    async with sandbox.session.post(url, json={"token": grant["access_token"]}, headers=headers) as answer:
        assert answer.status == 400
    async with sandbox.session.post(url, json={"token": grant["access_token"]}) as answer:
        assert answer.status == 401
    async with sandbox.session.post(url, data=b"token=x", headers=headers) as answer:
        assert answer.status == 400


async def test_an_id_token_is_signed_by_the_published_key(sandbox: QuickBooksSandbox) -> None:
    await sandbox.settings(consent="connect")
    code = (await authorize(sandbox, scope="openid email com.intuit.quickbooks.accounting"))["code"][0]
    _, tokens = await exchange(sandbox, code)
    document = await _json(sandbox, sandbox.discovery_url)
    keys = jwt.PyJWKSet.from_dict(await _json(sandbox, document["jwks_uri"]))
    claims = jwt.decode(
        tokens["id_token"],
        keys[jwt.get_unverified_header(tokens["id_token"])["kid"]].key,
        algorithms=["RS256"],
        audience="sandbox-client",
        issuer=document["issuer"],
    )
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    user = await _json(sandbox, document["userinfo_endpoint"], headers)
    assert user["sub"] == claims["sub"] and user["emailVerified"] is True
    assert "givenName" not in user, "profile wasn't asked for"
    assert "id_token" not in (await refresh(sandbox, tokens["refresh_token"]))[1]


async def test_user_info_needs_the_openid_scope_and_data_the_accounting_scope(sandbox: QuickBooksSandbox) -> None:
    await sandbox.settings(consent="connect")
    accounting = (await exchange(sandbox, (await authorize(sandbox))["code"][0]))[1]["access_token"]
    openid = (await exchange(sandbox, (await authorize(sandbox, scope="openid"))["code"][0]))[1]["access_token"]
    url = f"{sandbox.base_url}/v1/openid_connect/userinfo"
    for bearer, status in ((accounting, 403), (openid, 200), ("nonsense", 401)):
        async with sandbox.session.get(url, headers={"Authorization": f"Bearer {bearer}"}) as answer:
            assert answer.status == status
    reply = await Books(sandbox, openid).get("customer/1")
    [error] = reply.json["fault"]["error"]
    assert (reply.status, error["code"], error["detail"], reply.json["fault"]["type"]) == (403, "3100", None, "SERVICE")
    assert error["message"] == "message=AuthorizationFailed; errorCode=003100; statusCode=403"


async def test_every_answer_of_oauth_has_an_intuit_tid(sandbox: QuickBooksSandbox) -> None:
    calls: list[tuple[str, str, dict[str, Any]]] = [
        ("GET", sandbox.discovery_url, {}),
        ("GET", sandbox.discovery_url + "/", {}),
        ("GET", f"{sandbox.base_url}/connect/oauth2", {"params": AUTHORIZE}),
        ("GET", f"{sandbox.base_url}/connect/oauth2", {}),
        ("POST", sandbox.token_url, {"data": {"redirect_uri": CALLBACK}}),
        ("POST", f"{sandbox.base_url}/v2/oauth2/tokens/revoke", {"data": json.dumps({})}),
        ("GET", f"{sandbox.base_url}/op/v1/jwks", {}),
        ("GET", f"{sandbox.base_url}/v1/openid_connect/userinfo", {}),
    ]
    seen = set()
    for method, url, rest in calls:
        async with sandbox.session.request(method, url, **rest) as answer:
            seen.add(answer.headers["intuit_tid"])
    assert len(seen) == len(calls)


async def _json(sandbox: QuickBooksSandbox, url: str, headers: dict[str, str] | None = None) -> dict[str, Any]:
    async with sandbox.session.get(url, headers=headers) as answer:
        assert answer.status == 200, await answer.text()
        document: dict[str, Any] = await answer.json()
        return document
