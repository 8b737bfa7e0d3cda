"""OAuth2 over HTTP: discovery, consent page, token and revocation endpoints."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hmac
from html import escape
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from sandbox.quickbooks.api import WORLD
from sandbox.quickbooks.faults import Call
from sandbox.quickbooks.gateway import drop, planned_answer
from sandbox.quickbooks.oauth import SCOPES, Grant, InvalidGrant
from sandbox.quickbooks.world import World
from shared.wire import NotJson, decode

AUTHORIZE = "/connect/oauth2"
TOKEN = "/oauth2/v1/tokens/bearer"  # noqa: S105  # an address
REVOKE = "/v2/oauth2/tokens/revoke"
_NEEDED = ("client_id", "response_type", "scope", "redirect_uri", "state")


async def discovery(request: web.Request) -> web.Response:
    """The addresses of this sandbox, under the keys of OpenID discovery."""
    base = f"{request.scheme}://{request.host}"
    return web.json_response(
        {
            "issuer": f"{base}/op/v1",
            "authorization_endpoint": base + AUTHORIZE,
            "token_endpoint": base + TOKEN,
            "revocation_endpoint": base + REVOKE,
            "userinfo_endpoint": f"{base}/v1/openid_connect/userinfo",
            "jwks_uri": f"{base}/op/v1/jwks",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "scopes_supported": ["openid", "email", "profile", "address", "phone"],
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        }
    )


async def consent_page(request: web.Request) -> web.Response:
    """A page with Approve and Deny; a request that can't be trusted is refused here, without a redirect."""
    world = request.app[WORLD]
    wrong = _wrong_authorize_request(request.query, world)
    if wrong is not None:
        return web.Response(status=400, text=wrong)
    if not set(request.query["scope"].split()) <= SCOPES:
        raise _redirect(request.query["redirect_uri"], error="invalid_scope", state=request.query["state"])
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{escape(request.query[name], quote=True)}">' for name in _NEEDED
    )
    options = "".join(f'<option value="{realm}">Sandbox Company {realm}</option>' for realm in world.realms)
    page = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        "<title>Connect to QuickBooks (sandbox)</title></head>"
        f'<body><h1>Connect to QuickBooks (sandbox)</h1><form method="post" action="{AUTHORIZE}">{hidden}'
        f'<label>Company <select name="realm">{options}</select></label> '
        '<button name="decision" value="approve">Approve</button> <button name="decision" value="deny">Deny</button>'
        "</form></body></html>"
    )
    return web.Response(text=page, content_type="text/html")


async def consent_decision(request: web.Request) -> web.Response:
    """Send the user back to the app with a code, or with access_denied."""
    world = request.app[WORLD]
    form = await request.post()
    fields = {name: str(value) for name, value in form.items()}
    wrong = _wrong_authorize_request(fields, world)
    if wrong is not None:
        return web.Response(status=400, text=wrong)
    uri, state = fields["redirect_uri"], fields["state"]
    if fields.get("decision") != "approve":
        raise _redirect(uri, error="access_denied", state=state)
    realm = fields.get("realm", "")
    if realm not in world.realms:
        return web.Response(status=400, text=f"realm must be one of {', '.join(world.realms)}")
    raise _redirect(uri, code=world.tokens.issue_code(realm, uri, fields["scope"]), state=state, realmId=realm)


async def token(request: web.Request) -> web.StreamResponse:
    """Exchange a code, or refresh. 400 {"error": "invalid_grant"} is final: the same value never works again."""
    world = request.app[WORLD]
    world.tokens.token_requests += 1
    form = await request.post()
    rule = world.faults.take(Call("POST", "token", "token", ""))
    effect = rule.rule.effect if rule else None
    if rule and effect == "delay":
        await asyncio.sleep(rule.rule.seconds or 0)
    if rule and effect == "status":
        return planned_answer(rule.rule, world.clock)
    if effect == "drop_before_commit":
        return drop(request)
    if rule and effect == "hold_before_commit":
        await rule.hold()
    response = await _token_answer(request, world, {name: str(value) for name, value in form.items()})
    if rule and effect == "hold_after_commit":
        await rule.hold()
    return drop(request) if effect == "drop_after_commit" else response


async def _token_answer(request: web.Request, world: World, form: dict[str, str]) -> web.Response:
    if not _is_client(request, world):
        return web.json_response({"error": "invalid_client"}, status=401)
    try:
        match form.get("grant_type"):
            case "authorization_code":
                grant, access = world.tokens.exchange(form.get("code", ""), form.get("redirect_uri", ""))
            case "refresh_token":
                grant = world.tokens.refreshing(form.get("refresh_token", ""))
                try:
                    await asyncio.sleep(world.server.refresh_seconds)
                finally:
                    access = world.tokens.refreshed(grant)
            case _:
                return web.json_response({"error": "unsupported_grant_type"}, status=400)
    except InvalidGrant:
        return web.json_response({"error": "invalid_grant"}, status=400)
    hard = request.headers.get("x-include-refresh-token-hard-expires-in", "").lower() == "true"
    return web.json_response(token_document(world, grant, access, hard=hard))


def token_document(world: World, grant: Grant, access: str, *, hard: bool = False) -> dict[str, Any]:
    """The answer to a good token request."""
    document: dict[str, Any] = {
        "token_type": "bearer",
        "access_token": access,
        "refresh_token": grant.refresh_token,
        "expires_in": world.server.access_token_seconds,
        "x_refresh_token_expires_in": world.tokens.refresh_seconds_left(grant),
    }
    if hard:
        document["x_refresh_token_hard_expires_in"] = world.tokens.hard_seconds_left(grant)
    return document


async def revoke(request: web.Request) -> web.Response:
    """End a grant; the token comes in JSON."""
    world = request.app[WORLD]
    if not _is_client(request, world):
        return web.json_response({"error": "invalid_client"}, status=401)
    try:
        body = decode(await request.read())
    except NotJson:
        body = None
    given = body.get("token") if isinstance(body, dict) else None
    if not isinstance(given, str) or not world.tokens.revoke(given):
        return web.json_response({"error": "invalid_request"}, status=400)
    return web.Response(status=200)


def _is_client(request: web.Request, world: World) -> bool:
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return False
    try:
        given = base64.b64decode(value.strip(), validate=True)
    except binascii.Error:
        return False
    return hmac.compare_digest(given, f"{world.config.client_id}:{world.config.client_secret}".encode())


def _wrong_authorize_request(fields: Any, world: World) -> str | None:
    absent = [name for name in _NEEDED if not fields.get(name)]
    if absent:
        return f"missing: {', '.join(absent)}"
    if fields["client_id"] != world.config.client_id:
        return "client_id is unknown"
    if fields["response_type"] != "code":
        return "response_type must be code"
    registered = world.config.redirect_uris
    uri = fields["redirect_uri"]
    if (registered and uri not in registered) or not uri.startswith(("http://", "https://")) or "?" in uri:
        return "redirect_uri is not registered"
    return None


def _redirect(uri: str, **parameters: str) -> web.HTTPFound:
    return web.HTTPFound(f"{uri}?{urlencode(parameters)}")
