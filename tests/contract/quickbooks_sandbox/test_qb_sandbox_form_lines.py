"""Line kinds of sales forms: bundles, inline subtotals, discounts of a line, tracking, numbers of each type."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from sandbox.quickbooks.errors import Refused
from sandbox.quickbooks.operations import create, update, void
from sandbox.quickbooks.schema import ENTITIES
from sandbox.quickbooks.templates.common import CARD, GIFT_SET, WRAP
from tests.contract.quickbooks_sandbox.books_client import discount, line
from tests.contract.quickbooks_sandbox.tax_companies import FORMS, booked, coded, company_of, form, taxes

D = Decimal


def _bundle(quantity: Any = 1, **detail: Any) -> dict[str, Any]:
    inner = {"GroupItemRef": {"value": GIFT_SET}, "Quantity": quantity, **detail}
    return {"DetailType": "GroupLineDetail", "GroupLineDetail": inner}


@pytest.mark.parametrize(
    ("template", "fields", "total"),
    [
        # 2 x (3.50 + 2 x 1.25) = 12.00
        ("us-manual", {"TxnTaxDetail": {"TxnTaxCodeRef": {"value": "8"}}}, "13.09"),  # 7.1 %: 0.85, 2 %: 0.24
        ("uk", {"GlobalTaxCalculation": "TaxExcluded"}, "14.40"),
        ("uk", {"GlobalTaxCalculation": "TaxInclusive"}, "12.00"),
        ("quebec", {"GlobalTaxCalculation": "TaxExcluded"}, "13.80"),  # 0.60 and 1.197
    ],
)
@pytest.mark.parametrize("entity", FORMS)
def test_a_bundle_is_sold_as_its_parts(entity: str, template: str, fields: dict[str, Any], total: str) -> None:
    company = company_of(template)
    document = booked(company, form(_bundle(2), **fields), entity)
    group = document["Line"][0]
    parts = group["GroupLineDetail"]["Line"]
    assert [part["SalesItemLineDetail"]["ItemRef"]["value"] for part in parts] == [WRAP, CARD]
    assert [part["SalesItemLineDetail"]["Qty"] for part in parts] == [2, 4]
    assert [group["Id"], *(part["Id"] for part in parts)] == ["1", "2", "3"]
    assert group["Amount"] == sum(part["Amount"] for part in parts) == document["Line"][1]["Amount"]
    assert all("ItemAccountRef" in part["SalesItemLineDetail"] for part in parts)
    assert document["TotalAmt"] == D(total)
    assert update(company, ENTITIES[entity], document).document == document


def test_parts_that_are_sent_take_the_place_of_the_usual_ones() -> None:
    company = company_of("us-manual")
    document = booked(company, form(_bundle(1, Line=[line(9, item=WRAP, qty=3, price=3)]), line(1)))
    assert (document["Line"][0]["Amount"], document["TotalAmt"]) == (9, 10)
    gone = void(company, ENTITIES["SalesReceipt"], document).document
    assert gone["TotalAmt"] == 0 and gone["Line"][0]["GroupLineDetail"]["Line"][0]["Amount"] == 0


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (_bundle(GroupItemRef={"value": WRAP}), "6000"),
        (_bundle(GroupItemRef={"value": "77"}), "2500"),
        (_bundle(-1), "2290"),
        (_bundle(Line=[discount(1)]), "6000"),
        (_bundle(Line=[{**line(5, item=WRAP, qty=2, price=2)}]), "6070"),
        ({"DetailType": "GroupLineDetail", "GroupLineDetail": {}}, "2020"),
        (line(1, item=GIFT_SET), "6000"),
    ],
)
def test_a_bundle_that_is_none_is_refused(bad: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused) as refused:
        booked(company_of("us-manual"), form(bad))
    assert refused.value.problems[0].code == code


def test_a_bundle_cannot_be_made_through_the_api() -> None:
    with pytest.raises(Refused) as refused:
        create(company_of("us"), ENTITIES["Item"], {"Name": "Set", "Type": "Group"})
    assert refused.value.problems[0].code == "6000"


def test_an_inline_subtotal_shows_the_sum_since_the_one_before() -> None:
    company = company_of("us")
    remark = {"DetailType": "DescriptionOnly", "Description": "Subtotal:", "DescriptionLineDetail": {}}
    document = booked(company, form(line(10), line(D("2.5")), remark, line(1), remark))
    shown = [(one["Description"], one["Amount"]) for one in document["Line"] if one["DetailType"] == "DescriptionOnly"]
    assert shown == [("Subtotal: 12.50", D("12.50")), ("Subtotal: 1.00", D(1))]
    assert document["TotalAmt"] == D("13.5")
    assert update(company, ENTITIES["SalesReceipt"], document).document == document


@pytest.mark.parametrize(
    ("sent", "amount", "off"),
    [
        (coded("27", "NON", qty=3, price=10, DiscountRate=10), "27.00", "3.00"),
        (coded("26", "NON", qty=3, price=10, DiscountAmt=4), "26.00", "4.00"),
        (coded("27", "NON", qty=3, price=10, DiscountAmt=4, DiscountRate=10), "27.00", "3.00"),  # the rate wins
        (coded("30", "NON", DiscountRate=D("33.333")), "20.00", "10.00"),
        (coded("30", "NON", DiscountRate=0, DiscountAmt=0), "30.00", None),
    ],
)
def test_a_lines_own_discount_is_off_its_amount(sent: dict[str, Any], amount: str, off: str | None) -> None:
    company = company_of("us")
    document = booked(company, form(sent))
    detail = document["Line"][0]["SalesItemLineDetail"]
    assert document["Line"][0]["Amount"] == document["TotalAmt"] == D(amount)
    assert off is None or detail["DiscountAmt"] == D(off)
    assert update(company, ENTITIES["SalesReceipt"], document).document == document


@pytest.mark.parametrize(
    ("sent", "switches", "code"),
    [
        (coded("30", "NON", qty=3, price=10, DiscountAmt=4), {}, "6070"),
        (coded("30", "NON", DiscountRate=101), {}, "6000"),
        (coded("30", "NON", DiscountAmt=-1), {}, "6000"),
        (coded("26", "NON", qty=3, price=10, DiscountAmt=4), {"line_discounts": "refuse"}, "6000"),
    ],
)
def test_a_lines_discount_that_cannot_be_is_refused(sent: dict[str, Any], switches: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused) as refused:
        booked(company_of("us", **switches), form(sent))
    assert refused.value.problems[0].code == code


def test_a_discounted_inclusive_line_gives_its_tax_away_after_the_discount() -> None:
    company = company_of("uk")
    sent = coded("18", "2", qty=2, price=10, DiscountRate=10)
    document = booked(company, form(sent, GlobalTaxCalculation="TaxInclusive"))
    # 18 / 1.2 = 15
    assert (document["Line"][0]["Amount"], taxes(document)["2"]) == (D(15), (D(15), D(3)))
    assert update(company, ENTITIES["SalesReceipt"], document).document == document


@pytest.mark.parametrize("entity", FORMS)
@pytest.mark.parametrize(
    ("tracking", "kept"), [("off", (False, False)), ("transaction", (True, False)), ("line", (False, True))]
)
def test_classes_stay_where_the_company_tracks_them(entity: str, tracking: str, kept: tuple[bool, bool]) -> None:
    company = company_of("us-manual", class_tracking=tracking, track_departments=tracking == "line")
    for name in ("Class", "Department"):
        create(company, ENTITIES[name], {"Name": "Web"})
    reference = {"value": "1"}
    body = form(
        coded("5", "NON", ClassRef=reference, ServiceDate="2026-01-05"),
        _bundle(
            Line=[{**line(1, item=WRAP), "SalesItemLineDetail": {"ItemRef": {"value": WRAP}, "ClassRef": reference}}]
        ),
        discount(1, ClassRef=reference),
        ClassRef=reference,
        DepartmentRef=reference,
    )
    document = booked(company, body, entity)
    first, bundle, _, off = document["Line"]
    details = [
        first["SalesItemLineDetail"],
        bundle["GroupLineDetail"]["Line"][0]["SalesItemLineDetail"],
        off["DiscountLineDetail"],
    ]
    assert ("ClassRef" in document, {"ClassRef" in detail for detail in details}) == (kept[0], {kept[1]})
    assert ("DepartmentRef" in document) == (tracking == "line")
    assert first["SalesItemLineDetail"]["ServiceDate"] == "2026-01-05"


@pytest.mark.parametrize("entity", FORMS)
def test_numbers_are_the_callers_or_quickbooks_own_on_every_form(entity: str) -> None:
    custom, own = company_of("us"), company_of("us", custom_txn_numbers=False)
    assert booked(custom, form(line(1), DocNumber="A-1"), entity)["DocNumber"] == "A-1"
    assert "DocNumber" not in booked(custom, form(line(1)), entity)
    with pytest.raises(Refused) as refused:
        booked(custom, form(line(1), DocNumber="a-1"), entity)
    assert refused.value.problems[0].code == "6140"
    assert [booked(own, form(line(1), DocNumber="A-1"), entity)["DocNumber"] for _ in range(2)] == ["1001", "1002"]


@pytest.mark.parametrize(("scope", "refused"), [("type", False), ("sales", True)])
def test_a_number_is_unique_in_its_type_or_among_all_forms(scope: str, refused: bool) -> None:
    company = company_of("us", doc_number_scope=scope)
    booked(company, form(line(1), DocNumber="7"), "CreditMemo")
    try:
        booked(company, form(line(1), DocNumber="7"), "RefundReceipt")
    except Refused as problem:
        assert refused and problem.problems[0].code == "6140"
    else:
        assert not refused
