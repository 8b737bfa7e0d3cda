"""`[products]`: off by default, and what makes no sense is refused in words."""

from __future__ import annotations

import pytest

from shared.settings.loader import SettingsError, load
from shared.settings.products import Owner, Products, Workflow

LEAST = 'connection = "main"\n[magento]\nurl = "https://shop.example"\n[quickbooks]\nrealm = "1"\n'


def products(text: str) -> Products:
    return load(LEAST + text, "test").settings.products


def test_no_product_becomes_an_item_before_somebody_says_so() -> None:
    assert products("").workflow is Workflow.OFF


def test_every_part_of_the_section_is_read() -> None:
    read = products(
        '[products]\nworkflow = "filtered"\n[products.filter]\nwebsites = [1, 2]\n[products.filter.attributes]\n'
        'color = ["5", "6"]\n[[products.accounts]]\ntype = "virtual"\nincome_account = "Services"\n'
        '[products.categories]\n"14" = "Light:Lamps"\n[products.owners]\nprice = "books"\n'
    )
    assert read.filter.websites == (1, 2)
    assert read.filter.attributes == {"color": ("5", "6")}
    assert read.accounts[0].income_account == "Services"
    assert read.categories == {"14": "Light:Lamps"}
    assert read.owners.price is Owner.BOOKS


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[products.types]\nconfigurable = "inventory"', "never an item"),
        ('[products.categories]\nLamps = "Light"', "'Lamps' is no category's id"),
        ('[products.owners]\nname = "books"', 'choose "create"'),
        ('[[products.accounts]]\nincome_account = "Services"', "needs type or category"),
        ("[[products.accounts]]\ncategory = 14", "needs an account"),
        ('[products]\nworkflow = "everything"', "allowed: off, all, sold or filtered"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(text: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        products(text)
