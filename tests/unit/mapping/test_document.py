"""The document comes to the shop's total when it is added up the way QuickBooks adds up."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.quickbooks.lines import priced as books_price
from sandbox.quickbooks.settings import CompanySettings
from sandbox.quickbooks.totals import add_up
from shared.commerce.money import ZERO, quantise
from shared.commerce.sale import Line, LineKind, Sale
from shared.magento.lines import share_discount
from shared.mapping.document import Document, DocumentKind, answer_difference
from shared.mapping.money import priced
from shared.mapping.parked import Parked, Reason
from shared.settings.model import DiscountStyle
from shared.wire import decode, encode
from tests.unit.magento.shop_orders import any_cart, sale_of, shown_order, stored_order
from tests.unit.mapping.sales import document, line, sale, settings

NET = settings(sales={"discount": "net", "states": ["new", "processing", "complete"]})
PRICE_STEP, CENT = Decimal("0.0000001"), Decimal("0.01")
cents = st.integers(0, 10**8).map(lambda n: Decimal(n) / 100)
quantities = (
    st.integers(1, 12).map(Decimal)
    | st.integers(1, 10**8).map(lambda n: Decimal(n) / 10000)
    | st.integers(10**6, 10**11).map(Decimal)
)
prices = st.none() | st.decimals(0, 10**6, places=4)


def as_booked(made: Document) -> tuple[Decimal, Decimal]:
    """(total, tax) by the arithmetic of the books, from the bytes that are sent."""
    body = decode(encode(made.body))
    lines = []
    for sent in body["Line"]:
        line = {**sent, "Amount": Decimal(sent["Amount"])}
        if detail := sent.get("SalesItemLineDetail"):
            numbers = {key: Decimal(detail[key]) for key in ("Qty", "UnitPrice") if key in detail}
            line["SalesItemLineDetail"] = {**detail, **numbers}
            line = books_price(line, CompanySettings(arithmetic="refuse"))
        lines.append(line)
    totals = add_up(lines, [], after_discount=True, explicit_tax=Decimal(body["TxnTaxDetail"]["TotalTax"]))
    return totals.total, totals.tax


def sales(discounted: bool = True) -> st.SearchStrategy[Sale]:
    one = st.builds(line, quantity=quantities, amount=cents, unit_price=prices, tax=cents)

    def whole(lines: list[Line], percent: int) -> Sale:
        amount = sum((one.amount for one in lines), ZERO)
        discount = (amount * percent / 100).quantize(CENT, ROUND_HALF_UP)
        shared = share_discount(lines, discount, "USD")
        return sale(*(replace(one, sku=f"S{i}") for i, one in enumerate(shared)), discount=discount)

    percents = st.sampled_from([0, 1, 10, 33, 50, 99, 100]) if discounted else st.just(0)
    return st.builds(whole, st.lists(one, min_size=1, max_size=7), percents)


@given(sales())
def test_any_sale_is_booked_to_the_cent_in_either_style(what: Sale) -> None:
    as_line, net = document(what), document(what, NET)
    assert as_booked(as_line) == (what.total, what.tax)
    assert as_booked(net) == (what.total, what.tax)
    assert not any(one["DetailType"] == "DiscountLineDetail" for one in net.body["Line"])


@given(st.integers(0, 100_000))
def test_generated_orders_are_booked_to_the_cent_in_either_style(seed: int) -> None:
    stored = stored_order(any_cart(seed))
    what = sale_of(shown_order(stored, "2.4.8"))
    if what.discount > sum(
        (one.amount for one in what.lines), ZERO
    ):  # a full coupon on prices with tax that stay taxed
        assert _parked(lambda: document(what)).reason is Reason.DOCUMENT_DIFFERS
        return
    expected = (quantise(Decimal(stored["grand_total"]), "USD"), quantise(Decimal(stored["tax_amount"]), "USD"))
    assert as_booked(document(what, NET)) == as_booked(document(what)) == expected


@given(quantities, cents, prices)
def test_a_price_is_sent_only_when_it_multiplies_up(quantity: Decimal, amount: Decimal, shown: Decimal | None) -> None:
    found = priced(quantity, amount, shown, "USD")
    assert found.quantity == quantity
    if found.price is not None:
        assert found.price == found.price.quantize(PRICE_STEP)
        assert (quantity * found.price).quantize(CENT, ROUND_HALF_UP) == amount
    elif quantity <= 10**4:
        pytest.fail("7 decimals always reach the cent for up to ten thousand pieces")


@pytest.mark.parametrize(
    ("quantity", "amount", "shown", "price"),
    [
        ("3", "10.00", "3.33", "3.3333333"),  # a price that was rounded
        ("2", "138.00", "69.0000", "69"),
        ("1", "29.95", "29.949999999999999", "29.95"),  # a float's tail: QuickBooks keeps 7 decimals
        ("10", "16.86", "1.69", "1.686"),  # prices with tax
        ("0.3333", "1.00", None, "3.0003000"),
        ("123456789", "0.01", None, None),
        ("4", "0.00", "0.0000", "0"),
    ],
)
def test_known_prices(quantity: str, amount: str, shown: str | None, price: str | None) -> None:
    found = priced(Decimal(quantity), Decimal(amount), None if shown is None else Decimal(shown), "USD")
    assert found.price == (None if price is None else Decimal(price))


def test_a_line_whose_price_cannot_be_told_keeps_quantity_and_amount() -> None:
    (one,) = document(sale(line(quantity=Decimal(123456789), amount=Decimal("0.01")))).body["Line"]
    assert one["Amount"] == Decimal("0.01")
    assert one["SalesItemLineDetail"]["Qty"] == 123456789
    assert "UnitPrice" not in one["SalesItemLineDetail"]


def test_a_full_coupon_comes_to_nothing_with_its_lines_on_view() -> None:
    free = sale(line(quantity=Decimal(3), amount=Decimal("30.00"), discount=Decimal("30.00")))
    assert as_booked(document(free)) == (ZERO, ZERO)
    assert document(free).body["TxnTaxDetail"] == {"TotalTax": ZERO}
    assert [one["Amount"] for one in document(free).body["Line"]] == [Decimal("30.00"), Decimal("30.00")]
    assert [one["Amount"] for one in document(free, NET).body["Line"]] == [ZERO]


def test_lines_bear_tax_or_not_as_the_shop_taxed_them() -> None:
    what = sale(line(tax=Decimal("0.83")), line(sku="B"), line(sku="", kind=LineKind.SHIPPING, tax=Decimal("0.10")))
    codes = [one["SalesItemLineDetail"]["TaxCodeRef"]["value"] for one in document(what).body["Line"]]
    assert codes == ["TAX", "NON", "TAX"]


def test_a_tax_of_no_line_is_borne_by_the_largest() -> None:
    what = sale(line(), line(sku="B", amount=Decimal("20.00")), tax=Decimal("1.00"))
    codes = [one["SalesItemLineDetail"]["TaxCodeRef"]["value"] for one in document(what).body["Line"]]
    assert codes == ["NON", "TAX"]


def _parked(made: Any) -> Parked:
    with pytest.raises(Parked) as caught:
        made()
    return caught.value


def test_a_broken_sale_is_not_written() -> None:
    parked = _parked(lambda: document(sale(line(), total=Decimal("10.01"))))
    assert parked.reason is Reason.TOTALS_DIFFER
    assert parked.text == "the parts come to 10.00, the total is 10.01 USD"


@pytest.mark.parametrize(
    ("what", "said"),
    [
        (sale(line(amount=Decimal("-5.00"), name="Promo"), line(sku="B")), "the line 'Promo' is negative (-5.00) USD"),
        (sale(line(), discount=Decimal("10.83"), tax=Decimal("0.83")), "the discount of 10.83 can't be taken off"),
        (sale(line(), discount=Decimal("-1.00")), "the discount of -1.00 can't be taken off"),
        (sale(line(), tax=Decimal("-1.00")), "the tax (-1.00)"),
    ],
)
def test_what_quickbooks_would_refuse_is_held_with_its_reason(what: Sale, said: str) -> None:
    parked = _parked(lambda: document(what))
    assert parked.reason is Reason.DOCUMENT_DIFFERS
    assert said in parked.text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"Amount": Decimal("10.01")}, "a line of 10.01 would be booked as 10.00"),
        ({"SalesItemLineDetail": {"Qty": Decimal(1)}, "Amount": Decimal("9.99")}, "come to 9.99 instead of 10.00"),
    ],
)
def test_the_check_adds_up_what_is_sent(change: dict[str, Any], said: str) -> None:
    good = document(sale(line()))
    body = {**good.body, "Line": [{**good.body["Line"][0], **change}]}
    assert said in _parked(replace(good, body=body).check).text


def test_both_kinds_are_the_same_but_for_the_money_received() -> None:
    what = replace(sale(line()), payment=replace(sale(line()).payment, reference="ch_1"))
    receipt, invoice = document(what), document(what, kind=DocumentKind.INVOICE)
    assert receipt.body["PaymentRefNum"] == "ch_1"
    assert {**invoice.body, "PaymentRefNum": "ch_1"} == receipt.body
    assert (receipt.kind.entity, invoice.kind.entity) == ("SalesReceipt", "Invoice")


@pytest.mark.parametrize(
    ("created", "zone", "day"),
    [
        ("2026-03-08 04:59:59", "America/New_York", "2026-03-07"),  # before the clocks go forward: UTC-5
        ("2026-03-08 05:00:00", "America/New_York", "2026-03-08"),
        ("2026-03-09 03:59:59", "America/New_York", "2026-03-08"),  # after it: UTC-4
        ("2026-03-09 04:00:00", "America/New_York", "2026-03-09"),
        ("2026-11-01 03:59:59", "America/New_York", "2026-10-31"),
        ("2026-11-02 04:59:59", "America/New_York", "2026-11-01"),
        ("2026-11-02 05:00:00", "America/New_York", "2026-11-02"),
        ("2026-12-31 13:30:00", "Pacific/Kiritimati", "2027-01-01"),
        ("2026-12-31 18:14:59", "Asia/Kathmandu", "2026-12-31"),
        ("2026-12-31 18:15:00", "Asia/Kathmandu", "2027-01-01"),
    ],
)
def test_the_book_date_is_the_day_in_the_shops_zone(created: str, zone: str, day: str) -> None:
    order = shown_order(stored_order(any_cart(0)), "2.4.7") | {"created_at": created}
    assert document(sale_of(order, zone=zone)).body["TxnDate"] == day


@given(st.integers(1_600_000_000, 2_000_000_000), st.sampled_from(["America/Los_Angeles", "Pacific/Kiritimati", "UTC"]))
def test_the_book_date_is_never_more_than_a_day_from_utc(second: int, zone: str) -> None:
    placed = datetime.fromtimestamp(second, ZoneInfo(zone))
    day = date.fromisoformat(document(sale(line(), placed_at=placed)).body["TxnDate"])
    assert abs((day - datetime.fromtimestamp(second, UTC).date()).days) <= 1


@pytest.mark.parametrize(
    ("answer", "difference"),
    [
        ({"TotalAmt": Decimal("10.83"), "TxnTaxDetail": {"TotalTax": Decimal("0.83")}}, "0"),
        ({"TotalAmt": Decimal("10.84"), "TxnTaxDetail": {"TotalTax": Decimal("0.83")}}, "0.01"),
        ({"TotalAmt": Decimal("10.83"), "TxnTaxDetail": {"TotalTax": Decimal("0.80")}}, "-0.03"),
        ({"TotalAmt": Decimal("10.83")}, "-0.83"),
        ({"TotalAmt": "10.83", "TxnTaxDetail": {"TotalTax": "0.83"}}, "0"),
    ],
)
def test_the_answer_is_compared_to_the_cent(answer: dict[str, Any], difference: str) -> None:
    assert answer_difference(answer, Decimal("10.83"), Decimal("0.83")) == Decimal(difference)


def test_an_answer_without_a_total_agrees_with_nothing() -> None:
    assert answer_difference({}, ZERO, ZERO) is None


def test_discount_styles_are_those_of_the_settings() -> None:
    assert [style.value for style in DiscountStyle] == ["line", "net"]
