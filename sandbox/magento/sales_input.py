"""Reading the bodies of sales services as Magento's ServiceInputProcessor does: parameter by name, camelCase or
snake_case; a missing required field and a value of a wrong type are refused in its words (400)."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.magento import limits
from sandbox.magento.errors import InvalidInput, required, wrong_type
from sandbox.magento.life.requests import Comment, CreditRequest, InvoiceRequest, Quantities, ShipRequest, Track
from sandbox.magento.shop import Body


def invoice_request(body: Body) -> InvoiceRequest:
    capture = "online" if body.get("capture") is True else "offline"
    return InvoiceRequest(_quantities(body), capture, _comment(body))


def ship_request(body: Body) -> ShipRequest:
    arguments = _object(body, "arguments")
    source = text_of(_object(arguments, "extension_attributes"), "source_code") or None
    tracks = tuple(
        Track(text_of(one, "track_number"), text_of(one, "title"), text_of(one, "carrier_code"))
        for one in bodies(body, "tracks")
    )
    return ShipRequest(_quantities(body), source, tracks, _comment(body))


def credit_request(body: Body, *, online: bool = False) -> CreditRequest:
    arguments = _object(body, "arguments")
    returned = _object(arguments, "extension_attributes").get("return_to_stock_items")
    if returned is not None and not isinstance(returned, list):
        raise wrong_type(str(returned), "int[]")
    return CreditRequest(
        _quantities(body),
        _amount(arguments, "shipping_amount"),
        _amount(arguments, "adjustment_positive") or Decimal(0),
        _amount(arguments, "adjustment_negative") or Decimal(0),
        # Items that aren't named stay away: the extension attribute lists those that come back.
        tuple(as_int(one) for one in returned or ()),
        online,
        _comment(body),
    )


def order_comment(body: Body) -> tuple[Comment, str | None]:
    """The comment, and the status it names."""
    history = body.get("statusHistory", body.get("status_history"))
    if not isinstance(history, dict):
        raise required("statusHistory")
    if not isinstance(history.get("comment"), str):
        raise required("comment")
    one = Comment(
        history["comment"],
        visible_on_front=bool(history.get("is_visible_on_front")),
        notified=bool(history.get("is_customer_notified")),
    )
    return one, text_of(history, "status") or None


def bodies(body: Body, name: str, *needed: str) -> list[Body]:
    """The objects of a list; each has the needed fields. Raises InvalidInput."""
    value = body.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise wrong_type(_shown(value), f"{name}[]")
    if len(value) > limits.DOCUMENT_ROWS_MAX:
        raise InvalidInput("Maximum items of type %type is %max", {"type": name, "max": limits.DOCUMENT_ROWS_MAX})
    for one in value:
        for field in needed:
            if one.get(field) is None:
                raise required(field)
        if "order_item_id" in needed:
            as_int(one["order_item_id"])
            _decimal(one["qty"])
    return value


def as_int(value: Any) -> int:
    """Raises InvalidInput for what is no whole number."""
    text = str(value)
    if isinstance(value, bool) or not text.isascii() or not text.lstrip("-").isdigit():
        raise wrong_type(_shown(value), "int")
    return int(text)


def text_of(body: Body, name: str) -> str:
    value = body.get(name)
    if value is None:
        return ""
    if isinstance(value, dict | list):
        raise wrong_type(_shown(value), "string")
    return str(value)


def _quantities(body: Body) -> Quantities:
    wanted: Quantities = {}
    for one in bodies(body, "items", "order_item_id", "qty"):
        wanted[as_int(one["order_item_id"])] = _decimal(one["qty"])
    return wanted


def _comment(body: Body) -> Comment | None:
    one = body.get("comment")
    if one is None:
        return None
    if not isinstance(one, dict):
        raise wrong_type(_shown(one), "comment")
    return Comment(
        text_of(one, "comment"),
        visible_on_front=bool(one.get("is_visible_on_front")),
        notified=bool((body.get("appendComment") or body.get("append_comment")) and body.get("notify")),
    )


def _amount(body: Body, name: str) -> Decimal | None:
    return None if body.get(name) is None else _decimal(body[name])


def _decimal(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise wrong_type(_shown(value), "float")
    try:
        number = Decimal(value)
    except InvalidOperation as error:
        raise wrong_type(_shown(value), "float") from error
    if not number.is_finite() or abs(number) >= Decimal(10) ** 16:  # decimal(20,4)
        raise wrong_type(_shown(value), "float")
    return number


def _object(body: Body, name: str) -> Body:
    value = body.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise wrong_type(_shown(value), name)
    return value


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else str(value)[:200]
