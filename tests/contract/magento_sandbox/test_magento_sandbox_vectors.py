"""The command that plays vectors: what it counts, what it names, how it exits."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from sandbox.cli import sandbox_app

ALL = Path(__file__).resolve().parents[4] / "shared" / "vectors"
needs_vectors = pytest.mark.skipif(not ALL.is_dir(), reason="the folder of Magento's figures is not here")


def run(*arguments: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(sandbox_app, ["vectors", *map(str, arguments)])
    return result.exit_code, result.output


def scenario() -> dict[str, Any]:
    document: dict[str, Any] = json.loads((ALL / "magento-totals" / "excluding_tax_row.json").read_bytes())
    return document


@needs_vectors
def test_all_figures_agree_and_the_exit_code_says_so() -> None:
    code, output = run(ALL / "magento-totals")
    assert (code, output.splitlines()[-1]) == (0, "magento-totals: 1084 of 1084 figures agree")


@needs_vectors
def test_a_form_is_recognised_by_content_not_by_where_the_file_lies(tmp_path: Path) -> None:
    for source in (ALL / "magento-totals").glob("*.json"):
        (tmp_path / f"x-{source.name}").write_bytes(source.read_bytes())
    code, output = run("--json", tmp_path)
    folder = json.loads(output)["folders"][0]
    assert (code, folder["agreed"], folder["total"], folder["differences"]) == (0, 1084, 1084, [])


@needs_vectors
def test_a_figure_that_differs_is_named_with_both_values(tmp_path: Path) -> None:
    changed = scenario()
    changed["expected"]["address"]["grand_total"] = "1.23"
    (tmp_path / "one.json").write_text(json.dumps(changed))
    code, output = run("--json", tmp_path)
    (difference,) = json.loads(output)["folders"][0]["differences"]
    assert code == 1
    assert difference["figure"].endswith("address grand_total")
    assert difference["magento"] == "1.23"
    assert float(difference["here"]) > 0


@needs_vectors
@pytest.mark.parametrize(("taxed", "net"), [("0", "100"), ("1", "120")])
def test_a_cart_item_shows_its_own_price_net_unless_tax_is_on_the_original_one(
    tmp_path: Path, taxed: str, net: str
) -> None:
    changed = scenario()
    item = changed["items"][0]
    item["custom_price"] = "120"
    for rate in changed["tax_rates"]:
        rate["percent"] = "20"
    changed["configuration"] |= {"tax/calculation/price_includes_tax": "1", "tax/calculation/apply_tax_on": taxed}
    changed["expected"] = {
        "address": {},
        "items": {item["sku"]: {"price": "100", "custom_price": net, "original_custom_price": "120"}},
    }
    (tmp_path / "one.json").write_text(json.dumps(changed))
    code, output = run(tmp_path)
    assert (code, output.splitlines()[-1].split(": ")[1]) == (0, "3 of 3 figures agree")


@needs_vectors
@pytest.mark.parametrize("where", ["top", "expected"])
def test_an_unknown_key_counts_as_a_figure_that_does_not_agree(tmp_path: Path, where: str) -> None:
    changed = scenario()
    (changed if where == "top" else changed["expected"]["address"])["moon_phase"] = None
    (tmp_path / "one.json").write_text(json.dumps(changed))
    code, output = run(tmp_path)
    assert code == 1
    assert "moon_phase" in output
    assert "unknown to the sandbox" in output


@pytest.mark.parametrize("text", ["{", "[]", '{"vectors": [{"colour": 1}]}', '{"cases": [{}], "tax_rates": []}'])
def test_what_has_no_known_form_or_can_not_be_played_is_named_and_counts_against(tmp_path: Path, text: str) -> None:
    (tmp_path / "odd.json").write_text(text)
    code, output = run(tmp_path)
    assert code == 1
    assert "odd.json" in output
    assert "0 of 1 figures agree" in output


def test_a_folder_that_is_not_there_or_holds_no_vectors_is_wrong_use(tmp_path: Path) -> None:
    assert run(tmp_path / "nowhere")[0] == 2
    assert run(tmp_path)[0] == 2
    assert run()[0] == 2
