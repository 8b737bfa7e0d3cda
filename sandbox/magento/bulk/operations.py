"""Bulks and their operations, kept with the shop; and the consumer that does them, on the shop's clock."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from sandbox.magento import limits
from sandbox.magento.bulk.services import service_of
from sandbox.magento.errors import MagentoError
from sandbox.magento.router import Call, Route, Router
from sandbox.magento.shop import Body, Document, Kind, Shop
from sandbox.magento.webhooks.performing import Performer
from shared import wire

COMPLETE, RETRIABLY_FAILED, FAILED, OPEN, REJECTED = 1, 2, 3, 4, 5
ACCEPTED = "accepted"
_DEADLOCK = "SQLSTATE[40001]: Serialization failure: 1213 Deadlock found when trying to get lock; try restarting "
_MYSQL_DEADLOCK = 1213


@dataclass(frozen=True)
class Todo:
    """One entity of a call. rejected: why it never becomes work; None = it does."""

    route: str
    parameters: dict[str, str]
    store_code: str
    text: str
    rejected: str | None = None


@dataclass
class Consumers:
    """How queues are worked off. count 0: nobody does, operations stay open; above 1: order isn't kept.

    delay_seconds: how long a message waits, on the shop's clock. deadlocks: so many of the next operations meet one
    (failed retriably; nobody retries them, reference 2.5).
    """

    count: int = 1
    delay_seconds: float = 0.0
    deadlocks: int = 0


class Operations:
    """All bulks of the shop, and the work that is open."""

    def __init__(
        self,
        shop: Shop,
        router: Router,
        clock: Callable[[], float],
        consumers: Consumers,
        performer: Performer,
    ) -> None:
        self._shop = shop
        self._router = router
        self._clock = clock
        self._performer = performer
        self._as_built = consumers
        self.consumers = Consumers(**vars(consumers))
        self._random = random.Random(0)  # which consumer is faster is no secret
        self._open: deque[tuple[float, int]] = deque()  # due, operation
        self._more = asyncio.Event()

    def add(self, bulk_uuid: str, topic: str, todos: list[Todo], user_type: int) -> None:
        """A new bulk. What is rejected is an operation, too."""
        shop, bulk_id = self._shop, self._shop.next_id(Kind.BULK)
        started = shop.now()
        body = {
            "entity_id": bulk_id, "user_type": user_type, "bulk_id": bulk_uuid, "description": f"Topic {topic}",
            "start_time": started, "user_id": 1, "operation_count": len(todos),
        }  # fmt: skip
        shop.insert(Document(Kind.BULK, body, hidden={"increment_id": bulk_uuid}))
        due = self._clock() + self.consumers.delay_seconds
        for number, todo in enumerate(todos):
            operation: Body = {
                "entity_id": shop.next_id(Kind.OPERATION), "id": number, "bulk_uuid": bulk_uuid, "topic_name": topic,
                "serialized_data": todo.text, "result_serialized_data": None,
                "status": OPEN if todo.rejected is None else REJECTED, "result_message": todo.rejected,
                "error_code": None,
            }  # fmt: skip
            work = {"route": todo.route, "parameters": todo.parameters, "store": todo.store_code}
            hidden = {"order_id": bulk_id, "due": due, "work": work, "start_time": started}
            shop.insert(Document(Kind.OPERATION, operation, hidden=hidden))
            if todo.rejected is None:
                shop.database.after_commit(partial(self._queue, due, operation["entity_id"]))
        self._forget_old(bulk_id)

    def _queue(self, due: float, number: int) -> None:
        self._open.append((due, number))
        self._more.set()

    def _forget_old(self, newest: int) -> None:
        """Magento cleans up after days; here the oldest bulks go."""
        old = newest - limits.BULKS_KEPT
        for operation in self._shop.of_order(Kind.OPERATION, old):
            self._shop.remove(Kind.OPERATION, operation.entity_id)
        if self._shop.get(Kind.BULK, old) is not None:
            self._shop.remove(Kind.BULK, old)

    def bulk(self, bulk_uuid: str) -> Document | None:
        return self._shop.numbered(Kind.BULK, bulk_uuid)

    def of(self, bulk: Document) -> list[Document]:
        return self._shop.of_order(Kind.OPERATION, bulk.entity_id)

    def forget(self, shop: Shop) -> None:
        """What the shop holds is what is open; switches as built."""
        self._open = deque(
            (document.hidden["due"], document.entity_id)
            for document in shop.documents(Kind.OPERATION)
            if document.body["status"] == OPEN
        )
        self.consumers = Consumers(**vars(self._as_built))

    async def run(self) -> None:
        """The consumers, until cancelled."""
        while True:
            if not self._open:
                self._more.clear()
                await self._more.wait()
            for _ in range(limits.OPERATIONS_AT_ONCE):
                if not await self.step():
                    break
            await asyncio.sleep(0 if self._is_due() else limits.CONSUMER_POLL_SECONDS)

    def _is_due(self) -> bool:
        return self.consumers.count > 0 and bool(self._open) and self._open[0][0] <= self._clock()

    async def step(self) -> bool:
        """Do one operation that is due; False when there is none, or nobody to do it."""
        if not self._is_due():
            return False
        place = 0
        if self.consumers.count > 1:
            place = self._random.randrange(min(self.consumers.count, len(self._open)))
        _, number = self._open[place]
        del self._open[place]
        operation = self._shop.get(Kind.OPERATION, number)
        if operation is not None:
            await self._do(operation)
        return True

    async def _do(self, operation: Document) -> None:
        work = operation.hidden["work"]
        route = self._router.named(work["route"])
        given = wire.decode(str(operation.body["serialized_data"]).encode())
        call = Call(work["parameters"], {}, given, work["store"], limits.ASYNC_ARRAY_ITEMS)
        if self.consumers.deadlocks > 0:
            self.consumers.deadlocks -= 1
            result: Body = {"status": RETRIABLY_FAILED, "result_message": _DEADLOCK + "transaction"}
            result["error_code"] = _MYSQL_DEADLOCK
        else:
            try:
                answer = await self._handled(route, call)
                told = f"Service execution success {service_of(route)}"
                result = {"status": COMPLETE, "result_message": told, "result_serialized_data": answer}
            except MagentoError as error:
                result = {"status": FAILED, "result_message": error.text(), "error_code": 0}
        operation.body = operation.body | result
        with contextlib.suppress(KeyError):  # the bulk may have been forgotten meanwhile
            self._shop.save(operation)

    async def _handled(self, route: Route, call: Call) -> str:
        if route.saves:
            return await self._performer.perform(partial(route.handler, call))
        with self._shop.atomic():
            return route.handler(call)
