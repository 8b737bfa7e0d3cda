"""Webhooks of Mageplaza's module: /webhooks/{connection}/mageplaza/{hook}. Pure.

The module signs nothing, sends whatever body the merchant wrote as a Liquid template, by the method the merchant
chose, while the shopper waits and before the save is committed, and never again (reference 1.6;
mageplaza/magento-2-webhook, Helper/Data.php, etc/events.xml). So a request must show a secret, only the entity's id is
taken from it, and the reading has patience with an entity that isn't there yet. 200 is success in the module's log.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from services.ingest.sources import lenient
from services.ingest.sources.connection import WebhookConnection
from services.ingest.sources.hints import hint
from services.ingest.sources.models import (
    CREDIT_MEMO,
    CUSTOMER,
    CUSTOMER_GONE,
    INVOICE,
    ORDER,
    PRODUCT,
    PRODUCT_GONE,
    SHIPMENT,
    SKU_KIND,
    Model,
)
from services.ingest.sources.shared_secrets import SharedSecrets
from services.ingest.sources.webhook import Accepted, Answer, Outcome, Refused, Target, Webhook
from shared import limits

SCHEMA = "mageplaza"
TAKEN = Answer(200, b'{"status":"stored"}')
NOT_SHOWN = Refused(
    401, "neither Basic authentication nor the header x-bookbridge-secret shows a secret of the secrets file"
)
# The row that is saved is the comment; its id says nothing of the order.
COMMENT = Model("order", (("order", "parent_id"), ("order", "order_id")))

HOOKS: dict[str, Model] = {
    "order": ORDER,
    "new_order_comment": COMMENT,
    "new_invoice": INVOICE,
    "new_shipment": SHIPMENT,
    "new_creditmemo": CREDIT_MEMO,
    "new_customer": CUSTOMER,
    "update_customer": CUSTOMER,
    "delete_customer": CUSTOMER_GONE,
    "customer_login": CUSTOMER,
    "new_product": PRODUCT,
    "update_product": PRODUCT,
    "delete_product": PRODUCT_GONE,
}


@dataclass(frozen=True, slots=True)
class MageplazaTarget(Target):
    """The address of one hook."""

    shop: WebhookConnection
    secrets: SharedSecrets
    hook: str
    model: Model

    methods: ClassVar[frozenset[str]] = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})
    content_types: ClassVar[frozenset[str] | None] = None
    answer_seconds: ClassVar[float | None] = limits.SHOPPER_WAIT_SECONDS

    def take(self, webhook: Webhook) -> Outcome:
        if not self.secrets.accept(webhook):
            return NOT_SHOWN
        try:
            found = self._entity(webhook)
        except lenient.Ambiguous as error:
            return Refused(400, f"{error} comes several times with different values; {self._advice()}")
        if found is None:
            return Refused(400, f"no id was found; {self._advice()}")
        kind, entity_id = found
        record = hint(
            self.connection,
            self.shop.realm,
            kind,
            entity_id,
            webhook,
            value=webhook.body,
            schema=SCHEMA,
            event=self.hook,
            deleted=self.model.deleted,
        )
        return Accepted((record,), TAKEN)

    def _entity(self, webhook: Webhook) -> tuple[str, int] | None:
        """Kind and id: what the address says before what the body says, in which values of customers are."""
        kinds = {member: kind for kind, member in self.model.ways if kind != SKU_KIND}
        named = kinds | {"id": kinds.get("id", next(reversed(kinds.values())))}
        if (found := lenient.in_query(webhook.query, list(named))) is None:
            told = named if self.model is ORDER else kinds
            found = lenient.in_body(webhook.body, list(told), ("item", "data", self.model.name))
        return None if found is None else (named[found[0]], found[1])

    def _advice(self) -> str:
        member = self.model.ways[0][1]
        return f"end the hook's address with ?{member}={{{{ item.{member} }}}}"


def find(shop: WebhookConnection, hook: str) -> MageplazaTarget | Refused:
    """The address of a hook of this shop, if it has a secret for them."""
    if shop.mageplaza is None:
        return Refused(404, f"the secrets file has no [connections.{shop.name}.mageplaza]")
    model = HOOKS.get(hook)
    if model is None:
        return Refused(404, f"hook {hook[:100]!r} is of no use here; the books need {', '.join(sorted(HOOKS))}")
    return MageplazaTarget(shop.name, f"mageplaza.{hook}", shop, shop.mageplaza, hook, model)
