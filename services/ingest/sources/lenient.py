"""An entity's id in a body that somebody wrote as a template, with whatever the values did to it. Pure.

JSON, when it is JSON; otherwise members are looked for by their looks, in JSON that a quote or a line break within a
value broke, in XML and in forms. What is said once counts; an id that is said twice differently is not guessed.

Every way is linear in the body's length, and a body is gone through once for all members that are looked for: the
largest that the receiver takes holds others up for some tens of milliseconds, whatever is in it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cache
from typing import Any
from urllib.parse import unquote_plus

from services.ingest.sources.hints import as_id
from services.ingest.sources.json_members import Members, NotReadable, read_members
from shared import limits


class Ambiguous(ValueError):
    """The body holds several values for the member that the text names."""


def in_query(query: str, members: Sequence[str]) -> tuple[str, int] | None:
    """The first of the members that the query or form has an id for, and the id. Raises Ambiguous."""
    return _first(members, _fields(query, members))


def in_body(body: bytes, members: Sequence[str], wrappers: Collection[str]) -> tuple[str, int] | None:
    """The first of the members that a body has an id for, and the id; `wrappers` are members of a JSON document in
    which the entity may be. Raises Ambiguous."""
    text = body.decode("utf-8", "replace").strip()
    if text[:1] not in ("{", "[", "<") and "=" in text:
        return in_query(text, members)
    try:
        document = read_members(text, wrappers)
    except NotReadable:
        return _first(members, _by_looks(text, members))
    return _in_document(document, members, wrappers) if document is not None else None


def _in_document(document: Members, members: Sequence[str], wrappers: Collection[str]) -> tuple[str, int] | None:
    places = [document, *(document.wrapped[name] for name in wrappers if name in document.wrapped)]
    for member in members:
        for place in places:
            if found := _first([member], place.pairs):
                return found
    return None


def _fields(text: str, members: Collection[str]) -> Iterator[tuple[str, str]]:
    """The form's fields with these names. Only what is short enough for an id is decoded."""
    fields = text.split("&", limits.FORM_FIELDS_MAX)
    if len(fields) > limits.FORM_FIELDS_MAX:
        return
    for one in fields:
        name, _, value = one.partition("=")
        if len(name) <= limits.FORM_ID_MAX_CHARS >= len(value) and (plain := unquote_plus(name)) in members:
            yield plain, unquote_plus(value).strip()


def _by_looks(text: str, members: Sequence[str]) -> Iterator[tuple[str, str]]:
    for match in _looks(tuple(members)).finditer(text):
        yield match["name"] or match["tag"], match["value"] or match["content"]


@cache
def _looks(members: tuple[str, ...]) -> re.Pattern[str]:
    """Neither pattern looks further than the digits, so that no body takes long."""
    names = "|".join(re.escape(member) for member in members)
    return re.compile(
        rf"""["'](?P<name>{names})["']\s{{0,9}}:\s{{0,9}}["']?(?P<value>\d{{1,19}})(?![\w.])"""
        rf"""|<(?P<tag>{names})(?:\s[^<>]{{0,99}})?>\s{{0,9}}(?:<!\[CDATA\[)?\s{{0,9}}(?P<content>\d{{1,19}})(?![\w.])""",
        re.ASCII,
    )


def _first(members: Sequence[str], pairs: Iterable[tuple[str, Any]]) -> tuple[str, int] | None:
    """The first of the members that has an id among the pairs. Raises Ambiguous if it has two."""
    found: dict[str, set[int]] = {member: set() for member in members}
    for name, value in pairs:
        if name in found and (entity_id := as_id(value)) is not None:
            found[name].add(entity_id)
    for member, ids in found.items():
        if len(ids) > 1:
            raise Ambiguous(member)
        if ids:
            return member, ids.pop()
    return None
