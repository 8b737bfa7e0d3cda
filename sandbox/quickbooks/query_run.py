"""A statement against a company's books: which rows, in which order, which page."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.quickbooks.clock import COMPANY_ZONE
from sandbox.quickbooks.errors import query_invalid
from sandbox.quickbooks.profile import company_info, preferences
from sandbox.quickbooks.query import Condition, Query, Value, parse_query
from sandbox.quickbooks.schema import ENTITIES, TYPES, Entity, Field
from sandbox.quickbooks.store import Company, Record

_ORDERED: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: bool(a == b),
    "<": lambda a, b: bool(a < b),
    ">": lambda a, b: bool(a > b),
    "<=": lambda a, b: bool(a <= b),
    ">=": lambda a, b: bool(a >= b),
}
_SINGLE = {"companyinfo": ("CompanyInfo", company_info), "preferences": ("Preferences", preferences)}
_INNER = {"PrimaryEmailAddr": "Address", "BillEmail": "Address", "WebAddr": "URI"}


def run_query(company: Company, text: str) -> dict[str, Any]:
    """The QueryResponse. Raises Refused: 4000, 4001."""
    query = parse_query(text)
    if query.entity.lower() in _SINGLE:
        return _single(company, query)
    entity = _entity(query.entity)
    for path in query.extra:
        _refuse_unknown(entity, path)
    tests = [_test(entity, condition) for condition in query.conditions]
    rows = [record for record in _candidates(company, entity, query) if all(test(record.document) for test in tests)]
    if not any(condition.path.lower() == "active" for condition in query.conditions):
        rows = [record for record in rows if record.active]
    if query.count:
        return {"totalCount": len(rows)}
    page = _ordered(entity, rows, query)[query.start - 1 : query.start - 1 + query.limit]
    if not page:
        return {}
    response: dict[str, Any] = {
        entity.name: [record.document for record in page],
        "startPosition": query.start,
        "maxResults": len(page),
    }
    if entity.total_count:
        response["totalCount"] = len(rows)
    return response


def _single(company: Company, query: Query) -> dict[str, Any]:
    """The one row of CompanyInfo or Preferences; neither has anything to filter by."""
    name, build = _SINGLE[query.entity.lower()]
    if query.conditions or query.order:
        raise query_invalid(f"{name} can be queried whole only")
    if query.count:
        return {"totalCount": 1}
    return {name: [build(company)], "startPosition": 1, "maxResults": 1}


def _entity(name: str) -> Entity:
    for entity in ENTITIES.values():
        if entity.path == name.lower():
            return entity
    raise query_invalid(f"Entity {name} is not known")


def _candidates(company: Company, entity: Entity, query: Query) -> list[Record]:
    """The rows worth testing: those with the id, document number or name that an equality asks for, else all."""
    for condition in query.conditions:
        if condition.operator not in ("=", "IN"):
            continue
        if condition.path.lower() == "id":
            ids = dict.fromkeys(str(value) for value in condition.values)
            return [record for object_id in ids if (record := company.get(entity.name, object_id))]
        if condition.path.lower() in ("docnumber", "displayname"):
            holders = [holder for value in condition.values for holder in company.holders(entity.name, str(value))]
            ids = dict.fromkeys(holders)
            return [record for object_id in ids if (record := company.get(entity.name, object_id))]
    return list(company.rows(entity.name))


@dataclass(frozen=True, slots=True)
class _Column:
    """A property that a statement may name: its keys and how its values compare."""

    keys: tuple[str, ...]
    field: Field

    def of(self, document: dict[str, Any]) -> Any:
        """The document's value in comparable form, or None."""
        value: Any = document
        for key in self.keys:
            value = value.get(key) if isinstance(value, dict) else None
        return None if value is None else self.comparable(value)

    def comparable(self, value: Value) -> Any:
        """The value in the form in which it compares. Raises Refused 4001 for a value of another kind."""
        try:
            return self._converted(value)
        except (ValueError, InvalidOperation) as error:
            raise query_invalid(f"{value!r} is no value for {'.'.join(self.keys)}") from error

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
                return str(value).casefold()


def _refuse_unknown(entity: Entity, path: str) -> None:
    if path.split(".")[0].lower() not in {name.lower() for name in entity.fields}:
        raise query_invalid(f"Property {path} not found for Entity {entity.name}")


def _column(entity: Entity, path: str) -> _Column:
    names = {name.lower(): name for name in entity.fields}
    first, _, rest = path.partition(".")
    name = names.get(first.lower())
    field = entity.fields[name] if name else None
    if name is None or field is None or not field.filterable:
        raise query_invalid(f"Property {path} not found for Entity {entity.name}")
    if field.kind == "ref" and rest.lower() in ("", "value"):
        return _Column((name, "value"), field)
    if field.kind == "obj":
        return _inner_column(entity, name, rest or _INNER.get(name, ""))
    if rest:
        raise query_invalid(f"Property {path} not found for Entity {entity.name}")
    return _Column((name,), field)


def _inner_column(entity: Entity, name: str, inner: str) -> _Column:
    inner_fields = TYPES[entity.fields[name].target]
    for candidate in inner_fields.values():
        if candidate.name.lower() == inner.lower() and (candidate.filterable or _INNER.get(name) == candidate.name):
            return _Column((name, candidate.name), candidate)
    raise query_invalid(f"Property {name}.{inner} not found for Entity {entity.name}")


def _test(entity: Entity, condition: Condition) -> Callable[[dict[str, Any]], bool]:
    column = _column(entity, condition.path)
    if column.keys == ("Id",) and condition.operator not in ("=", "IN"):
        raise query_invalid(f"Operator {condition.operator} is not supported for Id, only = and IN")
    if condition.operator == "LIKE":
        return _like(column, condition.values[0])
    wanted = [column.comparable(value) for value in condition.values]
    if condition.operator == "IN":
        return lambda document: column.of(document) in wanted
    compare = _ORDERED[condition.operator]

    def test(document: dict[str, Any]) -> bool:
        value = column.of(document)
        return value is not None and compare(value, wanted[0])

    return test


def _like(column: _Column, value: Value) -> Callable[[dict[str, Any]], bool]:
    if column.field.kind != "str" or not isinstance(value, str):
        raise query_invalid("LIKE needs a text property and a quoted value")
    pattern = re.compile(".*".join(re.escape(part) for part in value.casefold().split("%")), re.DOTALL)
    return lambda document: pattern.fullmatch(column.of(document) or "") is not None


def _ordered(entity: Entity, rows: list[Record], query: Query) -> list[Record]:
    """By ORDERBY; without it transactions newest first, lists by id."""
    if not query.order:
        if entity.transaction:
            return sorted(rows, key=lambda record: (record.document["TxnDate"], int(record.id)), reverse=True)
        return rows
    result = rows
    for path, descending in reversed(query.order):
        column = _column(entity, path)
        present = [record for record in result if column.of(record.document) is not None]
        absent = [record for record in result if column.of(record.document) is None]
        if column.keys == ("Id",):
            present.sort(key=lambda record: record.id.zfill(20), reverse=descending)
        else:
            present.sort(key=lambda record, column=column: column.of(record.document), reverse=descending)  # type: ignore[misc]
        result = present + absent if descending else absent + present
    return result
