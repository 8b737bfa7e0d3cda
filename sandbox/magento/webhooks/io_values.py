"""The `value` of an Adobe I/O event: a model's data, where strings and numbers mix, cut to the fields subscribed to.

A column that was loaded from the database is text with the database's decimals; one that the request computed is a
number. So in a new row totals are numbers and ids and rates text, and in an old one only what changed is a number
(reference 1.5; the recorded invoice event).
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sandbox.magento.shop import Body
from sandbox.magento.tables import Kind

_NUMBERS = frozenset({"state", "email_sent", "can_void_flag", "total_qty"})  # set by code, not loaded
_LOADED = frozenset({"base_price", "price_incl_tax", "base_price_incl_tax"})  # copied from the order item's columns
_ABSENT_INVOICE: Body = {
    "customer_id": None, "shipping_address_id": None, "discount_description": None, "base_cost": 0,
    "base_gift_cards_amount": 0, "gift_cards_amount": 0, "can_void_flag": False,
}  # fmt: skip
_ABSENT_INVOICE_ITEM: Body = {
    "description": None, "base_cost": None, "extension_attributes": {}, "weee_tax_applied": "[]",
    "weee_tax_applied_amount": None, "weee_tax_applied_row_amount": 0, "base_weee_tax_applied_amount": None,
    "base_weee_tax_applied_row_amnt": None, "weee_tax_disposition": None, "base_weee_tax_disposition": None,
    "weee_tax_row_disposition": 0, "base_weee_tax_row_disposition": 0, "invoice": {}, "parent_id": None,
    "base_weee_tax_applied_row_amount": 0,
}  # fmt: skip
_PRODUCT_DECIMALS = 6  # catalog_product_entity_decimal since 2.3; sales tables have 4
_SALES_DECIMALS = 4


def model(kind: Kind, body: Body, before: Body | None) -> Body:
    """The whole model. `before` None: a new row."""
    value = _level(kind, body, before)
    if kind is Kind.INVOICE:
        value = _ABSENT_INVOICE | value
        value["id"] = value["entity_id"]
        value["can_void_flag"] = bool(value["can_void_flag"])
        store = value.get("store_id")
        items = value.get("items") or []
        value["items"] = [_ABSENT_INVOICE_ITEM | {"store_id": store} | item for item in items]
        for item in value["items"]:
            item["parent_id"] = None  # the items are made before the invoice has an id
    return value


def selected(kind: Kind, body: Body, before: Body | None, fields: Sequence[str]) -> Body:
    """What a subscription with these fields gets: `*`, `name`, `a.b`, `items[].sku`, _isNew, _origData, _origData.x.

    A field that the model lacks is null (recalled).
    """
    whole = model(kind, body, before)
    value: Body = dict(whole) if "*" in fields else {}
    for field in fields:
        if field in ("*", "_isNew", "_origData") or field.startswith("_origData."):
            continue
        copy_field(whole, value, field.split("."))
    if any(field == "_isNew" or field.startswith("_origData") for field in fields):
        value["_isNew"] = before is None
    origin = None if before is None else model(kind, before, before)
    if "_origData" in fields:
        value["_origData"] = origin
    elif wanted := [field.removeprefix("_origData.") for field in fields if field.startswith("_origData.")]:
        chosen: Body = {}
        for field in wanted:
            copy_field(origin or {}, chosen, field.split("."))
        value["_origData"] = chosen if origin is not None else None
    return value


def copy_field(source: Any, target: Body, path: Sequence[str], to: Sequence[str] | None = None) -> None:
    """One field into the value, under another path when `to` says so; `name[]` goes through the rows of a list."""
    name, rest = path[0], path[1:]
    to_name, to_rest = (name, rest) if to is None else (to[0], to[1:])
    if to is not None and len(to) != len(path):  # moved to another depth: the value goes there as it is
        _put(target, to, _found(source, path))
        return
    if name.endswith("[]"):
        rows = source.get(name[:-2]) if isinstance(source, dict) else None
        rows = rows if isinstance(rows, list) else []
        known = target.setdefault(to_name.removesuffix("[]"), [{} for _ in rows])
        for row, cut in zip(rows, known if isinstance(known, list) else [], strict=False):
            if rest and isinstance(cut, dict):
                copy_field(row, cut, rest, to_rest)
        return
    inner = source.get(name) if isinstance(source, dict) else None
    if not rest:
        target[to_name] = inner
    elif isinstance(known := target.setdefault(to_name, {}), dict):
        copy_field(inner, known, rest, to_rest)


def _found(source: Any, path: Sequence[str]) -> Any:
    if not path or source is None:
        return source
    name, rest = path[0], path[1:]
    inner = source.get(name.removesuffix("[]")) if isinstance(source, dict) else None
    if name.endswith("[]"):
        return [_found(row, rest) for row in inner] if isinstance(inner, list) else []
    return _found(inner, rest)


def _put(target: Body, path: Sequence[str], value: Any) -> None:
    for name in path[:-1]:
        inner = target.setdefault(name.removesuffix("[]"), {})
        if not isinstance(inner, dict):
            return
        target = inner
    target[path[-1].removesuffix("[]")] = value


def _level(kind: Kind, row: Body, before: Body | None) -> Body:
    earlier = before or {}
    return {
        name: _value(kind, name, value, earlier.get(name), computed=before is None or earlier.get(name) != value)
        for name, value in row.items()
    }


def _value(kind: Kind, name: str, value: Any, earlier: Any, *, computed: bool) -> Any:
    if isinstance(value, dict):
        return _level(kind, value, earlier if isinstance(earlier, dict) else None if computed else value)
    if isinstance(value, list):
        olds = earlier if isinstance(earlier, list) and len(earlier) == len(value) else [None] * len(value)
        pairs = zip(value, olds, strict=True)
        return [_value(kind, name, one, old, computed=computed and one != old) for one, old in pairs]
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return value
    if name == "id" or name.endswith("_id"):
        return str(value)
    if name.endswith("_rate"):
        return f"{value:.4f}"
    if name == "qty" and kind is Kind.INVOICE:
        return f"{value:.6f}"
    if kind is Kind.PRODUCT:
        return f"{value:.{_PRODUCT_DECIMALS}f}" if name in ("price", "weight") else value
    if name in _NUMBERS or (isinstance(value, int) and not _is_amount(name)):
        return value
    return value if computed and name not in _LOADED else f"{value:.{_SALES_DECIMALS}f}"


def _is_amount(name: str) -> bool:
    return name.startswith(("base_", "total_", "subtotal", "grand_", "tax_", "discount_", "shipping_", "row_", "price"))
