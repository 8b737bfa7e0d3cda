"""What a webhook must be to become a record: from method, path, headers and bytes to a record or a refusal.

No input or output here: `receiver_http.py` reads and answers. Cheap checks first: `find_target` (404), `check_head`
(405, 413, 415), and once the body is read `check_body` (413, 401 over the raw bytes, and only then 400).

Mage-OS 3.x repeats every 4xx and 5xx, 4.x only 429 and 5xx (mageos-async-events, HttpNotifier): what may pass by itself
must be answered by 503.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import orjson

from services.ingest.mageos_events import SUBJECTS, Subject
from shared import limits
from shared.log.port import NewRecord
from shared.magento.signatures import AcceptedTokens

HINTS_TOPIC = "magento.hints"
CONTENT_TYPES = frozenset({"application/json", "application/cloudevents+json"})
SCHEMA_3 = "mageos-3"  # {"data": entity}
SCHEMA_4 = "mageos-4"  # a structured CloudEvent with the entity as its data


@dataclass(frozen=True, slots=True)
class WebhookConnection:
    """A shop as far as its webhooks go. `event_tokens` holds the tokens of an event whose subscription has its own."""

    name: str
    realm: str
    tokens: AcceptedTokens
    event_tokens: Mapping[str, AcceptedTokens] = field(default_factory=dict)

    def tokens_for(self, event: str) -> AcceptedTokens:
        return self.event_tokens.get(event, self.tokens)


class Connections(Protocol):
    """Where the receiver finds its connections. Must be complete before the port opens: an unknown name is a 404."""

    def connection(self, name: str) -> WebhookConnection | None: ...


@dataclass(frozen=True, slots=True)
class Target:
    """The address of a request: a connection and an event, both known."""

    connection: WebhookConnection
    event: str
    subject: Subject


@dataclass(frozen=True, slots=True)
class Refused:
    """The answer to a request that is not taken; `message` is for whoever sets up the sender."""

    status: int
    message: str
    retry_after: int | None = None


LOG_DOWN = Refused(503, "the event can't be stored for now", limits.WEBHOOK_RETRY_AFTER_SECONDS)
TOO_BUSY = Refused(503, "too many bodies at a time", limits.WEBHOOK_RETRY_AFTER_SECONDS)
TOO_LARGE = Refused(413, f"the body is over {limits.WEBHOOK_BODY_MAX_BYTES} bytes")
NOT_WHOLE = Refused(408, "the body did not arrive whole in time")
BAD_FRAMING = Refused(400, "the body's chunks or length are malformed")
NOT_FOUND = Refused(404, "no such address; webhooks go to /webhooks/{connection}/mageos/{event}")
NOT_SIGNED = Refused(401, "x-magento-signature is missing, or isn't made from this body with this subscription's token")


def find_target(connections: Connections, path: str) -> Target | Refused:
    """Where a request for `path` (as sent, a query may follow) goes."""
    match path.partition("?")[0].split("/"):
        case ["", "webhooks", name, "mageos", event]:
            pass
        case _:
            return NOT_FOUND
    connection = connections.connection(name)
    if connection is None:
        return Refused(404, f"connection {name[:100]!r} is not known")
    subject = SUBJECTS.get(event)
    if subject is None:
        return Refused(404, f"event {event[:100]!r} is not known; known are {', '.join(sorted(SUBJECTS))}")
    return Target(connection, event, subject)


def check_head(method: str, headers: Mapping[str, str]) -> Refused | None:
    """Why a request is refused before its body is read. `headers` must ignore case."""
    if method != "POST":
        return Refused(405, "webhooks are sent by POST")
    length = headers.get("content-length", "0")
    if not (length.isascii() and length.isdigit()):
        return Refused(400, "Content-Length is not a number")
    if len(length) > 15 or int(length) > limits.WEBHOOK_BODY_MAX_BYTES:
        return TOO_LARGE
    # Mage-OS 4.x sets no Content-Type (the body goes out as a plain string).
    content_type = headers.get("content-type")
    if content_type is not None and content_type.partition(";")[0].strip().lower() not in CONTENT_TYPES:
        return Refused(415, f"Content-Type must be absent or one of {', '.join(sorted(CONTENT_TYPES))}")
    if headers.get("content-encoding", "identity").strip().lower() != "identity":
        return Refused(415, "Content-Encoding must be absent: the signature is over the bytes as they are sent")
    return None


def check_body(
    target: Target,
    headers: Mapping[str, str],
    signatures: Sequence[str],
    body: bytes,
    received_at: datetime,
    new_id: str,
) -> NewRecord | Refused:
    """The record to append, or why there is none.

    `signatures` are all values of x-magento-signature; `new_id` is a fresh UUID (32 hex digits), used as trace id and,
    where the sender gives none, as event id.
    """
    if len(body) > limits.WEBHOOK_BODY_MAX_BYTES:
        return TOO_LARGE
    if not target.connection.tokens_for(target.event).verify(body, signatures):
        return NOT_SIGNED
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        return Refused(400, f"the body is not JSON: {error.msg} at byte {error.pos}")
    if not isinstance(document, dict):
        return Refused(400, "the body is not a JSON object")
    entity_id = _entity_id(target, document)
    if isinstance(entity_id, Refused):
        return entity_id
    return NewRecord(
        topic=HINTS_TOPIC,
        key=f"{target.connection.name}:{target.subject.kind}:{entity_id}",
        value=body,
        realm=target.connection.realm,
        headers=_record_headers(target, headers, document, received_at, new_id),
    )


def _entity_id(target: Target, document: dict[str, Any]) -> int | Refused:
    if "specversion" in document:
        sent = document.get("type")
        if isinstance(sent, str) and SUBJECTS.get(sent, target.subject) != target.subject:
            return Refused(400, f"the event's type is {sent!r}, but this address is for {target.event!r}")
    if "data" not in document:
        return Refused(400, 'the member "data" is missing')
    data, member = document["data"], target.subject.id_member
    if not isinstance(data, dict):
        return Refused(400, 'the member "data" is not an object')
    if member not in data:
        return Refused(
            400, f'the member "data.{member}" is missing: it tells which {target.subject.kind} this is about'
        )
    entity_id = _as_id(data[member])
    if entity_id is None:
        return Refused(400, f'the member "data.{member}" is not a positive whole number')
    return entity_id


def _as_id(value: object) -> int | None:
    """Magento sends ids as numbers, and some sources as strings of digits."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= limits.ENTITY_ID_MAX:
        return value
    return None


def _record_headers(
    target: Target, headers: Mapping[str, str], document: dict[str, Any], received_at: datetime, new_id: str
) -> dict[str, str]:
    cloud_event = "specversion" in document
    result = {
        "event-id": (_own_event_id(document) if cloud_event else None) or new_id,
        "schema": SCHEMA_4 if cloud_event else SCHEMA_3,
        "cause": "webhook",
        "event": target.event,
        "received-at": received_at.isoformat(),
        "trace-id": new_id,
    }
    content_type = headers.get("content-type")
    if content_type and content_type.isascii():  # other bytes are kept by no log
        result["content-type"] = content_type
    return result


def _own_event_id(document: dict[str, Any]) -> str | None:
    """The CloudEvent's id, which stays the same when the sender repeats the event; None when it is of no use as one."""
    sent = document.get("id")
    if isinstance(sent, str) and sent.isascii() and sent.isprintable() and 0 < len(sent) <= limits.EVENT_ID_MAX_CHARS:
        return sent
    return None
