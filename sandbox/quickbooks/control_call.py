"""A call of the control interface: JSON in, JSON out, and a reason when it can't be done."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from aiohttp import web
from pydantic import BaseModel, ValidationError

from sandbox.faulting.plan import TooManyRules
from sandbox.faulting.reasons import reasons
from sandbox.quickbooks.api import WORLD
from sandbox.quickbooks.errors import Refused
from sandbox.quickbooks.rendering import fault_document, json_bytes
from sandbox.quickbooks.switches import UnknownSwitch
from sandbox.quickbooks.world import World
from shared.wire import NotJson, decode

CONTROL = "/_sandbox"
Handler = Callable[[World, web.Request], Awaitable[Any]]


class BadControl(Exception):
    """The control request can't be done; the text says what is allowed."""


def control(handler: Handler) -> Callable[[web.Request], Awaitable[web.Response]]:
    """The handler's document as JSON; what it can't do as 400 with the reason."""

    async def answer(request: web.Request) -> web.Response:
        world = request.app[WORLD]
        try:
            return _json(await handler(world, request))
        except Refused as refused:
            return _json(fault_document(refused, world.clock.response_time()), 400)
        except ValidationError as error:
            reasons = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_url=False)]
            return _json({"error": "; ".join(reasons)}, 400)
        except (BadControl, TooManyRules, UnknownSwitch) as error:
            return _json({"error": str(error)}, 400)

    return answer


def control_routes(app: web.Application) -> list[str]:
    """Methods and addresses of the control interface."""
    routes = ((route.method, route.resource.canonical) for route in app.router.routes() if route.resource)
    return [f"{method} {path}" for method, path in routes if path.startswith(f"{CONTROL}/") and method != "HEAD"]


def _json(document: Any, status: int = 200) -> web.Response:
    return web.Response(status=status, body=json_bytes(document), content_type="application/json")


M = TypeVar("M", bound=BaseModel)


def validated(model: type[M], document: dict[str, Any]) -> M:
    """The document as the model. Raises BadControl naming each wrong key and what is allowed."""
    try:
        return model.model_validate(document)
    except ValidationError as error:
        raise BadControl(reasons(error, model)) from error


async def body_of(request: web.Request) -> dict[str, Any]:
    """The request's JSON object; none is an empty one. Raises BadControl."""
    raw = await request.read()
    try:
        document = decode(raw) if raw else {}
    except NotJson as error:
        raise BadControl(f"the body is no JSON: {error}") from error
    if not isinstance(document, dict):
        raise BadControl("the body must be a JSON object")
    return document
