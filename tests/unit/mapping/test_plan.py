"""What must be done to a document, and when nothing has to: the content hash."""

from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.commerce.money import ZERO
from shared.mapping.document import Document, DocumentKind
from shared.mapping.plan import Action, Written, plan
from tests.unit.magento.shop_orders import any_cart, item, order_of, sale_of, shown_order, stored_order
from tests.unit.mapping.sales import document, line, sale

RECEIPT = DocumentKind.SALES_RECEIPT
DESIRED = document(sale(line()))


def written(of: Document | None = DESIRED, **more: Any) -> Written:
    return Written(RECEIPT, "77", "3", of.content_hash if of else "", **more)


@pytest.mark.parametrize(
    ("desired", "stands", "action"),
    [
        (None, None, None),
        (None, written(), Action.VOID),
        (None, written(voided=True), None),
        (DESIRED, None, Action.CREATE),
        (DESIRED, written(), None),
        (DESIRED, written(None), Action.UPDATE),
        (DESIRED, written(voided=True), Action.CREATE),
    ],
)
def test_one_operation_brings_the_books_there(
    desired: Document | None, stands: Written | None, action: Action | None
) -> None:
    operation = plan(desired, stands)
    assert (operation.action if operation else None) == action


def test_a_create_is_the_document_and_nothing_else() -> None:
    operation = plan(DESIRED, None)
    assert operation is not None
    assert (operation.body, operation.content_hash) == (DESIRED.body, DESIRED.content_hash)
    assert (operation.total, operation.tax) == (DESIRED.total, DESIRED.tax)


def test_an_update_is_whole_and_carries_the_token() -> None:
    operation = plan(DESIRED, written(None))
    assert operation is not None
    assert operation.body == {**DESIRED.body, "Id": "77", "SyncToken": "3"}
    assert "sparse" not in operation.body
    assert operation.content_hash == DESIRED.content_hash  # of what the document then holds, without the token


def test_a_void_names_the_document_alone() -> None:
    operation = plan(None, written())
    assert operation is not None
    assert operation.body == {"Id": "77", "SyncToken": "3", "sparse": True}
    assert (operation.kind, operation.total, operation.content_hash) == (RECEIPT, Decimal(0), "")


def test_a_receipt_never_becomes_an_invoice() -> None:
    with pytest.raises(ValueError, match="it can't become a invoice"):
        plan(document(sale(line()), kind=DocumentKind.INVOICE), written())


def test_after_its_own_operation_there_is_nothing_to_do() -> None:
    operation = plan(DESIRED, written(None))
    assert operation is not None
    assert plan(DESIRED, Written(RECEIPT, "77", "4", operation.content_hash)) is None


@settings(max_examples=40)
@given(st.integers(0, 100_000))
def test_an_order_that_is_read_again_needs_no_update(seed: int) -> None:
    """Neither the order of keys, nor 10 for 10.00 or "10.0000", nor null for an absent field is a change."""
    order = shown_order(stored_order(any_cart(seed)), "2.4.7")
    again = _rewritten(order, random.Random(seed))
    if sale_of(order).discount > sum((one.amount for one in sale_of(order).lines), ZERO):
        return  # parked: there is no document
    assert document(sale_of(again)).content_hash == document(sale_of(order)).content_hash


def test_whatever_is_written_in_the_books_changes_the_hash() -> None:
    hashes = {
        document(what).content_hash
        for what in (
            sale(line()),
            sale(line(amount=Decimal("10.01"))),
            sale(line(quantity=Decimal(2))),
            sale(line(name="Renamed")),
            sale(line(tax=Decimal("0.01"))),
            sale(line(discount=Decimal("0.01"))),
            sale(line(), notes=("rounded by 0.01 USD",)),
            sale(line(), placed_at=sale().placed_at.replace(day=25)),
            sale(line(), buyer=replace(sale().buyer, email="other@example.com")),
        )
    }
    assert len(hashes) == 9


def test_what_the_books_do_not_show_changes_no_hash() -> None:
    order = order_of(item(1, "A", "10.00"), subtotal="10.00", grand_total="10.00")
    same = order | {"updated_at": "2026-11-25 00:00:00", "status": "picked", "total_due": 0, "weight": 3}
    assert document(sale_of(same)).content_hash == document(sale_of(order)).content_hash


def _rewritten(value: Any, chance: random.Random) -> Any:
    if isinstance(value, dict):
        keys = list(value)
        chance.shuffle(keys)
        return {**{key: _rewritten(value[key], chance) for key in keys}, "never_heard_of": None}
    if isinstance(value, list):
        return [_rewritten(part, chance) for part in value]
    if isinstance(value, Decimal):
        return chance.choice([value.quantize(Decimal("0.0001")), f"{value:.4f}", value])
    if isinstance(value, int) and not isinstance(value, bool):
        return chance.choice([value, str(value)])
    return value
