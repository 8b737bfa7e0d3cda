"""Documents whose figures were worked out on paper, each under one rule."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from sandbox.magento.aftersale import choosing, counters, crediting, invoicing
from sandbox.magento.aftersale.order import Draft, Fee, Figures, Line, Order, Rules
from sandbox.magento.aftersale.refusals import Refused


def d(**figures: str) -> Figures:
    return {name: Decimal(value) for name, value in figures.items()}


def both(**figures: str) -> Figures:
    """The same in both currencies."""
    return d(**figures, **{f"base_{name}": value for name, value in figures.items()})


def line(code: str, quantity: str, **figures: str) -> Line:
    return Line(code, both(**figures) | d(qty_ordered=quantity))


def invoiced(order: Order, **wanted: str) -> Draft:
    draft = choosing.invoice(order, d(**wanted))
    invoicing.collect(draft)
    counters.invoice_registered(draft)
    counters.invoice_paid(order.figures, draft.totals)
    order.documents.append(draft.issued(str(len(order.documents))))
    return draft


def credited(order: Order, shipping: str | None = None, extra: str = "0", fee: str = "0", **wanted: str) -> Draft:
    draft = choosing.credit_memo(order, d(**wanted))
    draft.asked_shipping = None if shipping is None else Decimal(shipping)
    crediting.adjust(draft, Decimal(extra), Decimal(fee))
    crediting.collect(draft)
    crediting.check_paid(draft)
    counters.memo_registered(draft)
    order.documents.append(draft.issued())
    return draft


def figures(draft: Draft, *names: str) -> list[str]:
    return [f"{draft.amount(name):.2f}" for name in names]


def thirds() -> Order:
    """3 pieces for 10.00 in all, taxed 1.00: no third is in whole cents."""
    item = line("a", "3", row_total="10.00", row_total_incl_tax="11.00", tax_amount="1.00")
    return Order(both(subtotal="10.00", tax_amount="1.00", grand_total="11.00"), [item])


def test_thirds_of_ten_are_3_33_and_3_34_and_the_last_piece_takes_the_rest() -> None:
    order = thirds()
    # 3.333 -> 3.33 rest .003; tax .333 + .003 -> .34. Then 6.67/2 = 3.335 -> 3.34 rest -.005;
    # tax .66/2 - .005 = .325 -> .33.
    made = [invoiced(order, a="1") for _ in range(3)]
    assert [figures(one, "subtotal", "tax_amount", "grand_total") for one in made] == [
        ["3.33", "0.34", "3.67"],
        ["3.34", "0.33", "3.67"],
        ["3.33", "0.33", "3.66"],
    ]


def test_the_tax_on_fees_is_in_the_subtotal_with_tax_of_every_invoice_the_last_too() -> None:
    # 2 x 60.00 gross at 20 %, each with a fee of 6.00 gross: 66.00 a piece.
    item = line(
        "a", "2", row_total="100.00", row_total_incl_tax="120.00", tax_amount="20.00", weee_row_amount="10.00",
        weee_row_amount_incl_tax="12.00",
    )  # fmt: skip
    order = Order(both(subtotal="100.00", tax_amount="22.00", grand_total="132.00"), [item])
    made = [invoiced(order, a="1") for _ in range(2)]
    for one in made:
        assert figures(one, "subtotal", "subtotal_incl_tax", "tax_amount", "grand_total") == [
            "50.00", "66.00", "11.00", "66.00",
        ]  # fmt: skip


def test_hidden_tax_of_a_discount_on_gross_prices_is_shared_and_belongs_to_the_total() -> None:
    # 2 x 60.00 gross at 20 % with half off: net 100.00, discount 50.00, hidden 10.00, tax 10.00, to pay 70.00.
    item = line(
        "a",
        "2",
        row_total="100.00",
        row_total_incl_tax="120.00",
        tax_amount="10.00",
        discount_amount="50.00",
        discount_tax_compensation_amount="10.00",
    )
    totals = both(
        subtotal="100.00",
        discount_amount="-50.00",
        tax_amount="10.00",
        discount_tax_compensation_amount="10.00",
        grand_total="70.00",
    )
    order = Order(totals, [item])
    names = ("subtotal", "discount_amount", "discount_tax_compensation_amount", "tax_amount", "grand_total")
    assert figures(invoiced(order, a="1"), *names) == ["50.00", "-25.00", "5.00", "5.00", "35.00"]
    assert figures(credited(order, a="1"), *names) == ["50.00", "-25.00", "5.00", "5.00", "35.00"]


def fpt(included: bool) -> Order:
    """3 x 100.00 and a fixed product tax of 10.00 a piece, the tax on it 2.47 for all three."""
    item = line(
        "a",
        "3",
        row_total="300.00",
        row_total_incl_tax="300.00",
        weee_row_amount="30.00",
        weee_row_amount_incl_tax="32.47",
    )
    item.fees = [Fee("eco", both(row_amount="30.00", row_amount_incl_tax="32.47"))]
    subtotal = "330.00" if included else "300.00"
    totals = both(subtotal=subtotal, tax_amount="2.47", grand_total="332.47")
    return Order(totals, [item], Rules(weee_in_subtotal=included))


@pytest.mark.parametrize(("included", "subtotals"), [(False, ["200.00", "100.00"]), (True, ["220.00", "110.00"])])
def test_a_fixed_product_tax_goes_with_its_pieces_in_or_beside_the_subtotal(
    included: bool, subtotals: list[str]
) -> None:
    order = fpt(included)
    # 2/3 of 32.47 = 21.6467 -> 21.65, of which 20.00 the fee; the last piece takes 10.00 and 0.82.
    first, last = invoiced(order, a="2"), invoiced(order, a="1")
    assert [figures(one, "tax_amount", "grand_total") for one in (first, last)] == [
        ["1.65", "221.65"],
        ["0.82", "110.82"],
    ]
    assert [figures(one, "subtotal")[0] for one in (first, last)] == subtotals
    back = credited(order, a="3")
    assert figures(back, "tax_amount", "grand_total") == ["2.47", "332.47"]


def test_the_two_currencies_are_worked_out_each_for_itself() -> None:
    # 3 pieces for 10.00 base and 7.07 in the order's currency: thirds 3.33/3.34 and 2.36/2.36/2.35.
    item = Line("a", d(qty_ordered="3", row_total="7.07", base_row_total="10.00"))
    order = Order(d(subtotal="7.07", base_subtotal="10.00", base_to_order_rate="0.7067"), [item])
    made = [invoiced(order, a="1") for _ in range(3)]
    assert [figures(one, "subtotal", "base_subtotal") for one in made] == [
        ["2.36", "3.33"],
        ["2.36", "3.34"],
        ["2.35", "3.33"],
    ]
    memo = credited(order, extra="1.00", a="1")
    assert figures(memo, "adjustment_positive", "base_adjustment_positive") == ["0.71", "1.00"]
    assert figures(memo, "grand_total", "base_grand_total") == ["3.07", "4.33"]


def shipped() -> Order:
    """One piece of 100.00 at 10 %, shipping 20.00 with 2.00 tax and 40 % off it."""
    item = line("a", "2", row_total="100.00", row_total_incl_tax="110.00", tax_amount="10.00")
    totals = both(
        subtotal="100.00",
        tax_amount="11.20",
        discount_amount="-8.00",
        shipping_amount="20.00",
        shipping_incl_tax="22.00",
        shipping_tax_amount="1.20",
        shipping_discount_amount="8.00",
        grand_total="123.20",
    )
    return Order(totals, [item])


def test_shipping_is_on_the_first_invoice_whole_and_on_none_after_it() -> None:
    order = shipped()
    names = ("shipping_amount", "discount_amount", "tax_amount", "grand_total")
    assert figures(invoiced(order, a="1"), *names) == ["20.00", "-8.00", "6.20", "68.20"]
    assert figures(invoiced(order, a="1"), *names) == ["0.00", "0.00", "5.00", "55.00"]


def test_a_canceled_invoice_gives_the_shipping_to_the_next() -> None:
    order = shipped()
    first = invoiced(order, a="1")
    counters.invoice_canceled(first, was_paid=True)
    order.documents[0].canceled = True
    assert figures(invoiced(order, a="2"), "shipping_amount", "tax_amount") == ["20.00", "11.20"]


def test_tax_and_discount_of_the_shipping_follow_the_share_given_back() -> None:
    order = shipped()
    invoiced(order)
    names = ("shipping_amount", "shipping_tax_amount", "discount_amount", "tax_amount", "grand_total")
    # A quarter of the shipping: 5.00, its tax 0.30, its discount 2.00; the piece 50.00 and 5.00.
    assert figures(credited(order, "5.00", a="1"), *names) == ["5.00", "0.30", "-2.00", "5.30", "58.30"]
    # Nothing said: the 15.00 left with what is left of its tax.
    assert figures(credited(order, a="1"), *names) == ["15.00", "0.90", "-6.00", "5.90", "64.90"]
    assert order.amount("total_refunded") == order.amount("total_paid")


def test_adjustments_are_not_taxed_and_no_more_than_was_paid_comes_back() -> None:
    order = shipped()
    invoiced(order)
    assert figures(credited(order, "0", extra="5", fee="10", a="1"), "tax_amount", "grand_total") == ["5.00", "50.00"]
    with pytest.raises(Refused, match="refund_over_paid") as refused:
        credited(order, extra="50", a="1")
    assert refused.value.maximum == Decimal("73.20")


def test_shipping_given_back_is_never_more_than_is_left() -> None:
    order = shipped()
    invoiced(order)
    credited(order, "12.00", a="1")
    with pytest.raises(Refused, match="shipping_refund_over_maximum") as refused:
        credited(order, "8.01", a="1")
    assert refused.value.maximum == Decimal("8.00")


def test_the_children_of_a_dynamic_bundle_carry_its_money_and_those_of_a_fixed_one_do_not() -> None:
    parent = line("kit", "2")
    parent.product_type, parent.children_calculated = "bundle", True
    child = line("part", "4", row_total="20.00", row_total_incl_tax="20.00")
    child.parent, child.per_parent = parent, Decimal(2)
    parent.children.append(child)
    order = Order(both(subtotal="20.00", grand_total="20.00"), [parent, child])
    draft = invoiced(order, kit="1")
    assert draft.quantities() == {"kit": 1, "part": 2}
    assert figures(draft, "subtotal") == ["10.00"]
    assert parent.amount("row_invoiced") == 0


def test_the_last_invoice_of_a_configurable_takes_what_is_left_of_the_subtotal() -> None:
    shirt = line("shirt", "3", row_total="10.00", row_total_incl_tax="10.00")
    shirt.product_type = "configurable"
    size = line("size", "3")
    size.parent = shirt
    shirt.children.append(size)
    order = Order(both(subtotal="10.01", subtotal_incl_tax="10.01", grand_total="10.01"), [shirt, size])
    first, second = invoiced(order, shirt="1"), invoiced(order, shirt="2")
    assert (first.last, second.last) == (False, True)
    assert figures(first, "subtotal") == ["3.33"]
    assert figures(second, "subtotal") == ["6.68"]


REFUSALS: tuple[Callable[[Order], object], ...] = (
    lambda order: choosing.invoice(order, {"a": Decimal(4)}),
    lambda order: choosing.credit_memo(order, {"a": Decimal(1)}),
)


@pytest.mark.parametrize("ask", REFUSALS)
def test_more_pieces_than_are_open_are_refused(ask: Callable[[Order], object]) -> None:
    with pytest.raises(Refused, match="quantity_invalid"):
        ask(thirds())
