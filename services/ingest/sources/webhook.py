"""What every source of webhooks speaks of: a request, what it becomes, and what is answered. Pure.

The shell (`receiver_http.py`) finds the target of a path (`receiver.py`), checks the head, reads the body, asks the
target what to do, does it, and answers.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from multidict import MultiMapping

from shared import limits
from shared.log.port import NewRecord


@dataclass(frozen=True, slots=True)
class Webhook:
    """A request, read whole. `query` and `body` are as sent; `headers` ignore case.

    `new_id` is a fresh UUID (32 hex digits): the trace id, and the event id where the sender gives none.
    """

    method: str
    query: str
    headers: MultiMapping[str]
    body: bytes
    received_at: datetime
    new_id: str

    def all(self, header: str) -> list[str]:
        """Every value of a header: more than one is no accident with a signature."""
        return self.headers.getall(header, [])


@dataclass(frozen=True, slots=True)
class Answer:
    """What the sender gets once everything is stored."""

    status: int
    body: bytes
    content_type: str = "application/json"


STORED = Answer(202, b'{"status":"stored"}')


@dataclass(frozen=True, slots=True)
class Ignored:
    """An event of a genuine webhook that leads to no record, though the webhook is taken. `text` is for whoever sets up
    the sender, and holds nothing of a customer."""

    reason: Literal["unknown", "no id", "company"]
    text: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """The records to append, none or many, and the answer that may go out when all of them are durable. `visit`: an
    address that is to be visited afterwards; the answer goes out only if it will be."""

    records: tuple[NewRecord, ...]
    answer: Answer = STORED
    ignored: tuple[Ignored, ...] = ()
    visit: str | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """The answer to a request that is not taken; `message` is for whoever sets up the sender."""

    status: int
    message: str
    retry_after: int | None = None


class KeyMissing:
    """The key host says that it has no such key."""


class KeyUnavailable:
    """The key host can't be asked for now: nothing is known of the key."""


@dataclass(frozen=True, slots=True)
class NeedsKey:
    """Asks for the public key that the sender publishes under `path`; `then` goes on with it."""

    path: str
    then: Callable[[RSAPublicKey | KeyMissing | KeyUnavailable], Outcome]


Outcome = Accepted | Refused | NeedsKey

LOG_DOWN = Refused(503, "the event can't be stored for now", limits.WEBHOOK_RETRY_AFTER_SECONDS)
TOO_BUSY = Refused(503, "too many bodies at a time", limits.WEBHOOK_RETRY_AFTER_SECONDS)
TOO_LARGE = Refused(413, f"the body is over {limits.WEBHOOK_BODY_MAX_BYTES} bytes")
TOO_SLOW = Refused(
    503, "the event can't be stored within the time that this sender may wait", limits.WEBHOOK_RETRY_AFTER_SECONDS
)
TOO_MANY_VISITS = Refused(503, "too many ask for registrations to be validated", limits.WEBHOOK_RETRY_AFTER_SECONDS)
NOT_WHOLE = Refused(408, "the body did not arrive whole in time")
BAD_FRAMING = Refused(400, "the body's chunks or length are malformed")

JSON_TYPES = frozenset({"application/json", "application/cloudevents+json"})


@dataclass(frozen=True, slots=True)
class Target(ABC):
    """An address that is known and configured. `connection` and `event` are what requests to it are counted under, so
    they must be names that we know, never a sender's."""

    connection: str
    event: str

    methods: ClassVar[frozenset[str]] = frozenset({"POST"})
    content_types: ClassVar[frozenset[str] | None] = JSON_TYPES
    """None: any, where the sender lets people choose."""
    answer_seconds: ClassVar[float | None] = None
    """For the whole request, less than the sender waits: who hangs up doesn't hear that it should come again."""

    @abstractmethod
    def take(self, webhook: Webhook) -> Outcome:
        """What becomes of a request whose head was fine. Never raises, whatever the request holds."""


def check_head(target: Target, method: str, headers: Mapping[str, str]) -> Refused | None:
    """Why a request is refused before its body is read. `headers` must ignore case."""
    if method not in target.methods:
        return Refused(405, f"webhooks are sent by {' or '.join(sorted(target.methods))}")
    length = headers.get("content-length", "0")
    if not (length.isascii() and length.isdigit()):
        return Refused(400, "Content-Length is not a number")
    if len(length) > 15 or int(length) > limits.WEBHOOK_BODY_MAX_BYTES:
        return TOO_LARGE
    # Mage-OS 4.x sets no Content-Type (the body goes out as a plain string).
    content_type, known = headers.get("content-type"), target.content_types
    if content_type is not None and known is not None and _media_type(content_type) not in known:
        return Refused(415, f"Content-Type must be absent or one of {', '.join(sorted(known))}")
    if headers.get("content-encoding", "identity").strip().lower() != "identity":
        return Refused(415, "Content-Encoding must be absent: the signature is over the bytes as they are sent")
    return None


def _media_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()
