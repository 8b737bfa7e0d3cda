"""Reading what clients send and showing lists: types, required fields, limits and validation as Magento answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from sandbox.magento import php_json, search
from sandbox.magento.config import Config
from sandbox.magento.errors import InvalidInput, required, wrong_type
from sandbox.magento.router import Call
from sandbox.magento.shop import Document, Kind
from sandbox.magento.stock.quantity import number


class ValidationFailed(InvalidInput):
    """400 with each violation: message and the field it is about. `headline` says which comes first in the message."""

    def __init__(self, violations: Sequence[tuple[str, str]], *, first_in_message: bool = False) -> None:
        text, field = violations[0]
        told = f"Validation Failed: {text.replace('%field', field)}" if first_in_message else "Validation Failed"
        super().__init__(told)
        self._violations = violations

    def body(self) -> dict[str, Any]:
        errors = [{"message": text, "parameters": {"field": field}} for text, field in self._violations]
        return {**super().body(), "errors": errors}


_DIGITS = 19  # longer numbers are no int of PHP
EMPTY, SPACES, EDGES = (
    '"%field" can not be empty.',
    '"%field" can not contain whitespaces.',
    '"%field" can not contain leading or trailing spaces.',
)


def whole(text: str) -> int:
    """A path parameter of type int."""
    if not (text.removeprefix("-").isdigit() and text.isascii() and len(text) < _DIGITS):
        raise wrong_type(text, "int")
    return int(text)


def decimal(text: str) -> Decimal:
    """A path or query parameter of type float."""
    try:
        return number(text)
    except ValueError as error:
        raise wrong_type(text, "float") from error


def entity(call: Call, name: str) -> dict[str, Any]:
    """The object under the name in the body."""
    value = call.body.get(name)
    if value is None:
        raise required(name)
    if not isinstance(value, dict):
        raise mistyped(name, value, name)
    return value


def entities(call: Call, name: str, interface: str, config: Config) -> list[dict[str, Any]]:
    """The list of objects under the name in the body. With input limits on, at most 20
    (webapi/validation/complex_array_limit)."""
    values = call.body.get(name)
    if values is None:
        raise required(name)
    values = list(values.values()) if isinstance(values, dict) else values
    if not isinstance(values, list) or not all(isinstance(one, dict) for one in values):
        raise mistyped(name, values, f"{interface}[]")
    if config.input_limits and len(values) > call.array_limit:
        raise InvalidInput('Maximum items of type "%type" is %max', {"type": interface, "max": call.array_limit})
    return values


def mistyped(field: str, value: Any, wanted: str) -> InvalidInput:
    """A field of an object with a value of another type; Magento fills the text in itself here."""
    shown = "array" if isinstance(value, list | dict) else str(value)
    return InvalidInput(
        f'Error occurred during "{field}" processing. The "{shown}" value\'s type is invalid. The "{wanted}" type was '
        "expected. Verify and try again."
    )


def text_of(row: dict[str, Any], field: str) -> str:
    """A field of type string; "" when it isn't there. Numbers are taken as text."""
    value = row.get(field)
    if isinstance(value, list | dict | bool):
        raise mistyped(field, value, "string")
    return "" if value is None else str(value)


def number_of(row: dict[str, Any], field: str, wanted: str = "float") -> Decimal | None:
    """A field of a numeric type, as number or as text; None when it isn't there."""
    value = row.get(field)
    if value is None:
        return None
    try:
        found = number(value) if not isinstance(value, bool | list | dict) else None
    except ValueError:
        found = None
    if found is None or (wanted == "int" and (found != int(found) or abs(found) >= 10 ** (_DIGITS - 1))):
        raise mistyped(field, value, wanted)
    return found


def flag_of(row: dict[str, Any], field: str) -> bool | None:
    """A field of type bool, also as 0 and 1; None when it isn't there."""
    value = row.get(field)
    if value is None or isinstance(value, bool):
        return value
    if str(value) in ("0", "1"):
        return str(value) == "1"
    raise mistyped(field, value, "boolean")


def criteria_of(call: Call, config: Config, *, optional: bool = False) -> search.Criteria:
    """The searchCriteria; where the service takes null, leaving it out asks for everything."""
    query = {**call.query, "searchCriteria": call.query.get("searchCriteria", {})} if optional else call.query
    return search.read(query, config)


def page(
    rows: Iterable[dict[str, Any]], criteria: search.Criteria, columns: frozenset[str], config: Config
) -> tuple[list[dict[str, Any]], int]:
    """The rows the criteria ask for, and how many match."""
    found, total = search.run([Document(Kind.PRODUCT, row) for row in rows], criteria, columns, config)
    return [document.body for document in found], total


def listed(rows: list[dict[str, Any]], criteria: search.Criteria, total: int) -> str:
    return php_json.encode({"items": rows, "search_criteria": criteria.shown(), "total_count": total})
