"""The outermost members of a JSON text, each as often as it comes, whatever lies within them. Pure.

A parser keeps the last of two members with one name; who must not guess has to see both. Only names and positions are
looked at here, values are read by the C parser: what is nested costs no more than to read past it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from shared import limits

_DECODER = json.JSONDecoder()
_BLANKS = re.compile(r"[ \t\n\r]*")


class NotReadable(ValueError):
    """Not JSON, or more of it than is worth reading."""


@dataclass(slots=True)
class Members:
    """Of one object: names and values in order. `wrapped` has, by name, the members of those values that may hold an
    entity and are objects; their own entry among the values is None."""

    pairs: list[tuple[str, Any]] = field(default_factory=list)
    wrapped: dict[str, Members] = field(default_factory=dict)


def read_members(text: str, wrappers: Collection[str]) -> Members | None:
    """Of the text's object, which may be alone in an array; None for other JSON. Raises NotReadable."""
    if text.count("{") + text.count("[") > limits.TEMPLATE_NESTED_MAX:
        raise NotReadable("too many objects and arrays")
    try:
        position = _skip(text, 0)
        in_array = text[position : position + 1] == "["
        if in_array:
            position = _skip(text, position + 1)
        if text[position : position + 1] != "{":
            json.loads(text)
            return None
        members, position = _object(text, position, wrappers)
        if in_array:
            if text[position : position + 1] == ",":
                return None
            position = _expect(text, position, "]")
    except (ValueError, RecursionError) as error:
        raise NotReadable("not JSON") from error
    if position != len(text):
        raise NotReadable("something follows the document")
    return members


def _object(text: str, position: int, wrappers: Collection[str]) -> tuple[Members, int]:
    """The members of the object that begins here, and where what follows it begins."""
    found = Members()
    position = _skip(text, position + 1)
    if text[position : position + 1] == "}":
        return found, _skip(text, position + 1)
    while len(found.pairs) < limits.TEMPLATE_MEMBERS_MAX:
        name, position = _name(text, position)
        value: Any = None
        if name in wrappers and text[position : position + 1] == "{":
            inner, position = _object(text, position, ())
            found.wrapped.setdefault(name, Members()).pairs.extend(inner.pairs)  # one that comes twice is one place
        else:
            value, position = _value(text, position)
        found.pairs.append((name, value))
        if text[position : position + 1] == "}":
            return found, _skip(text, position + 1)
        position = _expect(text, position, ",")
    raise NotReadable("too many members")


def _name(text: str, position: int) -> tuple[str, int]:
    if text[position : position + 1] != '"':
        raise NotReadable("a name is missing")
    name, position = _DECODER.raw_decode(text, position)
    return name, _expect(text, _skip(text, position), ":")


def _value(text: str, position: int) -> tuple[Any, int]:
    value, position = _DECODER.raw_decode(text, position)
    return value, _skip(text, position)


def _expect(text: str, position: int, character: str) -> int:
    if text[position : position + 1] != character:
        raise NotReadable(f"{character!r} is missing")
    return _skip(text, position + 1)


def _skip(text: str, position: int) -> int:
    match = _BLANKS.match(text, position)
    return match.end() if match else position
