"""Numbers that come as JSON texts, where the switch numbers_as_text lets them in. Pure.

python-quickbooks writes a Decimal as a text (its pull requests 356 and 364), and its users book with it; no page of
Intuit promises that it works.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from sandbox.quickbooks.schema import TYPES, Field

_PLAIN = re.compile(r"-?\d{1,15}(\.\d{1,20})?")


def numbers_read(body: Any, fields: dict[str, Field]) -> Any:
    """The body with plain decimal texts in number fields as Decimal; anything else is left for validation to refuse."""
    if not isinstance(body, dict):
        return body
    return {name: _read(fields[name], value) if name in fields else value for name, value in body.items()}


def _read(field: Field, value: Any) -> Any:
    if isinstance(value, list):
        return [_read(field, inner) for inner in value]
    if field.kind in ("num", "int") and isinstance(value, str) and _PLAIN.fullmatch(value):
        return Decimal(value)
    if field.kind == "obj":
        return numbers_read(value, TYPES[field.target])
    return value
