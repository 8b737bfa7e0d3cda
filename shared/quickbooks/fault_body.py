"""The body of a fault, in each form it comes in: JSON in either letter case, XML, or nothing we can read. Pure.

Asked for JSON, QuickBooks answers throttles in XML, gateway errors in HTML, and authentication faults in a JSON of
their own with lower-case names. Reading must therefore never fail: what can't be read is a fault without errors.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import Any

from shared import limits
from shared.wire import NotJson, decode

_XML_FAULT = re.compile(r"<(?:\w{1,20}:)?Fault\b([^>]{0,500})>", re.IGNORECASE)
_XML_ERROR = re.compile(r"<(?:\w{1,20}:)?Error\b([^>]{0,500})>", re.IGNORECASE)
_ERROR_CODE = re.compile(
    r"\berrorCode=(-?\d{1,10})"
)  # of the gateway's "message=...; errorCode=003200; statusCode=401"


@dataclass(frozen=True, slots=True)
class FaultError:
    """One error of a fault. `code` is normalised: text, without leading zeros."""

    code: str
    message: str
    detail: str
    element: str


@dataclass(frozen=True, slots=True)
class Fault:
    """All errors of a fault; `type` in lower case ("validationfault"), empty when it has none."""

    type: str
    errors: tuple[FaultError, ...]


NO_FAULT = Fault("", ())


def read_fault(body: bytes) -> Fault:
    """The fault of an answer that is known to be an error. Never raises."""
    return read_inner_fault(body) or NO_FAULT


def read_inner_fault(body: bytes) -> Fault | None:
    """The fault inside an answer, or None when it holds none. Never raises."""
    try:
        document = decode(body.removeprefix(b"\xef\xbb\xbf"))
    except NotJson:
        return _of_xml(body[: limits.FAULT_BODY_MAX_BYTES].decode(errors="replace"))
    found = _find(document)
    return None if found is None else _of_json(found)


def normalise_code(value: object) -> str:
    """ "003200" and 3200 are "3200"; a code that is no number stays as it is, cut to a bounded length."""
    text = "" if value is None or isinstance(value, dict | list) else str(value).strip()[:40]
    sign, digits = ("-", text[1:]) if text.startswith("-") else ("", text)
    if digits.isascii() and digits.isdigit():
        return sign + (digits.lstrip("0") or "0")
    return text


def _find(document: Any) -> dict[str, Any] | None:
    """The fault object: on top, or inside the answer of a query or of CDC, where the schema allows one."""
    for part in document if isinstance(document, list) else [document]:
        if not isinstance(part, dict):
            continue
        fault = _get(part, "fault")
        if isinstance(fault, dict):
            return fault
        for name in ("QueryResponse", "CDCResponse"):
            found = _find(part.get(name))
            if found is not None:
                return found
    return None


def _of_json(fault: dict[str, Any]) -> Fault:
    errors = _get(fault, "error")
    listed = errors if isinstance(errors, list) else [errors]
    return Fault(
        type=_text(_get(fault, "type")).lower(),
        errors=tuple(
            _error(
                _get(error, "code"),
                _text(_get(error, "message")),
                _text(_get(error, "detail")),
                _text(_get(error, "element")),
            )
            for error in listed[: limits.FAULT_ERRORS_MAX]
            if isinstance(error, dict)
        ),
    )


def _of_xml(text: str) -> Fault | None:
    opened = _XML_FAULT.search(text)
    if opened is None:
        return None
    starts = list(_XML_ERROR.finditer(text, opened.end()))[: limits.FAULT_ERRORS_MAX]
    errors = []
    for number, start in enumerate(starts):
        last = number + 1 == len(starts)
        inner = text[start.end() :] if last else text[start.end() : starts[number + 1].start()]
        code = _attribute(start.group(1), "code") or _element(inner, "code")
        errors.append(
            _error(code, _element(inner, "Message"), _element(inner, "Detail"), _attribute(start.group(1), "element"))
        )
    return Fault(type=_attribute(opened.group(1), "type").lower(), errors=tuple(errors))


def _error(code: object, message: str, detail: str, element: str) -> FaultError:
    normal = normalise_code(code)
    if not normal and (in_message := _ERROR_CODE.search(message)):
        normal = normalise_code(in_message.group(1))
    return FaultError(
        normal, message[: limits.FAULT_MESSAGE_MAX_CHARS], detail[: limits.FAULT_DETAIL_MAX_CHARS], element
    )


def _get(document: dict[str, Any], name: str) -> Any:
    """The value of a name, in whatever letter case it is written."""
    return next((value for key, value in document.items() if key.lower() == name), None)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _attribute(tag: str, name: str) -> str:
    found = re.search(rf"""\b{name}\s{{0,5}}=\s{{0,5}}["']([^"']{{0,100}})["']""", tag, re.IGNORECASE)
    return html.unescape(found.group(1)) if found else ""


def _element(text: str, name: str) -> str:
    found = re.search(rf"<(?:\w{{1,20}}:)?{name}>([^<]{{0,4000}})<", text, re.IGNORECASE)
    return html.unescape(found.group(1)).strip() if found else ""
