"""Webhooks of Adobe I/O Events for Adobe Commerce: /webhooks/{connection}/adobe-io. Pure.

Adobe repeats an event after 429 and 5xx (not 505) for a day, drops it after any other answer, and disables a
registration whose answers mostly fail (AdobeDocs adobe-io-events, common/retry-doc). So whatever may pass by itself is
a 503, the key host's outage too; and a genuine event that we have no use for, or that holds too few fields, is answered
by 200 and ignored: a 4xx for it would take the events that we need with it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import parse_qsl

import orjson
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from services.ingest.sources.adobe_batch import NotEvents, Told, read_events
from services.ingest.sources.connection import AdobeIo, WebhookConnection
from services.ingest.sources.hints import as_event_id, hint
from services.ingest.sources.models import entity_in, model_of
from services.ingest.sources.webhook import (
    Accepted,
    Answer,
    Ignored,
    KeyMissing,
    KeyUnavailable,
    NeedsKey,
    Outcome,
    Refused,
    Target,
    Webhook,
)
from shared import limits
from shared.log.port import NewRecord
from shared.magento.rsa_signatures import verifies

SCHEMA = "adobe-io"
PREFIX = "com.adobe.commerce."
VALIDATION_PATH = "/csm/registrations/validate"
_KEY_PATH = re.compile(r"/prod/keys/[A-Za-z0-9_-]+\.pem", re.ASCII)
_CHALLENGE = re.compile(r"[\x21-\x7e]{1,1000}", re.ASCII)
_QUERY = re.compile(r"[A-Za-z0-9._~%=&+-]{1,1000}", re.ASCII)

NO_CHALLENGE = Refused(400, "a GET is answered only with one challenge in the query: ?challenge=...")
NO_SIGNATURE = Refused(
    401, "x-adobe-digital-signature-1 with x-adobe-public-key1-path, or the same with 2, must be there, each once"
)
BAD_KEY_PATH = Refused(401, "x-adobe-public-key1-path or -key2-path is not like /prod/keys/pub-key-....pem")
NOT_SIGNED = Refused(401, "neither signature was made from this body with the published key it names")
KEYS_DOWN = Refused(503, "Adobe's public keys can't be fetched for now", limits.WEBHOOK_RETRY_AFTER_SECONDS)
NOT_OURS = Refused(403, "recipientclientid is not the client_id in the secrets file")
BAD_VALIDATION = Refused(400, "validationUrl is not an address of Adobe's registration service")


@dataclass(frozen=True, slots=True)
class AdobeIoTarget(Target):
    """The address of a connection's registration at Adobe."""

    shop: WebhookConnection
    registration: AdobeIo

    methods: ClassVar[frozenset[str]] = frozenset({"GET", "POST"})
    answer_seconds: ClassVar[float | None] = limits.ADOBE_ANSWER_SECONDS

    def take(self, webhook: Webhook) -> Outcome:
        if webhook.method == "GET":
            return _challenged(webhook.query)
        if (validation := _validation_url(webhook.body)) is not None:
            return self._validate(validation)
        offered = _signatures(webhook)
        if isinstance(offered, Refused):
            return offered
        # Only who knows our client id can make us fetch a key.
        if self.registration.client_id.encode() not in webhook.body:
            return NOT_OURS
        return self._verify(webhook, offered, unavailable=False)

    def _validate(self, url: object) -> Outcome:
        """Host and path are ours to know: of what was sent, only the query is taken over."""
        start = f"{self.registration.validation_base}{VALIDATION_PATH}?"
        if not isinstance(url, str) or not url.startswith(start) or not _QUERY.fullmatch(url[len(start) :]):
            return BAD_VALIDATION
        return Accepted((), Answer(200, b'{"status":"will be validated"}'), visit=url)

    def _verify(self, webhook: Webhook, offered: Sequence[tuple[str, str]], *, unavailable: bool) -> Outcome:
        """By either key; that one can't be fetched does no harm when the other one verifies."""
        if not offered:
            return KEYS_DOWN if unavailable else NOT_SIGNED
        (path, signature), others = offered[0], offered[1:]

        def then(key: RSAPublicKey | KeyMissing | KeyUnavailable) -> Outcome:
            if isinstance(key, RSAPublicKey) and verifies(key, webhook.body, signature):
                return self._read(webhook)
            return self._verify(webhook, others, unavailable=unavailable or isinstance(key, KeyUnavailable))

        return NeedsKey(path, then)

    def _read(self, webhook: Webhook) -> Outcome:
        try:
            events = read_events(webhook.body)
        except NotEvents as error:
            return Refused(400, str(error))
        records: list[NewRecord] = []
        ignored: list[Ignored] = []
        for event in events:
            if not self._is_ours(event.document):
                return NOT_OURS
            taken = self._hint(webhook, event)
            if isinstance(taken, Ignored):
                ignored.append(taken)
            else:
                records.append(taken)
        answer: dict[str, Any] = {"stored": len(records)}
        if ignored:
            answer["ignored"] = [one.text for one in ignored]
        return Accepted(tuple(records), Answer(200, orjson.dumps(answer)), ignored=tuple(ignored))

    def _is_ours(self, event: dict[str, Any]) -> bool:
        return event.get("recipientclientid", event.get("recipient_client_id")) == self.registration.client_id

    def _hint(self, webhook: Webhook, event: Told) -> NewRecord | Ignored:
        document = event.document
        sent = document.get("type")
        code = sent.removeprefix(PREFIX) if isinstance(sent, str) else ""
        model = model_of(code)
        if model is None:
            return Ignored("unknown", f"{ascii(sent)[:200]} is no event that the books need")
        data = document.get("data")
        value = data.get("value") if isinstance(data, dict) else None
        entity = entity_in([value, value.get(model.name)] if isinstance(value, dict) else [], model)
        if entity is None:
            return Ignored("no id", f"{code} came without {model.wanted()}: add it to the fields of the subscription")
        ids = (as_event_id(document.get(member)) for member in ("eventid", "event_id", "id"))
        return hint(
            self.connection,
            self.shop.realm,
            entity.kind,
            entity.id,
            webhook,
            value=event.raw,
            schema=SCHEMA,
            event=code,
            event_id=next((one for one in ids if one), None),
            deleted=model.deleted,
        )


def find(shop: WebhookConnection) -> AdobeIoTarget | Refused:
    """The address of this shop's registration, if it has one."""
    if shop.adobe_io is None:
        return Refused(
            404, f"the secrets file has no [connections.{shop.name}.adobe_io]: put the client_id of the project there"
        )
    return AdobeIoTarget(shop.name, "adobe-io", shop, shop.adobe_io)


def _challenged(query: str) -> Outcome:
    try:
        values = [value for name, value in parse_qsl(query, max_num_fields=20) if name == "challenge"]
    except ValueError:
        return NO_CHALLENGE
    if len(values) != 1 or not _CHALLENGE.fullmatch(values[0]):
        return NO_CHALLENGE
    return Accepted((), Answer(200, orjson.dumps({"challenge": values[0]})))


def _signatures(webhook: Webhook) -> list[tuple[str, str]] | Refused:
    """Paths of keys, with the signatures that they should verify."""
    offered: list[tuple[str, str]] = []
    bad_path = False
    for number in (1, 2):
        signatures = webhook.all(f"x-adobe-digital-signature-{number}")
        paths = webhook.all(f"x-adobe-public-key{number}-path")
        if len(signatures) == len(paths) == 1:
            if _KEY_PATH.fullmatch(paths[0]) is None:
                bad_path = True
            else:
                offered.append((paths[0], signatures[0]))
    return offered or (BAD_KEY_PATH if bad_path else NO_SIGNATURE)


def _validation_url(body: bytes) -> object:
    """The validationUrl of Adobe's request to validate a registration; None when the body is another one. Whether it
    would be signed, Adobe doesn't say."""
    if len(body) > limits.ADOBE_VALIDATION_MAX_BYTES or b"validationUrl" not in body:
        return None
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return document.get("validationUrl") if isinstance(document, dict) else None
