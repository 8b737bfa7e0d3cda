"""What documents in the form of the after-sale vectors may state, with figures of our own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.magento.vectors import Report, compare


def played(folder: Path, **vector: Any) -> Report:
    whole = {"name": "one", "source": "by hand", "level": "integration", **vector}
    (folder / "one.json").write_text(json.dumps({"about": "by hand", "vectors": [whole]}))
    return compare(folder)


def differences(report: Report) -> list[str]:
    assert report.total > 0
    return [str(one) for one in report.differences]


def bundle(**more: Any) -> dict[str, Any]:
    """2 bundles of 3 x 10.00 and 1 x 5.00: 70.00, of which a tenth is given off."""
    children = {"a": {"qty": "6", "price": "10"}, "b": {"qty": "2", "price": "5"}}
    return {
        "items": {"kit": {"type": "bundle", "qty": "2", "children": children}},
        "configuration": {"cart_rule": {"type": "by_percent", "amount": "10"}},
        **more,
    }


def test_a_bundle_without_a_price_of_its_own_is_invoiced_at_the_prices_of_its_selections(tmp_path: Path) -> None:
    report = played(
        tmp_path,
        order=bundle(),
        document={"kind": "invoice", "items": {"kit": "1"}},
        expected={
            "totals": {"subtotal": "35", "discount_amount": "-3.50", "base_grand_total": "31.50"},
            "items": {"a": {"row_total": "30", "discount_amount": "3"}, "b": {"row_total": "5"}},
            "item_qty": {"kit": "1", "a": "3", "b": "1"},
        },
    )
    assert differences(report) == []


def test_a_bundle_with_a_price_of_its_own_is_invoiced_at_that_price(tmp_path: Path) -> None:
    order = bundle()
    order["items"]["kit"]["price"] = "50"
    document = {"kind": "invoice", "items": {"kit": "1"}}
    report = played(tmp_path, order=order, document=document, expected={"totals": {"subtotal": "50"}})
    assert differences(report) == []


def test_counters_that_hold_the_earlier_documents_already_are_not_counted_twice(tmp_path: Path) -> None:
    item = {"qty": "4", "price": "10", "qty_invoiced": "3", "qty_refunded": "1"}
    report = played(
        tmp_path,
        order={"items": {"a": item}, "subtotal_invoiced": "30"},
        previous=[
            {"kind": "invoice", "items": {"a": "3"}},
            {"kind": "creditmemo", "items": {"a": "1"}},
        ],
        document={"kind": "creditmemo", "items": {}},
        expected={"totals": {"total_qty": "2", "subtotal": "20"}, "order_counters": {"subtotal_invoiced": "30"}},
    )
    assert differences(report) == []


@pytest.mark.parametrize(
    "document",
    [{"requested_base_shipping": "3"}, {"base_shipping_amount": "3"}],
)
def test_shipping_of_an_order_without_shipping_is_not_given_back(tmp_path: Path, document: dict[str, str]) -> None:
    vector = {"level": "unit", "order": {"base_shipping_amount": "0", "shipping_amount": "0"}}
    expected = {"error": "no_shipping_to_refund"}
    report = played(tmp_path, **vector, document={"kind": "creditmemo", **document}, expected=expected)
    assert differences(report) == []


@pytest.mark.parametrize(("state", "accepted"), [(None, False), ("refunded", False), ("open", True)])
def test_a_memo_that_has_an_id_is_registered_again_only_while_it_is_open(
    tmp_path: Path, state: str | None, accepted: bool
) -> None:
    document: dict[str, Any] = {"kind": "creditmemo", "id": "7", "base_grand_total": "5"}
    document |= {} if state is None else {"state": state}
    expected = {"accepted": True} if accepted else {"error": "memo_already_registered"}
    report = played(tmp_path, level="unit", order={"base_total_paid": "5"}, document=document, expected=expected)
    assert differences(report) == []


@pytest.mark.parametrize(("state", "refunded"), [("refunded", "9"), ("open", "4"), ("canceled", "4")])
def test_only_a_refunded_memo_counts_in_its_order(tmp_path: Path, state: str, refunded: str) -> None:
    document = {"kind": "creditmemo", "state": state, "totals": {"grand_total": "5"}}
    expected = {"order_counters": {"total_refunded": refunded}}
    report = played(tmp_path, level="unit", order={"total_refunded": "4"}, document=document, expected=expected)
    assert differences(report) == []


def test_a_line_tells_what_becomes_of_it_when_it_is_canceled_and_whether_something_is_left_to_ship(
    tmp_path: Path,
) -> None:
    line = {"qty_ordered": "8", "qty_invoiced": "6", "qty_shipped": "4", "base_tax_amount": "4"}
    figures = {"qty_canceled_after_cancel": "2", "tax_canceled_after_cancel": "1", "is_processing_available": True}
    report = played(tmp_path, level="unit", order={"items": {"a": line}}, expected={"items": {"a": figures}})
    assert differences(report) == []


@pytest.mark.parametrize("name", ["existing", "saved", "registered", "already_registered", "entity_id"])
def test_a_memo_said_to_be_there_already_is_not_registered_again(tmp_path: Path, name: str) -> None:
    document = {"kind": "creditmemo", name: True, "base_grand_total": "5"}
    expected = {"error": "memo_already_registered"}
    report = played(tmp_path, level="unit", order={"base_total_paid": "5"}, document=document, expected=expected)
    assert differences(report) == []


def test_what_a_canceled_invoice_held_is_open_to_the_next(tmp_path: Path) -> None:
    report = played(
        tmp_path,
        order={"items": {"a": {"qty": "3", "price": "10"}}, "shipping_price": "5"},
        previous=[{"kind": "invoice", "items": {"a": "2"}, "is_canceled": True}],
        document={"kind": "invoice", "items": {}},
        expected={
            "item_qty": {"a": "3"},
            "totals": {"subtotal": "30", "grand_total": "35"},
            "order_counters": {"subtotal_invoiced": "30"},
        },
    )
    assert differences(report) == []


def test_a_memo_of_an_invoice_that_is_not_there_takes_its_pieces_from_the_order(tmp_path: Path) -> None:
    report = played(
        tmp_path,
        order={"items": {"a": {"qty": "3", "price": "10", "qty_invoiced": "3"}}, "total_paid": "30"},
        document={"kind": "creditmemo", "items": {"a": "1"}, "from_invoice": True},
        expected={"item_qty": {"a": "1"}},
    )
    assert differences(report) == []
