"""A caller of the sandbox's OAuth2 addresses."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp

from tests.contract.quickbooks_sandbox.books_client import REALM, Books
from tests.support.quickbooks_sandbox import QuickBooksSandbox

CALLBACK = "http://127.0.0.1:9/callback"
AUTHORIZE = {
    "client_id": "sandbox-client",
    "response_type": "code",
    "scope": "com.intuit.quickbooks.accounting",
    "redirect_uri": CALLBACK,
    "state": "s&1",
}


async def ask_token(sandbox: QuickBooksSandbox, secret: str | None = None, **form: str) -> tuple[int, dict[str, Any]]:
    """A call of the token endpoint."""
    headers = {
        "Authorization": aiohttp.encode_basic_auth(sandbox.client_id, secret or sandbox.client_secret),
        "Accept": "application/json",
    }
    async with sandbox.session.post(sandbox.token_url, data=form, headers=headers) as answer:
        return answer.status, await answer.json()


async def refresh(sandbox: QuickBooksSandbox, value: str) -> tuple[int, dict[str, Any]]:
    return await ask_token(sandbox, grant_type="refresh_token", refresh_token=value)


async def exchange(sandbox: QuickBooksSandbox, code: str, redirect_uri: str = CALLBACK) -> tuple[int, dict[str, Any]]:
    return await ask_token(sandbox, grant_type="authorization_code", code=code, redirect_uri=redirect_uri)


async def decide(sandbox: QuickBooksSandbox, decision: str, **fields: str) -> dict[str, list[str]]:
    """Press a button of the consent page; the parameters with which the user is sent back."""
    form = AUTHORIZE | {"realm": REALM, "decision": decision} | fields
    async with sandbox.session.post(f"{sandbox.base_url}/connect/oauth2", data=form, allow_redirects=False) as answer:
        assert answer.status == 302, await answer.text()
        return parse_qs(urlsplit(answer.headers["Location"]).query)


async def authorize(sandbox: QuickBooksSandbox, **fields: str) -> dict[str, list[str]]:
    """Open the authorize address where it answers without a page."""
    url = f"{sandbox.base_url}/connect/oauth2"
    async with sandbox.session.get(url, params=AUTHORIZE | fields, allow_redirects=False) as answer:
        assert answer.status == 302, await answer.text()
        assert answer.headers["Location"].startswith(CALLBACK + "?")
        return parse_qs(urlsplit(answer.headers["Location"]).query)


async def api_status(sandbox: QuickBooksSandbox, access_token: str) -> int:
    """HTTP status of a read with the token."""
    return (await Books(sandbox, access_token).get("preferences")).status
