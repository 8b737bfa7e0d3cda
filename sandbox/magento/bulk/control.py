"""The consumers' switches at /_sandbox/consumers."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from aiohttp import web

from sandbox.magento import limits
from sandbox.magento.bulk.operations import Consumers, Operations
from sandbox.magento.control_routes import answering, json_answer, object_of
from sandbox.magento.errors import ControlError


class BulkControl:
    def __init__(self, operations: Operations) -> None:
        self._operations = operations

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/_sandbox/consumers", answering(self._shown)),
            web.post("/_sandbox/consumers", answering(self._change)),
        ]

    async def _shown(self, request: web.Request) -> web.Response:
        consumers = self._operations.consumers
        delay = Decimal(str(consumers.delay_seconds))
        return json_answer({"count": consumers.count, "delay_seconds": delay, "deadlocks": consumers.deadlocks})

    async def _change(self, request: web.Request) -> web.Response:
        given = object_of(await request.read())
        unknown = set(given) - {"count", "delay_seconds", "deadlocks"}
        if unknown:
            raise ControlError(400, f"consumers have count, delay_seconds and deadlocks, not {sorted(unknown)}")
        before = self._operations.consumers
        self._operations.consumers = Consumers(
            _whole(given, "count", before.count, limits.CONSUMERS_MAX),
            float(_number(given, "delay_seconds", before.delay_seconds, limits.CONSUMER_DELAY_MAX_SECONDS)),
            _whole(given, "deadlocks", before.deadlocks, limits.BULK_ENTITIES_MAX),
        )
        return await self._shown(request)


def _whole(given: dict[str, Any], name: str, before: int, most: int) -> int:
    value = given.get(name, before)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        raise ControlError(400, f"{name} is a whole number from 0 to {most}, not {value!r}")
    return value


def _number(given: dict[str, Any], name: str, before: float, most: float) -> Decimal:
    value = given.get(name)
    if value is None:
        return Decimal(str(before))
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or not 0 <= value <= most:
        raise ControlError(400, f"{name} is a number from 0 to {most:g}, not {value!r}")
    return Decimal(value)
