"""OAuth 1.0a signatures against published figures. The sandbox verifies them too: tests/integration/magento_client."""

from __future__ import annotations

import base64
import hmac
import re
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.magento.oauth1 import Credentials, authorization, base_address, base_string

KEYS = Credentials("ck", "cs & more", "at", "ts")


def test_the_base_string_is_that_of_the_example_in_rfc_5849() -> None:
    parameters = [
        ("b5", "=%3D"),
        ("a3", "a"),
        ("c@", ""),
        ("a2", "r b"),
        ("oauth_consumer_key", "9djdj82h48djs9d2"),
        ("oauth_token", "kkk9d7dh3k39sjv7"),
        ("oauth_signature_method", "HMAC-SHA1"),
        ("oauth_timestamp", "137131201"),
        ("oauth_nonce", "7d8f3e4a"),
        ("c2", ""),
        ("a3", "2 q"),
    ]
    assert base_string("post", "http://example.com/request", parameters) == (
        "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D"
        "%26c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3D"
        "HMAC-SHA1%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7"
    )


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("HTTP://EXAMPLE.COM:80/r%20v/X", "http://example.com/r%20v/X"),
        ("https://www.example.net:8080/", "https://www.example.net:8080/"),
        ("https://shop.example:443/rest/V1/orders", "https://shop.example/rest/V1/orders"),
        ("http://shop.example:443/x", "http://shop.example:443/x"),
        ("http://[::1]:8091/x", "http://[::1]:8091/x"),
        ("https://shop.example", "https://shop.example/"),
    ],
)
def test_the_address_is_in_the_form_of_the_rfc(url: str, base: str) -> None:
    assert base_address(url) == base


def test_the_header_names_every_field_and_the_signature_is_hmac_sha256_of_the_base_string() -> None:
    query = [("searchCriteria[pageSize]", "1")]
    header = authorization(
        KEYS, "GET", "https://shop.example/rest/V1/orders", query, timestamp=1_700_000_000, nonce="n1"
    )
    fields = {name: unquote(value) for name, value in re.findall(r'(\w+)="([^"]*)"', header)}
    assert header.startswith("OAuth ")
    signature = fields.pop("oauth_signature")
    assert fields == {
        "oauth_consumer_key": "ck",
        "oauth_token": "at",
        "oauth_signature_method": "HMAC-SHA256",
        "oauth_timestamp": "1700000000",
        "oauth_nonce": "n1",
        "oauth_version": "1.0",
    }
    text = base_string("GET", "https://shop.example/rest/V1/orders", [*fields.items(), *query])
    expected = hmac.digest(b"cs%20%26%20more&ts", text.encode(), "sha256")
    assert base64.b64decode(signature) == expected


@given(st.text(min_size=1, max_size=30), st.text(max_size=30))
def test_each_parameter_is_signed(name: str, value: str) -> None:
    def signed(query: list[tuple[str, str]]) -> str:
        return authorization(KEYS, "GET", "https://shop.example/x", query, timestamp=1, nonce="n")

    assert signed([(name, value)]) != signed([(name, value + "x")])
    assert signed([(name, value)]) != signed([])


def test_secrets_are_not_shown_by_repr() -> None:
    assert repr(KEYS) == "Credentials(consumer_key='ck')"
