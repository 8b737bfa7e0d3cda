"""What went wrong at Magento, as errors named by what the caller should do. Pure: status and bytes in, error out.

Answers aren't always Magento's: maintenance pages, firewalls and proxies answer in HTML, with any status. An HTML 404
must not be taken for "this order does not exist".
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from shared import limits
from shared.wire import NotJson, decode


class MagentoError(Exception):
    """A call to Magento failed. `status` is 0 where no answer came. The text is fit for logs."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.status = status


class NotFound(MagentoError):
    """Magento says that the entity isn't there: not yet committed, or deleted."""


class Unauthorised(MagentoError):
    """The integration may not do this; an operator must act, and until then a retry is pointless."""


class ShopUnavailable(MagentoError):
    """No useful answer: time-out, no connection, an error of the server, a page of HTML. Try again later.

    A list that fails with status 500 while the shop answers otherwise may hold one broken row: ask for smaller parts.
    """


class Throttled(MagentoError):
    """Too many calls. Wait `wait_seconds`, then repeat."""

    def __init__(self, message: str, status: int, wait_seconds: float) -> None:
        super().__init__(message, status)
        self.wait_seconds = wait_seconds


class BadAnswer(MagentoError):
    """A good status, but not what was asked for. `first_bytes` may hold customers' data: it goes into no log."""

    def __init__(self, message: str, status: int = 200, first_bytes: bytes = b"") -> None:
        super().__init__(message, status)
        self.first_bytes = first_bytes


class AnswerTooLarge(BadAnswer):
    """The answer is over MAGENTO_ANSWER_MAX_BYTES: ask for a smaller page."""


class Refused(MagentoError):
    """Magento won't take this call as it is; the settings or the program must change before a retry."""

    @property
    def is_unknown_route(self) -> bool:
        """Magento has no such address: the module behind it isn't there."""
        return self.status == 404 and _UNKNOWN_ROUTE in self.message


CAUSES_OF_401 = (
    "known causes: the access token is used as Bearer (refused since Magento 2.4.4 unless it is allowed in "
    "Stores > Configuration > Services > OAuth; use OAuth 1.0a), the integration lacks the resource, a proxy removes "
    "the Authorization header, HTTP Basic authentication stands before the shop, or for OAuth: Magento sees another "
    "scheme or host than the base address, or a secret is wrong"
)

# Refusals of a web server before Magento, too (a query or header that is too long): repeating the same can't help.
_UNREADABLE = frozenset({400, 413, 414, 431})
_PLACEHOLDER = re.compile(r"%(\w+)")
_UNKNOWN_ROUTE = "match any route"


def fault_of(status: int, headers: Mapping[str, str], body: bytes) -> MagentoError:
    """The error for an answer whose status is not 2xx. `headers` must ignore case."""
    document = _document(body)
    message = _message(document) or f"HTTP {status} without a message of Magento"
    if status == 401 or (status == 403 and document is not None):
        return Unauthorised(f"{message} ({CAUSES_OF_401})", status)
    if status == 429:
        return Throttled(message, status, _wait_seconds(headers.get("retry-after")))
    if 300 <= status < 400:
        return Refused("the shop redirects; the base address must be the one that it redirects to", status)
    if status in _UNREADABLE:
        return Refused(message, status)
    if status >= 500 or document is None:
        return ShopUnavailable(message, status)
    if status == 404 and _UNKNOWN_ROUTE not in message:
        return NotFound(message, status)
    return Refused(message, status)


def answer_of(status: int, body: bytes) -> Any:
    """The decoded document of a 2xx answer, numbers as Decimal. Raises BadAnswer, or ShopUnavailable for HTML."""
    try:
        return decode(body)
    except NotJson as error:
        if body.lstrip()[:1] == b"<":
            raise ShopUnavailable(f"HTTP {status} with a page instead of JSON", status) from error
        raise BadAnswer(f"not JSON: {error}", status, body[: limits.MAGENTO_FIRST_BYTES]) from error


def interpolate(message: str, parameters: Any) -> str:
    """Magento's text with %1 (from a list, counted from 1) and %name (from an object) filled in."""
    if isinstance(parameters, list):
        values = {str(place): value for place, value in enumerate(parameters, 1)}
    elif isinstance(parameters, dict):
        values = parameters
    else:
        return message
    return _PLACEHOLDER.sub(lambda match: str(values.get(match[1], match[0])), message)


def _document(body: bytes) -> dict[str, Any] | None:
    """Magento's error document, or None when the answer is not one."""
    try:
        document = decode(body)
    except NotJson:
        return None
    return document if isinstance(document, dict) and ("message" in document or "messages" in document) else None


def _message(document: dict[str, Any] | None) -> str:
    if document is None:
        return ""
    texts = [document]
    nested = document.get("messages")
    if isinstance(nested, dict) and isinstance(nested.get("error"), list):  # errors before Magento's dispatch
        texts = nested["error"]
    if isinstance(document.get("errors"), list):
        texts = [document, *document["errors"]]
    found = [interpolate(str(text["message"]), text.get("parameters")) for text in texts if _has_message(text)]
    return "; ".join(found)[: limits.LOG_VALUE_MAX_CHARS]


def _has_message(text: Any) -> bool:
    return isinstance(text, dict) and "message" in text


def _wait_seconds(retry_after: str | None) -> float:
    """Retry-After in seconds, within reason; a date or nonsense counts as none given."""
    try:
        seconds = float(retry_after or "")
    except ValueError:
        return limits.MAGENTO_WAIT_SECONDS
    return (
        min(max(seconds, 0.0), limits.MAGENTO_WAIT_MAX_SECONDS)
        if math.isfinite(seconds)
        else limits.MAGENTO_WAIT_SECONDS
    )
