"""Who bought: accounts, guests, and addresses with holes in them."""

from __future__ import annotations

from typing import Any

from shared.commerce.party import Address, Party
from shared.magento.parties import read_party
from shared.magento.reading import parse_snapshot
from tests.unit.magento.shop_orders import item, order_of, snapshot_of

BILLING = {
    "firstname": "Sinéad",
    "lastname": "O'Brien",
    "company": " Acme & Sons ",
    "street": ["1 O'Farrell St", "", None, "Apt 4"],
    "city": "Portland",
    "region": "Oregon",
    "region_code": "OR",
    "postcode": 97205,
    "country_id": "US",
    "telephone": "(555) 0100",
    "email": "Billing@Example.com",
}


def party_of(**order: Any) -> Party:
    document = order_of(item(1, "A", "1.00"), subtotal="1.00", grand_total="1.00") | order
    return read_party(parse_snapshot(snapshot_of(document)).order)


def test_an_account_is_known_by_its_number_and_its_own_name() -> None:
    party = party_of(
        customer_id=7,
        customer_email="Ann@Example.COM ",
        customer_firstname="Ann",
        customer_lastname="Lee",
        billing_address=BILLING,
    )
    assert (party.shop_id, party.email, party.full_name) == ("7", "ann@example.com", "Ann Lee")
    assert party.company == "Acme & Sons"


def test_a_guest_has_the_names_and_the_address_of_the_bill() -> None:
    party = party_of(billing_address=BILLING)
    assert (party.shop_id, party.email, party.full_name) == ("", "billing@example.com", "Sinéad O'Brien")
    assert party.billing == Address(("1 O'Farrell St", "Apt 4"), "Portland", "OR", "97205", "US")


def test_the_shipping_address_is_the_first_that_an_assignment_has() -> None:
    assignments = [{"shipping": {"method": "x"}}, {"shipping": {"address": BILLING | {"city": "Salem"}}}]
    party = party_of(extension_attributes={"shipping_assignments": assignments})
    assert party.shipping is not None
    assert party.shipping.city == "Salem"


def test_a_virtual_order_has_no_shipping_address() -> None:
    assert party_of(extension_attributes={"shipping_assignments": [{"shipping": {"total": {}}}]}).shipping is None


def test_a_street_in_one_text_is_split_into_its_lines() -> None:
    assert party_of(billing_address={"street": "1 Main St\nApt 4"}).billing.street == ("1 Main St", "Apt 4")


def test_a_region_without_a_code_is_taken_as_written() -> None:
    assert party_of(billing_address={"region": "Île-de-France"}).billing.region == "Île-de-France"


def test_an_order_without_any_address_has_a_nameless_buyer() -> None:
    assert party_of() == Party("", "", "", "", "", "", Address(), None)
