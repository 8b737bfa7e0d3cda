"""Values as the store keeps them: JSON text that gives back exactly what was put in, Decimal as Decimal, int as int."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import orjson


def to_text(value: Any) -> str:
    """The text. Raises TypeError for what has no JSON form: numbers of more than 64 bits, half a surrogate pair."""
    return orjson.dumps(value, default=_plain).decode()


def from_text(text: str) -> Any:
    """The value that `to_text` was given."""
    return _DECODER.decode(text)


def storable(text: str) -> bool:
    """Whether SQLite can hold the text; half of a surrogate pair it can't, so no document has it."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _plain(value: Any) -> orjson.Fragment:
    if isinstance(value, Decimal) and value.is_finite():
        text = str(value)
        if "." not in text and "E" not in text:
            text += "e0"  # a whole number of an amount comes back as Decimal, too: only what has no exponent is an int
        return orjson.Fragment(text.encode())
    raise TypeError(f"{value!r} has no place in the store")


_DECODER = json.JSONDecoder(parse_float=Decimal)
