"""What Magento's sales services do over REST: documents, states, events, and what they refuse in which words."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest

from sandbox.magento.config import Config
from shared import wire
from tests.contract.magento_sandbox.shop_documents import cart, order
from tests.support.magento_sandbox import MagentoSandbox, SandboxRefused, in_process

TWO = [{"sku": "MUG", "name": "Mug", "price": "10.00", "qty": 2}, {"sku": "CUP", "name": "Cup", "price": "5.00"}]


class Clock:
    """Unix seconds that a test moves."""

    def __init__(self) -> None:
        self.now = 1_772_445_600.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def at(clock: Clock) -> AsyncIterator[MagentoSandbox]:
    async with in_process(Config(bearer=True), clock) as shop:
        yield shop


async def placed(shop: MagentoSandbox, **changes: Any) -> dict[str, Any]:
    [one] = await shop.place(cart(**{"items": TWO, "shipping_amount": "5.00", **changes}))
    return await read(shop, one["entity_id"])


async def read(shop: MagentoSandbox, number: int, what: str = "orders") -> dict[str, Any]:
    status, body = await shop.get(f"/rest/V1/{what}/{number}", shop.bearer)
    assert status == 200, body
    document: dict[str, Any] = wire.decode(body)
    return document


async def call(shop: MagentoSandbox, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    status, answer = await shop.send(method, f"/rest/V1/{path}", body or {}, shop.bearer)
    return status, wire.decode(answer)


async def done(shop: MagentoSandbox, path: str, body: Any = None, method: str = "POST") -> Any:
    status, answer = await call(shop, method, path, body)
    assert status == 200, answer
    return answer


async def test_an_order_is_invoiced_shipped_and_partly_refunded_over_rest(bearer_shop: MagentoSandbox) -> None:
    shop = bearer_shop
    one = await placed(shop)
    number, mug = one["entity_id"], one["items"][0]["item_id"]
    invoice = await read(shop, await done(shop, f"order/{number}/invoice", {"capture": False}), "invoices")
    assert (invoice["state"], invoice["grand_total"]) == (2, one["grand_total"])
    tracks = [{"track_number": "1Z", "title": "UPS", "carrier_code": "ups"}]
    shipment = await read(shop, await done(shop, f"order/{number}/ship", {"tracks": tracks}), "shipment")
    assert (shipment["total_qty"], shipment["tracks"][0]["track_number"]) == (3, "1Z")
    assert (await read(shop, number))["state"] == "complete"
    arguments = {"shipping_amount": "2.00", "adjustment_positive": 1, "adjustment_negative": "0.25"}
    asked = {"items": [{"order_item_id": mug, "qty": 1}], "arguments": arguments, "comment": {"comment": "chipped"}}
    memo = await read(shop, await done(shop, f"order/{number}/refund", asked), "creditmemo")
    # 10.00 and 0.83 tax (of 1.65 for two), 2.00 of the untaxed shipping, 0.75 more.
    assert (memo["grand_total"], memo["adjustment"]) == (Decimal("13.58"), Decimal("0.75"))
    assert memo["comments"][0]["comment"] == "chipped"
    after = await read(shop, number)
    assert (after["state"], after["total_refunded"], after["total_offline_refunded"]) == (
        "complete",
        Decimal("13.58"),
        Decimal("13.58"),
    )
    assert "total_online_refunded" not in after
    asked = {"arguments": {"adjustment_negative": "0.75"}}
    rest = await read(shop, await done(shop, f"order/{number}/refund", asked), "creditmemo")
    assert (await read(shop, number))["state"] == "closed"
    assert memo["tax_amount"] + rest["tax_amount"] == one["tax_amount"]
    assert memo["shipping_amount"] + rest["shipping_amount"] == one["shipping_amount"]


async def test_a_refund_of_an_invoice_is_bound_to_it_and_counts_online(bearer_shop: MagentoSandbox) -> None:
    shop = bearer_shop
    one = await placed(shop, payment_method="braintree")
    mug, cup = (item["item_id"] for item in one["items"])
    first = await done(shop, f"order/{one['entity_id']}/invoice", {"items": [{"order_item_id": mug, "qty": 2}]})
    await done(shop, f"order/{one['entity_id']}/invoice", {"capture": True})
    asked = {"isOnline": True, "items": [{"order_item_id": mug, "qty": 1}]}
    memo = await read(shop, await done(shop, f"invoice/{first}/refund", asked), "creditmemo")
    assert memo["invoice_id"] == first
    after = await read(shop, one["entity_id"])
    assert after["total_online_refunded"] == memo["grand_total"]
    asked = {"items": [{"order_item_id": cup, "qty": 1}]}
    status, answer = await call(shop, "POST", f"invoice/{first}/refund", asked)
    assert (status, answer["message"]) == (
        400,
        "Creditmemo Document Validation Error(s):\nThe credit memo's total must be positive.",
    )
    listed = await done(shop, "transactions?searchCriteria", method="GET")
    assert [entry["txn_type"] for entry in listed["items"]] == ["capture", "refund"]


REFUSED = [
    ("order/{id}/invoice", {"items": [{"order_item_id": "{mug}", "qty": 3}]}, "POST",
     {"message": 'We found an invalid quantity to invoice item "%1".', "parameters": ["Mug"]}),
    ("order/{id}/refund", {}, "POST",
     {"message": "Creditmemo Document Validation Error(s):\nThe order does not allow a creditmemo to be created.\n"
      "We can't create creditmemo for the order.\nThe most money available to refund is 0."}),
    ("order/{id}/ship", {"items": [{"order_item_id": "{mug}", "qty": 9}]}, "POST",
     {"message": "Shipment Document Validation Error(s):\nWe found an invalid quantity to ship for item \"Mug\"."}),
    ("order/{id}/ship", {"items": [{"order_item_id": 1, "qty": 1}]}, "POST",
     {"message": "Shipment Document Validation Error(s):\nWe can not found item \"1\" in order.\n"
      "You can't create a shipment without products."}),
    ("orders/{id}/unhold", {}, "POST", {"message": "You cannot remove the hold."}),
    ("creditmemo/1", {}, "PUT", {"message": "You can not cancel Credit Memo"}),
    ("orders/{id}/comments", {"statusHistory": {"comment": "x", "status": "complete"}}, "POST",
     {"message": 'Unable to add comment: The status "%1" is not part of the order status history.',
      "parameters": ["complete"]}),
    ("orders/{id}/comments", {}, "POST",
     {"message": '"%fieldName" is required. Enter and try again.', "parameters": {"fieldName": "statusHistory"}}),
    ("order/{id}/invoice", {"items": [{"order_item_id": "{mug}", "qty": "two"}]}, "POST",
     {"message": 'The "%value" value\'s type is invalid. The "%type" type was expected. Verify and try again.',
      "parameters": {"type": "float", "value": "two"}}),
    ("order/{id}/invoice", {"items": "all"}, "POST",
     {"message": 'The "%value" value\'s type is invalid. The "%type" type was expected. Verify and try again.',
      "parameters": {"type": "items[]", "value": "all"}}),
]  # fmt: skip


@pytest.mark.parametrize(("path", "body", "method", "expected"), REFUSED)
async def test_what_magento_refuses_is_refused_in_its_words(
    bearer_shop: MagentoSandbox, path: str, body: Any, method: str, expected: dict[str, Any]
) -> None:
    one = await placed(bearer_shop)
    filled = json.loads(json.dumps(body).replace('"{mug}"', str(one["items"][0]["item_id"])))
    status, answer = await call(bearer_shop, method, path.format(id=one["entity_id"]), filled)
    assert (status, answer) == (400, expected)
    assert await read(bearer_shop, one["entity_id"]) == one


@pytest.mark.parametrize("path", ["order/9/invoice", "order/9/ship", "order/9/refund", "invoice/9/refund",
                                  "orders/9/cancel", "invoices/9/capture", "orders/9/hold"])  # fmt: skip
async def test_what_is_not_there_is_404(bearer_shop: MagentoSandbox, path: str) -> None:
    status, answer = await call(bearer_shop, "POST", path)
    assert status == 404
    assert answer["message"].startswith("The entity that was requested doesn't exist")


async def test_more_shipping_than_is_left_is_refused_with_the_maximum(bearer_shop: MagentoSandbox) -> None:
    one = await placed(bearer_shop)
    await done(bearer_shop, f"order/{one['entity_id']}/invoice")
    asked = {"arguments": {"shipping_amount": "5.01"}}
    status, answer = await call(bearer_shop, "POST", f"order/{one['entity_id']}/refund", asked)
    assert (status, answer) == (
        400,
        {"message": "Maximum shipping amount allowed to refund is: %1", "parameters": ["$5.00"]},
    )


async def test_canceling_takes_the_open_rest_only_and_says_false_when_there_is_none(
    bearer_shop: MagentoSandbox,
) -> None:
    shop = bearer_shop
    one = await placed(shop)
    number, mug = one["entity_id"], one["items"][0]["item_id"]
    invoice = await done(shop, f"order/{number}/invoice", {"items": [{"order_item_id": mug, "qty": 1}]})
    paid = (await read(shop, invoice, "invoices"))["grand_total"]
    assert await done(shop, f"orders/{number}/cancel") is True
    after = await read(shop, number)
    assert [item["qty_canceled"] for item in after["items"]] == [1, 1]
    assert (after["state"], after["total_canceled"]) == ("processing", one["grand_total"] - paid)
    assert await done(shop, f"orders/{number}/cancel") is False


async def test_a_held_order_keeps_its_state_and_can_do_nothing_meanwhile(bearer_shop: MagentoSandbox) -> None:
    shop = bearer_shop
    number = (await placed(shop))["entity_id"]
    assert await done(shop, f"orders/{number}/hold") is True
    held = await read(shop, number)
    assert (held["state"], held["hold_before_state"], held["hold_before_status"]) == ("holded", "new", "pending")
    status, answer = await call(shop, "POST", f"order/{number}/invoice")
    assert (status, "status of holded" in answer["message"]) == (400, True)
    assert await done(shop, f"orders/{number}/cancel") is False
    await done(shop, f"orders/{number}/unhold")
    assert (await read(shop, number))["state"] == "new"
    assert await done(shop, f"orders/{number}/statuses", method="GET") == "pending"


async def test_an_authorized_order_is_captured_later_and_can_be_voided(bearer_shop: MagentoSandbox) -> None:
    shop = bearer_shop
    number = (await placed(shop, payment_method="braintree"))["entity_id"]
    await shop.control("POST", f"orders/{number}/authorize")
    assert (await read(shop, number))["state"] == "processing"
    invoice = await shop.control("POST", f"orders/{number}/invoice", {"capture": "not"})
    opened = await read(shop, number)
    assert (invoice["state"], opened["total_due"], opened["total_invoiced"]) == (
        1,
        opened["grand_total"],
        opened["grand_total"],
    )
    assert await done(shop, f"invoices/{invoice['entity_id']}/capture") is True
    assert (await read(shop, number))["total_due"] == 0
    assert await done(shop, f"invoices/{invoice['entity_id']}/void") is True
    after = await read(shop, number)
    assert (after["total_due"], after["items"][0]["qty_invoiced"], after["tax_invoiced"]) == (
        after["grand_total"],
        0,
        0,
    )
    again = await read(shop, await done(shop, f"order/{number}/invoice"), "invoices")
    assert again["grand_total"] == after["grand_total"]


async def test_without_a_gateway_there_is_nothing_to_capture_or_void(bearer_shop: MagentoSandbox) -> None:
    number = (await placed(bearer_shop))["entity_id"]
    invoice = await done(bearer_shop, f"order/{number}/invoice")
    for action in ("capture", "void"):
        status, answer = await call(bearer_shop, "POST", f"invoices/{invoice}/{action}")
        assert (status, answer) == (400, {"message": f"The {action} action is not available."})


async def test_an_edit_places_a_new_order_and_cancels_the_old_one(bearer_shop: MagentoSandbox) -> None:
    shop = bearer_shop
    old = await placed(shop)
    new = await shop.control("POST", f"orders/{old['entity_id']}/edit")
    assert new["increment_id"] == f"{old['increment_id']}-1"
    assert (new["relation_parent_id"], new["relation_parent_real_id"]) == (str(old["entity_id"]), old["increment_id"])
    after = await read(shop, old["entity_id"])
    assert (after["state"], after["relation_child_real_id"]) == ("canceled", new["increment_id"])
    once_more = await shop.control("POST", f"orders/{new['entity_id']}/edit")
    assert once_more["increment_id"] == f"{old['increment_id']}-2"
    with pytest.raises(SandboxRefused, match=r"409 .*can't edit"):
        await shop.control("POST", f"orders/{old['entity_id']}/edit")


@pytest.mark.parametrize(("related", "suffix"), [(True, "-1"), (False, "")])
async def test_a_reorder_has_the_number_of_an_edit_in_some_releases(related: bool, suffix: str) -> None:
    async with in_process(Config(bearer=True, reorder_relations=related)) as shop:
        old = await placed(shop)
        new = await shop.control("POST", f"orders/{old['entity_id']}/reorder")
        assert (new["increment_id"] == f"{old['increment_id']}-1") == bool(suffix)
        assert (await read(shop, old["entity_id"]))["state"] == "new"


async def test_payment_that_does_not_come_cancels_the_order_after_eight_hours(at: MagentoSandbox, clock: Clock) -> None:
    number = (await placed(at))["entity_id"]
    await at.control("POST", f"orders/{number}/await_payment")
    clock.now += 479 * 60
    assert (await read(at, number))["state"] == "pending_payment"
    clock.now += 60
    assert (await read(at, number))["state"] == "canceled"


@pytest.mark.parametrize(("action", "state"), [("accept_payment", "processing"), ("deny_payment", "canceled")])
async def test_a_reviewed_payment_is_accepted_or_denied(bearer_shop: MagentoSandbox, action: str, state: str) -> None:
    number = (await placed(bearer_shop))["entity_id"]
    await bearer_shop.control("POST", f"orders/{number}/review", {"fraud": True})
    reviewed = await read(bearer_shop, number)
    assert (reviewed["state"], reviewed["status"]) == ("payment_review", "fraud")
    assert await done(bearer_shop, f"orders/{number}/cancel") is False
    await bearer_shop.control("POST", f"orders/{number}/{action}")
    assert (await read(bearer_shop, number))["state"] == state


async def test_a_write_of_part_of_an_order_answers_no_totals_and_follows_nothing_up(
    bearer_shop: MagentoSandbox,
) -> None:
    shop = bearer_shop
    one = await placed(shop)
    answer = await done(shop, "orders", {"entity": {"entity_id": one["entity_id"], "status": "pending"}})
    assert "grand_total" not in answer
    assert answer["increment_id"] == one["increment_id"]
    made = await done(shop, "orders", {"entity": {"customer_email": "x@example.com", "grand_total": 5}})
    assert (await read(shop, made["entity_id"])).get("state") is None


async def test_comments_and_tracks_are_kept_and_a_deleted_order_is_gone(bearer_shop: MagentoSandbox) -> None:
    shop = bearer_shop
    number = (await placed(shop))["entity_id"]
    history = {"statusHistory": {"comment": "called", "is_customer_notified": 0, "is_visible_on_front": 1}}
    assert await done(shop, f"orders/{number}/comments", history) is True
    listed = await done(shop, f"orders/{number}/comments", method="GET")
    assert [entry["comment"] for entry in listed["items"]] == ["called"]
    shipment = await done(shop, f"order/{number}/ship")
    entity = {"parent_id": shipment, "order_id": number, "track_number": "9", "title": "DHL", "carrier_code": "dhl"}
    track = await done(shop, "shipment/track", {"entity": entity})
    assert await done(shop, f"shipment/track/{track['entity_id']}", method="DELETE") is True
    assert (await read(shop, shipment, "shipment"))["tracks"] == []
    await shop.control("POST", f"orders/{number}/delete")
    assert (await shop.get(f"/rest/V1/orders/{number}", shop.bearer))[0] == 404
    assert (await shop.get(f"/rest/V1/shipment/{shipment}", shop.bearer))[0] == 404


async def test_a_memo_given_with_its_figures_is_taken_as_it_is(bearer_shop: MagentoSandbox) -> None:
    shop = bearer_shop
    one = await placed(shop)
    await done(shop, f"order/{one['entity_id']}/invoice")
    memo = {
        "order_id": one["entity_id"],
        "grand_total": 7,
        "base_grand_total": 7,
        "adjustment_positive": 7,
        "items": [],
    }
    answer = await done(shop, "creditmemo/refund", {"creditmemo": memo, "offlineRequested": True})
    assert (answer["state"], answer["grand_total"]) == (2, 7)
    assert (await read(shop, one["entity_id"]))["total_offline_refunded"] == 7
    memo |= {"grand_total": 1000, "base_grand_total": 1000}
    status, refused = await call(shop, "POST", "creditmemo/refund", {"creditmemo": memo})
    assert (status, refused["message"]) == (400, "The most money available to refund is %1.")


@pytest.mark.parametrize(
    ("action", "body", "named"),
    [
        ("invoice", {"quantities": {}}, "quantities"),
        ("invoice", {"capture": "twice"}, "capture"),
        ("creditmemo", {"shipping_amount": "much"}, "shipping_amount"),
        ("creditmemo", {"return_to_stock_items": 3}, "return_to_stock_items"),
        ("ship", {"tracks": [{"nummer": "1"}]}, "nummer"),
        ("comment", {}, "comment"),
    ],
)
async def test_a_wrong_key_of_a_control_route_is_named(
    shop: MagentoSandbox, action: str, body: dict[str, Any], named: str
) -> None:
    await shop.put_order(order(5))
    with pytest.raises(SandboxRefused, match=f"400 .*{named}"):
        await shop.control("POST", f"orders/5/{action}", body)


async def test_store_credit_and_fees_leave_the_invoices_at_what_the_order_costs(bearer_shop: MagentoSandbox) -> None:
    shop = bearer_shop
    fees = [{"code": "f", "label": "F", "amount": "2"}]
    one = await placed(shop, tenders={"store_credit": "12.00"}, custom_fees=fees)
    number, mug = one["entity_id"], one["items"][0]["item_id"]
    await done(shop, f"order/{number}/invoice", {"items": [{"order_item_id": mug, "qty": 1}]})
    await done(shop, f"order/{number}/invoice")
    after = await read(shop, number)
    assert (after["total_paid"], after["total_due"]) == (one["grand_total"], 0)
