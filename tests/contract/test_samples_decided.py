"""Each document of the samples' manifest is somebody's: a new one fails here until a test takes it up."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

SAMPLES = Path(__file__).resolve().parents[2].parent / "shared" / "samples"
TESTS = Path(__file__).resolve().parent
pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the folder with the samples is not there")

# What no test names by its file name, and why that is enough.
DECIDED = {
    "magento/order-configurable-tax-customer.json": "all order-*.json: test_magento_sandbox_recorded_documents",
    "magento/order-discount-20pct.json": "all order-*.json: test_magento_sandbox_recorded_documents",
    "magento/aio-event-sales_order_invoice_save_after-raw.json": "values of events: the subject of the webhook senders",
    "magento/aio-cloudevent-catalog_product_save_commit_after.json": "envelope: the subject of the webhook senders",
}


def _listed() -> list[str]:
    manifest = json.loads((SAMPLES / "manifest.json").read_bytes())
    return [entry["file"] for entry in manifest["samples"] if entry["file"].endswith(".json")]


@pytest.mark.parametrize("system", ["magento", "quickbooks"])
def test_every_sample_is_taken_up_by_a_test_of_its_sandbox(system: str) -> None:
    text = "".join(path.read_text() for path in (TESTS / f"{system}_sandbox").glob("test_*.py"))
    listed = [name for name in _listed() if name.startswith(f"{system}/")]
    assert listed
    assert [name for name in listed if name not in DECIDED and Path(name).name not in text] == []


def test_the_manifest_lists_every_file_and_no_decision_is_about_a_file_that_is_gone() -> None:
    listed = set(_listed())
    found = {str(path.relative_to(SAMPLES)) for path in SAMPLES.glob("*/*.json")}
    assert found == listed
    assert set(DECIDED) <= listed
