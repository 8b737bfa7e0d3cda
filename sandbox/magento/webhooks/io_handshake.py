"""How Adobe I/O makes sure that a receiver wants its events (reference 1.5)."""

from __future__ import annotations

import hmac
import uuid

from yarl import URL

from sandbox.magento import limits
from sandbox.magento.webhooks.delivery import Answer, Request
from sandbox.magento.webhooks.engine import Engine
from sandbox.magento.webhooks.io_registration import IoRegistration
from shared import wire

VALIDATION_PATH = "/csm/registrations/validate"


async def shake_hands(engine: Engine, registration: IoRegistration, origin: str) -> None:
    """GET with a challenge; a receiver that answers 200 without it gets an address to fetch within five minutes, at
    `origin`, the sandbox's own. Sets the registration's status."""
    if registration.plan.handshake == "skip":
        registration.health.enable()
        return
    challenge = str(uuid.uuid4())
    url = URL(registration.plan.url).update_query(challenge=challenge)
    registration.health.status = "pending"
    answer = await engine.send(Request("GET", str(url), {}, None, limits.IO_SECONDS))
    if _echoes(answer, challenge):
        registration.health.enable()
        return
    if answer.status != 200:
        registration.health.status = "disabled"
        return
    number, later = str(uuid.uuid4()), str(uuid.uuid4())
    until = engine.clock() + limits.IO_VALIDATION_SECONDS
    registration.validation = (number, later, until)
    address = str(URL(origin + VALIDATION_PATH).with_query(id=number, challenge=later))
    body = wire.encode({"validationUrl": address})
    request = Request("POST", registration.plan.url, {"Content-Type": "application/json"}, body, limits.IO_SECONDS)
    await engine.send(request)


def validated(registration: IoRegistration, number: str, challenge: str, now: float) -> bool:
    """Whether this fetch of the validation address opens the registration."""
    if registration.validation is None or now > registration.validation[2]:
        return False
    known = registration.validation[:2]
    if not all(hmac.compare_digest(a.encode(), b.encode()) for a, b in zip(known, (number, challenge), strict=True)):
        return False
    registration.validation = None
    registration.health.enable()
    return True


def expire(registration: IoRegistration, now: float) -> None:
    """A validation that nobody fetched in time disables the registration."""
    if registration.health.status == "pending" and registration.validation and now > registration.validation[2]:
        registration.validation = None
        registration.health.status = "disabled"


def _echoes(answer: Answer, challenge: str) -> bool:
    """The value as text, or {"challenge": value} as JSON."""
    if answer.status != 200:
        return False
    if answer.headers.get("content-type", "").startswith("application/json"):
        try:
            document = wire.decode(answer.body)
        except wire.NotJson:
            return False
        return isinstance(document, dict) and document.get("challenge") == challenge
    return answer.body.strip() == challenge.encode()
