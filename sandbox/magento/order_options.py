"""What a shopper chose of a product, as an order item's product_option shows it."""

from __future__ import annotations

from typing import Any

from sandbox.magento.cart import Item

COLOR = "93"  # attribute id of the sample data's "color": every configurable here varies by it


def product_option(item: Item, products: dict[str, int]) -> dict[str, Any] | None:
    """None for a product without choices."""
    chosen: dict[str, Any] = {}
    if item.type == "configurable":
        chosen["configurable_item_options"] = [{"option_id": COLOR, "option_value": products[item.children[0].sku]}]
    if item.type.startswith("bundle"):
        chosen["bundle_options"] = [
            {"option_id": index + 1, "option_qty": child.qty, "option_selections": [index + 1]}
            for index, child in enumerate(item.children)
        ]
    if item.type == "downloadable":
        chosen["downloadable_option"] = {"downloadable_links": [1]}
    if item.type == "giftcard":
        chosen["giftcard_item_option"] = {
            "giftcard_amount": f"{item.price:.4f}",
            "giftcard_sender_name": "Sender",
            "giftcard_recipient_name": "Recipient",
            "giftcard_sender_email": "sender@example.com",
            "giftcard_recipient_email": "recipient@example.com",
        }
    if item.custom_options:
        chosen["custom_options"] = [
            {"option_id": str(option.id), "option_value": option.value} for option in item.custom_options
        ]
    return {"extension_attributes": chosen} if chosen else None
