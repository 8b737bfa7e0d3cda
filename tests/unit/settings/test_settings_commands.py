"""`bookbridge settings check`: no log and no network are needed for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.settings_cli import settings_app

GOOD = 'connection = "main"\n[magento]\nurl = "https://shop.example"\n[quickbooks]\nrealm = "123"\n'


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        (GOOD, 0, "main.toml: good (connection main, company 123)"),
        (GOOD + 'colour = "red"\n', 2, "quickbooks.colour: there is no such setting"),
        (GOOD.replace('"123"', '"12x"'), 2, "quickbooks.realm: '12x' is not allowed here: Company id"),
        ("[magento", 2, "not a TOML document"),
        ("", 2, "connection: must be set"),
    ],
)
def test_check_says_what_to_mend_and_ends_with_the_right_code(text: str, code: int, words: str, tmp_path: Path) -> None:
    document = tmp_path / "main.toml"
    document.write_text(text)
    result = CliRunner().invoke(settings_app, ["check", str(document)])
    assert result.exit_code == code
    assert words in (result.stdout if code == 0 else result.stderr)


def test_a_document_in_another_encoding_is_refused_in_words(tmp_path: Path) -> None:
    document = tmp_path / "main.toml"
    document.write_bytes("# caf\xe9\n".encode("latin-1") + GOOD.encode())
    result = CliRunner().invoke(settings_app, ["check", str(document)])
    assert result.exit_code == 2
    assert "utf-8" in result.stderr
