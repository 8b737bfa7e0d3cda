"""A request body against the schema: what is in it, of which type, how long, how spelt. No state."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sandbox import limits
from sandbox.quickbooks import errors
from sandbox.quickbooks.errors import Problem, Refused
from sandbox.quickbooks.schema import TYPES, Field

_EMAIL = re.compile(r"[^\s@,;<>]+@[^\s@,;<>]+\.[^\s@,;<>.]+")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_FORBIDDEN = frozenset(":\t\n\r")
_ADDRESS_LINES_MAX = 2000  # Line1 to Line5 together
_SEPARATORS = re.compile(r"[,;]\s*")


def checked(body: Any, fields: dict[str, Field], *, require: bool) -> dict[str, Any]:
    """The body's known fields, numbers as Decimal, nulls and read-only and unkept fields left out.

    require: whether fields needed on create must be there (a sparse update may leave them out).
    Raises Refused with every problem of the first kind found (unknown property, then the rest).
    """
    if not isinstance(body, dict):
        raise Refused(errors.unknown_property("body"))
    problems: list[Problem] = []
    result = _object(body, fields, problems, require=require, path="")
    if problems:
        raise Refused(*_by_precedence(problems))
    return result


def _by_precedence(problems: list[Problem]) -> list[Problem]:
    """The parser refuses unknown properties before the validator sees the object."""
    unknown = [problem for problem in problems if problem.code == "2010"]
    return unknown or problems


def _object(
    body: dict[str, Any], fields: dict[str, Field], problems: list[Problem], *, require: bool, path: str
) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for name, value in body.items():
        field = fields.get(name)
        if field is None:
            problems.append(errors.unknown_property(path + name))
        elif value is not None:
            taken = _value(field, value, problems, path + name)
            if taken is not None and not field.read_only and not field.dropped:
                result[name] = taken
    if require:
        needed = (field for field in fields.values() if field.required)
        problems.extend(errors.missing(path + field.name) for field in needed if body.get(field.name) in (None, "", []))
    return result


def _value(field: Field, value: Any, problems: list[Problem], path: str) -> Any:
    if not field.array:
        return _single(field, value, problems, path)
    if not isinstance(value, list):
        problems.append(errors.unknown_property(path))
        return None
    if len(value) > limits.QB_LINES:
        raise errors.business(f"{path} has more than {limits.QB_LINES} entries", path)
    return [_single(field, inner, problems, path) for inner in value]


def _single(field: Field, value: Any, problems: list[Problem], path: str) -> Any:
    # python-quickbooks writes "" into whatever it wasn't given, dates and enumerations, too, and is served.
    if value == "" and field.name != "DocNumber":  # an empty document number is a value, other empty texts are none
        return None
    match field.kind:
        case "str":
            return _string(field, value, problems, path)
        case "num" | "int":
            return _number(field, value, problems, path)
        case "bool" if isinstance(value, bool):
            return value
        case "date":
            return _date(value, problems, path)
        case "time":
            return _time(value, problems, path)
        case "ref" if isinstance(value, dict):
            return _object(value, TYPES["Ref"], problems, require=not field.read_only, path=path + ".")
        case "obj" if isinstance(value, dict):
            return _nested(field, value, problems, path)
        case "any":
            return value
    problems.append(errors.unknown_property(path))  # the wrong JSON type: the real parser says 2010, too
    return None


def _nested(field: Field, value: dict[str, Any], problems: list[Problem], path: str) -> dict[str, Any]:
    result = _object(value, TYPES[field.target], problems, require=not field.read_only, path=path + ".")
    if field.target == "PhysicalAddress":
        size = sum(len(text) for name, text in result.items() if name.startswith("Line"))
        if size > _ADDRESS_LINES_MAX:
            problems.append(errors.bad_length(path, low=0, high=_ADDRESS_LINES_MAX, supplied=size))
    if field.target in ("EmailAddress", "EmailAddressList") and result.get("Address"):
        addresses = _SEPARATORS.split(result["Address"])
        if not all(_EMAIL.fullmatch(address.strip()) for address in addresses):
            problems.append(errors.bad_email(path))
    return result


def _string(field: Field, value: Any, problems: list[Problem], path: str) -> str | None:
    if isinstance(value, int) and not isinstance(value, bool) and field.name in ("Id", "SyncToken", "value", "TxnId"):
        value = str(value)  # the real parser turns a whole number into an id
    if not isinstance(value, str):
        problems.append(errors.unknown_property(path))
        return None
    if field.max_length is not None and len(value) > field.max_length:
        problems.append(errors.bad_length(path, low=0, high=field.max_length, supplied=len(value)))
    if "\0" in value or (field.clean and _FORBIDDEN & set(value)):
        problems.append(errors.bad_characters(path))
    if field.enumeration and value not in field.enumeration:
        problems.append(errors.bad_enumeration(path, value, field.enumeration))
    return value


def _number(field: Field, value: Any, problems: list[Problem], path: str) -> Decimal | int | None:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        problems.append(errors.bad_number(path, value))
        return None
    number = Decimal(value)
    exponent = number.as_tuple().exponent
    if number.copy_abs() >= Decimal(10) ** limits.QB_AMOUNT_DIGITS or not isinstance(exponent, int) or exponent < -20:
        problems.append(errors.bad_number(path, value))
        return None
    if field.kind == "num":
        return number
    if number != number.to_integral_value():
        problems.append(errors.bad_number(path, value))
        return None
    return int(number)


def _date(value: Any, problems: list[Problem], path: str) -> str | None:
    if isinstance(value, str) and _DATE.fullmatch(value[:10]):
        try:
            date.fromisoformat(value[:10])
        except ValueError:
            problems.append(errors.bad_date(path, value))
            return None
        if len(value) == 10 or _is_time(value):
            return value[:10]
    problems.append(errors.bad_date(path, value))
    return None


def _time(value: Any, problems: list[Problem], path: str) -> str | None:
    if isinstance(value, str) and _is_time(value):
        return value
    problems.append(errors.bad_date(path, value))
    return None


def _is_time(value: str) -> bool:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True
