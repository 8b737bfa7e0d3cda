"""What a person is told who starts the shop, or opens its address."""

from __future__ import annotations

from aiohttp import web

from sandbox.magento.control_routes import json_answer
from sandbox.magento.shop import Shop


def guide(shop: Shop, base: str) -> str:
    """Addresses and keys, and where to read on. base: http://host:port."""
    keys = shop.config.credentials
    bearer = "taken" if shop.config.bearer else "refused, --set bearer=true lets it in"
    return f"""Bookbridge's Magento sandbox: {base}/rest/V1/, store views {", ".join(_views(shop))}.
The integration: consumer key {keys.consumer_key}, secret {keys.consumer_secret},
  access token {keys.access_token}, secret {keys.access_token_secret}
  (signed with OAuth 1.0a; the token alone as Bearer is {bearer})
The administrator: {keys.admin_username}, {keys.admin_password}
  curl -X POST {base}/rest/V1/integration/admin/token -H 'Content-Type: application/json' \\
    -d '{{"username": "{keys.admin_username}", "password": "{keys.admin_password}"}}'
Look and turn: {base}/_sandbox  lists the control routes, {base}/_sandbox/settings  the switches;
  docs/sandbox.md explains both.
"""


def _views(shop: Shop) -> list[str]:
    return [shop.config.store_code, *(view.code for view in shop.config.more_stores)]


def guide_routes(shop: Shop) -> list[web.RouteDef]:
    """The guide at the bare address, and the list of control routes."""

    async def front(request: web.Request) -> web.Response:
        return web.Response(text=guide(shop, f"{request.scheme}://{request.host}"))

    async def listed(request: web.Request) -> web.Response:
        known = [(route.method, route.resource.canonical) for route in request.app.router.routes() if route.resource]
        routes = [f"{method} {path}" for method, path in known if path.startswith("/_sandbox/") and method != "HEAD"]
        return json_answer({"routes": sorted(routes, key=lambda route: route.partition(" ")[2])})

    return [web.get("/", front), web.get("/_sandbox", listed), web.get("/_sandbox/", listed)]
