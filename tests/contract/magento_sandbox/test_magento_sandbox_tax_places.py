"""Which rates tax a buyer: postcodes, regions, rules that share a rate, and buyers who are nowhere yet."""

from __future__ import annotations

from decimal import Decimal

import pytest

from sandbox.magento.cart import Address, Item
from sandbox.magento.postcodes import covers
from sandbox.magento.pricing import price
from sandbox.magento.rates import groups
from sandbox.magento.tax_settings import CUSTOMERS, GOODS, Place, TaxRate, TaxRule, TaxSettings
from tests.contract.magento_sandbox.carts_by_hand import cart, tax


@pytest.mark.parametrize(
    ("pattern", "postcode", "country", "fits"),
    [
        ("*", "90034", "US", True),
        ("", "90034", "US", True),
        ("90034", "90034", "US", True),
        ("900*", "90034", "US", True),
        ("901*", "90034", "US", False),
        ("90034*", "90034", "US", True),
        ("90000-90099", "90034", "US", True),
        ("90035-90099", "90034", "US", False),
        ("90000-90099", "90034-1234", "US", True),
        ("90034", "90034-1234", "US", True),
        ("90034-12*", "90034-1234", "US", True),
        ("90034-1234", "90034-1234", "US", True),
        ("90034-1234", "90034", "US", False),
        ("1000-205", "1000-205", "PT", True),
        ("1000", "1000-205", "PT", True),
        ("SW1A 1*", "SW1A 1AA", "GB", True),
        ("10000-20000", "SW1A 1AA", "GB", False),
        ("12*", "12-345", "PL", False),  # Magento reads a hyphen abroad as a range, which no wildcard fits
        ("12-345", "12-345", "PL", True),
        ("90034", "*", "US", True),
        ("90000-90099", "*", "US", False),
    ],
)
def test_a_rate_covers_a_postcode_as_magento_looks_it_up(pattern: str, postcode: str, country: str, fits: bool) -> None:
    assert covers(pattern, postcode, country) is fits


def _percents(settings: TaxSettings, place: Place) -> list[tuple[str, Decimal]]:
    return [(group.id, group.percent) for group in groups(settings, place, CUSTOMERS, GOODS)]


def test_a_rate_that_two_rules_list_counts_once() -> None:
    shared = TaxRate(code="A", percent=Decimal(5))
    rules = tuple(TaxRule(code=f"R{priority}", rates=("A",), priority=priority) for priority in (0, 1))
    assert _percents(TaxSettings(rates=(shared,), rules=rules), Place()) == [("A", Decimal(5))]


def test_within_a_rule_the_closest_rate_counts() -> None:
    rates = (
        TaxRate(code="ALL", percent=Decimal(1)),
        TaxRate(code="STATE", percent=Decimal(2), region_id=12),
        TaxRate(code="TOWN", percent=Decimal(3), region_id=12, postcode="900*"),
        TaxRate(code="STREET", percent=Decimal(4), region_id=12, postcode="90034"),
    )
    settings = TaxSettings(rates=rates, rules=(TaxRule(code="R", rates=tuple(rate.code for rate in rates)),))
    found = [_percents(settings, Place(region_id=region, postcode=code))[0][0] for region, code in (
        (57, "90034"), (12, "94110"), (12, "90001"), (12, "90034"))]  # fmt: skip
    assert found == ["ALL", "STATE", "TOWN", "STREET"]


def test_a_buyer_without_any_address_is_taxed_at_the_default_place() -> None:
    settings = tax({"A": "10"})
    california, texas = Place(region_id=12, postcode="90034"), Place(region_id=57, postcode="78701")
    assert settings.place_for(None, None) == Place(postcode="*")
    assert settings.place_for(None, california) == california
    billing_first = settings.model_copy(update={"based_on": "billing"})
    assert billing_first.place_for(texas, california) == california
    assert billing_first.place_for(texas, None) == texas
    at_origin = settings.model_copy(update={"based_on": "origin"})
    assert at_origin.place_for(texas, texas) == settings.origin
    assert _percents(settings, settings.place_for(None, None)) == []


def test_a_virtual_cart_is_taxed_where_the_bill_goes_and_ships_nothing() -> None:
    texas = Address(firstname="A", lastname="B", street=("1",), city="Austin", region="TX", postcode="78701")
    service = Item(sku="S", name="S", type="virtual", price=Decimal(100))
    sold = cart(service, shipping=texas, shipping_amount=Decimal(9), tax=tax({"A": "10"}))
    priced = price(sold)
    assert (priced.tax_amount, priced.shipping.row_total) == (Decimal("10.00"), Decimal(0))
    goods = service.model_copy(update={"type": "simple"})
    assert price(sold.model_copy(update={"items": (goods,)})).tax_amount == 0


def test_a_canadian_province_and_a_region_by_its_number_find_their_rates() -> None:
    quebec = Address(
        firstname="A", lastname="B", street=("1",), city="Montréal", region="QC", postcode="H2X 1Y4", country="CA"
    )
    assert quebec.place() == Place(country="CA", region_id=76, postcode="H2X 1Y4")
    bavaria = quebec.model_copy(update={"country": "DE", "region": "Bayern", "region_id": 81, "postcode": "80331"})
    assert bavaria.place() == Place(country="DE", region_id=81, postcode="80331")


def test_a_buyer_of_another_tax_class_pays_no_tax() -> None:
    sold = cart(("100", 1), tax=tax({"A": "10"}))
    exempt = sold.model_copy(update={"buyer": sold.buyer.model_copy(update={"tax_class": "Wholesale"})})
    assert (price(sold).tax_amount, price(exempt).tax_amount) == (Decimal("10.00"), Decimal(0))
