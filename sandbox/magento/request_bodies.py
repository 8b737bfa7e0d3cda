"""Bodies of REST requests: read and refused as Magento's request and JSON deserializer do (recalled).

XML bodies, which Magento takes too, aren't modelled: they are a media type it can't understand.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from aiohttp import web

from sandbox.magento import limits
from sandbox.magento.errors import InvalidInput
from shared import wire

_CONTENT_TYPE = re.compile(r"([a-z\d/\-+.]+)(?:; *charset=(.+))?\s*", re.IGNORECASE)


async def read(request: web.Request) -> Any:
    """The decoded body; {} when there is none, whatever the content type. Raises InvalidInput."""
    try:
        data = await request.read()
    except web.RequestPayloadError as error:  # not packed as its header says; PHP doesn't unpack, so it's no JSON
        raise InvalidInput("Decoding error.") from error
    if not data:
        return {}
    _check_type(request.headers.get("Content-Type", ""))
    try:
        document = wire.decode(data)
        _check(document)
    except wire.NotJson as error:
        raise InvalidInput("Decoding error.") from error
    return document


def parameters(document: Any) -> dict[str, Any]:
    """The service's parameters: PHP makes an array of whatever it is, and only names count."""
    return document if isinstance(document, dict) else {}


def _check_type(header: str) -> None:
    if not header:
        raise InvalidInput("Content-Type header is empty.")
    found = _CONTENT_TYPE.fullmatch(header.strip())
    if found is None:
        raise InvalidInput("Content-Type header is invalid.")
    media_type, charset = found.groups()
    if charset and charset.strip().lower() not in ("utf-8", '"utf-8"'):
        raise InvalidInput("UTF-8 is the only supported charset.")
    if media_type.lower() != "application/json":
        raise InvalidInput('Server cannot understand Content-Type HTTP header media type "%1"', [media_type])


def _check(document: Any) -> None:
    """Raises NotJson for what PHP can't read or MySQL can't hold: deep nesting, half characters, numbers out of bounds.

    PHP reads 1e400 as INF, which no column takes.
    """
    layer, depth = [document], 0
    while layer:
        depth += 1
        if depth > limits.JSON_DEPTH:
            raise wire.NotJson("nested too deep")
        below: list[Any] = []
        for value in layer:
            if isinstance(value, dict):
                below += [*value, *value.values()]
            elif isinstance(value, list):
                below += value
            elif isinstance(value, str):
                _check_text(value)
            elif isinstance(value, Decimal | int) and abs(Decimal(value).adjusted()) > limits.JSON_NUMBER_EXPONENT:
                raise wire.NotJson("a number out of bounds")
        layer = below


def _check_text(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise wire.NotJson("half a surrogate pair") from error
