"""Deliveries of Adobe I/O Events to one registration (reference 1.5)."""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sandbox.magento import limits
from sandbox.magento.webhooks import io_values
from sandbox.magento.webhooks.delivery import Answer, Counts, Delivery, Lost, Request, State
from sandbox.magento.webhooks.disturbance import Disturbance
from sandbox.magento.webhooks.engine import Engine
from sandbox.magento.webhooks.io_codes import PREFIX, raised
from sandbox.magento.webhooks.io_journal import DAY, Health, Journal
from sandbox.magento.webhooks.io_keys import Keys
from sandbox.magento.webhooks.io_plan import IoEvent, IoPlan
from sandbox.magento.webhooks.moments import Moment
from shared import wire

RETRY_MINUTES = (1, 2, 4, 8, 15)  # the last again and again, up to a day
_LATENCY = {True: 1.0, False: 60.0}  # a priority event's queue; the longest wait for the cron of each minute


@dataclass(frozen=True, slots=True)
class Parcel:
    """One request's events and bytes, the same in every attempt."""

    events: tuple[dict[str, Any], ...]
    body: bytes


class IoRegistration:
    """Receiver, journal and state. `too_large`: events that were never made because they were over 64 KB."""

    kind = "adobe_io"

    def __init__(self, name: str, plan: IoPlan, engine: Engine, keys: Keys) -> None:
        self.name = name
        self.plan = plan
        self.disturbance: Disturbance = plan
        self.closed = False
        self.counts = Counts()
        self.too_large = 0
        self.journal = Journal(engine.clock)
        self.health = Health(engine.clock)
        self.validation: tuple[str, str, float] | None = None  # id, challenge, until when
        self._engine = engine
        self._keys = keys
        self._random = random.Random(plan.seed)
        self._waiting: list[dict[str, Any]] = []  # of a batch that is being collected

    def hear(self, moment: Moment) -> None:
        """Make the events that the moment raises."""
        for subscribed in self.plan.events:
            for body, before in raised(subscribed.code, moment):
                value = io_values.selected(moment.kind, body, before, subscribed.fields)
                self._created(subscribed, value, moment)

    def _created(self, subscribed: IoEvent, value: dict[str, Any], moment: Moment) -> None:
        event = self._event(subscribed.code, value, str(moment.body.get("store_id", 0)))
        if len(wire.encode(event["data"])) > limits.IO_EVENT_BYTES:
            self.too_large += 1
            return
        now = self._engine.clock()
        latency = _LATENCY[True] if subscribed.priority else _LATENCY[False] - now % 60
        self.journal.add(event)
        plan = self.plan
        for _ in range(self._random.randint(plan.copies_min, plan.copies_max)):
            delay = latency * plan.time_scale
            delay += self._random.uniform(0, plan.window_seconds) if plan.window_seconds else 0.0
            if plan.lose and self._random.random() < plan.lose:
                self._engine.end(self._delivery((event,)), State.LOST, "lost by plan")
            elif plan.batch:
                if len(self._waiting) < limits.WEBHOOKS_PENDING_MAX:
                    self._waiting.append(event)
                    self._engine.later(self._send_batches, delay)
            else:
                self._engine.schedule(self._delivery((event,)), delay)

    def _send_batches(self) -> None:
        """All that waits, up to 20 events and 2 MB a request."""
        waiting, self._waiting = self._waiting, []
        if self.closed:
            return
        batch: list[dict[str, Any]] = []
        size = 0
        for event in waiting:
            bytes_ = len(wire.encode(event)) + 1
            if batch and (len(batch) >= limits.IO_BATCH_EVENTS or size + bytes_ > limits.IO_BATCH_BYTES):
                self._engine.schedule(self._delivery(tuple(batch)))
                batch, size = [], 0
            batch.append(event)
            size += bytes_
        if batch:
            self._engine.schedule(self._delivery(tuple(batch)))

    def _delivery(self, events: tuple[dict[str, Any], ...]) -> Delivery:
        body = wire.encode(list(events) if self.plan.batch else events[0])
        return Delivery(self, events[0]["type"], self._uuid(), Parcel(events, body))

    def prepare(self, delivery: Delivery) -> Request:
        if self.health.status in ("disabled", "pending"):
            raise Lost(f"the registration is {self.health.status}; the event is in the journal")
        parcel: Parcel = delivery.content
        headers = {"Content-Type": "application/json"}
        if not self.plan.batch:
            headers["x-adobe-event-id"] = parcel.events[0]["eventid"]
        if self.plan.recalled_headers:
            headers["x-adobe-event-code"] = delivery.event
            headers["x-adobe-provider"] = str(self.plan.provider)
        if delivery.tries:
            headers["x-adobe-retry-count"] = str(delivery.tries)
        headers |= self._keys.headers(parcel.body)
        return Request("POST", self.plan.url, headers, parcel.body, limits.IO_SECONDS)

    def judge(self, delivery: Delivery, answer: Answer) -> State | float:
        delivered = answer.status is not None and 200 <= answer.status < 300
        self.health.note(delivered=delivered)
        if delivered:
            return State.DELIVERED
        if not retryable(answer.status):
            return State.DEAD
        wait = RETRY_MINUTES[min(delivery.tries, len(RETRY_MINUTES)) - 1] * 60.0
        if delivery.waited + wait > DAY:
            self.health.gave_up()
            return State.DEAD
        return wait

    def passed_over(self, delivery: Delivery) -> None:
        """The journal has it."""

    def replay(self, delivery: Delivery) -> Delivery:
        raise Lost("Adobe I/O has no replay; the journal has every event of seven days")

    def shown(self) -> dict[str, Any]:
        return {
            **self.plan.model_dump(mode="json", exclude={"name"}),
            "status": self.health.status,
            "too_large": self.too_large,
        }

    def _event(self, code: str, value: dict[str, Any], store: str) -> dict[str, Any]:
        plan, event_id = self.plan, self._uuid()
        at = datetime.fromtimestamp(self._engine.clock(), UTC).isoformat(timespec="milliseconds")
        website = "0" if store == "0" else "1"
        return {
            "specversion": "1.0",
            "id": self._uuid(),
            "source": f"urn:uuid:{plan.provider}",
            "type": PREFIX + code,
            "datacontenttype": "application/json",
            "time": at.replace("+00:00", "Z"),
            "eventid": event_id,
            "event_id": event_id,
            "recipient_client_id": plan.client_id,
            "recipientclientid": plan.client_id,
            "data": {
                "key": self._uuid(),
                "value": value,
                "source": plan.source,
                "_metadata": {
                    "commerceEdition": plan.edition,
                    "commerceVersion": plan.commerce_version,
                    "eventsClientVersion": plan.events_client_version,
                    "storeId": store,
                    "websiteId": website,
                    "storeGroupId": website,
                },
            },
        }

    def _uuid(self) -> str:
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))


def retryable(status: int | None) -> bool:
    """No answer in time, 429, and 500 to 599 but 505."""
    return status is None or status == 429 or (500 <= status <= 599 and status != 505)
