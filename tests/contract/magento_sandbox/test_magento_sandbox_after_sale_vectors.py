"""Magento's own figures for invoices and credit memos, and what playing them refuses to pass over."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.magento.vectors import Report, compare

FOLDER = Path(__file__).resolve().parents[4] / "shared" / "vectors" / "magento-after-sale"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the folder of Magento's figures is not here")


def document(name: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_bytes())
    return read


def played(folder: Path, changed: dict[str, Any]) -> Report:
    (folder / "one.json").write_text(json.dumps(changed))
    return compare(folder)


def vector(file: dict[str, Any], name: str) -> dict[str, Any]:
    one: dict[str, Any] = next(entry for entry in file["vectors"] if entry["name"] == name)
    return one


def test_every_figure_of_every_document_agrees() -> None:
    report = compare(FOLDER)
    assert [str(difference) for difference in report.differences] == []
    assert report.total == 258


@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("*.json")))
def test_a_changed_figure_is_seen_wherever_it_stands(tmp_path: Path, name: str) -> None:
    """Each number under `expected` is checked: with all of them moved, none agrees."""
    changed = copy.deepcopy(document(name))
    moved = sum(_move(one["expected"]) for one in changed["vectors"])
    report = played(tmp_path, changed)
    assert len(report.differences) >= moved


def _move(document: dict[str, Any]) -> int:
    moved = 0
    for key, value in document.items():
        if isinstance(value, dict):
            moved += _move(value)
        elif isinstance(value, bool):
            document[key], moved = not value, moved + 1
        elif isinstance(value, str):
            document[key] = _moved(value)
            moved += 1
    return moved


def _moved(value: str) -> str:
    if "/" in value:
        return "1/3"
    number = value.replace(".", "", 1).replace("-", "", 1).isdigit()
    return str(round(float(value) + 7.77, 4)) if number else "unheard of"


@pytest.mark.parametrize(
    "where",
    ["file", "vector", "expected", "order", "item", "document", "totals_before", "previous"],
)
def test_a_key_without_a_rule_does_not_agree(tmp_path: Path, where: str) -> None:
    changed = document("creditmemo-total-tax")
    one = changed["vectors"][0]
    places = {
        "file": changed,
        "vector": one,
        "expected": one["expected"],
        "order": one["order"],
        "item": one["order"]["items"]["item_1"],
        "document": one["document"],
        "totals_before": one["document"]["totals_before"],
        "previous": one["previous"][0],
    }
    places[where]["moon_phase"] = "full"
    report = played(tmp_path, changed)
    assert ["moon_phase" in difference.figure for difference in report.differences] == [True]


@pytest.mark.parametrize("where", ["configuration", "previous", "document"])
def test_a_key_without_a_rule_does_not_agree_in_a_whole_document(tmp_path: Path, where: str) -> None:
    changed = document("creditmemo-discount-and-split")
    one = changed["vectors"][0]
    places = {
        "configuration": one["order"]["configuration"],
        "previous": one["previous"][0],
        "document": one["document"],
    }
    places[where]["moon_phase"] = "full"
    report = played(tmp_path, changed)
    assert ["moon_phase" in difference.figure for difference in report.differences] == [True]


def test_a_refusal_is_told_by_what_it_is_about_whatever_it_is_called(tmp_path: Path) -> None:
    changed = document("creditmemo-item-and-limits")
    limit = vector(changed, "refund_within_paid")
    limit["document"]["base_grand_total"] = "11"
    limit["order"]["base_total_refunded"] = "1"
    limit["expected"] = {"error": "more_than_the_money_paid", "maximum": "9"}
    assert played(tmp_path, changed).differences == []
    limit["expected"] = {"error": "quantity_of_another_kind"}
    assert len(played(tmp_path, changed).differences) == 1


def test_a_refused_document_agrees_with_no_claimed_figure(tmp_path: Path) -> None:
    changed = document("creditmemo-total-shipping")
    vector(changed, "requested_over_allowed")["expected"] = {"totals": {"shipping_amount": "5"}}
    report = played(tmp_path, changed)
    assert len(report.differences) == 1
    assert "shipping_refund_over_maximum" in str(report.differences[0])
