"""The sandbox's schema against Intuit's published one, read in place: every difference is known and has a reason."""

from __future__ import annotations

import json
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from sandbox.quickbooks.schema import ENTITIES, TYPES, Field
from tests.contract.quickbooks_sandbox.schema_deviations import (
    DEVIATIONS,
    FILTERABLE_BEYOND_THE_XSD,
    NOT_IN_THE_CONTRACT,
)

CONTRACT = Path(__file__).resolve().parents[4] / "shared/contracts/quickbooks-schema.json"
pytestmark = pytest.mark.skipif(not CONTRACT.exists(), reason="the published schema isn't beside this checkout")

_KINDS = {
    "string": "str",
    "number": "num",
    "integer": "int",
    "boolean": "bool",
    "date": "date",
    "datetime": "time",
    "ref": "ref",
}
_TYPE_NAMES = {"MetaData": "ModificationMetaData", "Memo": "MemoRef"}


def _published() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(CONTRACT.read_text()) if CONTRACT.exists() else {"entities": {}, "types": {}}
    return document


def _pairs() -> Iterator[tuple[str, dict[str, Field], dict[str, Any]]]:
    """Entities and nested types that both sides know."""
    published = _published()
    for name, entity in ENTITIES.items():
        if name in published["entities"]:
            yield name, entity.fields, published["entities"][name]
    for name, fields in TYPES.items():
        if _TYPE_NAMES.get(name, name) in published["types"]:
            yield name, fields, published["types"][_TYPE_NAMES.get(name, name)]


def _differences(name: str, ours: dict[str, Field], published: dict[str, Any]) -> Iterator[str]:
    theirs = {field["name"]: field for field in published["fields"]}
    for field_name in ours.keys() - theirs.keys():
        yield f"{name}.{field_name} extra"
    for field_name, field in theirs.items():
        if field_name not in ours:
            yield f"{name}.{field_name} absent"
            continue
        for what in _field_differences(ours[field_name], field):
            yield f"{name}.{field_name} {what}"


def _field_differences(ours: Field, theirs: dict[str, Any]) -> Iterator[str]:
    kind = _KINDS.get(theirs["type"], "obj")
    if ours.kind != kind and not (ours.kind == "any" and kind in ("obj", "ref")):  # any: a structure not looked into
        yield "kind"
    if bool(theirs.get("array")) != ours.array:
        yield "array"
    if theirs.get("maxLength") != ours.max_length and theirs.get("maxLength") not in _inner_lengths(ours):
        yield "length"
    if set(theirs.get("enum") or ()) != set(ours.enumeration):
        yield "values"
    if bool(theirs.get("required_on_create")) != ours.required:
        yield "required"
    if bool(theirs.get("read_only")) != ours.read_only:
        yield "read-only"


def _inner_lengths(field: Field) -> set[int | None]:
    """Lengths inside a nested type: the published schema writes a phone's 30 characters on the phone as a whole."""
    return {inner.max_length for inner in TYPES[field.target].values()} if field.kind == "obj" else set()


@pytest.mark.parametrize(
    ("name", "ours", "published"), list(_pairs()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_every_difference_from_the_published_schema_has_a_reason(
    name: str, ours: dict[str, Field], published: dict[str, Any]
) -> None:
    unexplained = [
        difference
        for difference in _differences(name, ours, published)
        if not any(fnmatchcase(difference, pattern) for pattern in DEVIATIONS)
    ]
    assert unexplained == [], "mend sandbox/quickbooks/schema, or give the reason in schema_deviations.py"


def test_no_reason_outlives_its_difference() -> None:
    differences = [difference for pair in _pairs() for difference in _differences(*pair)]
    idle = [pattern for pattern in DEVIATIONS if not any(fnmatchcase(one, pattern) for one in differences)]
    assert idle == []


@pytest.mark.parametrize("name", [name for name in ENTITIES if name in _published()["entities"]])
def test_queries_filter_by_what_is_marked_and_by_what_is_listed(name: str) -> None:
    entity = ENTITIES[name]
    marked = {f["name"] for f in _published()["entities"][name]["fields"] if f.get("xsd_filterable")}
    ours = {field.name for field in entity.fields.values() if field.filterable}
    listed = FILTERABLE_BEYOND_THE_XSD["*"] | FILTERABLE_BEYOND_THE_XSD.get(name, frozenset())
    if entity.transaction:
        listed |= FILTERABLE_BEYOND_THE_XSD["transactions"]
    assert (marked & entity.fields.keys()) - ours == set(), "marked as filterable, but refused here"
    assert ours - marked - listed == set(), "filterable here, without a reason"


def test_what_the_contract_does_not_have_is_known() -> None:
    published = _published()
    unknown = {name for name in ENTITIES if name not in published["entities"]}
    unknown |= {name for name in TYPES if _TYPE_NAMES.get(name, name) not in published["types"]}
    assert unknown == NOT_IN_THE_CONTRACT.keys()
