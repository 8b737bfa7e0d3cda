"""What can't become a sale is refused by name: what is wrong, where, and the setting that would help."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from shared.commerce.payment import TenderKind
from shared.commerce.sale import LineKind, Stage
from shared.magento.reading import ReadingOptions, Unreadable, parse_snapshot, read_sale
from shared.mapping.parked import Reason
from tests.unit.magento.shop_orders import ORDINARY, item, order_of, sale_of, snapshot_of


def plain(**more: Any) -> dict[str, Any]:
    return order_of(item(1, "A", "10.00", "2"), subtotal="20.00", grand_total="20.00", **more)


def refusal(order: dict[str, Any], options: ReadingOptions = ORDINARY, zone: str = "UTC") -> Unreadable:
    with pytest.raises(Unreadable) as caught:
        sale_of(order, options, zone)
    assert caught.value.reason in set(Reason)
    return caught.value


def test_a_plain_order_reads() -> None:
    assert sale_of(plain()).total == Decimal("20.00")


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("grand_total", "twelve", "order.grand_total can't be read: Value error, a number was expected"),
        ("grand_total", Decimal("1E+40"), "order.grand_total can't be read: Value error, the number is larger"),
        ("tax_amount", "NaN", "order.tax_amount"),
        ("tax_amount", {"amount": 1}, "order.tax_amount can't be read: Value error, a number was expected, not dict"),
        ("tax_amount", True, "order.tax_amount"),
        ("increment_id", "", "order.increment_id"),
        ("increment_id", "   ", "order.increment_id"),
        ("increment_id", None, "order.increment_id"),
        ("entity_id", -5, "order.entity_id"),
        ("entity_id", 0, "order.entity_id"),
        ("created_at", "0000-00-00 00:00:00", "order.created_at"),
        ("created_at", "0001-01-01T00:00:00+14:00", "order.created_at"),
        ("created_at", None, "order.created_at"),
        ("items", "none", "order.items"),
        ("items", [7], "order.items.0"),
        ("items", [{"row_total": "x"}], "order.items.0.row_total"),
    ],
)
def test_a_field_that_cannot_be_read_is_named(field: str, value: Any, said: str) -> None:
    error = refusal(plain() | {field: value})
    assert error.reason == "unreadable"
    assert said in str(error)


def test_a_missing_field_is_named() -> None:
    order = plain()
    del order["entity_id"]
    assert "order.entity_id can't be read: Field required" in str(refusal(order))


@pytest.mark.parametrize("field", ["subtotal", "grand_total"])
def test_an_order_without_its_main_amounts_is_unreadable(field: str) -> None:
    assert str(refusal(plain() | {field: None})) == "the order has no subtotal or grand_total"


def test_an_order_without_any_currency_is_unreadable() -> None:
    assert "order_currency_code" in str(refusal(plain(order_currency_code=None, base_currency_code=None)))


@pytest.mark.parametrize("options", [ORDINARY, ReadingOptions("USD", "Mars/Base")])
def test_an_unknown_time_zone_names_itself_and_the_setting(options: ReadingOptions) -> None:
    error = refusal(plain(), options, zone="Moon/Sea")
    assert "is unknown" in str(error)
    assert error.setting == "time_zone"


def test_a_float_never_reaches_an_amount() -> None:
    with pytest.raises(Unreadable, match="a float reached an amount"):
        parse_snapshot(snapshot_of(plain() | {"grand_total": 20.0}))


def test_lines_that_miss_the_subtotal_are_refused_with_the_nearest_difference() -> None:
    error = refusal(order_of(item(1, "A", "10.00"), subtotal="12.00", grand_total="12.00"))
    assert error.reason == "lines_differ"
    assert "subtotal 12.00 USD" in str(error)
    assert "off by -2.00" in str(error)


def test_an_order_without_rows_but_with_a_subtotal_is_refused() -> None:
    assert refusal(order_of(subtotal="12.00", grand_total="12.00")).reason == "lines_differ"
    assert refusal(order_of(subtotal="12.00", grand_total="12.00", items=None)).reason == "lines_differ"


SURCHARGE = {"payment_surcharge_amount": Decimal("5.33"), "payment_surcharge_label": "Card fee"}


def test_a_surcharge_in_an_extension_attribute_is_named_with_the_setting() -> None:
    error = refusal(plain() | {"grand_total": Decimal("25.33"), "extension_attributes": SURCHARGE})
    assert error.reason == "totals_differ"
    assert error.setting == "fees"
    assert str(error) == (
        "the order's parts come to 20.00 USD, its total is 25.33: 5.33 is unexplained; "
        "the extension attribute payment_surcharge_amount holds just that"
    )


@pytest.mark.parametrize("value", [Decimal("5.33"), "5.3300", " 5.33 "])
def test_a_surcharge_with_a_fee_setting_is_a_line(value: Any) -> None:
    order = plain() | {"grand_total": Decimal("25.33"), "extension_attributes": {"payment_surcharge_amount": value}}
    sale = sale_of(order, ReadingOptions("USD", fees={"payment_surcharge_amount": "Card surcharge"}))
    assert sale.total == Decimal("25.33")
    fee = sale.lines[-1]
    assert (fee.kind, fee.name, fee.amount) == (LineKind.FEE, "Card surcharge", Decimal("5.33"))


def test_a_fee_setting_whose_attribute_the_order_lacks_changes_nothing() -> None:
    assert sale_of(plain(), ReadingOptions("USD", fees={"x": "X"})) == sale_of(plain())


def test_a_fee_setting_does_not_excuse_another_difference() -> None:
    order = plain() | {"grand_total": Decimal("26.00"), "extension_attributes": SURCHARGE}
    error = refusal(order, ReadingOptions("USD", fees={"payment_surcharge_amount": "Card surcharge"}))
    assert "0.67 is unexplained" in str(error)
    assert error.setting == ""


def test_a_negative_fee_is_a_discount() -> None:
    order = plain() | {"grand_total": Decimal("19.00"), "extension_attributes": {"rebate": Decimal("-1.00")}}
    sale = sale_of(order, ReadingOptions("USD", fees={"rebate": "Early bird"}))
    assert (sale.discount, sale.total, len(sale.lines)) == (Decimal("1.00"), Decimal("19.00"), 1)


def test_an_unknown_tender_is_named_but_no_fee_setting_is_promised() -> None:
    order = plain() | {"grand_total": Decimal("15.00"), "extension_attributes": {"wallet_used": "5.0000"}}
    error = refusal(order)
    assert "-5.00 is unexplained; the extension attribute wallet_used holds just that" in str(error)
    assert error.setting == ""


def test_half_a_cent_is_the_limit_of_what_may_be_rounded() -> None:
    assert sale_of(plain() | {"grand_total": Decimal("20.0049")}).total == Decimal("20.00")
    assert refusal(plain() | {"grand_total": Decimal("20.005")}).reason == "totals_differ"


def test_lines_that_are_off_do_not_widen_what_the_total_may_be_off() -> None:
    """Rows settled to the subtotal by a cent, and a total that is off by another: the second is not excused."""
    rows = [item(n, f"S{n}", "3.333", row_total=None, row_total_incl_tax=None) for n in range(1, 4)]
    good = order_of(*rows, subtotal="10.01", grand_total="10.01")
    assert sale_of(good).notes == ("lines rounded by -0.011 USD to the subtotal",)
    assert refusal(good | {"grand_total": Decimal("10.02")}).reason == "totals_differ"


def test_a_partly_cancelled_order_is_held() -> None:
    error = refusal(plain(total_canceled=Decimal("10.00")))
    assert error.reason == "partly_cancelled"
    assert "10.00 USD" in str(error)


def test_a_cancelled_piece_that_only_its_row_knows_holds_the_order_too() -> None:
    order = plain()
    order["items"][0]["qty_canceled"] = "1.0000"
    assert "1.0000 x A" in str(refusal(order))


@pytest.mark.parametrize("broken", [{}, {"grand_total": None}, {"subtotal": Decimal("99.00")}, {"items": None}])
def test_a_cancelled_order_reads_as_cancelled_even_when_its_figures_do_not_add_up(broken: dict[str, Any]) -> None:
    sale = sale_of(plain(state="canceled", total_canceled=Decimal("20.00")) | broken)
    assert sale.stage is Stage.CANCELLED
    sale.check()
    assert (sale.total == Decimal("20.00")) is not bool(broken)
    assert bool(sale.notes) is bool(broken)


def test_tenders_are_no_discount() -> None:
    extension = {"gift_cards_amount": "5.00", "customer_balance_amount": 3, "reward_currency_amount": Decimal("2")}
    sale = sale_of(plain() | {"grand_total": Decimal("10.00"), "extension_attributes": extension})
    assert sale.total == Decimal("20.00")
    assert [(tender.kind, tender.amount) for tender in sale.tenders] == [
        (TenderKind.GIFT_CARD, Decimal("5.00")),
        (TenderKind.STORE_CREDIT, Decimal("3.00")),
        (TenderKind.REWARD_POINTS, Decimal("2.00")),
    ]


def test_every_reason_of_the_reading_is_one_that_people_can_look_up() -> None:
    said = {"unreadable", "lines_differ", "totals_differ", "partly_cancelled"}
    assert said <= {reason.value for reason in Reason}


@pytest.mark.parametrize("state", [None, "", "pending"])
def test_states_of_client_written_orders_are_kept_as_they_are(state: str | None) -> None:
    assert sale_of(plain(state=state)).source.state == (state or "")


def test_a_snapshot_that_is_no_snapshot_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="connection"):
        parse_snapshot({"order": plain()})


def test_sub_cent_remainders_are_settled_and_named() -> None:
    """A release that keeps a discount on shipping of 2.275: a total of 18.545."""
    order = order_of(
        item(1, "A", "10.00", discount_amount=Decimal("0"), row_total_incl_tax=Decimal("10.00")),
        subtotal="10.00",
        grand_total="18.545",
        shipping_amount=Decimal("10.82"),
        shipping_discount_amount=Decimal("2.275"),
        discount_amount=Decimal("-2.275"),
    )
    sale = sale_of(order)
    sale.check()
    assert sale.total == Decimal("18.55")
    assert sale.discount == Decimal("2.27")
    assert sale.notes == ("rounded by 0.01 USD: the order keeps parts of a cent",)


def test_rounding_never_makes_a_discount_out_of_nothing() -> None:
    order = order_of(
        item(1, "A", "10.00"),
        subtotal="10.00",
        grand_total="10.010",
        shipping_amount=Decimal("0.005"),
        tax_amount=Decimal("0.005"),
    )
    sale = sale_of(order)
    sale.check()
    assert sale.discount == 0
    assert sale.total == Decimal("10.01")


@pytest.mark.parametrize(
    ("more", "note"),
    [
        ({"total_refunded": "5.0000"}, "5.00 USD was refunded, which is not booked yet"),
        ({"total_refunded": "0.0000"}, None),
        ({}, None),
    ],
)
def test_a_refund_is_never_passed_over_in_silence(more: dict[str, Any], note: str | None) -> None:
    sale = sale_of(plain(state="closed", **more))
    assert sale.total == Decimal("20.00")
    assert sale.notes == ((note,) if note else ())


def test_a_credit_memo_without_an_amount_on_the_order_is_named_too() -> None:
    snapshot = snapshot_of(plain()) | {"creditmemos": [{"entity_id": 1}]}
    assert read_sale(parse_snapshot(snapshot), ORDINARY).notes == ("a part was refunded, which is not booked yet",)


def test_reading_never_changes_the_snapshot() -> None:
    snapshot = parse_snapshot(snapshot_of(plain()))
    assert read_sale(snapshot, ORDINARY) == read_sale(snapshot, ORDINARY)
