"""Webhooks of QuickBooks, for all companies of the app: /webhooks/quickbooks. Pure.

Intuit repeats a delivery until 200 comes within 3 seconds, and may hold back all later events until then (reference,
section 11). So 200 answers everything genuine, also what can't be read and what tells of companies and entities that
nobody follows; what may pass by itself, the log's outage, is a 503. A delivery becomes one command per company, "poll
these entities now", to the process that owns the company.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

import orjson

from services.ingest.sources.hints import as_event_id
from services.ingest.sources.webhook import Accepted, Answer, Ignored, Outcome, Refused, Target, Webhook
from shared import limits
from shared.log.port import NewRecord
from shared.quickbooks.webhooks import SIGNATURE_HEADER, Change, NotAWebhook, Told, Verifiers, read_webhook
from shared.topics import COMMANDS
from shared.wire import encode

SOURCE = "quickbooks"  # what requests are counted under, in place of a connection and of an event
NOT_SIGNED = Refused(401, "intuit-signature is missing, or isn't made from this body with the app's verifier token")
NOT_SET_UP = Refused(404, "the secrets file has no quickbooks.webhook_verifier: the app's page at Intuit shows it")


@dataclass(frozen=True, slots=True)
class QuickBooksApp:
    """The app as far as its webhooks go. `realms` are the companies that connections name."""

    verifiers: Verifiers
    realms: frozenset[str]


@dataclass(frozen=True, slots=True)
class QuickBooksTarget(Target):
    """The app's address."""

    app: QuickBooksApp

    content_types: ClassVar[frozenset[str] | None] = None  # Intuit promises none
    answer_seconds: ClassVar[float | None] = limits.INTUIT_ANSWER_SECONDS

    def take(self, webhook: Webhook) -> Outcome:
        if not self.app.verifiers.verify(webhook.body, webhook.all(SIGNATURE_HEADER)):
            return NOT_SIGNED
        try:
            told = read_webhook(webhook.body)
        except NotAWebhook as error:  # refused, it would come again for ever and hold up all that follows
            return _taken((), [Ignored("unknown", f"a signed delivery can't be read: {error}")])
        by_realm: dict[str, list[Change]] = {}
        ignored = [Ignored("unknown", one.text) for one in told.skipped]
        for change in told.changes:
            if change.realm in self.app.realms:
                by_realm.setdefault(change.realm, []).append(change)
            else:
                ignored.append(Ignored("company", f"company {change.realm} belongs to no connection"))
        records = tuple(_command(realm, changes, told, webhook) for realm, changes in by_realm.items())
        return _taken(records, ignored)


def _taken(records: tuple[NewRecord, ...], ignored: Sequence[Ignored]) -> Accepted:
    answer = {"companies": len(records), "ignored": len(ignored)}
    return Accepted(records, Answer(200, orjson.dumps(answer)), ignored=tuple(ignored))


def _command(realm: str, changes: Iterable[Change], told: Told, webhook: Webhook) -> NewRecord:
    """Asks for a poll of the entities that changed in the company."""
    found = list(changes)
    event_id = next((known for change in found if (known := as_event_id(change.event_id))), webhook.new_id)
    headers = {
        "event-id": event_id,
        "schema": "1",
        "to": "ingest",
        "cause": "webhook",
        "event": told.format,
        "received-at": webhook.received_at.isoformat(),
        "trace-id": webhook.new_id,
    }
    occurred = max((change.at for change in found if change.at is not None), default=None)
    if occurred is not None:
        headers["occurred-at"] = occurred.isoformat()
    value = encode({"command": "poll", "entities": sorted({change.entity for change in found})})
    return NewRecord(COMMANDS, realm, value, realm, headers)


def find(app: QuickBooksApp) -> QuickBooksTarget | Refused:
    """The app's address, if it has a verifier token."""
    return QuickBooksTarget(SOURCE, SOURCE, app) if len(app.verifiers) else NOT_SET_UP
