"""The log of deliveries: what was sent when, and how it was answered. Bounded."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sandbox import limits
from sandbox.quickbooks.clock import COMPANY_ZONE


@dataclass(slots=True)
class Attempt:
    """One try. answer: the status, or `no answer`."""

    at: datetime
    answer: str


@dataclass(slots=True)
class Delivery:
    """A body under way to an endpoint; every attempt sends the same bytes."""

    id: str
    endpoint: str
    raw: bytes
    events: int
    created: datetime
    state: Literal["waiting", "delivered", "dropped"] = "waiting"
    tries: int = 0
    attempts: list[Attempt] = field(default_factory=list)
    """The latest tries: after a day of silence older ones tell nothing new."""

    def note(self, at: datetime, answer: str) -> None:
        """Count a try."""
        self.tries += 1
        self.attempts.append(Attempt(at, answer))
        del self.attempts[: -limits.QB_WEBHOOK_ATTEMPTS_KEPT]

    def shown(self) -> dict[str, Any]:
        """As the control interface tells it."""
        return {
            "id": self.id,
            "endpoint": self.endpoint,
            "state": self.state,
            "events": self.events,
            "created": _told(self.created),
            "tries": self.tries,
            "attempts": [{"at": _told(one.at), "answer": one.answer} for one in self.attempts],
            "body": self.raw.decode(),
        }


class DeliveryLog:
    """The latest deliveries of all endpoints."""

    def __init__(self) -> None:
        self._entries: OrderedDict[str, Delivery] = OrderedDict()

    def add(self, delivery: Delivery) -> None:
        """Keep it; the oldest gives way."""
        self._entries[delivery.id] = delivery
        while len(self._entries) > limits.QB_WEBHOOK_LOG:
            self._entries.popitem(last=False)

    def get(self, delivery_id: str) -> Delivery | None:
        return self._entries.get(delivery_id)

    def entries(self) -> list[Delivery]:
        """Oldest first."""
        return list(self._entries.values())

    def clear(self) -> None:
        self._entries.clear()


def _told(instant: datetime) -> str:
    return instant.astimezone(COMPANY_ZONE).isoformat(timespec="milliseconds")
