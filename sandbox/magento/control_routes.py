"""Handlers of control routes: JSON in, JSON out, what is wrong as an answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from sandbox.magento.errors import ControlError, MagentoError
from shared import wire

Handler = Callable[[web.Request], Awaitable[web.Response]]


def object_of(data: bytes) -> dict[str, Any]:
    """The body as a JSON object. Raises ControlError (400)."""
    try:
        document = wire.decode(data)
    except wire.NotJson as error:
        raise ControlError(400, f"the body is no JSON document: {error}") from error
    if not isinstance(document, dict):
        raise ControlError(400, f"a JSON object is expected, not a {type(document).__name__}")
    return document


def json_answer(document: Any, status: int = 200) -> web.Response:
    return web.Response(body=wire.encode(document), status=status, content_type="application/json")


def answering(handler: Handler) -> Handler:
    """The handler, with its errors told."""

    async def answer(request: web.Request) -> web.Response:
        try:
            return await handler(request)
        except ControlError as error:
            return json_answer({"error": error.text}, error.status)
        except MagentoError as error:  # what the shop itself refuses: told as its REST would
            return json_answer({"error": error.message, **error.body()}, error.status)

    return answer
