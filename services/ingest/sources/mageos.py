"""Webhooks of Mage-OS (and Aligent) asynchronous events: /webhooks/{connection}/mageos/{event}. Pure.

3.x tells {"data": entity} with a Content-Type, 4.x a structured CloudEvent without one; both sign the raw bytes. 3.x
repeats every 4xx and 5xx, 4.x only 429 and 5xx (mageos-async-events, HttpNotifier): what may pass by itself must be
answered by 503.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import orjson

from services.ingest.sources.connection import WebhookConnection
from services.ingest.sources.hints import as_event_id, as_id, hint
from services.ingest.sources.mageos_events import SUBJECTS, Subject
from services.ingest.sources.webhook import Accepted, Outcome, Refused, Target, Webhook
from shared import limits
from shared.magento.signatures import SIGNATURE_HEADER

SCHEMA_3 = "mageos-3"  # {"data": entity}
SCHEMA_4 = "mageos-4"  # a structured CloudEvent with the entity as its data

NOT_SIGNED = Refused(401, "x-magento-signature is missing, or isn't made from this body with this subscription's token")


@dataclass(frozen=True, slots=True)
class MageosTarget(Target):
    """The address of one event."""

    shop: WebhookConnection
    subject: Subject

    answer_seconds: ClassVar[float | None] = limits.MAGEOS_ANSWER_SECONDS

    def take(self, webhook: Webhook) -> Outcome:
        if not self.shop.tokens_for(self.event).verify(webhook.body, webhook.all(SIGNATURE_HEADER)):
            return NOT_SIGNED
        try:
            document = orjson.loads(webhook.body)
        except orjson.JSONDecodeError as error:
            return Refused(400, f"the body is not JSON: {error.msg} at byte {error.pos}")
        if not isinstance(document, dict):
            return Refused(400, "the body is not a JSON object")
        entity_id = self._entity_id(document)
        if isinstance(entity_id, Refused):
            return entity_id
        cloud_event = "specversion" in document
        record = hint(
            self.connection,
            self.shop.realm,
            self.subject.kind,
            entity_id,
            webhook,
            value=webhook.body,
            schema=SCHEMA_4 if cloud_event else SCHEMA_3,
            event=self.event,
            event_id=as_event_id(document.get("id")) if cloud_event else None,
        )
        return Accepted((record,))

    def _entity_id(self, document: dict[str, Any]) -> int | Refused:
        if "specversion" in document:
            sent = document.get("type")
            if isinstance(sent, str) and SUBJECTS.get(sent, self.subject) != self.subject:
                return Refused(400, f"the event's type is {sent!r}, but this address is for {self.event!r}")
        if "data" not in document:
            return Refused(400, 'the member "data" is missing')
        data, member = document["data"], self.subject.id_member
        if not isinstance(data, dict):
            return Refused(400, 'the member "data" is not an object')
        if member not in data:
            return Refused(
                400, f'the member "data.{member}" is missing: it tells which {self.subject.kind} this is about'
            )
        entity_id = as_id(data[member])
        if entity_id is None:
            return Refused(400, f'the member "data.{member}" is not a positive whole number')
        return entity_id


def find(shop: WebhookConnection, event: str) -> MageosTarget | Refused:
    """The address of an event of this shop."""
    subject = SUBJECTS.get(event)
    if subject is None:
        return Refused(404, f"event {event[:100]!r} is not known; known are {', '.join(sorted(SUBJECTS))}")
    return MageosTarget(shop.name, event, shop, subject)
