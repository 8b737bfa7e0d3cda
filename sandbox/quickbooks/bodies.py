"""JSON bodies of requests: read, and refused where QuickBooks' parser would stop."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sandbox import limits
from sandbox.quickbooks import errors
from sandbox.quickbooks.errors import Problem, Refused
from shared.wire import NotJson, decode, encode


def read_object(raw: bytes) -> dict[str, Any]:
    """The JSON object that the bytes are. Of a key that comes twice the last counts.

    Raises Refused: 500 for bytes that aren't UTF-8 (that is the known symptom), 2090 for numbers, 2010 for all else.
    """
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise errors.unsupported("a body that isn't UTF-8") from error
    try:
        document = decode(text.encode())
        _check_bounds(document)
        encode(document)  # what can't be written again (lone surrogates, numbers of 30 digits) isn't taken either
    except (NotJson, TypeError) as error:
        raise _unreadable(str(error)) from error
    if not isinstance(document, dict):
        raise Refused(errors.unknown_property("body"))
    return document


def _check_bounds(document: Any) -> None:
    """Raises NotJson for what is nested too deep, Refused 2090 for a number that would fill the memory if written."""
    layer: list[tuple[str, Any]] = [("body", document)]
    depth = 0
    while layer:
        depth += 1
        if depth > limits.QB_JSON_DEPTH:
            raise NotJson(f"nested deeper than {limits.QB_JSON_DEPTH} levels")
        below: list[tuple[str, Any]] = []
        for name, value in layer:
            if isinstance(value, dict):
                below.extend(value.items())
            elif isinstance(value, list):
                below.extend((name, inner) for inner in value)
            elif isinstance(value, Decimal) and abs(value.adjusted()) > limits.QB_NUMBER_EXPONENT:
                raise Refused(errors.bad_number(name, value))
        layer = below


def _unreadable(reason: str) -> Refused:
    message = "Request has invalid or unsupported property"
    return Refused(Problem("2010", message, f"Property Name:{reason} specified is unsupported or invalid"))
