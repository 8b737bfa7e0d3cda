"""Which SKUs somebody may have meant."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.inventory.similar import similar
from shared import limits
from tests.unit.stock_command.strange import skus

SHOP = ["24-MB01", "24-MB02", "24-WB01", "MUG-RED-11", "Mug Blue 11oz", "hoodie/xl", "ÄPFEL", "++", "x"]


def test_what_differs_in_case_spaces_and_signs_comes_first() -> None:
    assert similar("24MB01", SHOP)[0] == "24-MB01"
    assert similar(" mug_red 11", SHOP)[0] == "MUG-RED-11"
    assert similar("hoodie xl", SHOP)[0] == "hoodie/xl"
    assert similar("A\u0308pfel", SHOP) == ("ÄPFEL",)


def test_a_beginning_and_a_slip_of_the_finger_are_found() -> None:
    assert similar("24-MB", SHOP)[:2] == ("24-MB02", "24-MB01")
    assert similar("Mug Bleu 11oz", SHOP)[0] == "Mug Blue 11oz"


def test_what_has_nothing_in_common_is_not_named() -> None:
    assert similar("ZZZ-999", SHOP) == ()
    assert similar("   ", SHOP) == ()
    assert similar("++", SHOP) == ("++",)


@given(skus, st.lists(skus, max_size=20))
def test_it_names_few_and_only_those_that_there_are(sku: str, every: list[str]) -> None:
    found = similar(sku, every)
    assert len(found) <= limits.STOCK_SIMILAR
    assert set(found) <= set(every)
