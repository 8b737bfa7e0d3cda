"""Which customer and which items a sale needs."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.commerce.party import Address, Party
from shared.commerce.sale import LineKind
from shared.mapping.customer import CustomerNeed, customer_need
from shared.mapping.item import generic_need, item_body, item_need
from shared.mapping.parked import Parked, Reason
from shared.settings.model import Customers, Items
from tests.unit.mapping.sales import books, company, line, sale


def need(policy: str = "original", currency: str = "USD", **buyer: Any) -> CustomerNeed:
    what = replace(sale(line(), currency=currency), buyer=replace(sale().buyer, **buyer))
    return customer_need(what, Customers.model_validate({"policy": policy}), company(multicurrency=True))


def test_a_buyer_is_known_by_the_address_whatever_the_name() -> None:
    assert need().key == need(given_name="Anne").key == "email:ann@example.com"
    assert need().names == (
        "Ann Lee",
        "Ann Lee (ann@example.com)",
        "Ann Lee (shop 7)",
        "Ann Lee (customer)",
        "Ann Lee (2)",
    )


def test_a_namesake_gets_a_name_of_its_own() -> None:
    other = need(email="ann2@example.com")
    assert other.key != need().key
    assert other.names[1] != need().names[1]


def test_a_company_is_known_by_its_name() -> None:
    one, two = need("company", company="Acme: Sons"), need("company", company="ACME- SONS", email="b@c.de")
    assert one.key == two.key == "company:acme- sons"
    assert one.names[0] == "Acme- Sons"
    assert need("company").key == "email:ann@example.com"  # without a company: the buyer


@pytest.mark.parametrize("policy", ["original", "company", "generic"])
def test_a_currency_has_customers_of_its_own(policy: str) -> None:
    euro = need(policy, "EUR", company="Acme")
    assert euro.key != need(policy, company="Acme").key
    assert euro.body["CurrencyRef"] == {"value": "EUR"}
    assert all(name.endswith(" (EUR)") or "(EUR)" in name for name in euro.names)
    assert "CurrencyRef" not in need(policy, company="Acme").body


def test_generic_is_one_customer_for_all() -> None:
    assert need("generic") == need("generic", email="x@y.zz", given_name="Bo", shop_id="9")
    assert need("generic").names == ("Online customers",)


def test_a_buyer_without_any_name_and_address_is_the_generic_one() -> None:
    nobody = Party("", "", "", "", "", "", Address(), None)
    found = customer_need(replace(sale(line()), buyer=nobody), Customers(), company())
    assert found == need("generic")


def test_guests_without_an_address_are_told_apart_by_where_they_live() -> None:
    here, there = need(email="", shop_id=""), need(email="", shop_id="", billing=Address(postcode="10001"))
    assert here.key == "person:ann lee:78701"
    assert there.key != here.key


texts = st.text(max_size=120)


@given(
    texts, texts, texts, st.text(max_size=40), st.sampled_from(["original", "company"]), st.sampled_from(["USD", "EUR"])
)
def test_whatever_buyers_are_called_their_names_fit(
    given_name: str, family: str, business: str, email: str, policy: str, currency: str
) -> None:
    found = need(policy, currency, given_name=given_name, family_name=family, company=business, email=email)
    assert found.names
    assert len(set(found.names)) == len(found.names)
    for name in found.names:
        assert 0 < len(name) <= 100
        assert not set(":\t\n") & set(name)
        assert found.with_name(name)["DisplayName"] == name
    assert all(len(str(found.body.get(field, ""))) <= 100 for field in ("GivenName", "FamilyName", "CompanyName"))


def test_an_item_is_found_by_sku_or_by_name() -> None:
    by_sku = item_need(line(sku="A:1"), Items())
    assert (by_sku.key, by_sku.sku, by_sku.name, by_sku.names) == (
        "sku:a:1",
        "A:1",
        "",
        ("A-1", "A-1 (item)", "A-1 - 2"),
    )
    by_name = item_need(line(sku="A:1"), Items.model_validate({"match": "name"}))
    assert (by_name.key, by_name.sku, by_name.name) == ("name:a-1", "", "A-1")


@given(st.text(min_size=1, max_size=150), st.sampled_from(["sku", "name"]))
def test_every_line_needs_an_item_that_can_be_found(sku: str, match: str) -> None:
    found = item_need(line(sku=sku), Items.model_validate({"match": match}))
    assert found.sku or found.name
    assert all(0 < len(name) <= 100 and ":" not in name for name in found.names)


def test_shipping_and_fees_have_items_by_name() -> None:
    chosen = Items(shipping_item="Freight", fee_item="Extras", generic_item="Goods")
    assert item_need(line(sku="", kind=LineKind.SHIPPING), chosen).name == "Freight"
    assert item_need(line(sku="", kind=LineKind.FEE), chosen).name == "Extras"
    assert generic_need(chosen).name == "Goods"


def test_a_new_item_is_sold_into_the_account_of_the_settings() -> None:
    found = item_need(line(sku="A", name="Hat"), Items())
    assert item_body(found, "A", Items(), books()) == {
        "Name": "A",
        "Type": "NonInventory",
        "Sku": "A",
        "Description": "Hat",
        "IncomeAccountRef": {"value": "79"},
        "Taxable": True,
    }
    service = item_need(line(kind=LineKind.SERVICE), Items())
    assert item_body(service, "A", Items(), books())["Type"] == "Service"


def test_a_missing_item_parks_where_none_may_be_made() -> None:
    found = item_need(line(sku="A"), Items.model_validate({"missing": "park"}))
    with pytest.raises(Parked) as caught:
        item_body(found, "A", Items(), books())
    assert (caught.value.reason, caught.value.setting) == (Reason.ITEM_MISSING, "items.missing")
    assert caught.value.text == "QuickBooks has no active item with SKU 'A'"


def test_a_missing_account_parks_with_its_setting() -> None:
    chosen = Items(income_account="Web Sales")
    with pytest.raises(Parked) as caught:
        item_body(item_need(line(), chosen), "A", chosen, books())
    assert (caught.value.reason, caught.value.setting) == (Reason.REFERENCE_MISSING, "items.income_account")
    assert "account named 'Web Sales'" in caught.value.text


def test_a_discounted_line_needs_the_item_of_the_whole_one() -> None:
    assert item_need(line(discount=Decimal("1.00")), Items()) == item_need(line(), Items())
