"""A product's attribute values: one for all stores, and those that a store view has of its own.

The body is what all stores have ("all", store 0). A view's own values are hidden columns of the document.
"""

from __future__ import annotations

from typing import Any

from sandbox.magento.catalog.attributes import scope_of
from sandbox.magento.config import Config
from sandbox.magento.shop import Body, Document

ALL_STORES = "all"
TOP_LEVEL = ("sku", "name", "attribute_set_id", "price", "status", "visibility", "type_id", "weight")
_OWN = "store_values"


def get(document: Document, code: str, store: str = ALL_STORES) -> Any:
    """An attribute's value as a store sees it; None when there is none."""
    own = document.hidden.get(_OWN, {}).get(store, {})
    if code in own:
        return own[code]
    return document.body.get(code) if code in TOP_LEVEL else custom(document.body).get(code)


def own_values(document: Document, store: str) -> dict[str, Any]:
    """What a store view has of its own."""
    return dict(document.hidden.get(_OWN, {}).get(store, {}))


def put(document: Document, code: str, value: Any, store: str, config: Config) -> bool:
    """Set a value where the attribute's scope allows it; None takes it away. Answers whether anything changed.

    The document is not saved; a recorded one becomes a row of the shop.
    """
    target = ALL_STORES if scope_of(code, config) == "global" else store
    if target == ALL_STORES:
        before = document.body.get(code) if code in TOP_LEVEL else custom(document.body).get(code)
        if same(before, value):
            return False
        document.body = _with(document.body, code, value)
    else:
        if same(get(document, code, target), value):
            return False
        stores = dict(document.hidden.get(_OWN, {}))
        stores[target] = {**stores.get(target, {}), code: value}
        document.hidden = {**document.hidden, _OWN: stores}
    document.recorded = None
    return True


def seen_from(document: Document, store: str) -> Document:
    """The product as a store sees it: a copy when the store has values of its own."""
    own = document.hidden.get(_OWN, {}).get(store)
    if not own:
        return document
    body = document.body
    for code, value in own.items():
        body = _with(body, code, value)
    return Document(document.kind, body, None, document.hidden)


def custom(body: Body) -> dict[str, Any]:
    """The custom attributes by code."""
    return {entry["attribute_code"]: entry["value"] for entry in body.get("custom_attributes", [])}


def same(left: Any, right: Any) -> bool:
    """As PHP compares attribute values: 2 and "2" are the same."""
    if isinstance(left, list | dict) or isinstance(right, list | dict) or left is None or right is None:
        return bool(left == right)
    return left == right or str(left) == str(right)


def _with(body: Body, code: str, value: Any) -> Body:
    if code in TOP_LEVEL:
        changed = {**body, code: value}
        if value is None:
            del changed[code]
        return changed
    attributes = {**custom(body), code: value}
    shown = [{"attribute_code": name, "value": one} for name, one in attributes.items() if one is not None]
    return {**body, "custom_attributes": shown}
