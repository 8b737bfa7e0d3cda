"""What shops really send: numbers as text, PHP's empty lists for objects, nulls, nonsense where no money is."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.magento.models import read_number
from shared.magento.reading import Unreadable, parse_snapshot
from shared.wire import decode, encode
from tests.unit.magento.shop_orders import item, order_of, sale_of, snapshot_of


def plain(**more: Any) -> dict[str, Any]:
    return order_of(item(1, "A", "10.00"), subtotal="10.00", grand_total="10.00") | more


@pytest.mark.parametrize(
    ("given_value", "number"),
    [
        (None, None),
        ("", None),
        ("  ", None),
        (0, Decimal(0)),
        ("12.5000", Decimal("12.5")),
        (" 12.5 ", Decimal("12.5")),
        ("-0.0000", Decimal(0)),
        (Decimal("-0.0"), Decimal(0)),
        ("1e2", Decimal(100)),
        (Decimal("29.949999999999999"), Decimal("29.949999999999999")),
    ],
)
def test_amounts_are_read_from_whatever_form_they_have(given_value: Any, number: Decimal | None) -> None:
    assert read_number(given_value) == number
    assert not (number == 0 and str(read_number(given_value)).startswith("-"))


@pytest.mark.parametrize("value", ["1,234.50", "$5", "Infinity", "NaN", "sNaN", "1e99", 10**16, [], True, 1.5])
def test_what_is_no_amount_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"number|float"):
        read_number(value)


@pytest.mark.parametrize(
    "empty",
    [
        {"extension_attributes": None},
        {"extension_attributes": []},
        {"billing_address": None},
        {"billing_address": []},
        {"payment": None},
        {"payment": []},
        {"extension_attributes": {"shipping_assignments": None, "applied_taxes": None}},
        {"extension_attributes": {"shipping_assignments": {}, "applied_taxes": {}}},
        {"extension_attributes": {"shipping_assignments": [{"shipping": None}]}},
        {"extension_attributes": {"shipping_assignments": [{"shipping": []}]}},
        {"extension_attributes": {"shipping_assignments": [{"shipping": {"address": []}}]}},
        {"customer_id": ""},
        {"customer_id": 0},
        {"store_id": None},
        {"store_id": ""},
        {"coupon_code": None, "discount_description": ""},
        {"shipping_amount": None, "tax_amount": "", "discount_amount": "-0.0000"},
        {"billing_address": {"region": {"region": "Ohio"}, "street": None, "telephone": False}},
    ],
)
def test_what_is_empty_in_php_changes_nothing(empty: dict[str, Any]) -> None:
    sale = sale_of(plain(**empty))
    assert (sale.total, sale.buyer, len(sale.lines)) == (Decimal("10.00"), sale_of(plain()).buyer, 1)


def test_a_list_with_gaps_comes_as_an_object_and_is_read() -> None:
    order = plain(items={"0": item(1, "A", "4.00"), "2": item(2, "B", "6.00")})
    assert [line.sku for line in sale_of(order).lines] == ["A", "B"]


@pytest.mark.parametrize("flag", ["1", 1, "0", 0, None, "", "yes", True])
def test_a_flag_of_any_form_makes_no_order_unreadable(flag: Any) -> None:
    assert sale_of(plain(items=[item(1, "A", "10.00", is_virtual=flag)])).total == Decimal("10.00")


@pytest.mark.parametrize(
    "written",
    ["2026-11-24 03:00:00", "2026-11-24T03:00:00", "2026-11-24T03:00:00Z", "2026-11-24T04:00:00+01:00"],
)
def test_times_are_utc_unless_they_say_otherwise(written: str) -> None:
    placed = parse_snapshot(snapshot_of(plain(created_at=written))).order.created_at
    assert placed == datetime(2026, 11, 24, 3, tzinfo=UTC)


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="this system has no zone per process")
def test_the_zone_of_the_machine_makes_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    try:
        monkeypatch.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        placed = parse_snapshot(snapshot_of(plain(created_at="2026-11-24 03:00:00"))).order.created_at
    finally:
        monkeypatch.undo()
        time.tzset()
    assert placed == datetime(2026, 11, 24, 3, tzinfo=UTC)


def test_order_numbers_may_be_numbers() -> None:
    sale = sale_of(plain(increment_id=1001, entity_id="41", store_id="2"))
    assert (sale.source.number, sale.source.entity_id, sale.source.store_id) == ("1001", 41, 2)


def test_currency_codes_are_read_in_capitals() -> None:
    assert sale_of(plain(order_currency_code="usd", base_currency_code="Usd")).currency == "USD"


numbers = st.integers(-(2**63), 2**63) | st.decimals(allow_nan=False, allow_infinity=False)
scalars = st.none() | st.booleans() | numbers | st.text(max_size=8)
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner)
)
FIELDS = sorted(
    {*plain(), "payment", "billing_address", "extension_attributes", "tax_amount", "customer_email", "total_canceled"}
)


@given(st.dictionaries(st.sampled_from(FIELDS), anything, max_size=3))
def test_nonsense_is_refused_by_name_or_read_but_never_crashes(nonsense: dict[str, Any]) -> None:
    order = plain(**nonsense)
    try:
        sale = sale_of(order)
    except Unreadable as error:
        assert error.reason
        assert str(error)
    else:
        sale.check()


@given(st.dictionaries(st.sampled_from(sorted(item(1, "A", "1"))), anything, max_size=3))
def test_nonsense_in_a_row_is_refused_by_name_or_read_but_never_crashes(nonsense: dict[str, Any]) -> None:
    order = plain(items=[item(1, "A", "10.00") | nonsense, item(2, "B", "0")])
    try:
        sale_of(order).check()
    except Unreadable as error:
        assert str(error)


def test_a_snapshot_survives_the_log() -> None:
    document = snapshot_of(plain(customer_firstname="Zoë 😀"))
    assert parse_snapshot(decode(encode(document))) == parse_snapshot(document)


def test_a_snapshot_is_read_with_its_shipments_and_one_of_the_first_releases_without() -> None:
    document = snapshot_of(plain())
    assert parse_snapshot(document).shipments == []
    shipment = {"entity_id": 9, "items": [{"order_item_id": 1, "qty": 2}]}
    assert parse_snapshot({**document, "shipments": [shipment]}).shipments == [shipment]
