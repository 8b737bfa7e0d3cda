"""Tax to the cent in each model; every figure here is worked out by hand."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from sandbox.quickbooks.accounting.postings import postings
from sandbox.quickbooks.errors import Refused
from sandbox.quickbooks.operations import create, update
from sandbox.quickbooks.schema import ENTITIES
from tests.contract.quickbooks_sandbox.books_client import discount
from tests.contract.quickbooks_sandbox.tax_companies import FORMS, booked, coded, company_of, form, taxes

D = Decimal
QC, GST, HST, ZERO_RATED, EXEMPT, OUT = "9", "6", "7", "5", "4", "3"
GST_RATE, QST_RATE, HST_RATE = "7", "21", "12"
S20, R5, Z0 = "2", "3", "4"


def figures(*pairs: tuple[str, str, str]) -> dict[str, tuple[Decimal, Decimal]]:
    return {rate: (D(base), D(tax)) for rate, base, tax in pairs}


@pytest.mark.parametrize(
    ("lines", "rates", "total"),
    [
        # 5.000 and 9.975 -> 9.98
        ([coded("100", QC)], figures((GST_RATE, "100", "5.00"), (QST_RATE, "100", "9.98")), "114.98"),
        # 0.9995 -> 1.00, 1.9940025 -> 1.99
        ([coded("19.99", QC)], figures((GST_RATE, "19.99", "1.00"), (QST_RATE, "19.99", "1.99")), "22.98"),
        # GST on 50 + 30: 4.00; QST on 50: 4.9875 -> 4.99; HST 13 % of 20: 2.60
        (
            [coded("50", QC), coded("30", GST), coded("20", HST)],
            figures((GST_RATE, "80", "4.00"), (QST_RATE, "50", "4.99"), (HST_RATE, "20", "2.60")),
            "111.59",
        ),
        # 90 left of 100: 4.50, and 8.97750 -> 8.98
        ([coded("100", QC), discount(10)], figures((GST_RATE, "90", "4.50"), (QST_RATE, "90", "8.98")), "103.48"),
        # a discount is shared by amount: 6 of 10 off the taxed 60
        (
            [coded("60", GST), coded("40", OUT), discount(10)],
            figures((GST_RATE, "54", "2.70")),
            "92.70",
        ),
        ([coded("10", ZERO_RATED), coded("5", EXEMPT)], figures(("3", "10", "0"), ("4", "5", "0")), "15"),
        ([coded("10", OUT)], {}, "10"),
    ],
)
def test_quebec_adds_gst_and_qst_each_rounded_on_the_sum_of_its_lines(
    lines: list[dict[str, Any]], rates: dict[str, Any], total: str
) -> None:
    document = booked(company_of("quebec"), form(*lines, GlobalTaxCalculation="TaxExcluded"))
    assert taxes(document) == rates
    assert document["TotalAmt"] == D(total)
    assert document["TxnTaxDetail"]["TotalTax"] == sum((tax for _, tax in rates.values()), D(0))


@pytest.mark.parametrize(
    ("template", "lines", "net", "rates", "total"),
    [
        ("uk", [coded("20", S20)], ["16.67"], figures(("2", "16.67", "3.33")), "20"),
        ("uk", [coded("4", S20)] * 5, ["3.33"] * 5, figures(("2", "16.65", "3.35")), "20"),
        ("uk", [coded("20", S20, qty=5, price=4)], ["16.67"], figures(("2", "16.67", "3.33")), "20"),
        # 10.50 holds 5 %: 10.00; 3.00 has none
        (
            "uk",
            [coded("10.50", R5), coded("3", Z0)],
            ["10.00", "3.00"],
            figures(("3", "10", "0.50"), ("4", "3", "0")),
            "13.50",
        ),
        # 114.98 / 1.14975 = 100.004; of 14.98 GST takes 5 / 14.975: 5.0017
        ("quebec", [coded("114.98", QC)], ["100.00"], figures(("7", "100", "5.00"), ("21", "100", "9.98")), "114.98"),
        # half off: 16.67 less 8.34 net, the tax 3.33 halved: 1.665 -> 1.66, since 8.33 of 16.67 is left
        ("uk", [coded("20", S20), discount("8.34")], ["16.67"], figures(("2", "8.33", "1.66")), "9.99"),
    ],
)
def test_inclusive_amounts_give_their_tax_away_line_by_line(
    template: str, lines: list[dict[str, Any]], net: list[str], rates: dict[str, Any], total: str
) -> None:
    lines = [{**one, "Amount": D(str(one["Amount"]))} for one in lines]
    document = booked(company_of(template), form(*lines, GlobalTaxCalculation="TaxInclusive"))
    sold = [one for one in document["Line"] if one["DetailType"] == "SalesItemLineDetail"]
    assert [one["Amount"] for one in sold] == [D(amount) for amount in net]
    assert (taxes(document), document["TotalAmt"]) == (rates, D(total))


def test_an_inclusive_line_is_answered_net_with_a_price_of_seven_decimals() -> None:
    document = booked(
        company_of("uk"), form(coded("20", S20, qty=3, price=D("6.6666667"))) | {"GlobalTaxCalculation": "TaxInclusive"}
    )
    detail = document["Line"][0]["SalesItemLineDetail"]
    # 3 x 6.6666667 = 20.00; 20 / 1.2 = 16.67; 16.67 / 3 = 5.5566667
    assert (document["Line"][0]["Amount"], detail["UnitPrice"]) == (D("16.67"), D("5.5566667"))
    assert (detail["TaxInclusiveAmt"], detail["Qty"]) == (D(20), D(3))


def test_net_lines_are_taxed_on_their_sum_and_not_one_by_one() -> None:
    lines = [coded("0.33", S20)] * 3  # 0.99 x 20 % = 0.198; one by one it would be 3 x 0.07
    document = booked(company_of("uk"), form(*lines, GlobalTaxCalculation="TaxExcluded"))
    assert document["TxnTaxDetail"]["TotalTax"] == D("0.20")


@pytest.mark.parametrize(
    ("detail", "rates", "total"),
    [
        ({"TxnTaxCodeRef": {"value": "8"}}, figures(("6", "100", "7.10"), ("7", "100", "2.00")), "159.10"),
        ({}, {}, "150"),
        ({"TotalTax": 9}, {}, "150"),  # no code, no tax
        # 5.00 over 7.1 and 2: 5 x 7.1 / 9.1 = 3.90
        (
            {"TxnTaxCodeRef": {"value": "8"}, "TotalTax": 5},
            figures(("6", "100", "3.90"), ("7", "100", "1.10")),
            "155.00",
        ),
        ({"TxnTaxCodeRef": {"value": "8"}, "TotalTax": 0}, figures(("6", "100", "0"), ("7", "100", "0")), "150"),
    ],
)
def test_the_manual_model_taxes_by_the_group_code_on_the_header(
    detail: dict[str, Any], rates: dict[str, Any], total: str
) -> None:
    body = form(coded("100", "TAX"), coded("50", "NON"), TxnTaxDetail=detail)
    document = booked(company_of("us-manual"), body)
    assert (taxes(document), document["TotalAmt"]) == (rates, D(total))


@pytest.mark.parametrize(
    ("detail", "after", "rates", "total"),
    [
        # 7.25 % and 1 % of 40: 2.90 and 0.40
        ({}, False, figures(("3", "40", "2.90"), ("4", "40", "0.40")), "83.30"),
        # 10 off 90: 4.44 of it off the 40, so 35.56: 2.5781 and 0.3556
        ({}, True, figures(("3", "35.56", "2.58"), ("4", "35.56", "0.36")), "82.94"),
        ({"TotalTax": 0}, True, figures(("3", "35.56", "0"), ("4", "35.56", "0")), "80"),
        # 3.00 x 7.25 / 8.25 = 2.636
        ({"TotalTax": 3}, False, figures(("3", "40", "2.64"), ("4", "40", "0.36")), "83"),
        ({"TxnTaxCodeRef": {"value": "5"}}, False, {}, "80"),
        # a total needs a rate to stand on, also where the code has none
        (
            {"TxnTaxCodeRef": {"value": "5"}, "TotalTax": 3},
            False,
            figures(("3", "40", "2.64"), ("4", "40", "0.36")),
            "83",
        ),
    ],
)
def test_automated_tax_follows_the_rates_or_the_total_that_was_sent(
    detail: dict[str, Any], after: bool, rates: dict[str, Any], total: str
) -> None:
    lines = [coded("40", "TAX"), coded("50", "NON"), discount(10)]
    document = booked(company_of("us"), form(*lines, TxnTaxDetail=detail, ApplyTaxAfterDiscount=after))
    assert (taxes(document), document["TotalAmt"]) == (rates, D(total))


@pytest.mark.parametrize("entity", FORMS)
def test_a_form_without_tax_says_so_and_takes_its_answer_back(entity: str) -> None:
    company = company_of("uk")
    document = booked(company, form(coded("20", S20), GlobalTaxCalculation="NotApplicable"), entity)
    assert (document["TotalAmt"], document["TxnTaxDetail"]) == (D(20), {"TotalTax": D(0)})
    assert update(company, ENTITIES[entity], document).document == document


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (form(coded("1", S20)), "2020"),  # the calculation is required
        (form(coded("1", S20), GlobalTaxCalculation="NotApplicable", TxnTaxDetail={"TotalTax": 1}), "6170"),
        (
            form(
                coded("1", S20),
                GlobalTaxCalculation="NotApplicable",
                TxnTaxDetail={"TxnTaxCodeRef": {"value": S20}},
            ),
            "6170",
        ),
        (
            form({**coded("1", S20), "SalesItemLineDetail": {"ItemRef": {"value": "1"}}})
            | {"GlobalTaxCalculation": "TaxExcluded"},
            "6000",
        ),
        (form(coded("1", "TAX"), GlobalTaxCalculation="TaxExcluded"), "2500"),
        (form(coded("10", S20), discount(11), GlobalTaxCalculation="TaxExcluded"), "6000"),
        # mixed up (QuickBooks-V3-PHP-SDK#232): 12 gross is 10 net, and the discount is one of net amounts
        (form(coded("12", S20), discount(11), GlobalTaxCalculation="TaxInclusive"), "6000"),
        (form(coded("10", S20, TaxInclusiveAmt=20), GlobalTaxCalculation="TaxInclusive"), "6070"),
        (form(coded("10", S20), GlobalTaxCalculation="TaxExcluded", TxnTaxDetail={"TotalTax": 3}), "6000"),
    ],
)
def test_what_the_worldwide_model_refuses(body: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused) as refused:
        booked(company_of("uk"), body)
    assert refused.value.problems[0].code == code


def _override(*lines: tuple[str, str]) -> dict[str, Any]:
    entries = [
        {"Amount": D(amount), "DetailType": "TaxLineDetail", "TaxLineDetail": {"TaxRateRef": {"value": rate}}}
        for rate, amount in lines
    ]
    return {"TotalTax": 1, "TaxLine": entries}


def test_an_override_stands_when_it_names_all_rates_of_the_code() -> None:
    body = form(coded("100", QC), GlobalTaxCalculation="TaxExcluded")
    document = booked(company_of("quebec"), body | {"TxnTaxDetail": _override((GST_RATE, "5.01"), (QST_RATE, "9.97"))})
    assert taxes(document) == figures((GST_RATE, "100", "5.01"), (QST_RATE, "100", "9.97"))
    assert (document["TxnTaxDetail"]["TotalTax"], document["TotalAmt"]) == (D("14.98"), D("114.98"))


@pytest.mark.parametrize(
    ("code", "lines"),
    [
        (QC, [(GST_RATE, "5.01")]),  # not all rates
        (QC, [(GST_RATE, "5"), (QST_RATE, "9.98"), (HST_RATE, "1")]),  # a foreign one
        (QC, [(GST_RATE, "2"), (GST_RATE, "3"), (QST_RATE, "9.98")]),  # twice
        (EXEMPT, [("4", "0.01")]),  # can't be edited
    ],
)
def test_an_override_of_other_rates_is_refused(code: str, lines: list[tuple[str, str]]) -> None:
    body = form(coded("100", code), GlobalTaxCalculation="TaxExcluded", TxnTaxDetail=_override(*lines))
    with pytest.raises(Refused) as refused:
        booked(company_of("quebec"), body)
    assert refused.value.problems[0].code == "6000"


def test_a_stale_tax_detail_is_kept_until_it_is_left_out() -> None:
    company = company_of("uk")
    made = booked(company, form(coded("100", S20), GlobalTaxCalculation="TaxExcluded"))
    assert made["TxnTaxDetail"]["TotalTax"] == 20
    grown = {**made, "Line": [coded("200", S20)]}
    stale = update(company, ENTITIES["SalesReceipt"], grown).document
    assert stale["TxnTaxDetail"]["TotalTax"] == 20  # the old lines were sent along and overrode
    fresh = {name: value for name, value in grown.items() if name != "TxnTaxDetail"} | {"SyncToken": "1"}
    assert update(company, ENTITIES["SalesReceipt"], fresh).document["TxnTaxDetail"]["TotalTax"] == 40


def test_a_sparse_change_of_lines_keeps_the_manual_code_and_taxes_anew() -> None:
    company = company_of("us-manual")
    made = booked(company, form(coded("100", "TAX"), TxnTaxDetail={"TxnTaxCodeRef": {"value": "8"}}))
    change = {"Id": made["Id"], "SyncToken": "0", "sparse": True, "Line": [coded("200", "TAX")]}
    assert update(company, ENTITIES["SalesReceipt"], change).document["TxnTaxDetail"]["TotalTax"] == D("18.20")


@pytest.mark.parametrize(
    ("switches", "calculation", "total"),
    [
        ({"tax_calculation_absent": "exclude"}, None, "12.00"),
        ({"inclusive_amount": "net"}, "TaxInclusive", "12.00"),
        ({"using_sales_tax": False}, "TaxExcluded", "10.00"),
    ],
)
def test_switches_turn_what_is_not_known_for_sure(
    switches: dict[str, Any], calculation: str | None, total: str
) -> None:
    body = form(coded("10", S20)) | ({"GlobalTaxCalculation": calculation} if calculation else {})
    company = company_of("uk", **switches)
    document = booked(company, body)
    assert document["TotalAmt"] == D(total)
    assert update(company, ENTITIES["SalesReceipt"], document).document == document


@pytest.mark.parametrize(("when", "taxable", "total"), [("before_tax", "90", "108.00"), ("after_tax", "100", "110.00")])
def test_the_discount_of_a_vat_form_lowers_what_is_taxable_by_setting(when: str, taxable: str, total: str) -> None:
    body = form(coded("100", S20), discount(DiscountPercent=10), GlobalTaxCalculation="TaxExcluded")
    document = booked(company_of("uk", discount_and_tax_codes=when), body)
    assert taxes(document)["2"][0] == D(taxable) and document["TotalAmt"] == D(total)


@pytest.mark.parametrize(("switch", "code"), [("6160", "6160"), ("6230", "6230")])
def test_the_custom_code_is_refused(switch: str, code: str) -> None:
    company = company_of("us", custom_tax_code_fault=switch)
    with pytest.raises(Refused) as refused:
        booked(company, form(coded("1", "TAX"), TxnTaxDetail={"TxnTaxCodeRef": {"value": "CustomSalesTax"}}))
    assert refused.value.problems[0].code == code


@pytest.mark.parametrize(
    ("template", "code", "owed"),
    [
        ("quebec", QC, {"GST/HST Payable": "-5.00", "QST Payable": "-9.98"}),
        ("uk", S20, {"VAT Control": "-20.00"}),
    ],
)
def test_tax_is_owed_on_the_account_of_its_agency(template: str, code: str, owed: dict[str, str]) -> None:
    company = company_of(template)
    body = form(coded("100", code), GlobalTaxCalculation="TaxExcluded")
    found: dict[str, Decimal] = {}
    for posting in postings(company, create(company, ENTITIES["SalesReceipt"], body)):
        name = company.need("Account", posting.account).document["Name"]
        found[name] = found.get(name, D(0)) + posting.amount
    assert {name: found[name] for name in owed} == {name: D(amount) for name, amount in owed.items()}


def test_rates_are_named_in_the_order_of_the_answer_so_that_sending_it_back_changes_nothing() -> None:
    company = company_of("uk")
    shipping = coded("5", R5)
    shipping["SalesItemLineDetail"]["ItemRef"] = {"value": "SHIPPING_ITEM_ID"}
    document = booked(company, form(shipping, coded("10", S20), GlobalTaxCalculation="TaxExcluded"))
    assert list(taxes(document)) == ["2", "3"]  # shipping comes last in the answer, whatever was sent
    assert update(company, ENTITIES["SalesReceipt"], document).document == document


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        (coded("100", S20, qty=D("1E-20")), {}),  # a price of 24 digits
        (coded("100", S20, qty=D("1E-20"), DiscountRate=5), {}),
        (coded("999999999999999", S20), {}),  # with its tax it has 16 digits
        (coded("1", S20, qty=D("999999999999999"), price=D("999999999999999")), {}),
        (
            coded("999999999999999", S20),
            {"GlobalTaxCalculation": "TaxInclusive", "switches": {"inclusive_amount": "net"}},
        ),
    ],
)
def test_what_comes_to_more_than_fifteen_digits_is_refused(line: dict[str, Any], fields: dict[str, Any]) -> None:
    company = company_of("uk", **fields.get("switches", {}))
    with pytest.raises(Refused) as refused:
        booked(company, form(line) | {"GlobalTaxCalculation": fields.get("GlobalTaxCalculation", "TaxExcluded")})
    assert refused.value.problems[0].code == "2090"
