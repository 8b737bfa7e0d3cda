"""Orders changed after they were placed: edited and placed again, reordered, patched, deleted, overwritten by a client.
Source: Sales/Model/AdminOrder/Create.php; reference 3.3."""

from __future__ import annotations

from typing import Any

from sandbox.magento import announcing
from sandbox.magento.errors import ControlError, InvalidInput
from sandbox.magento.life import rows
from sandbox.magento.life.copying import copy
from sandbox.magento.life.saving import save
from sandbox.magento.life.stopping import cancel
from sandbox.magento.order_items import embed
from sandbox.magento.placing import place_prepared
from sandbox.magento.shop import Body, Document, Kind, Shop

_DOCUMENTS = (Kind.INVOICE, Kind.CREDITMEMO, Kind.SHIPMENT, Kind.TRANSACTION)


def edit(shop: Shop, old: Document, new: Document | None = None, *, captured: bool = False) -> Document:
    """The admin's edit: `new` (or a copy) is placed, then the old order is canceled, then the new one is saved again.

    captured: the gateway took the money of the new one. Raises InvalidInput: an order that is over, stopped or invoiced
    can't be edited, or the goods can't be had.
    """
    if not rows.standing(shop, old).can_edit():
        raise InvalidInput("You can't edit this order.")
    new = _placed(shop, old, new or copy(shop, old), related=True, captured=captured)
    _name_child(shop, old, new)
    cancel(shop, old)
    save(shop, new, new.body)
    return new


def reorder(shop: Shop, old: Document, new: Document | None = None, *, captured: bool = False) -> Document:
    """The admin's reorder. Since 2.4.7 the new order is related to the old one as after an edit (#39089); the old one
    stays as it is. Raises InvalidInput: the goods can't be had."""
    related = shop.config.reorder_relations
    new = _placed(shop, old, new or copy(shop, old), related=related, captured=captured)
    if related:
        _name_child(shop, old, new)
        save(shop, new, new.body)
    return new


def delete(shop: Shop, order: Document) -> None:
    """As third-party modules do it: the order and its documents are gone, and no event tells (reference 8.25)."""
    for kind in _DOCUMENTS:
        for document in shop.of_order(kind, order.entity_id):
            shop.remove(kind, document.entity_id)
    shop.remove(Kind.ORDER, order.entity_id)


def patch(shop: Shop, order: Document, changes: dict[str, Any]) -> None:
    """Merge `changes` into the order (null removes; items merge by item_id) and bump updated_at."""
    if "entity_id" in changes and changes["entity_id"] != order.entity_id:
        raise ControlError(400, "entity_id is the order's identity and can't be changed")
    changed = _merged(order.body, changes)
    save(shop, order, embed(changed) if "items" in changes and "extension_attributes" in changed else changed)


def overwrite(shop: Shop, order: Document | None, entity: Body) -> Body:
    """POST orders: the columns sent are written, whatever they say; items sent lose the options they don't repeat
    (#22431, #38251). Answers the entity as it was sent, so without totals. Nothing else follows: neither stock nor
    documents."""
    if order is None:
        order = _written_by_client(shop, entity)
        announcing.order_saved(shop, shop.insert(order), None)
    else:
        changed = order.body | {name: value for name, value in entity.items() if name != "items"}
        if isinstance(entity.get("items"), list):
            changed["items"] = _items(order.body.get("items") or [], entity["items"])
            changed = embed(changed)
        save(shop, order, changed)
    own: Body = {name: order.body[name] for name in ("entity_id", "increment_id", "updated_at") if name in order.body}
    return {**entity, **own}


def _placed(shop: Shop, old: Document, new: Document, *, related: bool, captured: bool) -> Document:
    if related:
        original = str(old.body.get("original_increment_id") or old.body["increment_id"])
        edits = int(old.body.get("edit_increment") or 0) + 1
        new.body = new.body | {
            "increment_id": f"{original}-{edits}",
            "original_increment_id": original,
            "edit_increment": str(edits),
            "relation_parent_id": str(old.entity_id),
            "relation_parent_real_id": old.body["increment_id"],
        }
    place_prepared(shop, new, captured=captured)
    announcing.order_saved(shop, new, None)
    return new


def _name_child(shop: Shop, old: Document, new: Document) -> None:
    relation = {"relation_child_id": str(new.entity_id), "relation_child_real_id": new.body["increment_id"]}
    save(shop, old, old.body | relation)


def _written_by_client(shop: Shop, entity: Body) -> Document:
    """Exactly what the client sent, with an identity; neither state nor status come by themselves."""
    number, now = shop.next_id(Kind.ORDER), shop.now()
    identity = {"entity_id": number, "increment_id": f"{number:09d}", "created_at": now, "updated_at": now}
    return Document(Kind.ORDER, {"items": [], **identity, **{k: v for k, v in entity.items() if v is not None}})


def _items(rows_: list[Body], sent: list[Any]) -> list[Body]:
    changes = {entry.get("item_id"): entry for entry in sent if isinstance(entry, dict)}
    changed = []
    for row in rows_:
        entry = changes.get(row["item_id"])
        kept = row if entry is None else {name: value for name, value in row.items() if name != "product_option"}
        changed.append({**kept, **(entry or {})})
    return changed


def _merged(base: Any, patch_: Any) -> Any:
    if isinstance(base, list) and isinstance(patch_, list) and all("item_id" in entry for entry in [*base, *patch_]):
        changes = {entry["item_id"]: entry for entry in patch_}
        return [_merged(entry, changes.get(entry["item_id"], {})) for entry in base]
    if not isinstance(base, dict) or not isinstance(patch_, dict):
        return patch_
    merged = {name: value for name, value in base.items() if patch_.get(name, value) is not None or name not in patch_}
    for name, value in patch_.items():
        if value is not None:
            merged[name] = _merged(base.get(name), value)
    return merged
