"""docs/catalog.md says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from shared.mapping.catalog.plan import ConflictKind
from shared.settings.model import Settings, subsection

PAGE = (Path(__file__).parents[4] / "docs" / "catalog.md").read_text()


def test_everything_that_people_must_decide_is_explained() -> None:
    table = re.findall(r"^\| `([a-z_]+)` \| (.+?) \| (.+?) \|$", PAGE, flags=re.M)
    codes = [(code, what, helps) for code, what, helps in table if code in set(ConflictKind)]
    assert {code for code, _, _ in codes} == {kind.value for kind in ConflictKind}
    assert all(len(what) > 10 and len(helps) > 5 for _, what, helps in codes)


def test_every_setting_that_the_page_names_exists() -> None:
    named = re.findall(r"`((?:products|items|sales)(?:\.[a-z_]+)+)(?: = [^`]*)?`", PAGE)
    assert len(named) > 10
    for path in named:
        section, *keys = path.split(".")
        model = subsection(Settings.model_fields[section].annotation)
        for key in keys:
            assert model is not None
            assert key in model.model_fields, path
            model = subsection(model.model_fields[key].annotation)
