"""What a statement may name: properties of an entity, how their values compare, and what a condition says of one."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.quickbooks.clock import COMPANY_ZONE
from sandbox.quickbooks.errors import Refused, query_invalid
from sandbox.quickbooks.query import Condition, Value
from sandbox.quickbooks.schema import TYPES, Entity, Field
from sandbox.quickbooks.tables import ordinal

Test = Callable[[dict[str, Any]], bool]

_SHOWN = 100  # characters of a value that a refusal repeats
_ORDERED: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: bool(a == b),
    "<": lambda a, b: bool(a < b),
    ">": lambda a, b: bool(a > b),
    "<=": lambda a, b: bool(a <= b),
    ">=": lambda a, b: bool(a >= b),
}
# What a literal must look like: Python's own parsers take week dates, 1_000 and more that no other system does.
_LITERALS = {
    "num": re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII),
    "int": re.compile(r"[+-]?\d+", re.ASCII),
    "date": re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?)?", re.ASCII),
}
_LITERALS["time"] = _LITERALS["date"]
_INNER = {"PrimaryEmailAddr": "Address", "BillEmail": "Address", "WebAddr": "URI"}


@dataclass(frozen=True, slots=True)
class Column:
    """A property that a statement may name: its keys and how its values compare."""

    keys: tuple[str, ...]
    field: Field

    def of(self, document: dict[str, Any]) -> Any:
        """The document's value in comparable form, or None."""
        value: Any = document
        for key in self.keys:
            value = value.get(key) if isinstance(value, dict) else None
        return None if value is None else self.comparable(value)

    def sort_key(self, document: dict[str, Any]) -> tuple[bool, Any]:
        """By what documents are sorted: absent values first; ids as numbers."""
        value = self.of(document)
        return value is not None, ordinal(value) if value is not None and self.keys == ("Id",) else value

    def literal(self, value: Value) -> Any:
        """The statement's value in the form in which it compares. Raises Refused 4001 for a value of another kind."""
        form = _LITERALS.get(self.field.kind)
        text = format(value, "f") if isinstance(value, Decimal) else str(value)
        if form is not None and form.fullmatch(text) is None:
            raise self._unfit(value)
        return self.comparable(value)

    def _unfit(self, value: Value) -> Refused:
        return query_invalid(f"{str(value)[:_SHOWN]!r} is no value for {'.'.join(self.keys)}")

    def comparable(self, value: Value) -> Any:
        """The value in the form in which it compares. Raises Refused 4001 for a value of another kind."""
        try:
            return self._converted(value)
        except (ValueError, InvalidOperation) as error:
            raise self._unfit(value) from error

    def _converted(self, value: Value) -> Any:
        match self.field.kind:
            case "bool":
                if str(value).lower() not in ("true", "false"):
                    raise ValueError("no truth value")
                return str(value).lower() == "true"
            case "num" | "int":
                number = Decimal(value)
                if not number.is_finite():
                    raise ValueError("no number")
                return number
            case "date":
                return date.fromisoformat(str(value)[:10])
            case "time":
                instant = datetime.fromisoformat(str(value))
                return instant if instant.tzinfo else instant.replace(tzinfo=COMPANY_ZONE)
            case _:
                return str(value) if self.keys == ("Id",) else str(value).casefold()


def column_of(entity: Entity, path: str) -> Column:
    """The property that the path names. Raises Refused 4001: none, or none that may be filtered by."""
    names = {name.lower(): name for name in entity.fields}
    first, _, rest = path.partition(".")
    name = names.get(first.lower())
    field = entity.fields[name] if name else None
    if name is None or field is None or not field.filterable:
        raise query_invalid(f"Property {path} not found for Entity {entity.name}")
    if field.kind == "ref" and rest.lower() in ("", "value"):
        return Column((name, "value"), field)
    if field.kind == "obj":
        return _inner_column(entity, name, rest or _INNER.get(name, ""))
    if rest:
        raise query_invalid(f"Property {path} not found for Entity {entity.name}")
    return Column((name,), field)


def refuse_unknown(entity: Entity, path: str) -> None:
    """Raises Refused 4001 for a property that the entity doesn't have."""
    if path.split(".")[0].lower() not in {name.lower() for name in entity.fields}:
        raise query_invalid(f"Property {path} not found for Entity {entity.name}")


def _inner_column(entity: Entity, name: str, inner: str) -> Column:
    inner_fields = TYPES[entity.fields[name].target]
    for candidate in inner_fields.values():
        if candidate.name.lower() == inner.lower() and (candidate.filterable or _INNER.get(name) == candidate.name):
            return Column((name, candidate.name), candidate)
    raise query_invalid(f"Property {name}.{inner} not found for Entity {entity.name}")


def condition_test(column: Column, condition: Condition) -> Test:
    """Whether a document fulfils the condition. Raises Refused 4001: the operator or the value doesn't fit."""
    if column.keys == ("Id",) and condition.operator not in ("=", "IN"):
        raise query_invalid(f"Operator {condition.operator} is not supported for Id, only = and IN")
    if condition.operator == "LIKE":
        return _like(column, condition.values[0])
    wanted = [column.literal(value) for value in condition.values]
    if condition.operator == "IN":
        chosen = frozenset(wanted)
        return lambda document: column.of(document) in chosen
    compare = _ORDERED[condition.operator]

    def test(document: dict[str, Any]) -> bool:
        value = column.of(document)
        return value is not None and compare(value, wanted[0])

    return test


def _like(column: Column, value: Value) -> Test:
    if column.field.kind != "str" or not isinstance(value, str):
        raise query_invalid("LIKE needs a text property and a quoted value")
    first, *rest = value.casefold().split("%")
    return lambda document: _is_like(column.of(document) or "", first, rest)


def _is_like(text: str, first: str, rest: list[str]) -> bool:
    """Whether the text begins with `first` and goes on with each of `rest`, anything between; the last ends it.

    Each part is looked for from where the one before ended: a regular expression would try all ways to place them.
    """
    if not rest:
        return text == first
    *inner, last = rest
    if not text.startswith(first):
        return False
    at = len(first)
    for part in inner:
        at = text.find(part, at)
        if at < 0:
            return False
        at += len(part)
    return len(text) - len(last) >= at and text.endswith(last)
