"""An entity's id in a body that somebody wrote as a template, with whatever the values did to it. Pure.

JSON, when it is JSON; otherwise members are looked for by their looks, in JSON that a quote or a line break within a
value broke, in XML and in forms. What is said once counts; an id that is said twice differently is not guessed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import parse_qsl

from services.ingest.sources.hints import as_id
from shared import limits


class Ambiguous(ValueError):
    """The body holds several values for the member that the text names."""


def in_query(query: str, member: str) -> int | None:
    """The id in a query or a form. Raises Ambiguous."""
    try:
        pairs = parse_qsl(query, max_num_fields=limits.FORM_FIELDS_MAX)
    except ValueError:
        return None
    return _one({as_id(value.strip()) for name, value in pairs if name == member}, member)


def in_body(body: bytes, member: str, wrappers: Sequence[str]) -> int | None:
    """The id in a body; `wrappers` are members of a JSON document in which the entity may be. Raises Ambiguous."""
    text = body.decode("utf-8", "replace").strip()
    if text[:1] not in ("{", "[", "<") and "=" in text:
        return in_query(text, member)

    def unambiguous(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        _one({as_id(value) for name, value in pairs if name == member}, member)
        return dict(pairs)

    try:
        document = json.loads(text, object_pairs_hook=unambiguous)
    except Ambiguous:
        raise
    except (ValueError, RecursionError):
        return _by_looks(text, member)
    return _in_document(document, member, wrappers)


def _in_document(document: Any, member: str, wrappers: Sequence[str]) -> int | None:
    if isinstance(document, list) and len(document) == 1:
        document = document[0]
    if not isinstance(document, dict):
        return None
    for place in (document, *(document.get(name) for name in wrappers)):
        if isinstance(place, dict) and (found := as_id(place.get(member))) is not None:
            return found
    return None


def _by_looks(text: str, member: str) -> int | None:
    """Neither pattern looks further than the digits, so that no body takes long."""
    name = re.escape(member)
    pattern = re.compile(
        rf"""["']{name}["']\s{{0,9}}:\s{{0,9}}["']?(\d{{1,19}})(?![\w.])"""
        rf"""|<{name}(?:\s[^<>]{{0,99}})?>\s{{0,9}}(?:<!\[CDATA\[)?\s{{0,9}}(\d{{1,19}})(?![\w.])""",
        re.ASCII,
    )
    return _one({as_id(match[1] or match[2]) for match in pattern.finditer(text)}, member)


def _one(found: Iterable[int | None], member: str) -> int | None:
    ids = {one for one in found if one is not None}
    if len(ids) > 1:
        raise Ambiguous(member)
    return ids.pop() if ids else None
