"""The page on which a user lets an app into a company, and the way back to the app."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from urllib.parse import urlencode

from aiohttp import web

from sandbox.quickbooks.api import WORLD
from sandbox.quickbooks.forms import BadForm, form_of
from sandbox.quickbooks.oauth import SCOPES
from sandbox.quickbooks.profile import company_info
from sandbox.quickbooks.world import World

AUTHORIZE = "/connect/oauth2"
_NEEDED = ("client_id", "response_type", "scope", "redirect_uri", "state")
_REDIRECT = re.compile(
    r"https?://[^\s/?#\\]+(/[^\s?#\\]*)?"
)  # no query (reference 1) and no fragment (RFC 6749, 3.1.2)
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Connect to QuickBooks (sandbox)</title>
<style>body{{font:16px sans-serif;max-width:36em;margin:4em auto;padding:0 1em}}button{{font:inherit;padding:.4em 1em}}
</style></head><body>
<h1>Connect {app} to a company</h1>
<p>This is the Bookbridge sandbox, not Intuit: nobody signs in here, and the books are made up.</p>
<p>{app} asks for:</p><ul>{scopes}</ul>
<form method="post" action="{action}">{hidden}
<p><label>Company <select name="realm">{companies}</select></label></p>
<button name="decision" value="connect">Connect</button> <button name="decision" value="cancel">Cancel</button>
</form></body></html>
"""


async def consent_page(request: web.Request) -> web.Response:
    """Show the page, or answer for the user where the switch `consent` (or ?consent=) says so.

    A request whose redirect address can't be trusted is refused here, without a redirect.
    """
    world = request.app[WORLD]
    _refuse_untrusted(request.query, world)
    if not set(request.query["scope"].split()) <= SCOPES:
        raise _back(request.query, error="invalid_scope")
    decision = request.query.get("consent", world.server.consent)
    if decision in ("connect", "cancel"):
        raise _decided(request.query, decision, request.query.get("realm", next(iter(world.realms))), world)
    return web.Response(text=_page(request.query, world), content_type="text/html")


async def consent_decision(request: web.Request) -> web.Response:
    """Send the user back to the app with a code, or with access_denied."""
    world = request.app[WORLD]
    try:
        fields = await form_of(request)
    except BadForm as error:
        raise web.HTTPBadRequest(text=str(error)) from error
    _refuse_untrusted(fields, world)
    if not set(fields["scope"].split()) <= SCOPES:
        raise _back(fields, error="invalid_scope")
    raise _decided(fields, fields.get("decision", ""), fields.get("realm", ""), world)


def _page(fields: Mapping[str, str], world: World) -> str:
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{escape(fields[name], quote=True)}">' for name in _NEEDED
    )
    companies = "".join(
        f'<option value="{escape(realm)}">{escape(company_info(entry.company)["CompanyName"])}</option>'
        for realm, entry in world.realms.items()
    )
    scopes = "".join(f"<li><code>{escape(scope)}</code></li>" for scope in fields["scope"].split())
    app = escape(world.config.app_name)
    return _PAGE.format(app=app, scopes=scopes, action=AUTHORIZE, hidden=hidden, companies=companies)


def _decided(fields: Mapping[str, str], decision: str, realm: str, world: World) -> web.HTTPException:
    if decision != "connect":
        return _back(fields, error="access_denied")
    if realm not in world.realms:
        return web.HTTPBadRequest(text=f"realm must be one of {', '.join(world.realms)}")
    code = world.tokens.issue_code(realm, fields["redirect_uri"], fields["scope"])
    return _back(fields, code=code, realmId=realm)


def _refuse_untrusted(fields: Mapping[str, str], world: World) -> None:
    wrong = _wrong_request(fields, world)
    if wrong is not None:
        raise web.HTTPBadRequest(text=wrong)


def _wrong_request(fields: Mapping[str, str], world: World) -> str | None:
    absent = [name for name in _NEEDED if not fields.get(name, "").strip()]
    if absent:
        return f"missing: {', '.join(absent)}"
    if fields["client_id"] != world.config.client_id:
        return "client_id is unknown"
    if fields["response_type"] != "code":
        return "response_type must be code"
    registered = world.config.redirect_uris
    uri = fields["redirect_uri"]
    if (registered and uri not in registered) or _REDIRECT.fullmatch(uri) is None:
        return "redirect_uri is not registered"
    return None


def _back(fields: Mapping[str, str], **parameters: str) -> web.HTTPFound:
    return web.HTTPFound(f"{fields['redirect_uri']}?{urlencode(parameters | {'state': fields['state']})}")
