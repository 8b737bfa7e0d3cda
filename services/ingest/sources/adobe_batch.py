"""The events of one delivery of Adobe I/O, single or a batch, each with its own bytes. Pure."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from shared import limits

_DECODER = json.JSONDecoder()
_BLANKS = re.compile(r"[ \t\n\r]*")


class NotEvents(ValueError):
    """The body is not a CloudEvent and not an array of them; the text says why."""


@dataclass(frozen=True, slots=True)
class Told:
    """One event: as read, and as it was sent."""

    document: dict[str, Any]
    raw: bytes


def read_events(body: bytes) -> list[Told]:
    """All events of the body, in order. Raises NotEvents.

    Of a batch each event's bytes are cut out of the body: the log keeps what was told, and writing it anew could change
    a number.
    """
    try:
        text = body.decode()
        start = _skip(text, 0)
        if text[start : start + 1] == "[":
            return _array(text, start + 1)
        document, end = _DECODER.raw_decode(text, start)
        if _skip(text, end) != len(text):
            raise NotEvents("the body is not JSON: something follows the event")
        return [_told(document, body)]
    except NotEvents:
        raise
    except (ValueError, RecursionError) as error:
        raise NotEvents("the body is not JSON") from error


def _array(text: str, position: int) -> list[Told]:
    events: list[Told] = []
    position = _skip(text, position)
    if text[position : position + 1] == "]":
        return _ended(text, position, events)
    while len(events) < limits.ADOBE_EVENTS_MAX:
        document, end = _DECODER.raw_decode(text, position)
        events.append(_told(document, text[position:end].encode()))
        position = _skip(text, end)
        if text[position : position + 1] == "]":
            return _ended(text, position, events)
        if text[position : position + 1] != ",":
            raise NotEvents("the body is not JSON: events of an array need commas between them")
        position = _skip(text, position + 1)
    raise NotEvents(f"the array holds more than {limits.ADOBE_EVENTS_MAX} events")


def _ended(text: str, position: int, events: list[Told]) -> list[Told]:
    if _skip(text, position + 1) != len(text):
        raise NotEvents("the body is not JSON: something follows the array")
    return events


def _told(document: Any, raw: bytes) -> Told:
    if not isinstance(document, dict) or "specversion" not in document:
        raise NotEvents("the body is not a CloudEvent or an array of them")
    return Told(document, raw)


def _skip(text: str, position: int) -> int:
    match = _BLANKS.match(text, position)
    return match.end() if match else position
