"""The id in a body that somebody wrote as a template: found, not guessed, and no body holds the process up."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.sources import lenient
from services.ingest.sources.hints import as_id
from shared import limits

MEMBERS = ["order_id", "entity_id", "id"]
WRAPPERS = ("item", "data", "invoice")
MOST_SECONDS = 0.2  # of CPU; as JSON parsed three times with a look at each object it took 1.7

Pairs = list[tuple[str, Any]]
plain = st.none() | st.booleans() | st.integers(-5, 10**20) | st.text(max_size=5) | st.floats(allow_nan=False)
ids = st.integers(1, 3) | st.integers(1, 3).map(str)
inner = st.recursive(plain | ids, lambda one: st.lists(one, max_size=3) | st.dictionaries(st.text(max_size=3), one))
names = st.sampled_from([*MEMBERS, "other"])
objects = st.lists(st.tuples(names, inner), max_size=5)
documents = st.lists(st.tuples(names, inner) | st.tuples(st.sampled_from(WRAPPERS), objects | inner), max_size=6)


def written(pairs: Pairs) -> str:
    """An object with its members as often as the pairs have them."""
    members = (
        f"{json.dumps(name)} : {written(value) if _is_object(name, value) else json.dumps(value)}"
        for name, value in pairs
    )
    return "{ " + " , ".join(members) + " }"


def _is_object(name: str, value: Any) -> bool:
    return name in WRAPPERS and isinstance(value, list) and all(isinstance(one, tuple) for one in value)


def expected(pairs: Pairs) -> tuple[str, int] | str | None:
    """The first member, in the first place, with an id; "ambiguous" if that place has two for it."""
    places = [pairs]
    for wrapper in WRAPPERS:
        wrapped = [value for name, value in pairs if name == wrapper and _is_object(name, value)]
        places += [[pair for value in wrapped for pair in value]] if wrapped else []
    for member in MEMBERS:
        for place in places:
            found = {as_id(value) for name, value in place if name == member} - {None}
            if len(found) > 1:
                return "ambiguous"
            if found:
                return member, int(found.pop() or 0)
    return None


@given(documents, st.booleans())
def test_in_json_the_first_member_with_one_id_in_the_first_place_counts(pairs: Pairs, in_array: bool) -> None:
    text = f" [ {written(pairs)} ]\n" if in_array else f"\t{written(pairs)} "
    try:
        found: object = lenient.in_body(text.encode(), MEMBERS, WRAPPERS)
    except lenient.Ambiguous:
        found = "ambiguous"
    assert found == expected(pairs)


@given(st.text(max_size=60) | st.text('{}[]",:=&<>/ \\\n0123eidtn_', max_size=60), names)
def test_any_text_is_gone_through(text: str, member: str) -> None:
    try:
        found = lenient.in_body(text.encode("utf-8", "replace"), [member], WRAPPERS)
    except lenient.Ambiguous:
        return
    assert found is None or found[0] == member


def test_an_id_within_what_is_nested_deeper_is_none() -> None:
    assert lenient.in_body(b'{"items": [{"id": 1}], "item": {"data": {"id": 2}}}', ["id"], WRAPPERS) is None


def test_a_wrapper_that_comes_twice_with_different_ids_is_not_guessed() -> None:
    with pytest.raises(lenient.Ambiguous):
        lenient.in_body(b'{"item": {"id": 1}, "item": {"id": 2}}', ["id"], WRAPPERS)


def filled(start: bytes, unit: bytes, end: bytes = b"") -> bytes:
    """As large as the receiver takes."""
    return start + unit * ((limits.WEBHOOK_BODY_MAX_BYTES - len(start) - len(end)) // len(unit)) + end


@pytest.mark.parametrize(
    "body",
    [
        filled(b"[", b"{},", b"{}]"),
        filled(b'{"a":[', b"{},", b"{}]}"),
        filled(b'{"a":[', b"[],", b"1]}"),
        filled(b'{"a":[', b"1.1,", b"1]}"),
        filled(b'{"item":{"a":[', b'{"id":0},', b"1]}}"),
        filled(b"{", b'"a":1,', b'"a":1}'),
        filled(b"", b"["),
        filled(b"[", b" ", b"]"),
        filled(b'{"id":', b"9", b"}"),
        filled(b'{"a":"x"y', b'"entity_id":1 '),
        filled(b'{"a":"x"y', b"<order_id "),
        filled(b'{"a":"x"y', b'"id"    :    '),
        filled(b"order_id=", b"%41"),
        filled(b"a=1", b"&%41=%41"),
        filled(b"a=", b"%41&"),
    ],
    ids=lambda body: f"{body[:12]!r}...{body[-12:]!r}",
)
def test_no_body_holds_the_process_up(body: bytes) -> None:
    start = time.thread_time()
    lenient.in_body(body, MEMBERS, WRAPPERS)
    assert time.thread_time() - start < MOST_SECONDS


def test_a_large_order_is_read_as_json() -> None:
    line = {"item_id": 1, "order_id": 17, "name": "x" * 1_000, "extension_attributes": {"a": [{"b": {}}, {"c": []}]}}
    order = {
        "entity_id": 17,
        "billing_address": {"entity_id": 5},
        "items": [{**line, "item_id": n} for n in range(1_000)],
    }
    body = json.dumps({"order": order}).encode()
    assert len(body) > limits.WEBHOOK_BODY_MAX_BYTES / 2
    assert lenient.in_body(body, ["entity_id"], ("order",)) == ("entity_id", 17)
