"""Invoices, credit memos, counters and open quantities, in the form of the magento-after-sale vectors.

A unit vector with a scope runs that collector alone on `totals_before`; the others of level unit run one rule (a row's
total, the counters, the limit of money, open quantities). Integration and functional vectors play the whole document
after `previous`. Only figures under `expected` are claimed; what the source doesn't state is worked out by the sandbox.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import partial
from typing import Any

from sandbox.magento.aftersale.refusals import Refused
from sandbox.magento.vectors import after_sale_rules, after_sale_whole
from sandbox.magento.vectors.after_sale_given import READINGS, lines_of
from sandbox.magento.vectors.after_sale_seen import open_quantities
from sandbox.magento.vectors.report import Figure, names, same, unknown_keys

Document = Mapping[str, Any]

_FILE = names("about repository commits vectors derived excluded notes")
_VECTOR = names("name source level scope order configuration previous document expected derived notes version_variants")
_EXPECTED = names("totals items order_counters item_qty error maximum accepted order_status")
# What a refusal is about, by a word in its name. Names are the vector authors' own, so one that the sandbox doesn't use
# agrees when it is about the same thing.
_SUBJECTS = (
    ("shipping", ("shipping",)),
    ("quantity", ("quantity", "qty")),
    ("registered", ("registered", "existing", "exists")),
    ("money", ("money", "paid", "available", "amount", "refund")),
)


def recognises(document: Document) -> bool:
    entries = document.get("vectors")
    return isinstance(entries, list) and bool(entries) and all(_fits(entry) for entry in entries)


def vectors(document: Document) -> Iterator[tuple[str, Callable[[], Iterator[Figure]]]]:
    """Each vector's name and what plays it."""
    yield "file", partial(unknown_keys, "file", document, _FILE)
    for vector in document["vectors"]:
        yield vector["name"], partial(_vector, vector)
        for number, variant in enumerate(vector.get("version_variants", []), 1):
            yield f"{vector['name']} variant {number}", partial(_variant, f"{vector['name']} variant {number}", variant)


def _fits(entry: Any) -> bool:
    return (
        isinstance(entry, dict)
        and "level" in entry
        and "steps" not in entry
        and ("order" in entry or "document" in entry)
    )


def _vector(vector: Document) -> Iterator[Figure]:
    name, expected = vector["name"], vector["expected"]
    yield from unknown_keys(name, vector, _VECTOR)
    yield from unknown_keys(f"{name} expected", expected, _EXPECTED)
    try:
        found = _found(vector)
    except Refused as refused:
        yield f"{name} error", expected.get("error", "(none)"), _named(expected.get("error"), refused.code)
        if "maximum" in expected:
            yield f"{name} maximum", expected["maximum"], refused.maximum
        return
    yield from ((f"{name} {path}", value, UNREADABLE) for path, value in found.get("unknown", {}).items())
    if "error" in expected:
        yield f"{name} error", expected["error"], "accepted"
    for part in ("totals", "order_counters", "item_qty"):
        for key, value in expected.get(part, {}).items():
            yield f"{name} {part} {key}", value, found.get(part, {}).get(key)
    for code, figures in expected.get("items", {}).items():
        for key, value in figures.items():
            yield from _item(f"{name} {code} {key}", value, found.get("items", {}).get(code, {}).get(key))
    for key in ("accepted", "order_status"):
        if key in expected:
            yield f"{name} {key}", expected[key], found.get(key)


UNREADABLE = "unknown to the sandbox"


def _found(vector: Document) -> dict[str, Any]:
    """What the sandbox makes of the vector, under the names of `expected`. Raises Refused."""
    if "document" not in vector:
        lines, unknown = lines_of(vector["order"])
        return {"items": {line.code: open_quantities(line, "sum") for line in lines}, "unknown": unknown}
    if vector["level"] == "unit":
        return after_sale_rules.found(vector)
    return after_sale_whole.found(vector)


def _item(path: str, expected: Any, ours: Any) -> Iterator[Figure]:
    if isinstance(expected, dict):
        for key, value in expected.items():
            yield f"{path} {key}", value, (ours or {}).get(key)
    elif isinstance(expected, str) and "/" in expected:
        yield path, [Decimal(part) for part in expected.split("/")], ours
    else:
        yield path, expected, ours


def _variant(name: str, variant: Document) -> Iterator[Figure]:
    """An older release's figures: one of the readings that releases differ in gives all of them."""
    yield from unknown_keys(name, variant, names("order expected notes"))
    lines, unknown = lines_of(variant["order"])
    yield from ((f"{name} {path}", value, UNREADABLE) for path, value in unknown.items())
    expected = variant["expected"]["items"]
    by_reading = [{line.code: open_quantities(line, reading) for line in lines} for reading in READINGS]
    best = max(by_reading, key=lambda items: sum(_agrees(expected, items)))
    for code, figures in expected.items():
        for key, value in figures.items():
            yield f"{name} {code} {key}", value, best.get(code, {}).get(key)


def _agrees(expected: Document, items: Document) -> list[bool]:
    return [
        same(value, items.get(code, {}).get(key))
        for code, figures in expected.items()
        for key, value in figures.items()
    ]


def _named(expected: str | None, ours: str) -> str:
    """Our code in the vector's words when both are about the same thing."""
    known = {"shipping_refund_over_maximum", "refund_quantity_invalid"}
    if expected is None or expected in known or _subject(expected) != _subject(ours):
        return ours
    return expected


def _subject(code: str) -> str:
    return next((subject for subject, words in _SUBJECTS if any(word in code for word in words)), code)
