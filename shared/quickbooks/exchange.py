"""One HTTP request and its whole answer, or a typed error that says whether the request can have been acted upon."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
from yarl import URL

from shared.quickbooks.faults import ANSWER_TOO_LARGE, OutcomeUnknown, Unavailable
from shared.wire import NotJson, decode

# Raised by aiohttp before a byte of the request is on the wire.
_NOT_SENT = (
    aiohttp.ClientConnectorError,
    aiohttp.ClientConnectorCertificateError,
    aiohttp.ServerFingerprintMismatch,
    aiohttp.ConnectionTimeoutError,
    aiohttp.InvalidURL,
)


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer. Header names keep the letter case they came in."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def json_object(answer: Answer) -> dict[str, Any]:
    """The answer's document. Raises OutcomeUnknown when a good status comes without one: something was done."""
    try:
        document = decode(answer.body)
    except NotJson:
        document = None
    if not isinstance(document, dict):
        raise OutcomeUnknown("unreadable-answer", "the answer is no JSON object", status=answer.status)
    return document


async def exchange(
    session: aiohttp.ClientSession,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    body: bytes | None = None,
    timeout: aiohttp.ClientTimeout,
    max_bytes: int,
) -> Answer:
    """Sends once, never twice, follows no redirect, and reads the answer up to `max_bytes`.

    Raises Unavailable when nothing was sent, OutcomeUnknown when the request may have arrived.
    """
    try:
        async with session.request(
            method,
            URL(url, encoded=True),
            headers=headers,
            data=body,
            timeout=timeout,
            allow_redirects=False,
            middlewares=(_once,),
        ) as response:
            whole = await _read(response, max_bytes)
            return Answer(response.status, dict(response.headers), whole)
    except _NOT_SENT as error:
        raise Unavailable("not-reached", type(error).__name__) from error
    except (aiohttp.ClientError, OSError) as error:  # TimeoutError is an OSError
        raise OutcomeUnknown("reply-lost", type(error).__name__) from error


async def _once(request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """aiohttp sends a GET again by itself when a kept connection breaks; with our error it does not.

    A second sending inside one place of the quota would be a call that nobody counts.
    """
    try:
        return await send(request)
    except _NOT_SENT:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise OutcomeUnknown("reply-lost", type(error).__name__) from error


async def _read(response: aiohttp.ClientResponse, max_bytes: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in response.content.iter_any():
        size += len(part)
        if size > max_bytes:
            response.close()
            raise OutcomeUnknown(ANSWER_TOO_LARGE, f"over {max_bytes} bytes", status=response.status)
        parts.append(part)
    return b"".join(parts)
