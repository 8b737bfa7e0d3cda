"""Bodies and headers of deliveries, in both formats, signed.

Sources: reference section 11; Intuit's sample header: schema version 0.1, a time without a colon in its offset.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sandbox.quickbooks.clock import COMPANY_ZONE
from sandbox.quickbooks.webhooks.events import Event, Kind
from sandbox.quickbooks.webhooks.plan import EndpointPlan
from shared.wire import encode

_LEGACY_OPERATIONS: dict[Kind, str] = {
    "created": "Create",
    "updated": "Update",
    "deleted": "Delete",
    "voided": "Void",
}


def body(events: Sequence[Event], plan: EndpointPlan) -> bytes:
    """The delivery's body, byte for byte what is signed."""
    if plan.format == "legacy":
        return encode({"eventNotifications": _notifications(events)})
    source = "intuit." + base64.b64encode(hashlib.sha256(plan.verifier_token.encode()).digest()).decode()
    return encode([_cloud_event(event, source) for event in events])


def headers(raw: bytes, plan: EndpointPlan, delivery: str, created: datetime) -> dict[str, str]:
    """What goes with the body; the same for every attempt, but for the trace id."""
    return {
        "Content-Type": "application/json; charset=utf-8",
        "Accept": "application/json",
        "User-Agent": "intuit_notification_server/0.1",
        "intuit-signature": signature(raw, plan.verifier_token),
        "intuit-t-id": delivery,
        "intuit-created-time": _compact(created),
        "intuit-notification-schema-version": "0.1",
    }


def signature(raw: bytes, verifier_token: str) -> str:
    """Base64 of the HMAC-SHA256 of the raw body."""
    return base64.b64encode(hmac.new(verifier_token.encode(), raw, hashlib.sha256).digest()).decode()


def _cloud_event(event: Event, source: str) -> dict[str, Any]:
    second = event.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return {
        "specversion": "1.0",
        "id": event.id,
        "source": source,
        "type": f"qbo.{event.entity.lower()}.{event.kind}.v1",
        "datacontenttype": "application/json",
        "time": f"{second}.{event.nanoseconds:09}Z",
        "intuitentityid": event.object_id,
        "intuitaccountid": event.realm,
        "data": {},
    }


def _notifications(events: Sequence[Event]) -> list[dict[str, Any]]:
    by_realm: dict[str, list[dict[str, str]]] = {}
    for event in events:
        by_realm.setdefault(event.realm, []).append(
            {
                "name": event.entity,
                "id": event.object_id,
                "operation": _LEGACY_OPERATIONS[event.kind],
                "lastUpdated": _compact(event.at),
            }
        )
    return [{"realmId": realm, "dataChangeEvent": {"entities": rows}} for realm, rows in by_realm.items()]


def _compact(instant: datetime) -> str:
    """2015-10-05T14:42:19-0700: no colon in the offset."""
    return instant.astimezone(COMPANY_ZONE).strftime("%Y-%m-%dT%H:%M:%S%z")
