"""Every mistake in a settings document is told by its key and by what is allowed there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.settings.loader import SettingsError, load
from shared.settings.model import Settings

LEAST = 'connection = "main"\nmagento = { url = "https://shop.example" }\nquickbooks = { realm = "1" }\n'


def problems(text: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load(text, "shop.toml")
    assert str(caught.value).startswith("shop.toml: ")
    return caught.value.problems


def test_the_least_document_loads_with_every_default() -> None:
    settings = load(LEAST, "shop.toml").settings
    assert settings == Settings.model_validate(
        {"connection": "main", "magento": {"url": "https://shop.example"}, "quickbooks": {"realm": "1"}}
    )
    assert settings.sales.states == ("processing", "complete")


def test_an_empty_document_lacks_what_must_be_set() -> None:
    assert problems("") == ["connection: must be set", "magento: must be set", "quickbooks: must be set"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ('[sales]\ndocument = "bill"', "sales.document: 'bill' is not allowed; allowed: sales_receipt or invoice"),
        ("[sales]\nnumbers = 1", "sales.numbers: 1 is not allowed; allowed: shop or quickbooks"),
        ('[sales]\ndiscount = ["net"]', "sales.discount: is not allowed; allowed: line or net"),
        ('[customers]\npolicy = "Original"', "customers.policy: 'Original' is not allowed; "
         "allowed: original, company or generic"),
        ("[sales]\nstates = []", "sales.states: must have at least one entry"),
        ('[sales]\nstates = "complete"', "sales.states: 'complete' must be a list in brackets"),
        ('[sales]\nstart_date = "soon"', "sales.start_date: 'soon' must be a date such as 2026-01-31"),
        ("[sales]\nstart_date = 2026-01-31T10:00:00",
         "sales.start_date: must be a date such as 2026-01-31, without a time"),
        ('[sales]\nnumber_prefix = "toolongprefix"',
         "sales.number_prefix: 'toolongprefix' must have at most 10 characters"),
        ('[sales]\nnumber_prefix = "a b"', "sales.number_prefix: 'a b' is not allowed here: "
         "Put before the order number: letters, digits and . _ / # - only. QuickBooks takes 21 characters in all."),
        ('[items]\nshipping_item = ""', "items.shipping_item: '' must not be empty"),
        ("[items]\nshipping_item = 3", "items.shipping_item: 3 must be text in quotes"),
        ("[tax]\ncodes = 3", "tax.codes: 3 must be a table"),
        ("sales = 3", "sales: 3 must be a table"),
        ("[sale]\nx = 1", "sale: there is no such setting; did you mean sales?"),
        ("[items]\nfoo = 1", "items.foo: there is no such setting; there are: match, missing, generic_item, "
         "shipping_item, fee_item, income_account"),
        ('[payments.methods.checkmo]\ndeposit = "x"', "payments.methods.checkmo.deposit: there is no such setting; "
         "did you mean deposit_to?"),
        ('[[fees]]\nattribute = "a"', "fees.0.name: must be set"),
        ('[[fees]]\nattribute = "a"\nname = "A"\n[[fees]]\nattribute = "a"\nname = "B"',
         "(the document): fees: an attribute is named twice"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_by_key_and_by_what_is_allowed(more: str, said: str) -> None:
    assert problems(LEAST + more) == [said]


@pytest.mark.parametrize(
    ("line", "instead", "said"),
    [
        ('connection = "main"', 'connection = "Main Shop"', "connection: 'Main Shop' is not allowed here: Short name: "
         "lower-case letters, digits, dashes. It is part of webhook addresses and never changes."),
        ('connection = "main"', 'connection = "main"\ntime_zone = "Mars/X"',
         "time_zone: 'Mars/X' is neither \"shop\" nor a time zone such as \"America/New_York\""),
        ('realm = "1"', "realm = 1", "quickbooks.realm: 1 must be text in quotes"),
        ('realm = "1"', 'realm = "abc"',
         "quickbooks.realm: 'abc' is not allowed here: Company id (realm id), digits only."),
        ('realm = "1"', 'realm = "1", environment = "test"',
         "quickbooks.environment: 'test' is not allowed; allowed: production or sandbox"),
        ("https://shop.example", "shop.example",
         "magento.url: 'shop.example' is not a web address that starts with https://"),
        ("https://shop.example", "https://", "magento.url: 'https://' is not a web address that starts with https://"),
        ("https://shop.example", "https://x:99999", "magento.url: 'https://x:99999' is not a web address: "
         "Port out of range 0-65535"),
        ('url = "https://shop.example"', 'url = "https://x", auth = "basic"',
         "magento.auth: 'basic' is not allowed; allowed: oauth1 or bearer"),
    ],
)  # fmt: skip
def test_a_mistake_in_what_must_be_set_is_told_as_well(line: str, instead: str, said: str) -> None:
    assert line in LEAST
    assert problems(LEAST.replace(line, instead)) == [said]


def test_a_password_in_an_address_is_refused_and_not_repeated() -> None:
    (said,) = problems(LEAST.replace("https://shop", "https://admin:hunter2@shop"))
    assert "hunter2" not in said
    assert "what is secret has its own file" in said


def test_all_mistakes_are_told_at_once() -> None:
    assert len(problems(LEAST + '[sales]\ndocument = "x"\nfoo = 1\n[items]\nmatch = "y"')) == 3


@pytest.mark.parametrize("broken", ["a = [", "a = 1\na = 2", "\x00", "[sales", "connection = main"])
def test_what_is_no_toml_is_told_as_such(broken: str) -> None:
    (said,) = problems(broken)
    assert said.startswith("not a TOML document: ")


@given(st.text(max_size=60))
def test_no_text_crashes_the_loader(text: str) -> None:
    for document in (text, LEAST + text):
        try:
            loaded = load(document, "x")
        except SettingsError as error:
            assert error.problems
        else:
            assert loaded.settings.connection == "main"


def test_the_version_changes_with_the_text_alone() -> None:
    one, same, other = load(LEAST, "a"), load(LEAST, "b"), load(LEAST + "# note", "a")
    assert one.version == same.version != other.version
    assert one.settings == other.settings
