"""Reading the bodies of control routes: each value by its name, wrong ones refused with what is allowed (400)."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.magento.errors import ControlError
from sandbox.magento.life.requests import Comment, Quantities, Track


def known(body: dict[str, Any], *names: str) -> None:
    """Raises ControlError for a key that nobody reads."""
    strange = sorted(set(body) - set(names))
    if strange:
        allowed = ", ".join(names) if names else "nothing"
        raise ControlError(400, f"{', '.join(strange)} is unknown here; allowed is {allowed}")


def quantities(body: dict[str, Any], name: str = "items") -> Quantities | None:
    wanted = body.get(name)
    if wanted is None:
        return None
    if not isinstance(wanted, dict) or not all(key.isascii() and key.isdigit() for key in wanted):
        raise ControlError(400, f'{name} is {{"item id": quantity}} or left out for all that is left')
    return {int(key): _number(f"{name}.{key}", value) for key, value in wanted.items()}


def amount(body: dict[str, Any], name: str) -> Decimal | None:
    """In base currency; None when it isn't there."""
    value = body.get(name)
    if value is None:
        return None
    number = _number(name, value)
    if number < 0:
        raise ControlError(400, f"{name} is an amount of 0 or more, not {value}")
    return number


def whole(body: dict[str, Any], name: str) -> int:
    value = body.get(name)
    if isinstance(value, bool) or not isinstance(value, int):
        raise ControlError(400, f"{name} is a whole number, not {value!r}")
    return value


def text(body: dict[str, Any], name: str) -> str | None:
    value = body.get(name)
    if value is not None and not isinstance(value, str):
        raise ControlError(400, f"{name} is a text, not {value!r}")
    return value


def flag(body: dict[str, Any], name: str) -> bool:
    value = body.get(name, False)
    if not isinstance(value, bool):
        raise ControlError(400, f"{name} is true or false, not {value!r}")
    return value


def item_ids(body: dict[str, Any], name: str) -> tuple[int, ...] | None:
    value = body.get(name)
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(one, int) and not isinstance(one, bool) for one in value):
        raise ControlError(400, f"{name} is a list of item ids, or left out")
    return tuple(value)


def comment(body: dict[str, Any]) -> Comment | None:
    value = body.get("comment")
    if value is None:
        return None
    if isinstance(value, str):
        return Comment(value)
    if not isinstance(value, dict) or not isinstance(value.get("text"), str):
        raise ControlError(400, "comment is a text, or {text, visible_on_front, notified}")
    known(value, "text", "visible_on_front", "notified")
    return Comment(value["text"], flag(value, "visible_on_front"), flag(value, "notified"))


def tracks(body: dict[str, Any]) -> tuple[Track, ...]:
    value = body.get("tracks", [])
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise ControlError(400, "tracks is a list of {number, title, carrier}")
    for one in value:
        known(one, "number", "title", "carrier")
    return tuple(
        Track(text(one, "number") or "", text(one, "title") or "Carrier", text(one, "carrier") or "custom")
        for one in value
    )


def _number(name: str, value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise ControlError(400, f"{name} is a number, not {value!r}")
    try:
        number = Decimal(value)
    except InvalidOperation as error:
        raise ControlError(400, f"{name} is a number, not {value!r}") from error
    if not number.is_finite() or abs(number) >= Decimal(10) ** 12:
        raise ControlError(400, f"{name} is a number of less than 12 digits before the point, not {value!r}")
    return number
