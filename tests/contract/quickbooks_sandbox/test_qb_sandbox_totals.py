"""Totals and rounding, over arbitrary lines: what the server computes is what the lines say, to the cent."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from sandbox.quickbooks.clock import Clock
from sandbox.quickbooks.errors import Refused
from sandbox.quickbooks.lines import priced
from sandbox.quickbooks.money import to_cents
from sandbox.quickbooks.operations import create, update, void
from sandbox.quickbooks.schema import ENTITIES
from sandbox.quickbooks.seeds import new_company
from sandbox.quickbooks.settings import CompanySettings
from sandbox.quickbooks.store import Company
from sandbox.quickbooks.totals import Rate, add_up, tax_lines
from tests.contract.quickbooks_sandbox.books_client import discount, line, sale

RECEIPT = ENTITIES["SalesReceipt"]
_cents = st.decimals(0, 99_999, places=2)
_percent = st.decimals(0, 100, places=3)
_lines = st.lists(st.tuples(_cents, st.booleans()), min_size=1, max_size=8)


def _company() -> Company:
    company = new_company("1", Clock(), CompanySettings())
    create(company, ENTITIES["Customer"], {"DisplayName": "Ann"})
    create(company, ENTITIES["Item"], {"Name": "Mug", "Type": "Service", "IncomeAccountRef": {"value": "1"}})
    return company


def _rows(lines: list[tuple[Decimal, bool]]) -> list[dict[str, Any]]:
    return [line(amount, tax="TAX" if taxed else "NON") for amount, taxed in lines]


@given(_lines, st.decimals(0, 1000, places=2), st.none() | _cents, st.booleans())
def test_the_total_is_lines_less_discount_plus_tax(
    lines: list[tuple[Decimal, bool]], off: Decimal, tax: Decimal | None, after_discount: bool
) -> None:
    subtotal = sum(amount for amount, _ in lines)
    body = sale(*_rows(lines), discount(off), ApplyTaxAfterDiscount=after_discount)
    if tax is not None:
        body["TxnTaxDetail"] = {"TotalTax": tax}
    company = _company()
    if off > subtotal:
        try:
            create(company, RECEIPT, body)
        except Refused as refused:
            assert refused.problems[0].code == "6000"
            return
        raise AssertionError("a discount above the subtotal was taken")
    document = create(company, RECEIPT, body).document
    charged = document["TxnTaxDetail"]["TotalTax"]
    assert document["TotalAmt"] == subtotal - off + charged
    assert charged == charged.quantize(Decimal("0.01"))
    if tax is not None:
        assert charged == tax
    taxes = [entry["Amount"] for entry in document["TxnTaxDetail"].get("TaxLine", [])]
    assert not taxes or sum(taxes) == charged


@given(_lines, st.lists(_percent, max_size=4), st.decimals(0, 500, places=2))
def test_computed_tax_is_within_half_a_cent_per_rate(
    lines: list[tuple[Decimal, bool]], percents: list[Decimal], off: Decimal
) -> None:
    subtotal = sum((amount for amount, _ in lines), Decimal(0))
    assume(off <= subtotal)
    rates = [Rate(str(number), percent) for number, percent in enumerate(percents)]
    totals = add_up([*_rows(lines), discount(off)], rates, after_discount=True, explicit_tax=None)
    taxed = sum((amount for amount, taxed in lines if taxed), Decimal(0))
    share = taxed - (off * taxed / subtotal if subtotal else 0)
    exact = sum((share * percent / 100 for percent in percents), Decimal(0))
    slack = (Decimal("0.005") + Decimal("0.005")) * len(rates)  # the taxable base is rounded once, each rate's tax once
    assert abs(totals.tax - exact) <= slack
    assert sum((entry["Amount"] for entry in tax_lines(totals, rates)), Decimal(0)) == (totals.tax if rates else 0)


@given(st.decimals(0, 500, places=4), st.decimals(0, 5000, places=9))
def test_a_line_agrees_with_quantity_times_price_or_is_refused(quantity: Decimal, price: Decimal) -> None:
    seven = price.quantize(Decimal("0.0000001"), ROUND_HALF_UP)
    right = (quantity * seven).quantize(Decimal("0.01"), ROUND_HALF_UP)
    strict, silent = CompanySettings(), CompanySettings(arithmetic="recompute")
    assert priced(line(right, qty=quantity, price=price), strict)["Amount"] == right
    assume(quantity or seven)  # two zeros mean "not given"
    wrong = line(right + Decimal("0.01"), qty=quantity, price=price)
    assert priced(wrong, silent)["Amount"] == right
    try:
        priced(wrong, strict)
    except Refused as refused:
        assert refused.problems[0].code == "6070"
    else:
        raise AssertionError("a wrong amount was taken")


def test_a_line_whose_quantity_and_price_are_both_zero_keeps_its_amount() -> None:
    taken = priced(line(Decimal(12), qty=Decimal(0), price=Decimal(0)), CompanySettings())
    assert taken["Amount"] == 12 and "Qty" not in taken["SalesItemLineDetail"]


@given(st.decimals(0, 10_000, places=6))
def test_cents_are_rounded_half_up(value: Decimal) -> None:
    scaled = value * 100
    floor = scaled.to_integral_value("ROUND_FLOOR")
    assert to_cents(value) * 100 == floor + (1 if scaled - floor >= Decimal("0.5") else 0)


@given(_lines, _lines)
def test_sending_a_document_back_changes_nothing_and_a_void_leaves_nothing(
    lines: list[tuple[Decimal, bool]], other: list[tuple[Decimal, bool]]
) -> None:
    company = _company()
    record = create(company, RECEIPT, sale(*_rows(lines)))
    assert update(company, RECEIPT, record.document) == record
    changed = update(company, RECEIPT, {**record.document, "Line": _rows(other), "TxnTaxDetail": None}).document
    assert changed["TotalAmt"] == sum(amount for amount, _ in other) + changed["TxnTaxDetail"]["TotalTax"]
    gone = void(company, RECEIPT, changed).document
    assert gone["TotalAmt"] == 0 and sum(entry.get("Amount", 0) for entry in gone["Line"]) == 0
