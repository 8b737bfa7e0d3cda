"""Reading data objects out of bodies as Magento's ServiceInputProcessor does: names in snake or camel case, values by
the type of their property. What doesn't fit is refused in its words (400)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sandbox.magento.errors import InvalidInput, required
from sandbox.magento.rest_inventory.reading import flag_of, mistyped, number_of, text_of

Fields = Mapping[str, str]
"""Property -> type: int, float, string, boolean, int[], string[], or "any" for what the service reads itself."""

_HUMP = re.compile(r"(?<=[a-z0-9])([A-Z])")
_ALWAYS = frozenset({"extension_attributes", "custom_attributes"})


class UnknownProperty(InvalidInput):
    """A property that the interface hasn't: a LogicException in Magento, which older releases mask (500)."""

    def __init__(self, name: str, interface: str) -> None:
        hump = "".join(part.capitalize() for part in name.split("_"))
        super().__init__(f'Property "{hump}" does not have accessor method "get{hump}" in class "{interface}".')


class SeveralFaults(InvalidInput):
    """One InputException with several errors: told one by one beside a general message, alone when there is one."""

    def __init__(self, faults: list[InvalidInput]) -> None:
        [first, *more] = faults
        general = "One or more input exceptions have occurred."
        super().__init__(general if more else first.message, None if more else first.parameters)
        self._faults = faults if more else []

    def body(self) -> dict[str, Any]:
        errors = [fault.body() for fault in self._faults]
        return {**super().body(), "errors": errors} if errors else super().body()


def required_object(body: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The object that is the service's parameter of the name (camelCase). Raises InvalidInput."""
    value = body.get(name, body.get(snake(name)))
    if value is None:
        raise required(name)
    if not isinstance(value, dict):
        raise mistyped(name, value, name)
    return value


def read(given: Mapping[str, Any], fields: Fields, interface: str) -> dict[str, Any]:
    """The properties that are there, by their snake_case names and in their types; null is a value.

    Raises InvalidInput for a wrong type and for a property that the interface hasn't. Up to 2.4.3 the latter is a
    masked 500; later releases answer 400 (Adobe's quality patch for /V1 addresses names that as the right answer).
    """
    found: dict[str, Any] = {}
    for name, value in given.items():
        key = snake(name)
        if key not in fields and key not in _ALWAYS:
            raise UnknownProperty(key, interface)
        found[key] = None if value is None else _typed({key: value}, key, fields.get(key, "any"))
    return found


def _typed(row: dict[str, Any], name: str, wanted: str) -> Any:
    if wanted.endswith("[]"):
        values = row[name]
        if not isinstance(values, list):
            raise mistyped(name, values, wanted)
        return [_typed({name: value}, name, wanted.removesuffix("[]")) for value in values]
    match wanted:
        case "int":
            number = number_of(row, name, "int")
            return None if number is None else int(number)
        case "float":
            return _four_places(number_of(row, name))
        case "string":
            return text_of(row, name)
        case "boolean":
            return flag_of(row, name)
    return row[name]


def _four_places(number: Decimal | None) -> Decimal | None:
    """decimal(12,4) keeps no more."""
    return None if number is None else number.quantize(Decimal("0.0001")).normalize() + Decimal(0)


def snake(name: str) -> str:
    """taxCountryId and tax_country_id are the same property."""
    return _HUMP.sub(lambda hump: "_" + hump.group(1).lower(), name[:1].lower() + name[1:])
