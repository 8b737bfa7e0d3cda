"""JSON in and out without a float."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.wire import NotJson, decode, encode, encode_canonical

decimals = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**15), max_value=10**15)
leaves = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | decimals | st.text()
documents = st.recursive(leaves, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)


@given(documents)
def test_what_is_written_reads_back_equal(document: Any) -> None:
    assert decode(encode(document)) == document
    assert decode(encode_canonical(document)) == document


@given(documents)
def test_no_float_ever_comes_in(document: Any) -> None:
    def floats(value: Any) -> bool:
        parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        return isinstance(value, float) or any(map(floats, parts))

    assert not floats(decode(json.dumps(json.loads(encode(document))).encode()))


@pytest.mark.parametrize("digits", ["12.30", "0.1", "29.949999999999999", "1e2", "-0.00", "123456789012345678.4321"])
def test_digits_are_kept_as_they_were_written(digits: str) -> None:
    number = decode(digits.encode())
    assert isinstance(number, Decimal)
    assert encode(number) == format(Decimal(digits), "f").encode()


def test_integers_stay_integers() -> None:
    assert decode(b"[1, -0]") == [1, 0]
    assert all(type(number) is int for number in decode(b"[1, -0]"))


@pytest.mark.parametrize(
    "broken",
    [b"", b"{", b"{'a': 1}", b"NaN", b"[Infinity]", b"-Infinity", b"\xff\xfe", b"[1,]", b"[" * 100_000, b"1" * 5000,
     b'"\\ud83d"', b'{"a\\uDE00": 1}', "[1]".encode("utf-16"), b"[1] [2]", b"\xef\xbb\xbf[1]"],
)  # fmt: skip
def test_what_is_no_json_document_is_refused_as_such(broken: bytes) -> None:
    with pytest.raises(NotJson):
        decode(broken)


def test_a_whole_surrogate_pair_is_a_character() -> None:
    assert decode(b'"\\ud83d\\ude00"') == "😀"
    assert encode(decode(b'"\\ud83d\\ude00"')) == '"😀"'.encode()


@given(st.dictionaries(st.text(), leaves))
def test_the_canonical_form_does_not_depend_on_the_order_of_keys(document: dict[str, Any]) -> None:
    assert encode_canonical(dict(reversed(document.items()))) == encode_canonical(document)


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("Infinity"), object(), {1, 2}])
def test_what_has_no_json_form_is_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        encode([value])
    with pytest.raises(orjson.JSONEncodeError):
        encode_canonical([value])
