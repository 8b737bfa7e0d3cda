"""What happens to an order after it was placed: invoiced, shipped, refunded, cancelled, held, changed by staff.

Each action answers the document it made, or the order. States follow Magento's State handler (reference 3.1).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sandbox.magento import announcing
from sandbox.magento.after_sale import credit_document, invoice_document, shipment_document
from sandbox.magento.errors import ControlError
from sandbox.magento.order_items import embed, stored
from sandbox.magento.shop import Body, Document, Shop

ZERO = Decimal(0)
_OVER = ("canceled", "closed", "complete")


def invoice(shop: Shop, order: Document, body: dict[str, Any], announce_order: bool = True) -> Document:
    """Invoice `items` {item id: quantity}, or all that is left; paid at once, as with every method but a gateway's."""
    _refuse(order, "invoiced", ("canceled", "closed", "holded", "payment_review"))
    document, changed = invoice_document(shop, order, _quantities(body))
    shop.stock.invoiced(order.body, document.body)
    announcing.invoice_saved(shop, shop.insert(document), None)
    _save(shop, order, _advanced(changed | {"state": "processing", "status": "processing"}), announce_order)
    return document


def ship(shop: Shop, order: Document, body: dict[str, Any]) -> Document:
    """Ship `items` {item id: quantity}, or all that is left."""
    _refuse(order, "shipped", ("canceled", "closed", "holded", "payment_review"))
    document, changed = shipment_document(shop, order, _quantities(body))
    source = shop.stock.shipped(order.body, document.body, _source_code(body))
    if source is not None:
        document.body["extension_attributes"] = {"source_code": source}
    shop.announce("sales.shipment.created", shop.insert(document))
    if changed["state"] == "new":
        changed |= {"state": "processing", "status": "processing"}
    _save(shop, order, _advanced(changed))
    if not _can_ship(order.body):
        shop.announce("sales.order.shipped", order)
    return document


def credit(shop: Shop, order: Document, body: dict[str, Any]) -> Document:
    """Refund offline all that was invoiced and is not yet refunded."""
    _refuse(order, "refunded", ("canceled", "closed", "holded", "payment_review"))
    document, changed = credit_document(shop, order)
    shop.stock.credited(changed, document.body, _returned(body))
    shop.announce("sales.creditmemo.created", shop.insert(document))
    _save(shop, order, _advanced(changed))
    return document


def cancel(shop: Shop, order: Document, body: dict[str, Any]) -> Document:
    """Cancel what is neither invoiced nor shipped; refused when that is nothing."""
    _refuse(order, "cancelled", (*_OVER, "holded", "payment_review"))
    if all(_open(item) <= 0 for item in order.body["items"]):
        raise ControlError(409, f"order {order.entity_id} is wholly invoiced; refund it instead")
    items = [{**item, "qty_canceled": _canceled(item)} for item in order.body["items"]]
    before = {item["item_id"]: stored(item, "qty_canceled") for item in order.body["items"]}
    shop.stock.canceled(order.body, {one["item_id"]: one["qty_canceled"] - before[one["item_id"]] for one in items})
    due = Decimal(order.body.get("total_due") or 0)
    changed = order.body | {"items": items, "total_canceled": due, "base_total_canceled": due}
    if not any(stored(item, "qty_invoiced") for item in items):
        changed |= {"state": "canceled", "status": "canceled"}
    _save(shop, order, _advanced(changed))
    return order


def hold(shop: Shop, order: Document, body: dict[str, Any]) -> Document:
    _refuse(order, "held", (*_OVER, "holded", "payment_review"))
    before = {"hold_before_state": order.body["state"], "hold_before_status": order.body["status"]}
    _save(shop, order, order.body | before | {"state": "holded", "status": "holded"})
    return order


def unhold(shop: Shop, order: Document, body: dict[str, Any]) -> Document:
    if order.body.get("state") != "holded":
        raise ControlError(409, f"order {order.entity_id} is not on hold")
    changed = dict(order.body)
    changed |= {"state": changed.pop("hold_before_state"), "status": changed.pop("hold_before_status")}
    _save(shop, order, changed)
    return order


def edit_by_staff(shop: Shop, order: Document, patch: dict[str, Any]) -> None:
    """Merge `patch` into the order (null removes; items merge by item_id) and bump updated_at."""
    if "entity_id" in patch and patch["entity_id"] != order.entity_id:
        raise ControlError(400, "entity_id is the order's identity and can't be changed")
    changed = _merged(order.body, patch)
    _save(shop, order, embed(changed) if "items" in patch and "extension_attributes" in changed else changed)


def _save(shop: Shop, order: Document, changed: Body, announce: bool = True) -> None:
    before = order.body
    if order.recorded is not None:  # from here on it is a row of this shop, still in the shape it was recorded in
        order.recorded, order.as_shown = None, True
    order.body = changed | {"updated_at": max(shop.now(), str(before.get("updated_at", "")))}
    shop.save(order)
    if announce:
        announcing.order_saved(shop, order, before)


def _advanced(body: Body) -> Body:
    """Embedded items renewed, and the state that follows from what is left to do."""
    body = embed(body)
    if body["state"] not in ("processing", "complete") or any(_open(item) > 0 for item in body["items"]):
        return body
    refunded = Decimal(body.get("total_refunded") or 0)
    if refunded and refunded == Decimal(body.get("total_paid") or 0):
        return body | {"state": "closed", "status": "closed"}
    if not _can_ship(body):
        return body | {"state": "complete", "status": "complete"}
    return body


def _can_ship(body: Body) -> bool:
    """Children of a bundle are not asked: its parent is shipped as a whole here."""
    return any(
        stored(item, "qty_ordered")
        - max(stored(item, "qty_shipped"), stored(item, "qty_refunded"))
        - stored(item, "qty_canceled")
        > 0
        for item in body["items"]
        if not item.get("is_virtual") and item.get("parent_item_id") is None
    )


def _open(item: Body) -> Decimal:
    if item.get("parent_item_id") is not None:
        return ZERO
    return stored(item, "qty_ordered") - stored(item, "qty_invoiced") - stored(item, "qty_canceled")


def _canceled(item: Body) -> Decimal:
    done = max(stored(item, "qty_shipped"), stored(item, "qty_invoiced"))
    return max(stored(item, "qty_ordered") - done, ZERO)


def _refuse(order: Document, what: str, states: tuple[str, ...]) -> None:
    if order.body.get("state") in states:
        raise ControlError(409, f"order {order.entity_id} is {order.body.get('state')} and can't be {what}")


def _quantities(body: dict[str, Any]) -> dict[int, Decimal] | None:
    wanted = body.get("items")
    if wanted is None:
        return None
    if not isinstance(wanted, dict) or not all(str(key).isdigit() for key in wanted):
        raise ControlError(400, 'items is {"item id": quantity} or left out for all that is left')
    return {int(key): Decimal(str(value)) for key, value in wanted.items()}


def _source_code(body: dict[str, Any]) -> str | None:
    code = body.get("source_code")
    if code is not None and not isinstance(code, str):
        raise ControlError(400, f"source_code is the code of a source, not {code!r}")
    return code


def _returned(body: dict[str, Any]) -> list[int] | None:
    items = body.get("return_to_stock_items")
    if items is not None and not (isinstance(items, list) and all(isinstance(one, int) for one in items)):
        raise ControlError(400, "return_to_stock_items is a list of item ids, or left out")
    return items


def _merged(base: Any, patch: Any) -> Any:
    if isinstance(base, list) and isinstance(patch, list) and all("item_id" in entry for entry in [*base, *patch]):
        changes = {entry["item_id"]: entry for entry in patch}
        return [_merged(entry, changes.get(entry["item_id"], {})) for entry in base]
    if not isinstance(base, dict) or not isinstance(patch, dict):
        return patch
    merged = {name: value for name, value in base.items() if patch.get(name, value) is not None or name not in patch}
    for name, value in patch.items():
        if value is not None:
            merged[name] = _merged(base.get(name), value)
    return merged
