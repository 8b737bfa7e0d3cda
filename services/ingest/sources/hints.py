"""Hints: what a webhook about a shop's entity becomes in the log. Pure.

A hint only says that something happened to an entity; what happened is read from the shop. Its key is
`connection:kind:id`.
"""

from __future__ import annotations

from services.ingest.sources.webhook import Webhook
from shared import limits
from shared.log.port import NewRecord
from shared.topics import HINTS


def hint(
    connection: str,
    realm: str,
    kind: str,
    entity_id: int | str,
    webhook: Webhook,
    *,
    value: bytes,
    schema: str,
    event: str,
    event_id: str | None = None,
    deleted: bool = False,
) -> NewRecord:
    """The record. `value` is what was told, verbatim; `event_id` stays the same when the sender repeats an event;
    `deleted`: the event says that the entity is gone."""
    headers = {
        "event-id": event_id or webhook.new_id,
        "schema": schema,
        "cause": "webhook",
        "event": event,
        "received-at": webhook.received_at.isoformat(),
        "trace-id": webhook.new_id,
    }
    if deleted:
        headers["deleted"] = "true"
    content_type = webhook.headers.get("content-type")
    if content_type and content_type.isascii():  # other bytes are kept by no log
        headers["content-type"] = content_type
    return NewRecord(topic=HINTS, key=f"{connection}:{kind}:{entity_id}", value=value, realm=realm, headers=headers)


def as_id(value: object) -> int | None:
    """An entity's id, which Magento sends as a number, and some sources as a string of digits; None when it is none."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= limits.ENTITY_ID_MAX:
        return value
    return None


def as_event_id(value: object) -> str | None:
    """A sender's own event id; None when it is of no use as one."""
    if (
        isinstance(value, str)
        and value.isascii()
        and value.isprintable()
        and 0 < len(value) <= limits.EVENT_ID_MAX_CHARS
    ):
        return value
    return None
