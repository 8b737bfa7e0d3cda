"""Composition: the sandbox as one aiohttp application."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

from sandbox import limits
from sandbox.quickbooks import oauth_http
from sandbox.quickbooks.api import WORLD, handle, with_intuit_tid
from sandbox.quickbooks.control import ROUTES
from sandbox.quickbooks.edge import as_the_gateway
from sandbox.quickbooks.fault_rules import PlanDocument
from sandbox.quickbooks.guide import ROUTES as GUIDE_ROUTES
from sandbox.quickbooks.settings import SandboxConfig
from sandbox.quickbooks.webhooks.control import ROUTES as WEBHOOK_ROUTES
from sandbox.quickbooks.world import World


def build_app(
    config: SandboxConfig | None = None, store: Path | None = None, plan: PlanDocument | None = None
) -> web.Application:
    """The sandbox, with books for each realm of the configuration: fresh ones, or those of the file `store`.
    `plan`: the faults in force from the start.

    Raises StoreRefused: the file can't be used.
    """
    app = web.Application(client_max_size=limits.QB_BODY_MAX_BYTES, middlewares=[as_the_gateway])
    app[WORLD] = World(config or SandboxConfig(), store)
    if plan is not None:
        app[WORLD].load_faults(plan)
    app.on_response_prepare.append(with_intuit_tid)
    app.on_shutdown.append(_let_go)
    app.on_cleanup.append(_close)
    app.add_routes(
        [
            *oauth_http.ROUTES,
            web.route("*", "/v3/company/{realm}/{entity}", handle),
            web.route("*", "/v3/company/{realm}/{entity}/{id}", handle),
            web.route("*", "/v3/company/{realm}/{entity}/{id}/{rest:.*}", handle),
            *GUIDE_ROUTES,
            *ROUTES,
            *WEBHOOK_ROUTES,
        ]
    )
    return app


async def _let_go(app: web.Application) -> None:
    """Held requests and unanswered webhooks must not hold up the end of the server."""
    app[WORLD].faults.clear()
    await app[WORLD].webhooks.close()


async def _close(app: web.Application) -> None:
    app[WORLD].database.close()
