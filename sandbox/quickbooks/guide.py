"""What a person is told who starts the sandbox, or opens its address."""

from __future__ import annotations

from aiohttp import web

from sandbox.quickbooks.api import WORLD
from sandbox.quickbooks.consent import AUTHORIZE
from sandbox.quickbooks.control_call import control_routes
from sandbox.quickbooks.rendering import json_bytes
from sandbox.quickbooks.world import World


def guide(world: World, base: str) -> str:
    """Addresses, keys and companies, and where to read on. base: http://host:port."""
    companies = "\n".join(f"  {base}/v3/company/{realm}/  ({name})" for realm, name in world.templates.items())
    return f"""Bookbridge's QuickBooks sandbox. The companies:
{companies}
Sign in: client id {world.config.client_id}, client secret {world.config.client_secret}
  {base}{AUTHORIZE}  the consent page; addresses: {base}/.well-known/openid_sandbox_configuration
  curl -X POST {base}/_sandbox/grant -d '{{}}'  tokens without a browser
Look and turn: {base}/_sandbox  lists the control routes; docs/sandbox.md explains them.
"""


async def front_page(request: web.Request) -> web.Response:
    """The guide, for whoever opens the bare address."""
    return web.Response(text=guide(request.app[WORLD], f"{request.scheme}://{request.host}"))


async def route_list(request: web.Request) -> web.Response:
    """The control routes."""
    return web.Response(body=json_bytes({"routes": control_routes(request.app)}), content_type="application/json")


ROUTES = [web.get("/", front_page), web.get("/_sandbox", route_list), web.get("/_sandbox/", route_list)]
