"""The operations that a hook answers with, read and applied (commerce-extensibility, webhooks/responses)."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from shared import wire


class BadAnswer(ValueError):
    """What came is no list of operations; the text says why."""


@dataclass(frozen=True, slots=True)
class Operation:
    op: Literal["success", "exception", "add", "replace", "remove"]
    path: tuple[str, ...] = ()
    value: Any = None
    message: str | None = None


_PLAIN = ("success", "exception")
_ALL = (*_PLAIN, "add", "replace", "remove")


def read(body: bytes) -> list[Operation]:
    """One operation, or a list of them. Raises BadAnswer."""
    try:
        document = wire.decode(body)
    except wire.NotJson as error:
        raise BadAnswer(f"the answer is no JSON: {error}") from error
    return [_read(one) for one in (document if isinstance(document, list) else [document])]


def _read(one: Any) -> Operation:
    if not isinstance(one, dict) or one.get("op") not in _ALL:
        raise BadAnswer(f"an operation is an object with op, one of {', '.join(_ALL)}")
    op = one["op"]
    if op == "exception":
        message = one.get("message")
        return Operation(op, message=message if isinstance(message, str) and message else None)
    if op == "success":
        return Operation(op)
    path = one.get("path")
    if not isinstance(path, str) or not path.strip("/"):
        raise BadAnswer(f"{op} needs a path")
    if op != "remove" and "value" not in one:
        raise BadAnswer(f"{op} needs a value")
    return Operation(op, tuple(path.strip("/").split("/")), one.get("value"))


def applied(payload: dict[str, Any], operations: list[Operation]) -> dict[str, Any]:
    """The payload as the operations leave it. Raises BadAnswer: a path leads nowhere."""
    changed = copy.deepcopy(payload)
    for one in operations:
        if one.op not in _PLAIN:
            _apply(changed, one)
    return changed


def conforming(old: Any, new: Any) -> Any:
    """A changed row with the types of the row it was; text that is a number becomes one, as PHP makes it. Raises
    BadAnswer: a value has another form."""
    if isinstance(old, dict) and isinstance(new, dict):
        return {name: conforming(old[name], value) if name in old else value for name, value in new.items()}
    if isinstance(old, list) and isinstance(new, list):
        return [conforming(old[0], value) if old else value for value in new]
    if isinstance(old, bool) or old is None or type(old) is type(new):
        return new
    if isinstance(old, int | Decimal) and isinstance(new, int | Decimal | str) and not isinstance(new, bool):
        try:
            number = Decimal(new)
        except InvalidOperation as error:
            raise BadAnswer(f"{new!r} is no number") from error
        if not number.is_finite() or abs(number) >= Decimal(10) ** 12:
            raise BadAnswer(f"{new!r} is no number of less than 12 digits before the point")
        return int(number) if isinstance(old, int) and number == int(number) else number
    raise BadAnswer(f"{new!r} has another form than {old!r}")


def _apply(payload: dict[str, Any], one: Operation) -> None:
    holder: Any = payload
    for name in one.path[:-1]:
        holder = _inside(holder, name, one)
    last = one.path[-1]
    if one.op == "remove":
        _remove(holder, last, one)
    elif isinstance(holder, dict):
        known = holder.get(last)
        if one.op == "add" and isinstance(known, list):
            known.append(one.value)
        elif one.op == "add" and isinstance(known, dict) and isinstance(one.value, dict):
            known.update(one.value)
        else:
            holder[last] = one.value
    elif isinstance(holder, list) and one.op == "replace" and last.isdigit() and int(last) < len(holder):
        holder[int(last)] = one.value
    else:
        raise _nowhere(one)


def _inside(holder: Any, name: str, one: Operation) -> Any:
    if isinstance(holder, dict) and name in holder:
        return holder[name]
    if isinstance(holder, dict) and one.op == "add":
        return holder.setdefault(name, {})
    if isinstance(holder, list) and name.isdigit() and int(name) < len(holder):
        return holder[int(name)]
    raise _nowhere(one)


def _remove(holder: Any, last: str, one: Operation) -> None:
    if isinstance(holder, dict) and last in holder:
        del holder[last]
    elif isinstance(holder, list) and last.isdigit() and int(last) < len(holder):
        del holder[int(last)]
    else:
        raise _nowhere(one)


def _nowhere(one: Operation) -> BadAnswer:
    return BadAnswer(f"{one.op}: there is no {'/'.join(one.path)}")
