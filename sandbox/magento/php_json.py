"""JSON as PHP's json_encode writes it with default flags: slashes escaped, everything but ASCII as \\uXXXX.

Magento's REST answers and the signed bodies of Mage-OS events are written so; a signature covers exactly these bytes.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

import orjson

PHP_SPACES = " \t\n\r\0\x0b"  # what trim() of PHP takes away; spaces beyond ASCII stay
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")
_DELETE = "\x7f"  # ASCII, and Python's json escapes it all the same


def encode(value: Any) -> str:
    """The text. Numbers: int as is, Decimal without trailing zeros, as PHP prints a float (5.00 is written 5).

    Raises TypeError for what has no JSON form.
    """
    try:
        # Only texts have slashes and letters beyond ASCII, so both can be escaped in the whole.
        text = orjson.dumps(value, default=_number).decode().replace("/", "\\/")
    except orjson.JSONEncodeError:  # integers of more than 64 bits, half a surrogate pair, keys that are no texts
        return _slowly(value)
    return text if text.isascii() else _BEYOND_ASCII.sub(_escaped, text)


def number(value: Decimal) -> str:
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def _number(value: Any) -> orjson.Fragment:
    if isinstance(value, Decimal):
        return orjson.Fragment(number(value).encode())
    raise TypeError(f"{type(value).__name__} has no JSON form here")


def _escaped(letters: re.Match[str]) -> str:
    return json.dumps(letters[0])[1:-1]


def _slowly(value: Any) -> str:
    if isinstance(value, str):
        return _string(value)
    if value is None or isinstance(value, bool | int):
        return json.dumps(value)
    if isinstance(value, Decimal):
        return number(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{_string(str(key))}:{_slowly(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(_slowly, value)) + "]"
    raise TypeError(f"{type(value).__name__} has no JSON form here")


def _string(text: str) -> str:
    inside = _DELETE.join(json.dumps(part)[1:-1] for part in text.split(_DELETE))
    return '"' + inside.replace("/", "\\/") + '"'
