"""JSON in and out without a float: numbers with a point are Decimal, on the way in and on the way out."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import orjson


class NotJson(ValueError):
    """The bytes are not a JSON document that we take."""


def decode(data: bytes) -> Any:
    """The document, with Decimal for every number that has a point or an exponent (never float).

    Raises NotJson. NaN and Infinity, which Python's parser would take, are refused: they are not JSON. So is half of a
    surrogate pair, which could not be written again.
    """
    try:
        if b"\\ud" in data or b"\\uD" in data:
            orjson.loads(data)
        return _DECODER.decode(data.decode())
    except (ValueError, RecursionError) as error:
        raise NotJson(str(error)) from error


def encode(document: Any) -> bytes:
    """The document as JSON bytes; a Decimal is written as a plain number, digit for digit (12.30 stays 12.30)."""
    return orjson.dumps(document, default=_plain)


def encode_canonical(document: Any) -> bytes:
    """The same with sorted keys: for hashes and comparisons."""
    return orjson.dumps(document, default=_plain, option=orjson.OPT_SORT_KEYS)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise TypeError(f"{value} is no JSON number")
        return orjson.Fragment(format(value, "f").encode())
    raise TypeError(f"{type(value).__name__} has no JSON form here")


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


_DECODER = json.JSONDecoder(parse_float=Decimal, parse_constant=_refuse)
