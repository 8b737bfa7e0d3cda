"""An object's newest version counts, in whatever order, and however often, its versions are told."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.log.port import Record
from shared.log.projection import KEEP
from shared.quickbooks.listed import Listed, NotListed, fold, listed, newest, parse, words, words_of_row
from shared.wire import decode
from tests.unit.lists.told import NOON, PACIFIC, REALM, at, deleted, item

Steps = list[tuple[str, int]]


def history(steps: Steps) -> list[Listed]:
    """An object's life: it is changed (a token more), its system fields move (only the time), or it is deleted."""
    versions, token = [listed("Item", item(7, "v0"), at(0))], 0
    for minute, (what, wait) in enumerate(steps, 1):
        token += what == "change"
        told = deleted(7, minute) if what == "delete" else item(7, f"v{minute}", token, minute=minute)
        versions.append(listed("Item", told, at(minute + wait)))
        if what == "delete":
            break
    return versions


def folded(versions: list[Listed]) -> bytes | None:
    row: bytes | None = None
    for offset, one in enumerate(versions):
        made = one.record(REALM)
        after = fold(row, Record(made.topic, 0, offset, 0, made.key, made.value, made.headers))
        row = row if after is KEEP else after
    return row


@given(
    st.lists(st.tuples(st.sampled_from(["change", "move", "delete"]), st.integers(0, 3)), max_size=8),
    st.randoms(use_true_random=False),
)
def test_versions_in_any_order_and_more_than_once_end_with_the_newest(steps: Steps, chance: Any) -> None:
    versions = history(steps)
    told = versions + [chance.choice(versions) for _ in range(3)]
    chance.shuffle(told)
    assert newest(told) == [versions[-1]]
    row = folded(told)
    assert row is not None
    last = parse(f"{REALM}:Item:7", row)
    assert (last.value, last.gone) == (versions[-1].value, versions[-1].gone)
    assert not any(one.tells_more_than(last) for one in told)


def test_times_are_compared_as_instants_whatever_their_offset() -> None:
    """Noon in California is after noon in London, though its text sorts before."""
    west = item(1, "west") | {"MetaData": {"LastUpdatedTime": "2026-11-02T11:59:00-08:00"}}
    east = item(1, "east") | {"MetaData": {"LastUpdatedTime": "2026-11-02T12:00:00+00:00"}}
    assert listed("Item", east, NOON).older_than(listed("Item", west, NOON))
    assert listed("Item", west, NOON.astimezone(PACIFIC)) == listed("Item", west, NOON)


def test_a_deletion_in_the_second_of_the_last_change_counts() -> None:
    change, gone = listed("Item", item(7, "last", 4, minute=5), at(9)), listed("Item", deleted(7, 5), at(6))
    assert change.older_than(gone) and not gone.older_than(change)
    back = listed("Item", item(7, "back", 5, minute=6), at(9))
    assert gone.older_than(back), "what was changed after it was called gone is there"


def test_what_differs_in_times_only_is_no_news() -> None:
    known = listed("Item", item(7, "same"), at(0))
    assert not listed("Item", item(7, "same", minute=3), at(4)).tells_more_than(known)
    assert listed("Item", item(7, "same", QtyOnHand=3), at(4)).tells_more_than(known)


def test_of_a_customer_is_kept_what_sales_are_matched_by_and_of_an_account_no_balance() -> None:
    customer = {
        "Id": "1",
        "SyncToken": "0",
        "DisplayName": "Ann Lee",
        "PrimaryEmailAddr": {"Address": "Ann@Example.com "},
        "BillAddr": {"Line1": "1 Main Street"},
        "PrimaryPhone": {"FreeFormNumber": "555"},
        "Notes": "calls at night",
        "Balance": Decimal("12.30"),
    }
    one = listed("Customer", customer, NOON)
    assert set(decode(one.value)) == {"Id", "SyncToken", "DisplayName", "PrimaryEmailAddr"}
    assert not listed("Customer", customer | {"Balance": 99}, at(1)).tells_more_than(one)
    assert words("Customer", customer) == ["name=ann lee", "email=ann@example.com"]
    account = {"Id": "1", "SyncToken": "0", "Name": "Sales", "CurrentBalance": Decimal("1.10"), "Rate": Decimal("1.10")}
    assert decode(listed("Account", account, NOON).value) == {
        "Id": "1",
        "SyncToken": "0",
        "Name": "Sales",
        "Rate": Decimal("1.10"),
    }


@pytest.mark.parametrize(
    ("entity", "document", "expected"),
    [
        ("Item", item(1, "A Mug", Sku="MUG"), ["name=a mug", "sku=mug"]),
        ("Item", item(1, "A Mug", Sku="MUG", Active=False), ["inactive-name=a mug", "inactive-sku=mug"]),
        ("Class", {"FullyQualifiedName": "Web", "Active": False}, []),
        ("Item", item(1, "Mugs", Sku="MUG", Type="Category"), []),
        ("Class", {"Name": "Web", "FullyQualifiedName": "Shop:Web"}, ["name=shop:web"]),
        ("TaxCode", {"Name": "California", "Active": True}, ["name=california"]),
        ("TaxAgency", {"DisplayName": "Board"}, ["name=board"]),
    ],
)
def test_only_what_may_stand_in_a_document_is_found_by_a_word(
    entity: str, document: dict[str, Any], expected: list[str]
) -> None:
    assert words(entity, document) == expected


def test_a_row_of_something_gone_has_no_words() -> None:
    row = folded([listed("Item", item(7, "one"), at(0)), listed("Item", deleted(7, 2), at(3))])
    assert row is not None and words_of_row(f"{REALM}:Item:7", row) == ()


@pytest.mark.parametrize(
    "document",
    [{}, {"Id": "1", "SyncToken": "x"}, {"Id": "1", "MetaData": {"LastUpdatedTime": "2026-11-02T12:00:00"}}],
)
def test_an_object_without_an_id_or_with_a_version_that_makes_no_sense_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(NotListed):
        listed("Item", document, NOON + timedelta(minutes=1))
