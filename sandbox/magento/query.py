"""Query strings as PHP reads them: `a[b][0]=v` becomes nested maps. Keys of lists stay text ("0")."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

Query = dict[str, Any]
_SUBKEY = re.compile(r"\[([^\[\]]*)\]")


def parse(raw: str) -> Query:
    """The parameters of a raw (still encoded) query string."""
    parsed: Query = {}
    for name, value in parse_qsl(raw, keep_blank_values=True):
        head, _, tail = name.partition("[")
        keys = [head, *_SUBKEY.findall("[" + tail)] if tail else [name]
        _put(parsed, keys, value)
    return parsed


def _put(target: Query, keys: list[str], value: str) -> None:
    for name in keys[:-1]:
        key = name or str(len(target))
        child = target.get(key)
        if not isinstance(child, dict):
            child = target[key] = {}
        target = child
    target[keys[-1] or str(len(target))] = value
