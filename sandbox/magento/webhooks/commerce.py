"""Adobe Commerce webhooks: the shop asks, waits, and does what the answers say (reference 1.4)."""

from __future__ import annotations

import asyncio
import base64
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from sandbox.magento import limits, php_json
from sandbox.magento.errors import InvalidInput
from sandbox.magento.shop import Body
from sandbox.magento.webhooks import commerce_operations as operations
from sandbox.magento.webhooks.commerce_plan import PLACE, CommercePlan
from sandbox.magento.webhooks.delivery import Answer, Counts, Delivery, Lost, Request, State
from sandbox.magento.webhooks.disturbance import Disturbance
from sandbox.magento.webhooks.engine import Engine
from sandbox.magento.webhooks.io_keys import KeyPair
from sandbox.magento.webhooks.io_values import copy_field
from sandbox.magento.webhooks.moments import OBJECTS, Moment

DEFAULT_MESSAGE = "Cannot perform the operation due to an error."  # recalled
Operations = list[operations.Operation]


class CommerceHook:
    """One hook, asked at its moment; nothing is ever tried again."""

    kind = "commerce"

    def __init__(self, name: str, plan: CommercePlan, engine: Engine, keys: Callable[[], KeyPair]) -> None:
        self.name = name
        self.plan = plan
        self.disturbance: Disturbance = plan
        self.closed = False
        self.counts = Counts()
        self._engine = engine
        self._keys = keys
        self._cache: dict[tuple[str, bytes], tuple[float, Operations]] = {}

    async def ask(self, payload: Body) -> Operations:
        """Raises InvalidInput: the hook is required and failed, or it answered with an exception."""
        body = php_json.encode(self._fields(payload)).encode()
        now = self._engine.clock()
        kept = self._cache.get((self.plan.url, body))
        if kept is not None and kept[0] > now:
            return self._judged(kept[1])
        delivery = Delivery(self, self.plan.webhook_method, str(uuid.uuid4()), body)
        self._engine.expect(delivery)
        answer = await self._engine.attempt(delivery)
        soft = self.plan.soft_timeout
        if soft is not None and answer.seconds * 1000 > soft:
            delivery.note = f"notice: longer than the soft timeout of {soft} ms"
        if answer.status is None or not 200 <= answer.status < 300:
            return self._failed(delivery, f"the hook answered {answer.told}")
        try:
            found = operations.read(answer.body)
            operations.conforming(payload, operations.applied(payload, found))
        except operations.BadAnswer as bad:
            return self._failed(delivery, str(bad))
        if self.plan.ttl:
            self._keep((self.plan.url, body), (self._engine.clock() + self.plan.ttl, found))
        return self._judged(found)

    def prepare(self, delivery: Delivery) -> Request:
        plan = self.plan
        headers = {"Content-Type": "application/json", **plan.headers}
        headers["x-adobe-commerce-request-id"] = delivery.id
        if plan.bearer is not None:
            headers["Authorization"] = f"Bearer {plan.bearer}"
        if plan.sign:
            # The documentation's samples verify RSA with SHA-256 over the base64 text of the body.
            headers["x-adobe-commerce-webhook-signature"] = self._keys().sign(base64.b64encode(delivery.content))
        seconds = plan.timeout / 1000 if plan.timeout else None
        return Request(plan.method, plan.url, headers, delivery.content, seconds)

    def judge(self, delivery: Delivery, answer: Answer) -> State | float:
        if answer.status is None:
            return State.LOST
        return State.DELIVERED if 200 <= answer.status < 300 else State.DEAD

    def passed_over(self, delivery: Delivery) -> None:
        """Never: nothing waits in a queue."""

    def replay(self, delivery: Delivery) -> Delivery:
        raise Lost("a hook is part of a process of the shop, which is over")

    def shown(self) -> dict[str, Any]:
        shown = self.plan.model_dump(mode="json", exclude={"name", "headers", "bearer"})
        return {**shown, "headers": sorted(self.plan.headers), "bearer": self.plan.bearer is not None}

    def _fields(self, payload: Body) -> Body:
        if not self.plan.fields:
            return payload
        chosen: Body = {}
        for field in self.plan.fields:
            copy_field(payload, chosen, (field.source or field.name).split("."), field.name.split("."))
        return chosen

    def _failed(self, delivery: Delivery, why: str) -> Operations:
        delivery.note = why
        if self.plan.required:
            raise InvalidInput(self.plan.fallback_error_message or DEFAULT_MESSAGE)
        return []

    def _judged(self, found: Operations) -> Operations:
        for one in found:
            if one.op == "exception":
                raise InvalidInput(one.message or self.plan.fallback_error_message or DEFAULT_MESSAGE)
        return found

    def _keep(self, key: tuple[str, bytes], value: tuple[float, Operations]) -> None:
        self._cache[key] = value
        while len(self._cache) > limits.COMMERCE_CACHE:
            del self._cache[next(iter(self._cache))]


async def ask_all(hooks: Sequence[CommerceHook], moment: Moment) -> Body | None:
    """Ask the hooks of the moment; the body as they leave it. None: none of them changed it, or it is too late to.

    Raises InvalidInput: one of them refuses, with the message for the shopper.
    """
    changed: Body | None = None
    for point, payload, path in _points(moment):
        body = await _asked([one for one in hooks if one.plan.point == point], payload, path)
        if body is not None and moment.name in ("placing", "saving"):
            changed = body
            moment = replace(moment, body=body)
    return changed


async def _asked(asked: list[CommerceHook], payload: Body, path: tuple[str, ...]) -> Body | None:
    """Batch by batch. The row as they leave it, None: as it was."""
    asked.sort(key=lambda one: (one.plan.batch_order, one.plan.batch_name))
    original = payload
    for _, batch in groupby(asked, key=lambda one: (one.plan.batch_order, one.plan.batch_name)):
        together = sorted(batch, key=lambda one: one.plan.priority)
        answers = await asyncio.gather(*(one.ask(payload) for one in together), return_exceptions=True)
        for answer in answers:
            if isinstance(answer, BaseException):
                raise answer
            try:
                payload = operations.conforming(payload, operations.applied(payload, answer))
            except operations.BadAnswer:  # another hook of the batch took away what this one means
                continue
    if payload == original:
        return None
    body: Any = payload
    for name in path:
        body = body.get(name) if isinstance(body, dict) else None
    return body if isinstance(body, dict) else None


def _points(moment: Moment) -> Iterator[tuple[tuple[str, str], Body, tuple[str, ...]]]:
    """Which hooks are asked, with what, and where in it the row is."""
    if moment.name == "placing":
        yield (PLACE, "before"), {"order": moment.body}, ("order",)
    if moment.observer is not None:
        name = OBJECTS[moment.kind]
        data = {name: moment.body} if moment.name in ("placing", "placed") else {"data_object": moment.body}
        event = {"eventName": moment.observer, "data": data | {name: moment.body}}
        yield (f"observer.{moment.observer}", "observer"), event, ("data", name)
    if moment.name == "placed":
        yield (PLACE, "after"), {"order": moment.body, "result": moment.body}, ("order",)
