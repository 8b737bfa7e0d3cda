"""What must not reach a log line: secrets and personal data, found by the names of their keys. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from shared import limits

REDACTED = "[redacted]"
INTEGER_BITS = 63  # what the JSON writer takes; it refuses longer ones, and a log line must not fail

# A key is hidden when one of its words is here: customer_email, refreshToken, X-Magento-Signature, billing-address.
SECRET_WORDS = {"token", "secret", "authorization", "password", "cookie", "signature", "credential", "jwt", "bearer"}
PERSONAL_WORDS = {"name", "firstname", "lastname", "fullname", "company", "email", "mail", "phone", "telephone", "fax"}
ADDRESS_WORDS = {"address", "street", "city", "postcode", "zip"}
DOCUMENT_WORDS = {"body", "payload", "customer", "note", "taxvat", "vat", "dob"}
HIDDEN_WORDS = frozenset(SECRET_WORDS | PERSONAL_WORDS | ADDRESS_WORDS | DOCUMENT_WORDS)
# Keys with such a word that hold neither: names of our own things and states.
SAFE_KEYS = frozenset({"token_state", "token_version", "body_bytes", "customer_id"})

_WORD_BORDER = re.compile(r"[^A-Za-z0-9]+|(?<=[a-z0-9])(?=[A-Z])")


def is_hidden(key: str) -> bool:
    """Whether the value under `key` must not be shown."""
    if key in SAFE_KEYS:
        return False
    words = (word.lower() for word in _WORD_BORDER.split(key))
    return any(word in HIDDEN_WORDS or _singular(word) in HIDDEN_WORDS for word in words)


def redact(value: Any, depth: int = 0) -> Any:
    """The value with hidden keys' values replaced, long texts cut, and nesting bounded."""
    if isinstance(value, str):
        return _cut(value)
    if isinstance(value, Mapping):
        if depth >= limits.LOG_NESTING_MAX:
            return "{...}"
        return {
            str(key): REDACTED if is_hidden(str(key)) and item is not None else redact(item, depth + 1)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [redact(item, depth + 1) for item in value] if depth < limits.LOG_NESTING_MAX else "[...]"
    if isinstance(value, bytes | bytearray | memoryview):
        return f"{len(value)} bytes"
    if isinstance(value, int) and value.bit_length() > INTEGER_BITS:
        return str(value)
    return value


def _singular(word: str) -> str:
    """tokens -> token, addresses -> address: enough for the words above."""
    return word[:-2] if word.endswith("sses") else word.removesuffix("s")


def _cut(text: str) -> str:
    """The text's beginning. Lone surrogates (undecodable header bytes) are escaped: the JSON writer refuses them."""
    if not text.isascii():
        text = text.encode("utf-8", "backslashreplace").decode()
    excess = len(text) - limits.LOG_VALUE_MAX_CHARS
    return text if excess <= 0 else f"{text[: limits.LOG_VALUE_MAX_CHARS]}... ({excess} more characters)"
