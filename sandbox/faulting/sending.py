"""What a rule does before the work, and how an answer goes out late, in part, slowly or not at all after it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from aiohttp import web

from sandbox import limits
from sandbox.faulting.plan import ActiveRule, R, Taken


async def before_work(
    request: web.Request, taken: Taken[R], planned: Callable[[R], web.Response]
) -> web.Response | None:
    """Wait as was drawn; the answer in place of the work, or None: do it. planned: what `status` answers."""
    if taken.delay_seconds:
        await asyncio.sleep(taken.delay_seconds)
    if taken.active is not None and taken.effect == "status":
        return planned(taken.active.rule)
    if taken.effect == "drop_before_commit":
        return drop(request)
    return None


async def sent(request: web.Request, response: web.Response, active: ActiveRule[Any] | None) -> web.StreamResponse:
    """The answer to work that is done, as the rule wants it; as it is when none acts."""
    match active.rule.effect if active else None:
        case "hold_after_commit" if active:
            await active.hold()
        case "drop_after_commit":
            return drop(request)
        case "truncate_body":
            return await _truncated(request, response)
        case "slow_body" if active:
            return await _slow(request, response, active.drawn_seconds())
    return response


def drop(request: web.Request) -> web.Response:
    """Close the connection without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def _truncated(request: web.Request, response: web.Response) -> web.StreamResponse:
    """Half of the body under a Content-Length that promises all of it."""
    body = _body(response)
    begun = await _begun(request, response, body)
    await begun.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.close()
    return begun


async def _slow(request: web.Request, response: web.Response, seconds: float) -> web.StreamResponse:
    """The whole body in pieces, the last of them after so many seconds."""
    body = _body(response)
    begun = await _begun(request, response, body)
    pieces = min(limits.FAULT_SLOW_PIECES, max(1, len(body)))
    for number in range(pieces):
        await asyncio.sleep(seconds / pieces)
        await begun.write(body[number * len(body) // pieces : (number + 1) * len(body) // pieces])
    await begun.write_eof()
    return begun


async def _begun(request: web.Request, response: web.Response, body: bytes) -> web.StreamResponse:
    begun = web.StreamResponse(status=response.status, headers=response.headers)
    begun.content_length = len(body)
    await begun.prepare(request)
    return begun


def _body(response: web.Response) -> bytes:
    body = response.body
    return bytes(body) if isinstance(body, bytes | bytearray) else b""
