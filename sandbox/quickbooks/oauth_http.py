"""OAuth2 over HTTP: discovery, token and revocation endpoints, keys and user info."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hmac
from typing import Any

from aiohttp import web

from sandbox.faulting.sending import before_work, sent
from sandbox.quickbooks.api import WORLD
from sandbox.quickbooks.consent import AUTHORIZE, consent_decision, consent_page
from sandbox.quickbooks.faults import Call
from sandbox.quickbooks.forms import BadForm, form_of
from sandbox.quickbooks.gateway import planned_answer
from sandbox.quickbooks.grants import Grant
from sandbox.quickbooks.oauth import InvalidGrant
from sandbox.quickbooks.openid import user_info
from sandbox.quickbooks.world import World
from shared.wire import NotJson, decode

TOKEN = "/oauth2/v1/tokens/bearer"  # noqa: S105  # an address
REVOKE = "/v2/oauth2/tokens/revoke"
ISSUER = "/op/v1"
KEY_SET = "/op/v1/jwks"
USER_INFO = "/v1/openid_connect/userinfo"


async def discovery(request: web.Request) -> web.Response:
    """The addresses of this sandbox, under the keys of OpenID discovery."""
    base = _base(request)
    return web.json_response(
        {
            "issuer": base + ISSUER,
            "authorization_endpoint": base + AUTHORIZE,
            "token_endpoint": base + TOKEN,
            "revocation_endpoint": base + REVOKE,
            "userinfo_endpoint": base + USER_INFO,
            "jwks_uri": base + KEY_SET,
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "scopes_supported": ["openid", "email", "profile", "address", "phone"],
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }
    )


async def token(request: web.Request) -> web.StreamResponse:
    """Exchange a code, or refresh. 400 {"error": "invalid_grant"} is final: the same value never works again."""
    world = request.app[WORLD]
    world.tokens.token_requests += 1
    try:
        form = await form_of(request)
    except BadForm:
        return web.json_response({"error": "invalid_request"}, status=400)
    taken = world.faults.take_call(Call("POST", "token", "token", ""))
    instead = await before_work(request, taken, lambda rule: planned_answer(rule, world.clock))
    if instead is not None:
        return instead
    if taken.active is not None and taken.effect == "hold_before_commit":
        await taken.active.hold()
    response = await _token_answer(request, world, form)
    return await sent(request, response, taken.active)


async def _token_answer(request: web.Request, world: World, form: dict[str, str]) -> web.Response:
    if not _is_client(request, world, form):
        return _invalid_client(world)
    try:
        match form.get("grant_type"):
            case "authorization_code":
                grant, access = world.tokens.exchange(form.get("code", ""), form.get("redirect_uri", ""))
            case "refresh_token":
                grant = world.tokens.refreshing(form.get("refresh_token", ""), _without_user(world))
                try:
                    await asyncio.sleep(world.server.refresh_seconds)
                finally:
                    access = world.tokens.refreshed(grant)
            case _:
                return web.json_response({"error": "unsupported_grant_type"}, status=400)
    except InvalidGrant as invalid:
        return _invalid_grant(world, invalid)
    hard = request.headers.get("x-include-refresh-token-hard-expires-in", "").lower() == "true"
    document = token_document(world, grant, access, hard=hard)
    if "openid" in grant.scopes and form["grant_type"] == "authorization_code":
        document["id_token"] = world.signer.id_token(
            grant, issuer=_base(request) + ISSUER, client_id=world.config.client_id, now=world.clock.seconds()
        )
    return web.json_response(document)


def _invalid_grant(world: World, invalid: InvalidGrant) -> web.Response:
    document = {"error": "invalid_grant"}
    if world.server.grant_error_description:
        document["error_description"] = "Token invalid"
    if invalid.reason is not None:
        document["x_error_reason"] = invalid.reason
    return web.json_response(document, status=400)


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
    if not _is_client(request, world, {}):
        return _invalid_client(world)
    try:
        body = decode(await request.read())
    except NotJson:
        body = None
    given = body.get("token") if isinstance(body, dict) else None
    if not isinstance(given, str) or not world.tokens.revoke(given):
        return web.json_response({"error": "invalid_request"}, status=400)
    return web.Response(status=200)


def _is_client(request: web.Request, world: World, form: dict[str, str]) -> bool:
    """Whether the app's keys are right: in the header or, as discovery offers (client_secret_post), in the form."""
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if not scheme and "client_secret" in form:
        return (form.get("client_id"), form["client_secret"]) == (world.config.client_id, world.config.client_secret)
    if scheme.lower() != "basic":
        return False
    try:
        given = base64.b64decode(value.strip(), validate=True)
    except binascii.Error:
        return False
    return hmac.compare_digest(given, f"{world.config.client_id}:{world.config.client_secret}".encode())


async def key_set(request: web.Request) -> web.Response:
    """The public key of id tokens."""
    return web.json_response(request.app[WORLD].signer.key_set())


async def user_info_answer(request: web.Request) -> web.Response:
    """Who consented; only for access tokens with the scope openid."""
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    found = request.app[WORLD].tokens.grant_of(given.strip()) if scheme.lower() == "bearer" else None
    if found is None:
        return web.json_response({"error": "invalid_token"}, status=401)
    if "openid" not in found.scopes:
        return web.json_response({"error": "insufficient_scope"}, status=403)
    return web.json_response(user_info(found))


def _invalid_client(world: World) -> web.Response:
    return web.json_response({"error": "invalid_client"}, status=world.server.invalid_client_status)


def _without_user(world: World) -> set[str]:
    states = {realm: entry.company.settings.company_state for realm, entry in world.realms.items()}
    return {realm for realm, state in states.items() if state == "user_removed"}


def _base(request: web.Request) -> str:
    return f"{request.scheme}://{request.host}"


_DISCOVERY = "/.well-known/openid_configuration"
_SANDBOX_DISCOVERY = "/.well-known/openid_sandbox_configuration"
ROUTES = [
    web.get(_DISCOVERY, discovery),
    web.get(_DISCOVERY + "/", discovery),  # Intuit's own clients ask with a slash at the end
    web.get(_SANDBOX_DISCOVERY, discovery),
    web.get(_SANDBOX_DISCOVERY + "/", discovery),
    web.get(AUTHORIZE, consent_page),
    web.post(AUTHORIZE, consent_decision),
    web.post(TOKEN, token),
    web.post(REVOKE, revoke),
    web.get(KEY_SET, key_set),
    web.get(USER_INFO, user_info_answer),
]
