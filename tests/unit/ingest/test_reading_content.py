"""What makes two readings the same, and what a record tells of its snapshot."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.ingest.reading.fetched import Fetched, Kind, content_hash, gone
from services.ingest.reading.standing import Standing, fold, parse
from shared.log.port import Record
from shared.wire import decode, encode

NAMES = st.sampled_from(["order", "items", "sku", "updated_at", "created_at", "größe", "extension_attributes"])
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-9, 9)
    | st.text(max_size=3)
    | st.sampled_from([Decimal("1.50"), Decimal(3)]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
CONTENTS = st.dictionaries(NAMES, VALUES, max_size=4)
AT = datetime(2026, 3, 4, 5, 6, 7, 8, tzinfo=UTC)


def saved_again(value: Any) -> Any:
    """The same with its members in another order and each updated_at moved."""
    if isinstance(value, dict):
        moved = {name: "2026-01-01" if name == "updated_at" else saved_again(one) for name, one in value.items()}
        return dict(reversed(moved.items()))
    return [saved_again(one) for one in value] if isinstance(value, list) else value


@given(CONTENTS)
def test_a_save_that_changes_nothing_and_another_order_of_members_are_the_same_content(content: dict[str, Any]) -> None:
    assert content_hash(saved_again(content)) == content_hash(content)
    assert content_hash(decode(encode(content))) == content_hash(content), "also when it went through the log"


@given(CONTENTS, NAMES.filter(lambda name: name != "updated_at"), VALUES)
def test_any_other_change_is_another_content(content: dict[str, Any], name: str, value: Any) -> None:
    changed = copy.deepcopy(content) | {name: value}
    same = content_hash(changed) == content_hash(content)
    assert same == (name in content and content_hash({"x": content[name]}) == content_hash({"x": value}))


def record(fetched: Fetched, **more: str) -> Record:
    value = encode(fetched.snapshot("main"))
    headers = {**Standing.of(fetched).headers(), **more}
    return Record(fetched.kind.topic, 3, 7, 0, fetched.key("main"), value, headers)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "increment_id": st.text(max_size=5),
            "store_id": st.sampled_from([0, 1, "2", None, "none"]),
            "updated_at": st.sampled_from(["2026-03-04 05:06:07", None]),
            "created_at": st.sampled_from(["2026-03-04 05:06:07", None]),
        },
    )
)
def test_what_a_record_tells_of_its_snapshot_is_what_the_snapshot_says(order: dict[str, Any]) -> None:
    fetched = Fetched(Kind.ORDER, 5, AT, {"order": order})
    row = fold(None, record(fetched, cause="webhook"))
    assert row is not None and parse(row) == Standing.of(fetched)


def test_a_deletion_is_told_and_a_snapshot_of_the_first_releases_says_nothing() -> None:
    row = fold(None, record(gone(Kind.PRODUCT, 5, AT)))
    assert row is not None and parse(row).number == ""
    assert parse(row).hash != content_hash(gone(Kind.PRODUCT, 6, AT).content)
    assert fold(row, Record("magento.orders", 3, 8, 0, "main:order:5", b"{}", {"cause": "webhook"})) is None
