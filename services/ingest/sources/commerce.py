"""Adobe Commerce webhooks, used to be told and not to intervene: /webhooks/{connection}/commerce/{hook}. Pure.

Commerce asks inside the shopper's request, waits for the answer and repeats nothing (reference 1.4). So a hook for us
is `after`, optional and with a time limit, and we answer within a shorter one. An error answer to an optional hook is a
line in Commerce's log and nothing else, so faults of the set-up, and our own outages, are told as such; what they lose,
the sweep finds. The only operation ever answered is success: go on.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from services.ingest.sources.connection import WebhookConnection
from services.ingest.sources.hints import as_event_id, hint
from services.ingest.sources.models import MODELS, Model, entity_in, model_of
from services.ingest.sources.webhook import Accepted, Answer, Outcome, Refused, Target, Webhook
from shared import limits
from shared.magento.rsa_signatures import verifies

SCHEMA = "commerce"
SIGNATURE_HEADER = "x-adobe-commerce-webhook-signature"
SUCCESS = Answer(200, b'{"op":"success"}')
NOT_SIGNED = Refused(
    401,
    f"{SIGNATURE_HEADER} is missing, or isn't made from this body with the private half of a key in the secrets file",
)


@dataclass(frozen=True, slots=True)
class CommerceTarget(Target):
    """The address of one hook."""

    shop: WebhookConnection
    model: Model

    answer_seconds: ClassVar[float | None] = limits.SHOPPER_WAIT_SECONDS

    def take(self, webhook: Webhook) -> Outcome:
        if not self._signed(webhook):
            return NOT_SIGNED
        try:
            document = json.loads(webhook.body)
        except (ValueError, RecursionError):
            return Refused(400, "the body is not JSON")
        if not isinstance(document, dict):
            return Refused(400, "the body is not a JSON object")
        told = document.get("eventName")
        if isinstance(told, str) and model_of(f"observer.{told.removeprefix('observer.')}") not in (None, self.model):
            return Refused(400, f"the hook's event is {ascii(told)[:200]}, but this address is for {self.event!r}")
        entity = entity_in(_places(document, self.model), self.model)
        if entity is None:
            return Refused(
                400,
                f"{self.model.wanted()} of the {self.model.name} is missing: add it to the hook's fields, and take "
                "type after, since a new one has no id before",
            )
        record = hint(
            self.connection,
            self.shop.realm,
            entity.kind,
            entity.id,
            webhook,
            value=webhook.body,
            schema=SCHEMA,
            event=self.event,
            event_id=as_event_id(webhook.headers.get("x-adobe-commerce-request-id")),
            deleted=self.model.deleted,
        )
        return Accepted((record,), SUCCESS)

    def _signed(self, webhook: Webhook) -> bool:
        presented = webhook.all(SIGNATURE_HEADER)
        if len(presented) != 1:
            return False
        message = base64.b64encode(webhook.body)
        return any(verifies(key, message, presented[0]) for key in self.shop.commerce_keys)


def find(shop: WebhookConnection, hook: str) -> CommerceTarget | Refused:
    """The address of a hook of this shop, if its public key is known."""
    if not shop.commerce_keys:
        return Refused(404, f"the secrets file has no public_keys in [connections.{shop.name}.commerce]")
    model = model_of(hook)
    if model is None:
        return Refused(404, f"hook {hook[:100]!r} is not known; known are {', '.join(sorted(MODELS))}")
    return CommerceTarget(shop.name, hook, shop, model)


def _places(document: dict[str, Any], model: Model) -> Iterator[Any]:
    """Where the model may be: fields chosen by the merchant come flat or nested, an observer's data in `data`, by the
    model's name or as data_object; a plugin's arguments by their names, and what it returned as `result`."""
    data = document.get("data")
    for outer in (document, data):
        if isinstance(outer, dict):
            yield outer.get(model.name)
            yield outer.get("data_object")
    yield document.get("result")
    yield data
    yield document
