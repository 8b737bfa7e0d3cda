"""SKUs that can be told apart, numbers that keep their digits."""

from __future__ import annotations

import ast
import unicodedata
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.inventory.preview import sum_in_words
from services.stock_words import OUTCOMES, number, percent, plain, signed, visible
from shared.mapping.stock.decision import Outcome, Term, TermKind
from tests.unit.stock_command.strange import quantities, skus


def meant(shown: str) -> str:
    """The SKU that a shown one stands for, as whoever reads it would tell."""
    return str(ast.literal_eval(shown)) if shown.startswith(("'", '"')) else shown


@given(skus)
@example("'a '")
@example("a ")
@example("cafe\u0301")
@example("back\\slash")
@example("zero\u200bwidth")
@example("\x1b[31m")
def test_a_sku_can_be_told_from_every_other_and_steers_no_terminal(sku: str) -> None:
    shown = visible(sku)
    assert meant(shown) == sku
    assert shown.isprintable()
    assert unicodedata.normalize("NFC", shown) == shown
    assert shown == shown.strip()


def test_an_ordinary_sku_is_shown_as_it_is() -> None:
    for sku in ("24-MB01", "a/b+c", 'MUG 11"', "größe-漢", "😀", "it's"):
        assert visible(sku) == sku


@given(st.text())
def test_texts_of_others_keep_what_is_printable_and_steer_no_terminal(text: str) -> None:
    shown = plain(text)
    assert shown.isprintable()
    if text.isprintable():
        assert shown == text


@given(quantities)
def test_a_number_is_shown_with_all_its_digits(quantity: Decimal) -> None:
    assert Decimal(number(quantity).replace(",", "")) == quantity
    assert Decimal(signed(quantity).replace(",", "").replace(" ", "")) == quantity


@pytest.mark.parametrize(
    ("quantity", "shown"),
    [("10", "10"), ("100", "100"), ("1234.5000", "1,234.5"), ("-0.0000", "0"), ("0.0001", "0.0001"), ("1E+3", "1,000")],
)
def test_numbers_are_short(quantity: str, shown: str) -> None:
    assert number(Decimal(quantity)) == shown


@pytest.mark.parametrize(
    ("share", "shown"), [("20", "20 %"), ("20.0001", "20.01 %"), ("19.9999", "19.99 %"), ("33.3333", "33.33 %")]
)
def test_a_share_is_not_rounded_to_the_guards(share: str, shown: str) -> None:
    assert percent(Decimal(share)) == shown


def test_every_outcome_and_every_term_has_its_words() -> None:
    assert set(OUTCOMES) == set(Outcome)
    for kind in TermKind:
        assert sum_in_words([Term(kind, Decimal(1), "")]).startswith("1 ")
