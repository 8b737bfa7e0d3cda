"""References between objects: they must exist and be active, and answers carry the target's name."""

from __future__ import annotations

from typing import Any

from sandbox.quickbooks import errors
from sandbox.quickbooks.currencies import currency_ref, is_code
from sandbox.quickbooks.schema import ENTITIES, TYPES, Field
from sandbox.quickbooks.store import Company, Record


def resolve(company: Company, document: dict[str, Any], fields: dict[str, Field]) -> dict[str, Any]:
    """The document with every reference checked and named. Raises Refused 2500 or 610."""
    return {name: _resolved(company, fields[name], value) for name, value in document.items()}


def target(company: Company, entity: str, reference: dict[str, Any], element: str) -> Record:
    """The object that a reference means. Raises Refused: 2500 when absent, 610 when inactive."""
    record = company.get(entity, reference["value"])
    if record is None:
        raise errors.invalid_reference(entity, reference["value"], element)
    if not record.active:
        raise errors.inactive(element)
    return record


def title(record: Record) -> str:
    """What a reference to the object shows as its name."""
    document = record.document
    return str(document.get("DisplayName") or document.get("FullyQualifiedName") or document.get("Name", ""))


def _resolved(company: Company, field: Field, value: Any) -> Any:
    if field.array and isinstance(value, list):
        return [_resolved_single(company, field, inner) for inner in value]
    return _resolved_single(company, field, value)


def _resolved_single(company: Company, field: Field, value: Any) -> Any:
    if field.kind == "obj" and isinstance(value, dict):
        return resolve(company, value, TYPES[field.target])
    if field.target == "Currency" and not is_code(value["value"]):
        raise errors.invalid_reference("Currency", value["value"], field.name)
    if field.target == "Currency":
        return currency_ref(value["value"])
    if field.kind != "ref" or field.target not in ENTITIES:
        return value
    record = target(company, field.target, value, field.name)
    if field.target == "TaxCode":
        return {"value": record.id}  # recorded answers show no name here
    return {"value": record.id, "name": title(record)}
