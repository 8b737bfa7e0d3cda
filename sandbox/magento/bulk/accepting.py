"""Taking asynchronous calls: each entity becomes an operation that a consumer does later."""

from __future__ import annotations

import hashlib
import uuid
from typing import Any

from sandbox.magento import limits, php_json
from sandbox.magento.bulk.operations import ACCEPTED, Operations, Todo
from sandbox.magento.bulk.services import topic_of
from sandbox.magento.data_objects import snake
from sandbox.magento.errors import InvalidInput
from sandbox.magento.router import Found
from sandbox.magento.shop import Shop


class Accepting:
    """The async and async/bulk forms of every writing route."""

    def __init__(self, shop: Shop, operations: Operations) -> None:
        self._shop = shop
        self._operations = operations

    def take(self, found: Found, given: Any, *, by_administrator: bool) -> dict[str, Any]:
        """The answer 202. Raises InvalidInput for a bulk that is no list or has too many entities."""
        entities = self._entities(found, given)
        todos = []
        for entity in entities:
            parameters, missing = _parameters(found, entity)
            reason = None if isinstance(entity, dict) else "The entity isn't an object."
            if missing:
                reason = f'"{missing[0]}" is required. Enter and try again.'
            text = php_json.encode(entity)
            todos.append(Todo(found.route.name, parameters, found.store_code, text, reason))
        bulk_uuid = str(uuid.uuid4())
        self._operations.add(bulk_uuid, topic_of(found.route), todos, 2 if by_administrator else 1)
        rejected = [todo for todo in todos if todo.rejected is not None]
        return {
            "bulk_uuid": bulk_uuid,
            "request_items": [_item(number, todo) for number, todo in enumerate(todos)],
            "errors": bool(rejected),
        }

    def _entities(self, found: Found, given: Any) -> list[Any]:
        if found.mode == "async":
            return [given if isinstance(given, dict) else {}]
        if not isinstance(given, list):
            raise InvalidInput("The bulk endpoint expects a list of entities.")
        most = limits.BULK_ENTITIES_MAX
        if self._shop.config.input_limits:
            most = limits.ASYNC_ARRAY_ITEMS
        if len(given) > most:
            raise InvalidInput('Maximum items of type "%type" is %max', {"type": "array", "max": most})
        return given


def _item(number: int, todo: Todo) -> dict[str, Any]:
    shown: dict[str, Any] = {"id": number, "data_hash": hashlib.sha256(todo.text.encode()).hexdigest()}
    if todo.rejected is None:
        return shown | {"status": ACCEPTED}
    return shown | {"status": "rejected", "error_message": todo.rejected}


def _parameters(found: Found, entity: Any) -> tuple[dict[str, str], list[str]]:
    """Path parameters, of which a bulk route's stand in the entity: by name, or below its objects in snake case."""
    parameters, missing = dict(found.parameters), []
    for name, by in found.in_body.items():
        value = _value(entity, by) if isinstance(entity, dict) else None
        if isinstance(value, str | int) and not isinstance(value, bool):
            parameters[name] = str(value)
        else:
            missing.append(by)
    return parameters, missing


def _value(entity: dict[str, Any], name: str) -> Any:
    for key in (name, snake(name)):
        if key in entity:
            return entity[key]
    inner = (value for value in entity.values() if isinstance(value, dict))
    return next((value[key] for value in inner for key in (snake(name), name) if key in value), None)
