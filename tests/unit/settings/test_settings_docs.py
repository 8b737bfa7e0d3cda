"""The pages about settings say what the code does."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel

from shared.config import Config
from shared.settings.docs import render
from shared.settings.loader import load
from shared.settings.model import Settings, subsection

DOCS = Path(__file__).parents[3] / "docs"
EXAMPLE = DOCS / "example-settings.toml"


def keys(model: type[BaseModel], *, plain: bool = False) -> Iterator[str]:
    """All keys; `plain` ones alone hold no keys of their own."""
    for name, field in model.model_fields.items():
        if not plain or subsection(field.annotation) is None:
            yield name
        if inner := subsection(field.annotation):
            yield from keys(inner, plain=plain)


def test_the_page_of_settings_is_the_one_that_the_code_makes() -> None:
    assert (DOCS / "settings.md").read_text() == render(), "renew it: python -m shared.settings.docs > docs/settings.md"


def test_every_setting_and_every_variable_has_a_meaning_on_the_page() -> None:
    rows = dict(re.findall(r"^\| `([^`]+)` \| (.*?) \|", render(), flags=re.M))
    variables = {f"BOOKBRIDGE_{name.upper()}" for name in Config.model_fields}
    assert set(keys(Settings, plain=True)) | variables == set(rows)
    assert all(len(meaning) > 10 for meaning in rows.values())


def test_the_example_loads_and_its_defaults_are_the_real_ones() -> None:
    settings = load(EXAMPLE.read_text(), EXAMPLE.name).settings
    least = Settings.model_validate(
        {
            "connection": "main",
            "magento": {"url": settings.magento.url},
            "quickbooks": {"realm": settings.quickbooks.realm},
        }
    )
    assert settings == least


def test_the_example_still_loads_with_everything_that_it_only_shows() -> None:
    shown = re.sub(r'^# ((?:[a-z_]+|"[^"]+") = .*|\[+[a-z_.]+\]+)$', r"\1", EXAMPLE.read_text(), flags=re.M)
    settings = load(shown, EXAMPLE.name).settings
    assert settings.sales.number_prefix == "WEB-"
    assert settings.fees[0].name == "Card surcharge"
    assert settings.tax.codes == {"US-CA-*-Rate 1": "California"}
    assert settings.payments.methods["paypal_express"].deposit_to == "PayPal clearing"
    assert settings.products.categories == {"14": "Light:Lamps"}
    mentioned = set(re.findall(r"[a-z_]+", str(tomllib.loads(shown))))
    assert set(keys(Settings)) <= mentioned
