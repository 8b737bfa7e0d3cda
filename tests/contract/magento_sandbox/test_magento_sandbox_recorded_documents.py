"""Documents put by /_sandbox are served as they were put."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.contract.magento_sandbox.shop_documents import cart, order
from tests.support.magento_sandbox import MagentoSandbox, SandboxRefused

SAMPLES = Path(__file__).resolve().parents[4] / "shared" / "samples" / "magento"
ODD_NUMBERS = (
    b'{"entity_id": 7, "increment_id":"7", "grand_total":29.949999999999999, "tax_amount":1.40, "a":"\\u00e9\\/"}'
)


async def test_a_recorded_order_is_served_byte_for_byte(shop: MagentoSandbox) -> None:
    await shop.put_order(ODD_NUMBERS)
    status, body = await shop.get("/rest/V1/orders/7")
    assert (status, body) == (200, ODD_NUMBERS)


async def test_a_list_holds_recorded_orders_byte_for_byte(shop: MagentoSandbox) -> None:
    await shop.put_order(ODD_NUMBERS)
    _, body = await shop.get("/rest/V1/orders?searchCriteria=")
    assert ODD_NUMBERS in body
    assert json.loads(body)["total_count"] == 1


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the folder of recorded documents is not here")
async def test_every_recorded_sample_order_is_accepted_and_served_unchanged(shop: MagentoSandbox) -> None:
    recorded = sorted(SAMPLES.glob("order-*.json"))
    assert recorded
    for path in recorded:
        put = await shop.put_order(path.read_bytes())
        _, body = await shop.get(f"/rest/V1/orders/{put['id']}")
        assert body == path.read_bytes().strip()


async def test_an_entity_id_of_another_order_is_refused_with_both_names(shop: MagentoSandbox) -> None:
    await shop.put_order(order(5, increment_id="A-1"))
    with pytest.raises(SandboxRefused, match=r"409 .*order 5 is taken by increment_id 'A-1'.*'B-2'"):
        await shop.put_order(order(5, increment_id="B-2"))


async def test_the_same_order_put_again_replaces_the_earlier_version(shop: MagentoSandbox) -> None:
    await shop.put_order(order(5))
    answer = await shop.put_order(order(5, state="processing"))
    assert answer["replaced"] is True
    assert (await shop.get_json("/rest/V1/orders/5"))["state"] == "processing"


async def test_an_invoice_needs_its_order(shop: MagentoSandbox) -> None:
    invoice = {"entity_id": 3, "increment_id": "3", "order_id": 5, "state": 2}
    with pytest.raises(SandboxRefused, match=r"409 .*order 5, which is not in this shop"):
        await shop.put_invoice(invoice)
    await shop.put_order(order(5))
    await shop.put_invoice(invoice)
    assert await shop.get_json("/rest/V1/invoices/3") == invoice


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"{", "no JSON document"),
        (b"[]", "as a JSON object is expected, not a list"),
        (b'{"increment_id":"1"}', "needs entity_id"),
    ],
)
async def test_what_is_no_order_is_refused_with_its_reason(shop: MagentoSandbox, text: bytes, message: str) -> None:
    with pytest.raises(SandboxRefused, match=f"400 .*{message}"):
        await shop.put_order(text)


async def test_generated_ids_keep_away_from_recorded_ones(shop: MagentoSandbox) -> None:
    first = (await shop.place(cart()))[0]["entity_id"]
    await shop.put_order(order(first + 1))
    assert (await shop.place(cart()))[0]["entity_id"] == first + 2


async def test_an_edit_by_staff_merges_and_moves_updated_at(shop: MagentoSandbox) -> None:
    await shop.put_order(order(5))
    await shop.edit(5, {"customer_email": "new@example.com", "items": [{"item_id": 50, "name": "B"}]})
    edited = await shop.get_json("/rest/V1/orders/5")
    assert edited["customer_email"] == "new@example.com"
    assert [(item["name"], item["sku"], item["row_total"]) for item in edited["items"]] == [("B", "A", 10)]
    assert edited["updated_at"] > "2026-03-02 10:00:00"
    assert edited["created_at"] == "2026-03-02 10:00:00"
