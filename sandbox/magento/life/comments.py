"""The history of an order's comments."""

from __future__ import annotations

from sandbox.magento.errors import InvalidInput
from sandbox.magento.life.requests import Comment
from sandbox.magento.life.saving import save
from sandbox.magento.shop import Body, Document, Shop


def comment(shop: Shop, order: Document, one: Comment, status: str | None = None) -> Body:
    """Raises InvalidInput: a comment can't change the status."""
    if status is not None and status != order.body.get("status"):
        raise InvalidInput('Unable to add comment: The status "%1" is not part of the order status history.', [status])
    row: Body = {
        "comment": one.text,
        "created_at": shop.now(),
        "entity_id": shop.next_id("status_history"),
        "entity_name": "order",
        "is_customer_notified": int(one.notified),
        "is_visible_on_front": int(one.visible_on_front),
        "parent_id": order.entity_id,
        "status": order.body.get("status"),
    }
    newest_first = [row, *(order.body.get("status_histories") or [])]
    save(shop, order, order.body | {"status_histories": newest_first})
    return row
