"""Published and recorded documents, read where they lie: what the shop makes has their shape."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.contract.magento_sandbox.catalogue_calls import LAMP
from tests.contract.magento_sandbox.shop_documents import cart
from tests.support.magento_rest import Rest
from tests.support.magento_sandbox import MagentoSandbox

SAMPLES = Path(__file__).resolve().parents[3].parent / "shared" / "samples" / "magento"
pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the folder with the samples is not there")


def _sample(name: str) -> Any:
    path = SAMPLES / name
    if not path.is_file():
        pytest.skip(f"no {name}")
    return json.loads(path.read_bytes())


def _kind(value: Any) -> str:
    """JSON type; whole and broken numbers are one, and whatever may be null is any."""
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__


def _missing(sample: Any, made: Any, path: str = "") -> list[str]:
    """Where the made document lacks a key of the sample, or has another type there."""
    if isinstance(sample, dict) and isinstance(made, dict):
        lacking = [f"{path}.{name} is missing" for name in sample if name not in made]
        both = [name for name in sample if name in made]
        return lacking + [fault for name in both for fault in _missing(sample[name], made[name], f"{path}.{name}")]
    if isinstance(sample, list) and isinstance(made, list):
        return [fault for one in sample[:1] for other in made[:1] for fault in _missing(one, other, f"{path}[]")]
    return [] if sample is None or _kind(sample) == _kind(made) else [f"{path}: {_kind(made)}, not {_kind(sample)}"]


async def _json(shop: MagentoSandbox, path: str) -> Any:
    status, body = await shop.get(path)
    assert status == 200, body
    return json.loads(body)


async def test_stores_and_their_configuration(shop: MagentoSandbox) -> None:
    views = await _json(shop, "/rest/V1/store/storeViews")
    assert views == _sample("store-storeViews.json")
    sample, [config] = _sample("store-storeConfigs.json"), await _json(shop, "/rest/V1/store/storeConfigs")
    assert list(config) == list(sample[0])
    assert _missing(sample, [config]) == []


async def test_an_invoice_has_what_the_tutorials_has(shop: MagentoSandbox) -> None:
    [placed] = await shop.place(cart(shipping_amount="5.00"))
    made = await shop.invoice(placed["entity_id"])
    invoice = await _json(shop, f"/rest/V1/invoices/{made['entity_id']}")
    assert _missing(_sample("docs-invoice.json"), invoice) == []


async def test_a_bulk_is_answered_and_told_of_as_documented(shop: MagentoSandbox) -> None:
    body = [{"product": LAMP | {"sku": f"L{number}"}} for number in range(4)]
    status, answer = await Rest(shop, "/rest/all/async/bulk/V1").call("POST", "products", body)
    sample = _sample("docs-async-bulk-response.json")
    assert (status, _missing(sample, answer)) == (202, [])
    assert [list(one) for one in answer["request_items"]] == [list(one) for one in sample["request_items"]]
    told = await _json(shop, f"/rest/V1/bulk/{answer['bulk_uuid']}/status")
    wanted = _sample("docs-bulk-status.json")
    assert list(told) == list(wanted)
    assert _missing({**wanted, "operations_list": []}, told) == []
    assert list(told["operations_list"][0]) == list(wanted["operations_list"][0])
