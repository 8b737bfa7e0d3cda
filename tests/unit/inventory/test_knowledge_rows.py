"""Records -> rows of what is known of stock: which of them count, and what is kept of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.inventory import knowledge_documents, knowledge_links, knowledge_orders, knowledge_products
from shared.commerce.stock import Pieces
from shared.links.state import Booked, Intent, LinkState, Movement
from shared.log.port import Record
from shared.log.projection import CorruptRecord
from shared.snapshots import FOLLOWS
from shared.wire import encode

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def at(seconds: int) -> datetime:
    return NOON + timedelta(seconds=seconds)


def record(key: str, document: Any, headers: Mapping[str, str] | None = None) -> Record:
    value = document if isinstance(document, bytes) or document is None else encode(document)
    return Record("topic", 0, 0, 0, key, value, headers or {})


def snapshot(read: int, qty: object = 3, follows: int | None = None, **order: Any) -> Record:
    row = {"item_id": 1, "product_id": 7, "sku": "MUG", "product_type": "simple", "qty_ordered": qty, "name": "Jane's"}
    address = {"firstname": "Jane", "lastname": "Doe", "street": ["Elm Street 1"], "telephone": "555-0100"}
    document = {
        "connection": "main",
        "fetched_at": at(read).isoformat(),
        "time_zone": "UTC",
        "order": {
            "entity_id": 1,
            "increment_id": "000000001",
            "created_at": "2026-11-24 08:00:00",
            "customer_email": "jane@example.com",
            "customer_firstname": "Jane",
            "remote_ip": "192.0.2.7",
            "billing_address": address,
            "payment": {"method": "checkmo", "cc_last_4": "4242"},
            "state": "processing",
            "items": [row],
            **order,
        },
    }
    return record("main:order:1", document, {} if follows is None else {FOLLOWS: at(follows).isoformat()})


def ordered(row: bytes | None) -> Decimal:
    assert row is not None
    (sold,) = knowledge_orders.parse("main:order:1", row).sold
    assert sold.pieces is not None
    return sold.pieces.ordered


def test_nothing_of_the_customer_is_kept() -> None:
    row = knowledge_orders.fold(None, snapshot(0))
    assert row is not None
    for word in (b"Jane", b"Doe", b"jane@", b"Elm", b"555", b"192.0", b"4242"):
        assert word not in row


def test_a_snapshot_counts_unless_its_publisher_did_not_know_the_one_that_stands() -> None:
    first = knowledge_orders.fold(None, snapshot(10, 3))
    late = knowledge_orders.fold(first, snapshot(5, 9))
    assert ordered(late) == 3
    blind = knowledge_orders.fold(first, snapshot(20, 4, follows=5))
    assert ordered(blind) == 3, "it follows one that is older than the one that stands"
    assert ordered(knowledge_orders.fold(first, snapshot(20, 5, follows=10))) == 5


@pytest.mark.parametrize(
    "broken",
    [
        record("main:order:1", b"{"),
        record("main:order:1", None),
        record("main:order:1", []),
        record("main:order:1", {"order": []}),
        record("main:order:2", snapshot(99).value),
        snapshot(99, created_at="yesterday"),
        record("main:order:1", snapshot(99).value, {FOLLOWS: "long ago"}),
    ],
)
def test_what_is_no_snapshot_of_the_order_is_passed_by(broken: Record) -> None:
    row = knowledge_orders.fold(None, snapshot(0))
    assert knowledge_orders.fold(row, broken) == row
    assert knowledge_orders.fold(None, broken) is None


def test_pieces_that_cannot_be_read_are_unknown_and_their_sku_is_not() -> None:
    row = knowledge_orders.fold(None, snapshot(0, qty="many"))
    assert row is None, "qty_ordered is part of the order's own model"
    broken = [{"item_id": 1, "product_id": 7, "sku": "MUG", "qty_ordered": 3, "qty_shipped": "some"}]
    row = knowledge_orders.fold(None, snapshot(0, items=broken))
    assert row is not None
    order = knowledge_orders.parse("main:order:1", row)
    assert [(one.sku, one.pieces) for one in order.sold] == [("MUG", None)]
    assert knowledge_orders.words_of(order) == {"main:sku:mug"}


def test_rows_of_one_product_are_its_pieces_whatever_their_skus() -> None:
    rows = [
        {"item_id": 1, "product_id": 7, "sku": "MUG-red", "qty_ordered": 3, "qty_shipped": 1},
        {"item_id": 2, "product_id": 7, "sku": "MUG-blue", "qty_ordered": 2, "qty_canceled": 1},
        {"item_id": 3, "sku": "Gift"},
    ]
    row = knowledge_orders.fold(None, snapshot(0, items=rows))
    assert row is not None
    order = knowledge_orders.parse("main:order:1", row)
    assert [(one.product, one.sku) for one in order.sold] == [(7, "MUG-red"), (0, "Gift")]
    assert order.sold[0].pieces == Pieces(Decimal(5), Decimal(1), Decimal(1))
    assert knowledge_orders.words_of(order) == {"main:product:7", "main:sku:mug-red", "main:sku:gift"}


# --- links


def link(revision: int, **more: Any) -> Record:
    return record("main:order:1", LinkState(revision=revision, **more).model_dump_json().encode())


def booked(units: int, number: int = 0, voided: bool = False) -> Booked:
    moves = (Movement(at=NOON, document="Invoice 9", units={"7": Decimal(units)}),)
    return Booked(
        entity="Invoice",
        id="5",
        sync_token=str(number),
        content_hash="",
        requestid="",
        total=Decimal(1),
        number="9",
        voided=voided,
        moves=moves,
    )


def intent(body: bytes) -> Intent:
    return Intent(
        entity="Invoice",
        action="update",
        generation=1,
        requestid="r",
        path="/",
        body=body.decode(),
        content_hash="",
        total=Decimal(1),
        tax=Decimal(0),
        number="9",
        decided_at=at(5),
    )


@given(revisions=st.lists(st.integers(1, 6), min_size=1, max_size=12))
def test_of_links_the_first_of_the_highest_revision_counts(revisions: list[int]) -> None:
    """As the orders service has it, or the two would go by different documents."""
    row: bytes | None = None
    for place, revision in enumerate(revisions):
        row = knowledge_links.fold(row, link(revision, booked=booked(place + 1)))
    assert row is not None
    first = revisions.index(max(revisions))
    assert knowledge_links.parse(row).took[0].units == {"7": first + 1}


def test_a_link_tells_what_was_taken_and_what_may_be() -> None:
    body = encode({"Line": [{"SalesItemLineDetail": {"ItemRef": {"value": "8"}}}, {"DetailType": "SubTotal"}]})
    row = knowledge_links.fold(None, link(3, booked=booked(2, 4), intent=intent(body)))
    assert row is not None
    known = knowledge_links.parse(row)
    assert (known.document, known.place, known.token, known.stands) == ("Invoice 9", "Invoice:5", 4, True)
    assert known.pending is not None
    assert known.pending.items == {"7", "8"}, "what an update leaves out is given back"
    assert known.items == {"7", "8"}
    assert knowledge_links.words("main:order:1", row) == ("main:Invoice:5",)


def test_links_of_items_are_passed_by_and_nonsense_stops() -> None:
    value = LinkState(revision=1).model_dump_json().encode()
    assert knowledge_links.fold(None, record("913:item:sku:mug", value)) is None
    with pytest.raises(CorruptRecord):
        knowledge_links.fold(None, record("main:order:1", b"{}x"))


# --- documents


def told(token: int | None, qty: int = 3, **headers: str) -> Record:
    line = {"SalesItemLineDetail": {"ItemRef": {"value": "7"}, "Qty": qty}}
    all_headers = {
        "entity": "Invoice",
        "changed-at": at(token or 0).isoformat(),
        "status": "live" if token is not None else "deleted",
        "sync-token": "" if token is None else str(token),
        **headers,
    }
    return record("913:Invoice:5", {"Line": [line], "TotalAmt": 1}, all_headers)


def test_a_document_is_known_as_it_was_told_last() -> None:
    row = knowledge_documents.fold(None, told(1, 3))
    row = knowledge_documents.fold(row, told(2, 5))
    row = knowledge_documents.fold(row, told(1, 3))  # of a process that was overtaken
    assert row is not None
    assert knowledge_documents.parse(row).units == {"7": 5}
    row = knowledge_documents.fold(row, told(None))
    assert row is not None
    gone = knowledge_documents.parse(row)
    assert (gone.token, gone.units) == (None, {})
    row = knowledge_documents.fold(row, told(3, 2))
    assert row is not None
    assert knowledge_documents.parse(row).units == {"7": 2}, "told to be deleted, and shown again since"


@pytest.mark.parametrize("headers", [{"brief": "yes"}, {"changed-at": "noon"}, {"sync-token": ""}])
def test_what_is_told_without_its_lines_or_its_time_says_nothing(headers: dict[str, str]) -> None:
    row = knowledge_documents.fold(None, told(1, 3))
    assert knowledge_documents.fold(row, told(2, 9, **headers)) == row


def test_only_sales_are_kept() -> None:
    assert knowledge_documents.fold(None, told(1, entity="CreditMemo")) is None
    assert knowledge_documents.fold(None, told(1, entity="Customer")) is None


# --- products


def product(read: int, follows: int | None = None, **more: Any) -> Record:
    document = {"connection": "main", "fetched_at": at(read).isoformat(), **more}
    return record("main:product:7", document, {} if follows is None else {FOLLOWS: at(follows).isoformat()})


def test_a_product_that_is_gone_is_not_brought_back_by_a_late_snapshot() -> None:
    mug = {"id": 7, "sku": "Mug ", "type_id": "simple"}
    row = knowledge_products.fold(None, product(1, product=mug))
    assert row is not None
    assert knowledge_products.words("main:product:7", row) == {"main:is:mug", "main:item:sku:mug", "main:item:name:mug"}
    row = knowledge_products.fold(row, product(9, 1, deleted=True, id=7))
    row = knowledge_products.fold(row, product(5, 1, product=mug))
    assert row is not None
    assert knowledge_products.parse("main:product:7", row).product is None
    assert knowledge_products.words("main:product:7", row) == ()


@pytest.mark.parametrize("value", [b"[", [], {"fetched_at": "noon"}, {"product": {}}, None])
def test_what_is_no_snapshot_of_a_product_is_passed_by(value: Any) -> None:
    row = knowledge_products.fold(None, product(1, product={"id": 7, "sku": "MUG"}))
    assert knowledge_products.fold(row, record("main:product:7", value)) == row
