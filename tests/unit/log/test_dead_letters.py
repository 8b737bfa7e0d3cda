"""What a dead letter holds."""

from __future__ import annotations

import base64
import hashlib

from hypothesis import given
from hypothesis import strategies as st

from shared import limits, wire
from shared.log.deadletters import TOPIC, dead_letter
from shared.log.port import Record
from shared.log.signals import PoisonRecord


def record(value: bytes | None) -> Record:
    return Record("magento.hints", 3, 42, 1_700_000_000_000, "shop:order:7", value, {"cause": "webhook"})


@given(st.binary(max_size=200))
def test_a_dead_letter_says_where_why_and_gives_the_original_back_byte_for_byte(value: bytes) -> None:
    letter = dead_letter(record(value), "read order", PoisonRecord("no increment_id"))
    assert (letter.topic, letter.key) == (TOPIC, "shop:order:7")
    assert letter.value is not None
    document = wire.decode(letter.value)
    assert base64.b64decode(document.pop("value_base64")) == value
    assert document == {
        "topic": "magento.hints",
        "partition": 3,
        "offset": 42,
        "appended_ms": 1_700_000_000_000,
        "stage": "read order",
        "error_class": "PoisonRecord",
        "error": "no increment_id",
        "tombstone": False,
        "value_bytes": len(value),
        "value_sha256": hashlib.sha256(value).hexdigest(),
        "headers": {"cause": "webhook"},
    }


def test_a_tombstone_and_an_empty_value_are_told_apart() -> None:
    tombstone = wire.decode(dead_letter(record(None), "fold", ValueError()).value or b"")
    empty = wire.decode(dead_letter(record(b""), "fold", ValueError()).value or b"")
    assert (tombstone["tombstone"], tombstone["value_base64"]) == (True, None)
    assert (empty["tombstone"], empty["value_base64"]) == (False, "")


def test_the_largest_record_still_fits_as_a_dead_letter_and_a_larger_value_is_named_by_its_hash() -> None:
    error = ValueError("x" * 1_000_000)
    fitting = dead_letter(record(bytes(limits.DEAD_LETTER_VALUE_BYTES)), "map", error)
    beyond = dead_letter(record(bytes(limits.DEAD_LETTER_VALUE_BYTES + 1)), "map", error)
    for letter in (fitting, beyond):
        assert letter.value is not None
        assert len(letter.value) < limits.RECORD_MAX_BYTES * 0.9
    document = wire.decode(beyond.value or b"")
    assert document["value_base64"] is None
    assert document["value_bytes"] == limits.DEAD_LETTER_VALUE_BYTES + 1
    assert document["value_sha256"] == hashlib.sha256(bytes(limits.DEAD_LETTER_VALUE_BYTES + 1)).hexdigest()
