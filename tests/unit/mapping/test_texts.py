"""Names, notes and addresses as QuickBooks takes them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.orders import documents
from shared.commerce.party import Address
from shared.commerce.sale import Source
from shared.mapping import text
from shared.mapping.customer import address_body
from shared.mapping.sale import marker
from shared.wire import encode
from tests.unit.mapping.sales import document, line, sale


@given(st.text(st.characters(), max_size=60), st.integers(1, 40))
def test_plain_text_is_one_printable_line_within_its_limit(given_text: str, limit: int) -> None:
    found = text.plain(given_text, limit)
    assert len(found) <= limit
    assert found == found.strip()
    assert not set("\n\r\t\x00\x85\u2028") & set(found)
    found.encode()  # no half of a surrogate pair is left
    assert text.plain(found, limit) == found


@given(st.text(st.characters(), max_size=60))
def test_names_hold_nothing_that_names_may_not(given_text: str) -> None:
    assert not set(":\t\n") & set(text.name(given_text))


@pytest.mark.parametrize(
    ("given_text", "name"),
    [("Smith: Sons", "Smith- Sons"), ("a\tb\r\nc", "a b c"), ("  x  ", "x"), ("Zoe\u0308", "Zoë"), ("\ud83d", "")],
)
def test_known_names(given_text: str, name: str) -> None:
    assert text.name(given_text) == name


@pytest.mark.parametrize("good", ["a@b.co", "O'Brien+shop@mail.example.com", "x_y-z@a-b.example"])
def test_ordinary_addresses_are_sent(good: str) -> None:
    assert text.email(f" {good} ") == good


@pytest.mark.parametrize(
    "odd",
    ["", "a", "a@b", "a@@b.co", "a@b..co", ".a@b.co", "a..b@c.de", "a b@c.de", "a@-b.co", "ä@b.co",
     "a@b.co,c@d.ef", "x" * 96 + "@b.co", "<a@b.co>"],
)  # fmt: skip
def test_addresses_that_quickbooks_may_refuse_are_left_out(odd: str) -> None:
    assert text.email(odd) is None


def test_a_sale_with_an_odd_address_is_booked_without_it() -> None:
    what = replace(sale(line()), buyer=replace(sale().buyer, email="ann@localhost"))
    assert "BillEmail" not in document(what).body


@pytest.mark.parametrize("number", ["000000041", "41 [bookbridge main:order:9]", "x" * 500, "é\n\ud800"])
def test_the_note_names_the_order_and_ends_with_a_marker_that_can_be_read_back(number: str) -> None:
    what = replace(sale(line(), notes=("rounded by 0.01 USD",)), source=Source("main", 41, number, 1, "processing"))
    body = document(what).body
    assert body["PrivateNote"].startswith(f"Magento order {number[:1]}")
    assert body["PrivateNote"].endswith(" [bookbridge main:order:41]")
    assert "rounded by 0.01 USD" in body["PrivateNote"]
    assert len(body["PrivateNote"]) <= 4000
    assert documents.marker_in(body) == marker("main:order:41")
    assert documents.marker_in({"PrivateNote": f"seen by Bo. {body['PrivateNote']} OK!"}) == marker("main:order:41")
    encode(body)


def test_the_note_names_the_coupon() -> None:
    what = sale(line(discount=Decimal("1.00")), discount_label="SAVE10")
    assert "coupon SAVE10" in document(what).body["PrivateNote"]
    assert "coupon" not in document(sale(line(), discount_label="SAVE10")).body["PrivateNote"]


def test_an_address_is_cut_to_what_its_fields_take() -> None:
    long = Address(tuple("x" * 600 for _ in range(7)), "c" * 300, "r" * 300, "9" * 40, "US")
    body = address_body(long)
    assert body is not None
    assert sorted(body) == [
        "City",
        "Country",
        "CountrySubDivisionCode",
        *(f"Line{i}" for i in range(1, 6)),
        "PostalCode",
    ]
    assert (len(body["Line1"]), len(body["City"]), len(body["PostalCode"])) == (500, 255, 30)


@pytest.mark.parametrize("none", [None, Address(), Address(("\x00",), " ")])
def test_an_empty_address_is_not_sent(none: Address | None) -> None:
    assert address_body(none) is None


def test_a_virtual_sale_has_no_shipping_address() -> None:
    what = replace(sale(line()), buyer=replace(sale().buyer, shipping=None))
    assert "ShipAddr" not in document(what).body
    assert document(what).body["BillAddr"]["City"] == "Austin"
