"""What holds in every tax model, for any lines."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.quickbooks.accounting.postings import postings
from sandbox.quickbooks.errors import Refused
from sandbox.quickbooks.operations import create, update
from sandbox.quickbooks.schema import ENTITIES
from sandbox.quickbooks.store import Company
from tests.contract.quickbooks_sandbox.books_client import discount
from tests.contract.quickbooks_sandbox.tax_companies import FORMS, booked, coded, company_of, form

CENT = Decimal("0.01")
CODES = {
    "us": ["TAX", "NON"],
    "us-manual": ["TAX", "NON"],
    "quebec": ["9", "6", "7", "5", "4", "3", "10"],
    "uk": ["2", "3", "4", "5", "6"],
}
COMPANIES: dict[str, Company] = {name: company_of(name) for name in CODES}
_cents = st.integers(0, 10**7).map(lambda n: Decimal(n) / 100)


@st.composite
def _line(draw: st.DrawFn, template: str) -> dict[str, Any]:
    """Priced by amount or by quantity and price, perhaps with a discount of its own, perhaps the shipping field."""
    code = draw(st.sampled_from(CODES[template]))
    match draw(st.integers(0, 3)):
        case 0:
            return coded(str(draw(_cents)), code)
        case 1:
            quantity = Decimal(draw(st.integers(1, 5000))) / draw(st.sampled_from([1, 4]))
            price = Decimal(draw(st.integers(0, 10**11))) / 10**7
            amount = (quantity * price).quantize(CENT, "ROUND_HALF_UP")
            return coded(str(amount), code, qty=quantity, price=price)
        case 2:
            return coded(str(draw(_cents)), code, qty=draw(st.integers(1, 99)))
        case _:
            rate = Decimal(draw(st.integers(0, 1000))) / 10
            return coded(str(draw(_cents)), code, qty=draw(st.integers(1, 99)), DiscountRate=rate)


@st.composite
def _forms(draw: st.DrawFn) -> tuple[str, str, dict[str, Any]]:
    template = draw(st.sampled_from(list(CODES)))
    lines = draw(st.lists(_line(template), min_size=1, max_size=6))
    if draw(st.booleans()):
        shipping = coded(str(draw(_cents)), draw(st.sampled_from(CODES[template])))
        shipping["SalesItemLineDetail"]["ItemRef"] = {"value": "SHIPPING_ITEM_ID"}
        lines.append(shipping)
    if draw(st.booleans()):
        lines.append(discount(DiscountPercent=Decimal(draw(st.integers(0, 1000))) / 10))
    body = form(*draw(st.permutations(lines)), ApplyTaxAfterDiscount=draw(st.booleans()))
    if template == "us-manual":
        body["TxnTaxDetail"] = {"TxnTaxCodeRef": {"value": "8"}}
    elif template not in ("us", "us-manual"):
        body["GlobalTaxCalculation"] = draw(st.sampled_from(["TaxExcluded", "TaxInclusive", "NotApplicable"]))
    elif draw(st.booleans()):
        body["TxnTaxDetail"] = {"TotalTax": draw(_cents)}
    return template, draw(st.sampled_from(FORMS)), body


def _amounts(document: dict[str, Any], kind: str, *, shipping: bool = False) -> Decimal:
    def wanted(line: dict[str, Any]) -> bool:
        detail = line.get("SalesItemLineDetail", {})
        return bool(detail.get("ItemRef", {}).get("value") == "SHIPPING_ITEM_ID") == shipping

    rows = [line["Amount"] for line in document["Line"] if line["DetailType"] == kind and wanted(line)]
    return sum(rows, Decimal(0))


@given(_forms())
def test_the_total_is_what_its_parts_come_to_and_the_answer_changes_nothing_when_sent_back(
    drawn: tuple[str, str, dict[str, Any]],
) -> None:
    template, entity, body = drawn
    company = COMPANIES[template]
    record = create(company, ENTITIES[entity], body)
    document = record.document
    assert sum((posting.amount for posting in postings(company, record)), Decimal(0)) == 0
    tax = document["TxnTaxDetail"]["TotalTax"]
    goods = _amounts(document, "SalesItemLineDetail")
    shipping = _amounts(document, "SalesItemLineDetail", shipping=True)
    assert _amounts(document, "SubTotalLineDetail") == goods
    assert document["TotalAmt"] == goods - _amounts(document, "DiscountLineDetail") + tax + shipping
    per_rate = [entry["Amount"] for entry in document["TxnTaxDetail"].get("TaxLine", [])]
    assert sum(per_rate, Decimal(0)) == tax and min(per_rate, default=Decimal(0)) >= 0
    for amount in (document["TotalAmt"], tax, goods, *per_rate):
        assert amount == amount.quantize(CENT)
    assert update(company, ENTITIES[entity], document).document == document


@given(
    st.sampled_from(["uk", "quebec"]).flatmap(
        lambda template: st.tuples(st.just(template), st.lists(_line(template), min_size=1, max_size=6))
    )
)
def test_inclusive_lines_are_split_into_net_and_tax_to_the_cent(drawn: tuple[str, list[dict[str, Any]]]) -> None:
    template, lines = drawn
    document = booked(COMPANIES[template], form(*lines, GlobalTaxCalculation="TaxInclusive"))
    sold = [line for line in document["Line"] if line["DetailType"] == "SalesItemLineDetail"]
    gross = sum((line["SalesItemLineDetail"]["TaxInclusiveAmt"] for line in sold), Decimal(0))
    assert document["TotalAmt"] == gross
    assert document["TxnTaxDetail"]["TotalTax"] == gross - sum((line["Amount"] for line in sold), Decimal(0))
    for sent, answered in zip(lines, sold, strict=True):
        detail = answered["SalesItemLineDetail"]
        if "DiscountRate" not in sent["SalesItemLineDetail"]:
            assert detail["TaxInclusiveAmt"] == sent["Amount"]


_numbers = st.sampled_from(["0", "0.005", "1E-20", "3", "33.333", "999999999999999", "-1"]).map(Decimal)


@given(st.data())
def test_numbers_out_of_all_bounds_are_refused_in_words(data: st.DataObject) -> None:
    template = data.draw(st.sampled_from(list(CODES)))
    names = data.draw(
        st.sets(st.sampled_from(["Qty", "UnitPrice", "TaxInclusiveAmt", "DiscountRate", "DiscountAmt"]), max_size=3)
    )
    detail = {name: data.draw(_numbers) for name in sorted(names)}
    line = coded(str(data.draw(_numbers)), CODES[template][0], **detail)
    body = form(line, discount(DiscountPercent=data.draw(_numbers)))
    if template in ("uk", "quebec"):
        body["GlobalTaxCalculation"] = data.draw(st.sampled_from(["TaxExcluded", "TaxInclusive"]))
    entity = data.draw(st.sampled_from(FORMS))
    try:
        document = booked(COMPANIES[template], body, entity)
    except Refused as refused:
        assert refused.problems[0].code in ("2090", "2290", "6000", "6070")
        return
    assert update(COMPANIES[template], ENTITIES[entity], document).document == document


def test_a_line_discount_of_less_than_half_a_cent_leaves_the_amount_to_the_next_update() -> None:
    most = Decimal("999999999999999")
    line = coded(str(most), CODES["quebec"][0], Qty=most, DiscountRate=Decimal("1E-20"))
    document = booked(COMPANIES["quebec"], form(line) | {"GlobalTaxCalculation": "TaxInclusive"}, "SalesReceipt")
    assert document["TotalAmt"] == most
    assert update(COMPANIES["quebec"], ENTITIES["SalesReceipt"], document).document == document


@pytest.mark.parametrize("template", list(CODES))
def test_no_more_than_750_lines_are_taxed(template: str) -> None:
    fields = {"GlobalTaxCalculation": "TaxExcluded"} if template in ("uk", "quebec") else {}
    taxed, free = {"us": ("TAX", "NON"), "us-manual": ("TAX", "NON"), "quebec": ("9", "4"), "uk": ("2", "6")}[template]
    lines = [coded("1", taxed)] * 750
    assert booked(COMPANIES[template], form(*lines, coded("1", free), **fields))["TotalAmt"] > 750
    with pytest.raises(Refused, match="at most 750"):
        booked(COMPANIES[template], form(*lines, coded("1", taxed), **fields))
