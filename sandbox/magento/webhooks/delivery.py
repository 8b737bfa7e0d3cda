"""What is delivered: a request, the answers to it, and the counts of a sender."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Protocol

from sandbox.magento import limits
from sandbox.magento.webhooks.disturbance import Disturbance


class State(StrEnum):
    """waiting: for its first or next attempt; delivered: taken; lost: nobody tries again though nobody took it; dead:
    refused for good; skipped: never sent because of another; dropped: its registration is gone."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    LOST = "lost"
    DEAD = "dead"
    SKIPPED = "skipped"
    DROPPED = "dropped"


class Silence(StrEnum):
    """Why there was no answer."""

    CONNECT = "no connection"  # refused, unknown name, TLS, time limit, closed without a byte
    BROKEN = "broken off"  # the connection was reset under way


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request, byte for byte. total_seconds None: no limit of its own (the sandbox's own holds)."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes | None
    total_seconds: float | None
    connect_seconds: float | None = None
    redirects: int = 0
    """Redirects that are followed."""


@dataclass(frozen=True, slots=True)
class Answer:
    """status None: there was no answer, `silence` says why."""

    status: int | None
    silence: Silence | None = None
    headers: dict[str, str] = field(default_factory=dict)
    """Names in lower case."""
    body: bytes = b""
    seconds: float = 0.0

    @property
    def told(self) -> str:
        return str(self.status) if self.status is not None else str(self.silence)


@dataclass(slots=True)
class Counts:
    """scheduled: copies of events that were to be sent; sent: attempts; the rest: how deliveries ended."""

    scheduled: int = 0
    sent: int = 0
    delivered: int = 0
    lost: int = 0
    dead: int = 0
    skipped: int = 0
    answered: Counter[str] = field(default_factory=Counter)
    by_event: Counter[str] = field(default_factory=Counter)

    def end(self, state: State) -> None:
        """Count a delivery that is over. One whose registration is gone counts nowhere."""
        if state in (State.DELIVERED, State.LOST, State.DEAD, State.SKIPPED):
            setattr(self, state.value, getattr(self, state.value) + 1)

    def shown(self) -> dict[str, Any]:
        """As the control interface tells it: answered by status, by_event attempts."""
        numbers = ("scheduled", "sent", "delivered", "lost", "dead", "skipped")
        shown: dict[str, Any] = {name: getattr(self, name) for name in numbers}
        return shown | {"answered": dict(self.answered), "by_event": dict(self.by_event)}


@dataclass(slots=True)
class Delivery:
    """Something under way to a receiver. `content` is its sender's own; `tries` counts attempts."""

    sender: Sender
    event: str
    id: str
    content: Any = None
    state: State = State.WAITING
    tries: int = 0
    waited: float = 0.0
    """Seconds of retry delays so far, before time_scale."""
    request: Request | None = None
    """The latest attempt's."""
    attempts: list[tuple[float, str]] = field(default_factory=list)
    """When, in seconds since 1970, and how it was answered; the latest."""
    note: str = ""

    def tell(self, at: float, answer: str) -> None:
        """Remember an attempt."""
        self.attempts.append((at, answer))
        del self.attempts[: -limits.WEBHOOK_ATTEMPTS_KEPT]

    def shown(self, *, body: bool) -> dict[str, Any]:
        """As the control interface tells it."""
        request = self.request
        shown: dict[str, Any] = {
            "id": self.id,
            "registration": self.sender.name,
            "kind": self.sender.kind,
            "event": self.event,
            "state": self.state.value,
            "tries": self.tries,
            "attempts": [
                {"at": datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds"), "answer": answer}
                for at, answer in self.attempts
            ],
        }
        if self.note:
            shown["note"] = self.note
        if request is not None:
            shown |= {"method": request.method, "url": request.url}
        if body and request is not None:
            shown |= {"headers": request.headers, "body": (request.body or b"").decode(errors="replace")}
        return shown


class Lost(Exception):
    """There is nothing to send any more; the text says why."""


class Sender(Protocol):
    """One registration: makes its requests and judges the answers."""

    name: str
    kind: str
    closed: bool
    counts: Counts
    disturbance: Disturbance

    def prepare(self, delivery: Delivery) -> Request:
        """The next attempt's request. Raises Lost."""

    def judge(self, delivery: Delivery, answer: Answer) -> State | float:
        """How the delivery ends, or the seconds before its next attempt (before time_scale)."""

    def passed_over(self, delivery: Delivery) -> None:
        """The delivery ended without an attempt."""
