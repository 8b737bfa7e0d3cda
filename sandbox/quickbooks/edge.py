"""What no handler answers: unknown addresses and methods, and bodies that are too large, as a gateway shows them."""

from __future__ import annotations

from http import HTTPStatus

from aiohttp import web
from aiohttp.typedefs import Handler

from sandbox.quickbooks.control_call import CONTROL, control_routes
from sandbox.quickbooks.rendering import HTML_TYPE, html_page, json_bytes


@web.middleware
async def as_the_gateway(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Pages in HTML for callers of the API (413 as in quickbooks-ruby#361), JSON for those of the control interface."""
    try:
        return await handler(request)
    except web.RequestPayloadError:  # compressed otherwise than its header says, or cut off
        return _answer(request, 400)
    except (web.HTTPNotFound, web.HTTPMethodNotAllowed, web.HTTPRequestEntityTooLarge) as error:
        response = _answer(request, error.status)
        if "Allow" in error.headers:
            response.headers["Allow"] = error.headers["Allow"]
        return response


def _answer(request: web.Request, status: int) -> web.Response:
    reason = HTTPStatus(status).phrase
    if request.path.startswith(CONTROL):
        document = {"error": f"{request.method} {request.path}: {reason}", "routes": control_routes(request.app)}
        return web.Response(status=status, body=json_bytes(document), content_type="application/json")
    return web.Response(status=status, body=html_page(status, reason), headers={"Content-Type": HTML_TYPE})
