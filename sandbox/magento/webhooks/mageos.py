"""Mage-OS Async Events, 3.x and 4.x: signed, retried on an HTTP error answer only, lost on silence.

Source: reference 1.1, 1.2.
"""

from __future__ import annotations

import hashlib
import hmac
import random
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox.magento import limits, php_json
from sandbox.magento.subscriptions import Format, Subscription
from sandbox.magento.webhooks.delivery import Answer, Counts, Delivery, Lost, Request, Silence, State
from sandbox.magento.webhooks.disturbance import Disturbance
from sandbox.magento.webhooks.engine import Engine

Load = Callable[[], dict[str, Any] | None]
_REDIRECTS = 5  # Guzzle's default (recalled)


@dataclass(slots=True)
class Entity:
    """The entity of one event, read once, when the consumer comes to it."""

    load: Load
    data: dict[str, Any] | None = None

    def read(self) -> dict[str, Any]:
        """Raises Lost: the service doesn't find it any more, and the consumer gives the event up."""
        if self.data is None:
            self.data = self.load()
        if self.data is None:
            raise Lost("the entity is gone")
        return self.data


@dataclass(slots=True)
class Message:
    """An event for one subscription. `after`: the event's subscribers behind this one, in the consumer's order."""

    subscription: Subscription
    entity: Entity
    uuid: str
    body: bytes | None = None  # made at the first attempt; retries send the same bytes
    after: Sequence[Delivery] = ()
    passed_on: bool = False


@dataclass(slots=True, eq=False)
class MageosSender:
    """The subscriptions of one registration."""

    name: str
    disturbance: Disturbance
    engine: Engine
    kind: str = "mageos"
    closed: bool = False
    counts: Counts = field(default_factory=Counts)
    random: random.Random = field(default_factory=random.Random)

    def __post_init__(self) -> None:
        self.random.seed(self.disturbance.seed)

    def prepare(self, delivery: Delivery) -> Request:
        message: Message = delivery.content
        subscription = message.subscription
        try:
            if message.body is None:
                message.body = render(message.entity.read(), subscription, message.uuid)
        finally:
            message.entity = Entity(lambda: None)  # what was read isn't kept twice
        headers = {"x-magento-signature": sign(message.body, subscription.token), "User-Agent": "GuzzleHttp/7"}
        if subscription.format == "3.x":
            headers["Content-Type"] = "application/json"
        return Request(
            "POST", subscription.url, headers, message.body, limits.WEBHOOK_SECONDS, limits.WEBHOOK_CONNECT_SECONDS,
            _REDIRECTS,
        )  # fmt: skip

    def judge(self, delivery: Delivery, answer: Answer) -> State | float:
        message: Message = delivery.content
        self._pass_on(message, reached=answer.silence is not Silence.CONNECT)
        if answer.status is None:
            return State.LOST
        if answer.status < 400:
            return State.DELIVERED
        deaths = delivery.tries
        if not retryable(answer.status, message.subscription.format) or deaths > limits.WEBHOOK_MAX_DEATHS:
            return State.DEAD
        return backoff_seconds(deaths, answer.headers.get("retry-after"))

    def passed_over(self, delivery: Delivery) -> None:
        self._pass_on(delivery.content, reached=True)

    def _pass_on(self, message: Message, *, reached: bool) -> None:
        """3.x tells the subscribers of an event one after the other; a connection that can't be made is an exception
        that ends the loop, so the rest never hear of it."""
        if message.passed_on:
            return
        message.passed_on = True
        following, message.after = message.after, ()
        if not reached:
            for one in following:
                self.engine.end(one, State.SKIPPED, "a subscriber before it could not be reached")
        elif following:
            following[0].content.after = following[1:]
            self.engine.later(following[0], 0.0)


def publish(engine: Engine, subscribers: Sequence[tuple[MageosSender, Subscription]], event: str, load: Load) -> None:
    """Queue an event for its subscribers. `load` gives the entity when the consumer runs, not now."""
    shared = Entity(load)
    chain: list[tuple[Delivery, float]] = []
    for sender, subscription in subscribers:
        event_id = _uuid(sender.random)
        plan = sender.disturbance
        for copy in range(sender.random.randint(plan.copies_min, plan.copies_max)):
            delay = sender.random.uniform(0, plan.window_seconds) if plan.window_seconds else 0.0
            entity = shared if copy == 0 else Entity(load)
            delivery = Delivery(sender, event, _uuid(sender.random), Message(subscription, entity, event_id))
            if plan.lose and sender.random.random() < plan.lose:
                engine.end(delivery, State.LOST, "lost by plan")
            elif copy == 0 and subscription.format == "3.x":
                chain.append((delivery, delay))
            else:
                engine.schedule(delivery, delay)
    for delivery, _ in chain[1:]:
        engine.expect(delivery)
    if chain:
        chain[0][0].content.after = [delivery for delivery, _ in chain[1:]]
        engine.schedule(*chain[0])


def replay(engine: Engine, delivery: Delivery) -> Delivery:
    """What the trace page's Replay does: the same bytes and uuid, once more. Raises Lost: nothing was ever sent."""
    message: Message = delivery.content
    if message.body is None:
        raise Lost("it was never sent")
    again = Message(message.subscription, Entity(lambda: None), message.uuid, message.body)
    sent = Delivery(delivery.sender, delivery.event, str(uuid.uuid4()), again)
    engine.schedule(sent)
    return sent


def render(data: dict[str, Any], subscription: Subscription, event_id: str) -> bytes:
    """The body, byte for byte. 4.x key order as the CloudEvents SDK writes it (recalled)."""
    if subscription.format == "3.x":
        return php_json.encode({"data": data}).encode()
    event = {
        "specversion": "1.0",
        "id": event_id,
        "source": str(subscription.store_id),
        "type": subscription.event,
        "datacontenttype": "application/json",
        "data": data,
    }
    return php_json.encode(event).encode()


def sign(body: bytes, token: str) -> str:
    return hmac.new(token.encode(), body, hashlib.sha256).hexdigest()


def retryable(status: int, fmt: Format) -> bool:
    """3.x tries again after any error answer; 4.x only after those of the server, and 429."""
    return status >= 400 if fmt == "3.x" else status >= 500 or status == 429


def backoff_seconds(deaths: int, retry_after: str | None) -> float:
    """Before the next attempt; a numeric Retry-After counts from the second retry on."""
    if deaths <= 1:
        return 1.0
    if retry_after is not None and retry_after.isascii() and retry_after.isdigit():
        return float(min(int(retry_after), limits.WEBHOOK_RETRY_AFTER_MAX_SECONDS))
    return float(min(limits.WEBHOOK_MAX_BACKOFF_SECONDS, deaths**2))


def _uuid(source: random.Random) -> str:
    return str(uuid.UUID(int=source.getrandbits(128), version=4))
