"""JSON as PHP's json_encode writes it with default flags: slashes escaped, everything but ASCII as \\uXXXX.

Magento's REST answers and the signed bodies of Mage-OS events are written so; a signature covers exactly these bytes.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any


def encode(value: Any) -> str:
    """The text. Numbers: int as is, Decimal without trailing zeros, as PHP prints a float (5.00 is written 5)."""
    if isinstance(value, str):
        return _string(value)
    if value is None or isinstance(value, bool | int):
        return json.dumps(value)
    if isinstance(value, Decimal):
        return number(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{_string(str(key))}:{encode(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(encode, value)) + "]"
    raise TypeError(f"{type(value).__name__} has no JSON form here")


def number(value: Decimal) -> str:
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def _string(text: str) -> str:
    # Python writes DEL as an escape, PHP as it is.
    return json.dumps(text).replace("/", "\\/").replace("\\u007f", "\x7f")
